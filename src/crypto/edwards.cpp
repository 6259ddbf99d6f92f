#include "crypto/edwards.h"

#include <algorithm>
#include <string>

#include <sodium.h>

#include "base/check.h"
#include "crypto/point_access.h"

namespace crypto {
namespace {

using base::Byte;
using base::ByteView;

using Coordinates = std::array<Byte, kPointBytes>;

// y < p = 2^255 - 19, without its sign bit; and -0 is no second 0 (y = 1 or y = p - 1 have x = 0).
bool is_canonical(ByteView bytes32) {
  const Byte high = bytes32[31] & 0x7fU;
  const auto middle = bytes32.subspan(1, 30);
  const bool all_ones = high == 0x7f && std::ranges::all_of(middle, [](Byte byte) { return byte == 0xff; });
  if (all_ones && bytes32[0] >= 0xed) return false;
  const bool negative = (bytes32[31] & 0x80U) != 0;
  const bool is_one =
      bytes32[0] == 1 && high == 0 && std::ranges::all_of(middle, [](Byte byte) { return byte == 0; });
  const bool is_minus_one = all_ones && bytes32[0] == 0xec;
  return !(negative && (is_one || is_minus_one));
}

// libsodium refuses to give the neutral element, which is right for keys and wrong for sums.
template <typename Multiply>
Point unless_neutral(bool neutral, Multiply multiply) {
  Point out;
  if (neutral) return out;
  CHECK(multiply(PointAccess::bytes(out).data()) == 0);
  return out;
}

Point multiply_bytes(const Byte* scalar, bool zero, const Point& point) {
  return unless_neutral(zero || point.is_neutral(), [&](Byte* out) {
    return crypto_scalarmult_ed25519_noclamp(out, scalar, point.bytes().data());
  });
}

Point multiply_generator_bytes(const Byte* scalar, bool zero) {
  return unless_neutral(zero, [&](Byte* out) { return crypto_scalarmult_ed25519_base_noclamp(out, scalar); });
}

}  // namespace

base::Result<Point> Point::parse(ByteView bytes32) {
  if (bytes32.size() != kPointBytes) {
    return base::fail(kBadPoint, std::to_string(bytes32.size()) + " bytes instead of 32");
  }
  if (!is_canonical(bytes32)) return base::fail(kBadPoint, "not in canonical form");
  Point point;
  std::ranges::copy(bytes32, point.bytes_.begin());
  if (point.is_neutral()) return base::fail(kBadPoint, "the neutral element");
  Coordinates ignored;
  // Adding is libsodium's cheapest call that asks whether the bytes are a point at all.
  if (crypto_core_ed25519_add(ignored.data(), point.bytes_.data(), point.bytes_.data()) != 0) {
    return base::fail(kBadPoint, "not on the curve");
  }
  if (!is_prime_order_key(point.key())) return base::fail(kBadPoint, "not of prime order");
  return point;
}

const Point& Point::generator() {
  static const Point generator = multiply_generator(PublicScalar(1));
  return generator;
}

Point operator+(const Point& a, const Point& b) {
  Point out;
  CHECK(crypto_core_ed25519_add(PointAccess::bytes(out).data(), a.bytes().data(), b.bytes().data()) == 0);
  return out;
}

Point operator-(const Point& a, const Point& b) {
  Point out;
  CHECK(crypto_core_ed25519_sub(PointAccess::bytes(out).data(), a.bytes().data(), b.bytes().data()) == 0);
  return out;
}

Point operator-(const Point& a) {
  return Point() - a;
}

Point multiply(const PublicScalar& scalar, const Point& point) {
  return multiply_bytes(scalar.bytes().data(), scalar.is_zero(), point);
}

Point multiply(const SecretScalar& scalar, const Point& point) {
  return multiply_bytes(scalar.secret_bytes().data(), scalar.is_zero(), point);
}

Point multiply_generator(const PublicScalar& scalar) {
  return multiply_generator_bytes(scalar.bytes().data(), scalar.is_zero());
}

Point multiply_generator(const SecretScalar& scalar) {
  return multiply_generator_bytes(scalar.secret_bytes().data(), scalar.is_zero());
}

}  // namespace crypto
