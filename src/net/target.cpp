#include "net/target.h"

#include <algorithm>
#include <array>

namespace net {
namespace {

/// Characters that may stand in a path or query as they are, beside letters, digits and '%'.
constexpr std::string_view kLegalMarks = "-._~!$&'()*+,;=:@/";

constexpr std::array<bool, 256> kLegal = [] {
  std::array<bool, 256> legal{};
  for (unsigned c = 'a'; c <= 'z'; ++c) legal[c] = true;
  for (unsigned c = 'A'; c <= 'Z'; ++c) legal[c] = true;
  for (unsigned c = '0'; c <= '9'; ++c) legal[c] = true;
  for (const char c : kLegalMarks) legal[static_cast<unsigned char>(c)] = true;
  return legal;
}();

/// The value of a hexadecimal digit, or -1.
int hex_value(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

bool is_legal(std::string_view text, bool in_query) {
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (c == '%') {
      if (text.size() - i < 3) return false;
      const int high = hex_value(text[i + 1]);
      const int low = hex_value(text[i + 2]);
      if (high < 0 || low < 0) return false;
      const int value = high * 16 + low;
      if (value < 0x20 || value == 0x7f) return false;
      i += 2;
    } else if (!kLegal[static_cast<unsigned char>(c)] && !(in_query && c == '?')) {
      return false;
    }
  }
  return true;
}

/// Whether a segment is "." or "..", each dot plain or as %2e.
bool is_dot_segment(std::string_view segment) {
  std::size_t dots = 0;
  while (!segment.empty()) {
    if (segment[0] == '.') {
      segment.remove_prefix(1);
    } else if (segment.size() >= 3 && segment[0] == '%' && segment[1] == '2' && (segment[2] | 0x20) == 'e') {
      segment.remove_prefix(3);
    } else {
      return false;
    }
    ++dots;
  }
  return dots == 1 || dots == 2;
}

bool has_dot_segment(std::string_view path) {
  std::size_t begin = 1;
  while (begin <= path.size()) {
    const std::size_t end = std::min(path.find('/', begin), path.size());
    if (is_dot_segment(path.substr(begin, end - begin))) return true;
    begin = end + 1;
  }
  return false;
}

}  // namespace

std::optional<Target> split_target(std::string_view text) {
  if (!text.starts_with('/')) return std::nullopt;
  const std::size_t mark = text.find('?');
  Target target{text.substr(0, mark), {}};
  if (mark != std::string_view::npos) target.query = text.substr(mark + 1);
  if (!is_legal(target.path, false) || !is_legal(target.query, true)) return std::nullopt;
  if (has_dot_segment(target.path)) return std::nullopt;
  return target;
}

}  // namespace net
