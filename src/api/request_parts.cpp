#include "api/request_parts.h"

#include <algorithm>

#include "codec/decimal.h"
#include "codec/utf8.h"

namespace api {
namespace {

using base::Result;

constexpr std::size_t kParametersMax = 8;

int hex_digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

}  // namespace

Result<std::string> percent_decode(std::string_view text) {
  std::string decoded;
  decoded.reserve(text.size());
  for (std::size_t i = 0; i < text.size(); ++i) {
    char c = text[i];
    if (c == '%') {
      const int high = i + 2 < text.size() ? hex_digit(text[i + 1]) : -1;
      const int low = i + 2 < text.size() ? hex_digit(text[i + 2]) : -1;
      if (high < 0 || low < 0) return base::fail(kBadTarget, "'%' without two hexadecimal digits");
      c = static_cast<char>(16 * high + low);
      i += 2;
    }
    if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f)
      return base::fail(kBadTarget, "a control character");
    decoded += c;
  }
  if (!codec::is_utf8(decoded)) return base::fail(kBadTarget, "not UTF-8");
  return decoded;
}

Result<Query> Query::parse(std::string_view text, std::initializer_list<std::string_view> known) {
  Query query;
  while (!text.empty()) {
    const std::string_view part = text.substr(0, text.find('&'));
    text.remove_prefix(std::min(part.size() + 1, text.size()));
    const auto equals = part.find('=');
    if (equals == std::string_view::npos) return base::fail(kBadTarget, "a query parameter without '='");
    ASSIGN_OR_RETURN(std::string name, percent_decode(part.substr(0, equals)));
    ASSIGN_OR_RETURN(std::string value, percent_decode(part.substr(equals + 1)));
    if (std::ranges::find(known, name) == known.end()) {
      return base::fail(kBadTarget, "the query parameter \"" + name + "\" is not known here");
    }
    if (query.value(name) || query.parameters_.size() == kParametersMax) {
      return base::fail(kBadTarget, "the query parameter \"" + name + "\" comes twice");
    }
    query.parameters_.emplace_back(std::move(name), std::move(value));
  }
  return query;
}

std::optional<std::string_view> Query::value(std::string_view name) const {
  for (const auto& [known, value] : parameters_) {
    if (known == name) return value;
  }
  return std::nullopt;
}

Result<std::uint64_t> Query::number(std::string_view name, std::uint64_t otherwise,
                                    std::uint64_t most) const {
  const auto text = value(name);
  if (!text) return otherwise;
  const auto number = codec::parse_decimal(*text, most);
  if (!number) {
    return base::fail(kBadTarget,
                      "\"" + std::string(name) + "\" is a decimal number up to " + std::to_string(most));
  }
  return *number;
}

}  // namespace api
