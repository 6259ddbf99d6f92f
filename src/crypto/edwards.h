// The prime-order group of Ed25519: points as their canonical 32 bytes. Whoever holds a Point holds one of the
// group of order L (the neutral element included, where a sum makes it): bytes from outside become a Point by
// parse() only, and nothing later has to ask again. Secret scalars go through libsodium's constant-time code; sums
// of many public products are multi_scalar.h's.
#pragma once

#include <array>
#include <compare>

#include "base/bytes.h"
#include "base/result.h"
#include "crypto/ed25519.h"
#include "crypto/scalar.h"

namespace crypto {

inline constexpr base::ErrorKind kBadPoint{"bad-point", base::Category::kInvalid, "RFC 9591 section 6.1"};

inline constexpr std::size_t kPointBytes = 32;

/// An element of the group of order L.   Threads: as an int.
class Point {
 public:
  Point() { bytes_[0] = 1; }  ///< the neutral element
  /// Exactly 32 bytes: the canonical encoding of a point on the curve, of prime order, not the neutral element.
  /// Errors: kBadPoint (detail: which of these it is not).   Cost: 40 us.   Threads: any, after start().
  static base::Result<Point> parse(base::ByteView bytes32);
  static const Point& generator();

  const std::array<base::Byte, kPointBytes>& bytes() const { return bytes_; }
  /// As the key of ordinary signatures.
  PublicKey key() const { return {bytes_}; }
  bool is_neutral() const { return *this == Point(); }
  friend auto operator<=>(const Point&, const Point&) = default;

 private:
  friend class PointAccess;  // makes Points out of sums, in this room
  std::array<base::Byte, kPointBytes> bytes_{};
};

/// Cost: 15 us each; for long sums see multi_scalar.h.
Point operator+(const Point& a, const Point& b);
Point operator-(const Point& a, const Point& b);
Point operator-(const Point& a);

/// scalar * point. The forms that take a SecretScalar run in constant time, and their result is taken as public.
/// Cost: 85 us (17 us for the generator).
Point multiply(const PublicScalar& scalar, const Point& point);
Point multiply(const SecretScalar& scalar, const Point& point);
Point multiply_generator(const PublicScalar& scalar);
Point multiply_generator(const SecretScalar& scalar);

}  // namespace crypto
