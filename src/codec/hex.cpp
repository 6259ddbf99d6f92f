#include "codec/hex.h"

namespace codec {
namespace {

constexpr std::string_view kDigits = "0123456789abcdef";
constexpr unsigned kNoDigit = 16;

unsigned value_of(char digit) {
  if (digit >= '0' && digit <= '9') return static_cast<unsigned>(digit - '0');
  if (digit >= 'a' && digit <= 'f') return static_cast<unsigned>(digit - 'a') + 10;
  return kNoDigit;
}

}  // namespace

std::string serialize_hex(base::ByteView bytes) {
  std::string text;
  text.reserve(2 * bytes.size());
  for (const base::Byte byte : bytes) {
    text += kDigits[byte >> 4];
    text += kDigits[byte & 15U];
  }
  return text;
}

base::Result<base::Bytes> parse_hex(std::string_view text) {
  if (text.size() % 2 != 0) return base::fail(kBadHex, "length " + std::to_string(text.size()));
  base::Bytes bytes(text.size() / 2);
  TRY(parse_hex_into(text, bytes));
  return bytes;
}

base::Result<void> parse_hex_into(std::string_view text, std::span<base::Byte> out) {
  if (text.size() != 2 * out.size()) {
    return base::fail(kBadHex,
                      "length " + std::to_string(text.size()) + ", not " + std::to_string(2 * out.size()));
  }
  for (std::size_t i = 0; i < out.size(); ++i) {
    const unsigned high = value_of(text[2 * i]);
    const unsigned low = value_of(text[2 * i + 1]);
    if (high == kNoDigit || low == kNoDigit) {
      return base::fail(kBadHex, "offset " + std::to_string(high == kNoDigit ? 2 * i : 2 * i + 1));
    }
    out[i] = static_cast<base::Byte>((high << 4) | low);
  }
  return {};
}

}  // namespace codec
