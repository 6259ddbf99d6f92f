#include "threshold/keys.h"

#include <utility>

#include "base/check.h"
#include "codec/hex.h"

namespace threshold {

using crypto::Point;
using crypto::PublicScalar;
using crypto::Term;

Identifier::Identifier(std::uint16_t number) : scalar_(number) {
  CHECK(number != 0);
}

base::Result<Identifier> Identifier::parse(base::ByteView bytes32) {
  ASSIGN_OR_RETURN(const PublicScalar scalar, PublicScalar::parse(bytes32));
  if (scalar.is_zero()) return base::fail(kBadIdentifier, "zero");
  return Identifier(scalar);
}

std::string Identifier::text() const {
  const std::uint64_t low = scalar_.bytes()[0] + std::uint64_t{scalar_.bytes()[1]} * 256;
  return scalar_ == PublicScalar(low) ? std::to_string(low) : codec::serialize_hex(scalar_.bytes());
}

KeyShare::KeyShare(Identifier identifier, crypto::SecretScalars secret)
    : identifier_(identifier), secret_(std::move(secret)) {
  CHECK(secret_.size() == 1 && !secret_[0].is_zero());
  verification_share_ = crypto::multiply_generator(secret_[0]);
}

std::vector<PublicScalar> interpolation(std::span<const Identifier> identifiers, const PublicScalar& at) {
  std::vector<PublicScalar> numerators;
  std::vector<PublicScalar> denominators;
  for (const Identifier& own : identifiers) {
    PublicScalar numerator(1);
    PublicScalar denominator(1);
    for (const Identifier& other : identifiers) {
      if (&other == &own) continue;
      CHECK(other != own);
      numerator = numerator * (other.scalar() - at);
      denominator = denominator * (other.scalar() - own.scalar());
    }
    numerators.push_back(numerator);
    denominators.push_back(denominator);
  }
  crypto::invert_all(denominators);
  for (std::size_t i = 0; i < numerators.size(); ++i) numerators[i] = numerators[i] * denominators[i];
  return numerators;
}

namespace {

// The value at `at` of the polynomial through the first `threshold` shares.
Point value_at(const PublicScalar& at, std::span<const Identifier> first, const GroupKeys::Shares& shares) {
  const std::vector<PublicScalar> factors = interpolation(first, at);
  std::vector<Term> terms;
  for (std::size_t i = 0; i < first.size(); ++i) terms.push_back({factors[i], &shares.at(first[i])});
  return crypto::multi_scalar(terms);
}

}  // namespace

base::Result<GroupKeys> GroupKeys::create(std::size_t threshold, const Point& group, Shares shares) {
  if (threshold < 1 || threshold > shares.size() || shares.size() > base::kMembersMax) {
    return base::fail(kBadGroupKeys,
                      std::to_string(threshold) + " of " + std::to_string(shares.size()) + " shares");
  }
  if (group.is_neutral()) return base::fail(kBadGroupKeys, "the neutral element as group key");
  std::vector<Identifier> first;
  for (const auto& [identifier, share] : shares) {
    if (share.point().is_neutral())
      return base::fail(kBadGroupKeys, "the neutral element as share " + identifier.text());
    if (first.size() < threshold) {
      first.push_back(identifier);
    } else if (value_at(identifier.scalar(), first, shares) != share.point()) {
      return base::fail(kBadGroupKeys, "share " + identifier.text() + " does not fit the others");
    }
  }
  if (value_at(PublicScalar(), first, shares) != group) {
    return base::fail(kBadGroupKeys, "the shares do not make the group key");
  }
  return GroupKeys(threshold, group, std::move(shares));
}

}  // namespace threshold
