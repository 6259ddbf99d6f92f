// Byte strings and the 32-byte hash that every room speaks of. No encoding here (codec/), no hashing
// (crypto/).
#pragma once

#include <array>
#include <compare>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace base {

using Byte = std::uint8_t;
using Bytes = std::vector<Byte>;
using ByteView = std::span<const Byte>;

inline ByteView as_bytes(std::string_view text) {
  return {reinterpret_cast<const Byte*>(text.data()), text.size()};
}
inline std::string_view as_text(ByteView bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

/// A SHA-256 output, or a 32-byte identifier made of one. Ordered bytewise.
struct Hash {
  std::array<Byte, 32> bytes{};
  friend auto operator<=>(const Hash&, const Hash&) = default;
  bool is_zero() const { return *this == Hash{}; }
  ByteView view() const { return bytes; }
};

}  // namespace base

/// Hashes are uniformly distributed already, unless an attacker chose them; tables keyed by attacker-chosen
/// bytes must not have an observable order (HOUSE: no order of a hash table in charter and registry).
template <>
struct std::hash<base::Hash> {
  std::size_t operator()(const base::Hash& value) const noexcept {
    std::size_t word = 0;
    std::memcpy(&word, value.bytes.data(), sizeof word);
    return word;
  }
};
