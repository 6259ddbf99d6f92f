#include "codec/base64.h"

#include <algorithm>
#include <array>
#include <cstdint>

namespace codec {
namespace {

constexpr std::string_view kAlphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
constexpr std::uint8_t kNotInAlphabet = 0xff;

constexpr std::array<std::uint8_t, 256> make_values() {
  std::array<std::uint8_t, 256> values{};
  values.fill(kNotInAlphabet);
  for (std::size_t i = 0; i < kAlphabet.size(); ++i) {
    values[static_cast<std::uint8_t>(kAlphabet[i])] = static_cast<std::uint8_t>(i);
  }
  return values;
}
constexpr auto kValues = make_values();

char letter(std::uint32_t bits, unsigned shift) {
  return kAlphabet[(bits >> shift) & 63U];
}

std::size_t padding_of(std::string_view text) {
  if (text.ends_with("==")) return 2;
  return text.ends_with('=') ? 1 : 0;
}

// What a text of 4n characters decodes to, if it decodes.
std::size_t decoded_bytes(std::string_view text) {
  return text.size() / 4 * 3 - padding_of(text);
}

}  // namespace

std::string serialize_base64(base::ByteView bytes) {
  std::string text;
  append_base64(text, bytes);
  return text;
}

void append_base64(std::string& text, base::ByteView bytes) {
  text.reserve(text.size() + (bytes.size() + 2) / 3 * 4);
  std::size_t i = 0;
  for (; i + 3 <= bytes.size(); i += 3) {
    const std::uint32_t bits =
        (std::uint32_t{bytes[i]} << 16) | (std::uint32_t{bytes[i + 1]} << 8) | bytes[i + 2];
    text += letter(bits, 18);
    text += letter(bits, 12);
    text += letter(bits, 6);
    text += letter(bits, 0);
  }
  const std::size_t rest = bytes.size() - i;
  if (rest > 0) {
    const std::uint32_t bits =
        (std::uint32_t{bytes[i]} << 16) | (rest == 2 ? std::uint32_t{bytes[i + 1]} << 8 : std::uint32_t{0});
    text += letter(bits, 18);
    text += letter(bits, 12);
    text += rest == 2 ? letter(bits, 6) : '=';
    text += '=';
  }
}

std::string serialize_base64url(base::ByteView bytes) {
  std::string text = serialize_base64(bytes);
  text.resize(text.size() - padding_of(text));
  std::ranges::replace(text, '+', '-');
  std::ranges::replace(text, '/', '_');
  return text;
}

base::Result<base::Bytes> parse_base64(std::string_view text) {
  if (text.size() % 4 != 0) return base::fail(kBadBase64, "length " + std::to_string(text.size()));
  base::Bytes bytes(decoded_bytes(text));
  TRY(parse_base64_into(text, bytes));
  return bytes;
}

base::Result<void> parse_base64_into(std::string_view text, std::span<base::Byte> out) {
  if (text.size() % 4 != 0) return base::fail(kBadBase64, "length " + std::to_string(text.size()));
  if (decoded_bytes(text) != out.size()) {
    return base::fail(kBadBase64,
                      std::to_string(decoded_bytes(text)) + " bytes, not " + std::to_string(out.size()));
  }
  const std::size_t letters = text.size() - padding_of(text);
  std::size_t written = 0;
  std::uint32_t bits = 0;
  unsigned count = 0;
  for (std::size_t i = 0; i < letters; ++i) {
    const std::uint8_t value = kValues[static_cast<std::uint8_t>(text[i])];
    if (value == kNotInAlphabet) return base::fail(kBadBase64, "offset " + std::to_string(i));
    bits = (bits << 6) | value;
    count += 6;
    if (count >= 8) {
      count -= 8;
      out[written++] = static_cast<base::Byte>((bits >> count) & 0xffU);
    }
  }
  if ((bits & ((1U << count) - 1U)) != 0) return base::fail(kBadBase64, "unused bits are not zero");
  return {};
}

base::Result<base::Hash> parse_base64_hash(std::string_view text) {
  base::Hash hash;
  TRY(parse_base64_into(text, hash.bytes));
  return hash;
}

}  // namespace codec
