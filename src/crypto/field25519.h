// Arithmetic modulo p = 2^255 - 19, for PUBLIC numbers only: the code takes no care about time. Secrets stay with
// libsodium. Five limbs of 51 bits; a number is value[0] + value[1] 2^51 + ... + value[4] 2^204, modulo p.
//
// Invariant: a product's limbs are below 2^51 + 2^14 ("tight"). A sum of two tight numbers and a difference whose
// right side is below 2^53 - 76 in each limb have limbs below 2^54 ("loose"); products take loose numbers. Nothing
// else is ever carried, so edwards_math.cpp says beside each formula why its numbers are loose at most.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "base/bytes.h"

namespace crypto {

struct Field {
  std::array<std::uint64_t, 5> limb{};
};

using Wide = unsigned __int128;

inline constexpr std::uint64_t kLimbMask = (std::uint64_t{1} << 51) - 1;
inline constexpr Field kFieldOne{{1}};

inline Field operator+(const Field& a, const Field& b) {
  return {{a.limb[0] + b.limb[0], a.limb[1] + b.limb[1], a.limb[2] + b.limb[2], a.limb[3] + b.limb[3],
           a.limb[4] + b.limb[4]}};
}

// 4p is added, so that no limb goes below zero.
inline Field operator-(const Field& a, const Field& b) {
  constexpr std::uint64_t kLow = 4 * (kLimbMask - 18);
  constexpr std::uint64_t kRest = 4 * kLimbMask;
  return {{a.limb[0] + kLow - b.limb[0], a.limb[1] + kRest - b.limb[1], a.limb[2] + kRest - b.limb[2],
           a.limb[3] + kRest - b.limb[3], a.limb[4] + kRest - b.limb[4]}};
}

// With loose factors each sum is below 2^115, the last (without a factor 19) below 2^111: every carry fits 64
// bits, and so does 19 times the last.
inline Field carry(Wide r0, Wide r1, Wide r2, Wide r3, Wide r4) {
  r1 += static_cast<std::uint64_t>(r0 >> 51U);
  r2 += static_cast<std::uint64_t>(r1 >> 51U);
  r3 += static_cast<std::uint64_t>(r2 >> 51U);
  r4 += static_cast<std::uint64_t>(r3 >> 51U);
  const std::uint64_t low =
      (static_cast<std::uint64_t>(r0) & kLimbMask) + 19 * static_cast<std::uint64_t>(r4 >> 51U);
  return {{low & kLimbMask, (static_cast<std::uint64_t>(r1) & kLimbMask) + (low >> 51U),
           static_cast<std::uint64_t>(r2) & kLimbMask, static_cast<std::uint64_t>(r3) & kLimbMask,
           static_cast<std::uint64_t>(r4) & kLimbMask}};
}

inline Wide product(std::uint64_t a, std::uint64_t b) {
  return static_cast<Wide>(a) * b;
}

inline Field operator*(const Field& a, const Field& b) {
  const auto& x = a.limb;
  const auto& y = b.limb;
  // 2^255 = 19 modulo p.
  const std::uint64_t y1 = 19 * y[1];
  const std::uint64_t y2 = 19 * y[2];
  const std::uint64_t y3 = 19 * y[3];
  const std::uint64_t y4 = 19 * y[4];
  return carry(
      product(x[0], y[0]) + product(x[1], y4) + product(x[2], y3) + product(x[3], y2) + product(x[4], y1),
      product(x[0], y[1]) + product(x[1], y[0]) + product(x[2], y4) + product(x[3], y3) + product(x[4], y2),
      product(x[0], y[2]) + product(x[1], y[1]) + product(x[2], y[0]) + product(x[3], y4) + product(x[4], y3),
      product(x[0], y[3]) + product(x[1], y[2]) + product(x[2], y[1]) + product(x[3], y[0]) +
          product(x[4], y4),
      product(x[0], y[4]) + product(x[1], y[3]) + product(x[2], y[2]) + product(x[3], y[1]) +
          product(x[4], y[0]));
}

inline Field square(const Field& a) {
  const auto& x = a.limb;
  const std::uint64_t x0 = 2 * x[0];
  const std::uint64_t x1 = 2 * x[1];
  const std::uint64_t x3 = 19 * x[3];
  const std::uint64_t x4 = 19 * x[4];
  return carry(product(x[0], x[0]) + product(x1, x4) + product(2 * x[2], x3),
               product(x0, x[1]) + product(2 * x[2], x4) + product(x[3], x3),
               product(x0, x[2]) + product(x[1], x[1]) + product(2 * x[3], x4),
               product(x0, x[3]) + product(x1, x[2]) + product(x[4], x4),
               product(x0, x[4]) + product(x1, x[3]) + product(x[2], x[2]));
}

/// a^(2^times).
Field square_times(Field a, int times);
/// a^(p - 2): 1 / a, and 0 for 0.   Cost: 4 us.
Field invert(const Field& a);
/// a^((p - 5) / 8).
Field power_for_root(const Field& a);
/// -a. `a` tight.
inline Field negate(const Field& a) {
  return Field{} - a;
}

/// The low 255 bits, least significant byte first; not reduced. The result is tight.
Field load_field(base::ByteView bytes32);
/// The canonical bytes, below p. `a` loose.
std::array<base::Byte, 32> store_field(const Field& a);

bool equal(const Field& a, const Field& b);
bool is_zero(const Field& a);
/// The lowest bit of the canonical bytes: RFC 8032's sign.
bool is_negative(const Field& a);

/// A square root of u / v, if there is one: the one that is not negative.
/// Spec: RFC 8032 section 5.1.3; RFC 9496 section 4.2
struct Root {
  bool square = false;
  Field value;  ///< if there is none: a root of sqrt(-1) u / v
};
Root square_root_of_ratio(const Field& u, const Field& v);

}  // namespace crypto
