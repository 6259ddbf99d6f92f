// Sums of many products of PUBLIC scalars and PUBLIC points, several times faster than point by point through
// libsodium, whose interface decodes and checks each point at every step (docs/adr/0022). Variable time:
// nothing secret may come here, and the types see to it (SecretScalar does not convert).
#pragma once

#include <array>
#include <cstddef>
#include <optional>
#include <span>
#include <vector>

#include "base/bytes.h"
#include "base/random.h"
#include "base/result.h"
#include "crypto/edwards.h"
#include "crypto/edwards_math.h"
#include "crypto/scalar.h"

namespace crypto {

/// A Point with its coordinates worked out, once, so that sums need not.   Threads: as an int.
class DecodedPoint {
 public:
  DecodedPoint() : affine_{{}, kFieldOne} {}  ///< the neutral element
  explicit DecodedPoint(const Point& point);  ///< Cost: 5 us.
  const Point& point() const { return point_; }
  const Affine& affine() const { return affine_; }
  friend bool operator==(const DecodedPoint& a, const DecodedPoint& b) { return a.point_ == b.point_; }

 private:
  friend class DecodeAccess;
  Point point_;
  Affine affine_;
};

/// As Point::parse, for all of `encodings` (32 bytes each, one after another) at once: below a hundred points
/// each is multiplied by L; above, 128 random subsets are, so that a batch with a point outside the prime-order
/// group passes with probability 2^-128 at most, if whoever made the points cannot foresee `random`.
/// Shapes: encodings.size() is a multiple of 32 (CHECKed).
/// Errors: kBadPoint (detail: "point I: why", I counting from 0, the first bad one).
/// Cost: 40 us each, 7 us each in batches of thousands.   Threads: any.
base::Result<std::vector<DecodedPoint>> parse_points(base::ByteView encodings, base::Random& random);

/// One product in a sum. Without a point: the generator. The point must outlive the call.
struct Term {
  PublicScalar scalar;
  const DecodedPoint* point = nullptr;
};

/// The sum of the products. The empty sum is the neutral element.
/// Cost: 25 us and 6 us for each term with a full-size scalar (under 1 us if the scalar is 1).   Threads: any.
Point multi_scalar(std::span<const Term> terms);

/// For each sum its result; the costly end of each (one inversion) is shared.
std::vector<Point> multi_scalar_many(std::span<const std::vector<Term>> sums);

}  // namespace crypto
