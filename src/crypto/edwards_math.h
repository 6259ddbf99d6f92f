// Points of edwards25519 as coordinates, and sums of them, for PUBLIC points only: variable time. Formulas are the
// complete ones for -x^2 + y^2 = 1 + d x^2 y^2, so they hold for every pair of points on the curve, equal,
// opposite and neutral ones included. Inside crypto/ only: other rooms use edwards.h and multi_scalar.h.
#pragma once

#include <array>
#include <optional>
#include <span>
#include <vector>

#include "base/bytes.h"
#include "crypto/field25519.h"

namespace crypto {

/// x = X/Z, y = Y/Z, xy = T/Z. All tight.
struct Extended {
  Field x;
  Field y{kFieldOne};
  Field z{kFieldOne};
  Field t;
};

/// What an addition wants to know of its right side: y + x, y - x, 2d xy, and Z.
struct Cached {
  Field sum;
  Field difference;  ///< loose
  Field product;
  Field z;
};

/// The same with Z = 1, which saves one product.
struct CachedAffine {
  Field sum;
  Field difference;  ///< loose
  Field product;
};

struct Affine {
  Field x;
  Field y;
};

Cached cache(const Extended& point);
CachedAffine cache(const Affine& point);
Extended extend(const Affine& point);

Extended twice(const Extended& point);
Extended add(const Extended& a, const Cached& b);
Extended add(const Extended& a, const CachedAffine& b);
Extended subtract(const Extended& a, const Cached& b);
Extended subtract(const Extended& a, const CachedAffine& b);
bool is_neutral(const Extended& point);

/// The point that 32 canonical bytes stand for. Nothing if they are not canonical, or not on the curve; a
/// point of small or mixed order passes.   Cost: 4 us.   Spec: RFC 8032 section 5.1.3
std::optional<Affine> decode(base::ByteView bytes32);
std::array<base::Byte, 32> encode(const Affine& point);
/// With one inversion for all.
std::vector<Affine> normalize(std::span<const Extended> points);

/// True if L times the point is the neutral element.   Cost: 35 us.
bool has_prime_order_or_one(const Affine& point);

/// The base point B.
const Affine& base_point();

}  // namespace crypto
