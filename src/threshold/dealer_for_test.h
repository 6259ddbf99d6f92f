// For tests and benchmarks only: one dealer who knows the whole key and hands out shares, as no member ever may.
// Spec: RFC 9591 appendix C
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <utility>
#include <vector>

#include "base/check.h"
#include "base/random.h"
#include "threshold/keys.h"

namespace threshold {

struct Dealt {
  std::vector<KeyShare> shares;
  GroupKeys keys;
};

/// The shares at `identifiers` of the polynomial with these coefficients, the key first.
inline Dealt deal_for_test(std::span<const crypto::PublicScalar> coefficients,
                           std::span<const Identifier> identifiers) {
  std::vector<KeyShare> shares;
  GroupKeys::Shares points;
  for (const Identifier& identifier : identifiers) {
    crypto::PublicScalar value;
    for (std::size_t i = coefficients.size(); i-- > 0;) value = value * identifier.scalar() + coefficients[i];
    crypto::SecretScalars secret(1);
    secret[0].set(value);
    shares.emplace_back(identifier, std::move(secret));
    points.emplace(identifier, crypto::DecodedPoint(shares.back().verification_share()));
  }
  auto keys =
      GroupKeys::create(coefficients.size(), crypto::multiply_generator(coefficients[0]), std::move(points));
  CHECK(keys.has_value());
  return {std::move(shares), *std::move(keys)};
}

/// A random key, `threshold` of the members 1 to `count`.
inline Dealt deal_for_test(std::size_t threshold, std::uint16_t count, base::Random& random) {
  std::vector<crypto::PublicScalar> coefficients;
  crypto::SecretScalars draw(1);
  for (std::size_t i = 0; i < threshold; ++i) {
    draw[0].set_random(random);
    coefficients.push_back(draw[0].reveal());
  }
  std::vector<Identifier> identifiers;
  for (std::uint16_t i = 1; i <= count; ++i) identifiers.emplace_back(i);
  return deal_for_test(coefficients, identifiers);
}

}  // namespace threshold
