#include "crypto/edwards_math.h"

#include <algorithm>

#include "base/check.h"

namespace crypto {
namespace {

using base::Byte;
using base::ByteView;

// d = -121665 / 121666, and twice that.
constexpr Field kD{{929955233495203, 466365720129213, 1662059464998953, 2033849074728123, 1442794654840575}};
constexpr Field kTwoD{
    {1859910466990425, 932731440258426, 1072319116312658, 1815898335770999, 633789495995903}};

// L, the order of the base point, from its highest bit: a one, 127 zeros, then these 125 bits.
constexpr std::array<std::uint64_t, 4> kOrderWords{0x5812631a5cf5d3ed, 0x14def9dea2f79cd6, 0,
                                                   0x1000000000000000};

// The last step of an addition. a, b: products of the right sides, both tight; c: T times 2d xy, tight;
// d: 2 Z1 Z2, below 2^52 + 2^15. So e, f, g, h are loose.
Extended finish(const Field& a, const Field& b, const Field& f, const Field& g) {
  const Field e = b - a;
  const Field h = b + a;
  return {e * f, g * h, f * g, e * h};
}

}  // namespace

// sum: two tight ones, below 2^52 + 2^15; difference: loose.
Cached cache(const Extended& point) {
  return {point.y + point.x, point.y - point.x, point.t * kTwoD, point.z};
}

CachedAffine cache(const Affine& point) {
  return {point.y + point.x, point.y - point.x, point.x * point.y * kTwoD};
}

Extended extend(const Affine& point) {
  return {point.x, point.y, kFieldOne, point.x * point.y};
}

// With XX, YY, ZZ tight: YY + XX below 2^52 + 2^15, YY - XX below 2^53 + 2^51 + 2^14 (never a right side of a
// difference), 2 ZZ + XX below 2^53: all loose.
Extended twice(const Extended& point) {
  const Field xx = square(point.x);
  const Field yy = square(point.y);
  const Field zz = square(point.z);
  const Field sum = yy + xx;
  const Field difference = yy - xx;
  const Field cross = square(point.x + point.y) - sum;  // 2 XY
  const Field rest = (zz + zz + xx) - yy;               // 2 ZZ - (YY - XX)
  return {cross * rest, sum * difference, difference * rest, cross * sum};
}

Extended add(const Extended& a, const Cached& b) {
  const Field c = a.t * b.product;
  const Field zz = a.z * b.z;
  const Field d = zz + zz;
  return finish((a.y - a.x) * b.difference, (a.y + a.x) * b.sum, d - c, d + c);
}

Extended add(const Extended& a, const CachedAffine& b) {
  const Field c = a.t * b.product;
  const Field d = a.z + a.z;
  return finish((a.y - a.x) * b.difference, (a.y + a.x) * b.sum, d - c, d + c);
}

// -b has sum and difference exchanged and the product negated.
Extended subtract(const Extended& a, const Cached& b) {
  const Field c = a.t * b.product;
  const Field zz = a.z * b.z;
  const Field d = zz + zz;
  return finish((a.y - a.x) * b.sum, (a.y + a.x) * b.difference, d + c, d - c);
}

Extended subtract(const Extended& a, const CachedAffine& b) {
  const Field c = a.t * b.product;
  const Field d = a.z + a.z;
  return finish((a.y - a.x) * b.sum, (a.y + a.x) * b.difference, d + c, d - c);
}

bool is_neutral(const Extended& point) {
  return is_zero(point.x) && equal(point.y, point.z);
}

std::optional<Affine> decode(ByteView bytes32) {
  const Field y = load_field(bytes32);
  std::array<Byte, 32> plain = store_field(y);
  const auto sign = static_cast<Byte>(bytes32[31] & 0x80U);
  plain[31] = static_cast<Byte>(plain[31] | sign);
  if (!std::ranges::equal(plain, bytes32)) return std::nullopt;  // y was not below p
  const Field yy = square(y);
  // x^2 = (y^2 - 1) / (d y^2 + 1); the products make both tight.
  const Root root = square_root_of_ratio((yy - kFieldOne) * kFieldOne, (yy * kD + kFieldOne) * kFieldOne);
  if (!root.square) return std::nullopt;
  if (sign == 0) return Affine{root.value, y};
  if (is_zero(root.value)) return std::nullopt;  // -0
  return Affine{negate(root.value) * kFieldOne, y};
}

std::array<Byte, 32> encode(const Affine& point) {
  std::array<Byte, 32> out = store_field(point.y);
  if (is_negative(point.x)) out[31] = static_cast<Byte>(out[31] | 0x80U);
  return out;
}

// As invert_all() in scalar.cpp: the inverse of the product of all Z, factors taken off last first.
std::vector<Affine> normalize(std::span<const Extended> points) {
  std::vector<Field> products;
  products.reserve(points.size());
  Field product = kFieldOne;
  for (const Extended& point : points) {
    products.push_back(product);
    product = product * point.z;
  }
  Field inverse = invert(product);
  std::vector<Affine> out(points.size());
  for (std::size_t i = points.size(); i-- > 0;) {
    const Field one_over_z = inverse * products[i];
    inverse = inverse * points[i].z;
    out[i] = {points[i].x * one_over_z, points[i].y * one_over_z};
  }
  return out;
}

bool has_prime_order_or_one(const Affine& point) {
  const CachedAffine step = cache(point);
  Extended product = extend(point);
  for (unsigned bit = 252; bit-- > 0;) {
    product = twice(product);
    if (((kOrderWords[bit / 64] >> (bit % 64)) & 1U) != 0) product = add(product, step);
  }
  return is_neutral(product);
}

const Affine& base_point() {
  static const Affine point = [] {
    std::array<Byte, 32> bytes;
    bytes.fill(0x66);
    bytes[0] = 0x58;
    const std::optional<Affine> decoded = decode(bytes);
    CHECK(decoded.has_value());
    return *decoded;
  }();
  return point;
}

}  // namespace crypto
