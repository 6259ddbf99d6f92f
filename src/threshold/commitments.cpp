#include "threshold/commitments.h"

#include <algorithm>
#include <string>
#include <utility>

#include "base/check.h"
#include "base/limits.h"
#include "crypto/multi_scalar.h"

namespace threshold {
namespace {

using crypto::DecodedPoint;
using crypto::Point;
using crypto::PublicScalar;
using crypto::Term;

std::vector<DecodedPoint> decode(const VssCommitment& points) {
  std::vector<DecodedPoint> decoded;
  decoded.reserve(points.size());
  for (const Point& point : points) decoded.emplace_back(point);
  return decoded;
}

std::vector<Term> terms_at(const std::vector<DecodedPoint>& commitments, const Identifier& x) {
  std::vector<Term> terms;
  terms.reserve(commitments.size());
  PublicScalar power(1);
  for (const DecodedPoint& commitment : commitments) {
    terms.push_back({power, &commitment});
    power = power * x.scalar();
  }
  return terms;
}

}  // namespace

Point evaluate(const VssCommitment& commitments, const Identifier& x) {
  const std::vector<DecodedPoint> decoded = decode(commitments);
  return crypto::multi_scalar(terms_at(decoded, x));
}

base::Result<GroupKeys> group_keys(const VssCommitment& commitments, std::size_t members) {
  if (commitments.empty() || commitments.size() > members || members > base::kMembersMax) {
    return base::fail(kBadGroupKeys, std::to_string(commitments.size()) + " commitments for " +
                                         std::to_string(members) + " members");
  }
  if (std::ranges::any_of(commitments, &Point::is_neutral)) {
    return base::fail(kBadGroupKeys, "a neutral commitment");
  }
  const std::vector<DecodedPoint> decoded = decode(commitments);
  std::vector<std::vector<Term>> sums;
  for (std::size_t i = 1; i <= members; ++i) {
    sums.push_back(terms_at(decoded, Identifier(static_cast<std::uint16_t>(i))));
  }
  GroupKeys::Shares shares;
  std::uint16_t number = 0;
  for (const Point& point : crypto::multi_scalar_many(sums)) {
    shares.emplace(Identifier(++number), DecodedPoint(point));
  }
  return GroupKeys::create(commitments.size(), commitments.front(), std::move(shares));
}

base::Bytes bytes_of(const VssCommitment& commitments) {
  base::Bytes out;
  out.reserve(commitments.size() * crypto::kPointBytes);
  for (const Point& point : commitments) {
    out.insert(out.end(), point.bytes().begin(), point.bytes().end());
  }
  return out;
}

std::uint16_t number_of(const Identifier& identifier) {
  const base::ByteView bytes = identifier.bytes();
  const auto number = static_cast<std::uint16_t>(bytes[0] | (unsigned{bytes[1]} << 8U));
  CHECK(number != 0 && Identifier(number) == identifier);
  return number;
}

}  // namespace threshold
