// A key that no member holds: the group key, each member's secret share of it, and the public counterparts of the
// shares. Made by key generation or resharing, used by frost.h. Where shares are stored is not known here.
// Format and rules: docs/formats/threshold.md
#pragma once

#include <compare>
#include <cstddef>
#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "base/limits.h"
#include "base/result.h"
#include "crypto/edwards.h"
#include "crypto/multi_scalar.h"
#include "crypto/scalar.h"

namespace threshold {

inline constexpr base::ErrorKind kBadIdentifier{"bad-identifier", base::Category::kInvalid,
                                                "RFC 9591 section 4.2"};
inline constexpr base::ErrorKind kBadGroupKeys{"bad-group-keys", base::Category::kInvalid,
                                               "docs/formats/threshold.md"};

/// The place at which a signer's share is taken from the polynomial: any scalar but zero, where the key itself
/// lies. Ordered as numbers.   Threads: as an int.
class Identifier {
 public:
  explicit Identifier(std::uint16_t number);  ///< not zero (CHECK)
  /// Errors: kBadIdentifier (zero), kBadScalar.
  static base::Result<Identifier> parse(base::ByteView bytes32);
  const crypto::PublicScalar& scalar() const { return scalar_; }
  base::ByteView bytes() const { return scalar_.bytes(); }
  /// "3", or the 32 bytes in hexadecimal if the number is above 65,535.
  std::string text() const;
  friend auto operator<=>(const Identifier&, const Identifier&) = default;

 private:
  explicit Identifier(const crypto::PublicScalar& scalar) : scalar_(scalar) {}
  crypto::PublicScalar scalar_;
};

/// A signer's secret share, in locked memory. Movable, not copyable.   Threads: const calls from any.
class KeyShare {
 public:
  /// `secret` holds exactly one scalar, which is not zero (CHECKed).
  KeyShare(Identifier identifier, crypto::SecretScalars secret);
  Identifier identifier() const { return identifier_; }
  const crypto::SecretScalar& secret() const { return secret_[0]; }
  /// secret * B: what the group's keys must hold for this identifier.
  const crypto::Point& verification_share() const { return verification_share_; }

 private:
  Identifier identifier_;
  crypto::SecretScalars secret_;
  crypto::Point verification_share_;
};

/// The public half of a shared key. Consistent once made: all shares lie on one polynomial of degree
/// threshold - 1 that gives the group key at zero.   Threads: any.
class GroupKeys {
 public:
  using Shares = std::map<Identifier, crypto::DecodedPoint>;

  /// Errors: kBadGroupKeys (detail: threshold or number of shares out of bounds; neutral group key; shares that do
  /// not fit). Bounds: 1 <= threshold <= shares.size() <= kMembersMax.   Cost: n sums of t products.
  static base::Result<GroupKeys> create(std::size_t threshold, const crypto::Point& group, Shares shares);

  std::size_t threshold() const { return threshold_; }
  const crypto::Point& group() const { return group_; }
  const Shares& shares() const { return shares_; }

 private:
  GroupKeys(std::size_t threshold, const crypto::Point& group, Shares shares)
      : threshold_(threshold), group_(group), shares_(std::move(shares)) {}
  std::size_t threshold_;
  crypto::Point group_;
  Shares shares_;
};

/// The Lagrange coefficients that take a polynomial's values at `identifiers` to its value at `at`: at zero the
/// secret, elsewhere another share. In the order of `identifiers`, which differ from each other (CHECK).
/// Spec: RFC 9591 section 4.2
std::vector<crypto::PublicScalar> interpolation(std::span<const Identifier> identifiers,
                                                const crypto::PublicScalar& at = {});

}  // namespace threshold
