#include "codec/dns_name.h"

#include "base/check.h"

namespace codec {
namespace {

constexpr std::size_t kLabelOctetsMax = 63;
constexpr std::size_t kWireOctetsMax = 255;

bool is_name_octet(char c) {
  return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_' || c == '-';
}

char lowered(base::Byte octet) {
  const char c = static_cast<char>(octet);
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

}  // namespace

bool is_dns_name(std::string_view text) {
  if (text == ".") return true;
  // The wire form has one length octet a label and the root's: one octet more than the text with its dots.
  if (text.empty() || text.back() != '.' || text.size() + 1 > kWireOctetsMax) return false;
  std::size_t label = 0;
  for (const char c : text) {
    if (c == '.') {
      if (label == 0 || label > kLabelOctetsMax) return false;
      label = 0;
    } else if (is_name_octet(c)) {
      ++label;
    } else {
      return false;
    }
  }
  return true;
}

base::Result<std::string> dns_name_from_wire(base::ByteView wire) {
  std::string text;
  std::size_t at = 0;
  for (;;) {
    if (at >= wire.size()) return base::fail(kBadDnsName, "the name is cut off");
    const std::size_t label = wire[at++];
    if (label == 0) break;
    if (label > kLabelOctetsMax || label > wire.size() - at)
      return base::fail(kBadDnsName, "a label is too long");
    for (const base::Byte octet : wire.subspan(at, label)) {
      const char c = lowered(octet);
      if (!is_name_octet(c))
        return base::fail(kBadDnsName, "octet " + std::to_string(octet) + " is outside [a-z0-9_-]");
      text += c;
    }
    text += '.';
    at += label;
  }
  if (at != wire.size()) return base::fail(kBadDnsName, "octets after the root label");
  if (at > kWireOctetsMax) return base::fail(kBadDnsName, "longer than 255 octets");
  return text.empty() ? std::string(".") : text;
}

std::string_view parent_of(std::string_view name) {
  CHECK(name != "." && !name.empty());
  const std::size_t dot = name.find('.');
  CHECK(dot != std::string_view::npos);
  return dot + 1 == name.size() ? std::string_view(".") : name.substr(dot + 1);
}

bool is_at_or_below(std::string_view name, std::string_view ancestor) {
  if (ancestor == ".") return true;
  if (!name.ends_with(ancestor)) return false;
  return name.size() == ancestor.size() || name[name.size() - ancestor.size() - 1] == '.';
}

bool is_below(std::string_view name, std::string_view ancestor) {
  return name != ancestor && is_at_or_below(name, ancestor);
}

std::string dns_order_key(std::string_view name) {
  std::string key;
  if (name == ".") return key;
  key.reserve(name.size());
  std::size_t end = name.size() - 1;  // the position of the dot that ends the label at hand
  for (;;) {
    const std::size_t dot = end == 0 ? std::string_view::npos : name.rfind('.', end - 1);
    const std::size_t begin = dot == std::string_view::npos ? 0 : dot + 1;
    key.append(name.substr(begin, end - begin));
    key += '\0';
    if (begin == 0) return key;
    end = dot;
  }
}

}  // namespace codec
