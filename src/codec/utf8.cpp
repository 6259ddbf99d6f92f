#include "codec/utf8.h"

#include <cstddef>
#include <cstdint>

namespace codec {
namespace {

// Number of bytes that a lead byte announces, 0 if it leads nothing.
std::size_t announced_bytes(std::uint8_t lead) {
  if (lead < 0x80) return 1;
  if (lead >= 0xC2 && lead <= 0xDF) return 2;
  if (lead >= 0xE0 && lead <= 0xEF) return 3;
  if (lead >= 0xF0 && lead <= 0xF4) return 4;
  return 0;
}

}  // namespace

std::optional<char32_t> take_code_point(std::string_view& rest) {
  if (rest.empty()) return std::nullopt;
  const auto lead = static_cast<std::uint8_t>(rest[0]);
  const std::size_t count = announced_bytes(lead);
  if (count == 0 || rest.size() < count) return std::nullopt;
  if (count == 1) {
    rest.remove_prefix(1);
    return lead;
  }
  char32_t point = lead & (0x7FU >> count);
  for (std::size_t i = 1; i < count; ++i) {
    const auto next = static_cast<std::uint8_t>(rest[i]);
    if ((next & 0xC0U) != 0x80) return std::nullopt;
    point = (point << 6) | (next & 0x3FU);
  }
  const bool overlong = (count == 3 && point < 0x800) || (count == 4 && point < 0x10000);
  const bool surrogate = point >= 0xD800 && point <= 0xDFFF;
  if (overlong || surrogate || point > 0x10FFFF) return std::nullopt;
  rest.remove_prefix(count);
  return point;
}

bool is_utf8(std::string_view text) {
  while (!text.empty()) {
    if (!take_code_point(text)) return false;
  }
  return true;
}

}  // namespace codec
