// Numbers and lengths inside what this room hashes and sends: COCKTAIL-DKG writes some of them with the most significant
// byte first, others with the least. For the bodies of this room.   Format: docs/formats/threshold.md, "Words"
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "base/bytes.h"

namespace threshold {

inline std::array<base::Byte, 8> big_endian_64(std::uint64_t value) {
  std::array<base::Byte, 8> out;
  for (std::size_t i = 0; i < 8; ++i) out[i] = static_cast<base::Byte>(value >> (8 * (7 - i)));
  return out;
}

inline std::array<base::Byte, 8> little_endian_64(std::uint64_t value) {
  std::array<base::Byte, 8> out;
  for (std::size_t i = 0; i < 8; ++i) out[i] = static_cast<base::Byte>(value >> (8 * i));
  return out;
}

inline std::array<base::Byte, 4> little_endian_32(std::uint64_t value) {
  std::array<base::Byte, 4> out;
  for (std::size_t i = 0; i < 4; ++i) out[i] = static_cast<base::Byte>(value >> (8 * i));
  return out;
}

inline void append(base::Bytes& out, base::ByteView bytes) {
  out.insert(out.end(), bytes.begin(), bytes.end());
}

}  // namespace threshold
