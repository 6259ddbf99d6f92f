#include "resource/values.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>

#include "base/limits.h"
#include "codec/base64.h"
#include "codec/decimal.h"
#include "codec/utf8.h"

namespace resource {
namespace {

constexpr std::size_t kHandleTailBytesMax = 28;

bool has_value_size(std::string_view text) {
  return !text.empty() && text.size() <= base::kAttributeValueBytesMax && text.front() != ' ' &&
         text.back() != ' ';
}

bool is_handle_with(std::string_view prefix, std::string_view text) {
  if (!text.starts_with(prefix)) return false;
  const std::string_view tail = text.substr(prefix.size());
  if (tail.empty() || tail.size() > kHandleTailBytesMax || tail.back() == '-') return false;
  return std::ranges::all_of(
      tail, [](char c) { return (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-'; });
}

bool is_refused_scalar(char32_t scalar) {
  struct Range {
    char32_t first;
    char32_t last;
  };
  constexpr std::array<Range, 9> kRefused{{{0x00, 0x1f},
                                           {0x7f, 0x9f},
                                           {0x061c, 0x061c},
                                           {0x200b, 0x200f},
                                           {0x2028, 0x2029},
                                           {0x202a, 0x202e},
                                           {0x2060, 0x2060},
                                           {0x2066, 0x2069},
                                           {0xfeff, 0xfeff}}};
  return std::ranges::any_of(
      kRefused, [&](const Range& range) { return scalar >= range.first && scalar <= range.last; });
}

// Cuts the first word off `text`; the whole rest if there is no space.
std::string_view next_word(std::string_view& text) {
  const auto space = text.find(' ');
  const std::string_view word = text.substr(0, space);
  text = space == std::string_view::npos ? std::string_view() : text.substr(space + 1);
  return word;
}

bool is_number_up_to(std::string_view text, std::uint64_t max) {
  std::uint64_t value = 0;
  return codec::read_decimal(text, value) && value <= max;
}

bool is_upper_hex(std::string_view text) {
  return std::ranges::all_of(text, [](char c) { return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'F'); });
}

// RFC 4034 and RFC 4509, RFC 6605: SHA-1, SHA-256, SHA-384. Zero: unknown here.
std::size_t digest_bytes(std::string_view type) {
  return type == "1" ? 20 : type == "2" ? 32 : type == "4" ? 48 : 0;
}

}  // namespace

bool is_plain_value(std::string_view text) {
  return has_value_size(text) && std::ranges::all_of(text, [](char c) { return c >= 0x20 && c <= 0x7e; });
}

bool is_legal_name(std::string_view text) {
  if (!has_value_size(text)) return false;
  while (!text.empty()) {
    const auto scalar = codec::take_code_point(text);
    if (!scalar || is_refused_scalar(*scalar)) return false;
  }
  return true;
}

bool is_organisation_handle(std::string_view text) {
  return is_handle_with("ORG-", text);
}
bool is_member_handle(std::string_view text) {
  return is_handle_with("MEMBER-", text);
}
bool is_handle(std::string_view text) {
  return is_organisation_handle(text) || is_member_handle(text);
}
bool is_holder(std::string_view text) {
  return text == kUnclaimed || is_organisation_handle(text);
}

bool read_key(std::string_view text, crypto::PublicKey& key) {
  std::array<base::Byte, 33> bytes{};
  if (!codec::parse_base64_into(text, bytes) || bytes[0] != kEd25519NoteType) return false;
  std::copy(bytes.begin() + 1, bytes.end(), key.bytes.begin());
  return true;
}

bool is_key(std::string_view text) {
  crypto::PublicKey key;
  return read_key(text, key);
}

std::string serialize_key(const crypto::PublicKey& key) {
  std::array<base::Byte, 33> bytes{};
  bytes[0] = kEd25519NoteType;
  std::ranges::copy(key.bytes, bytes.begin() + 1);
  return codec::serialize_base64(bytes);
}

bool read_hash(std::string_view text, base::Hash& hash) {
  return codec::parse_base64_into(text, hash.bytes).has_value();
}

bool is_hash(std::string_view text) {
  base::Hash hash;
  return read_hash(text, hash);
}

bool is_ds_rdata(std::string_view text) {
  if (!is_plain_value(text)) return false;
  if (!is_number_up_to(next_word(text), 65'535) || !is_number_up_to(next_word(text), 255)) return false;
  const std::string_view type = next_word(text);
  if (!is_number_up_to(type, 255) || text.empty() || text.size() % 2 != 0 || !is_upper_hex(text))
    return false;
  const std::size_t bytes = digest_bytes(type);
  return bytes == 0 || text.size() == 2 * bytes;
}

bool is_known_digest(std::string_view ds_rdata) {
  next_word(ds_rdata);
  next_word(ds_rdata);
  return digest_bytes(next_word(ds_rdata)) != 0;
}

}  // namespace resource
