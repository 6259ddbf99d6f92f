// A polynomial whose coefficients are hidden behind points: what its values are committed to, and the group's keys that
// follow from it. Spec: Feldman 1987; docs/formats/threshold.md, "Words"
#pragma once

#include <cstdint>
#include <vector>

#include "base/bytes.h"
#include "base/result.h"
#include "crypto/edwards.h"
#include "threshold/keys.h"

namespace threshold {

/// One point for each coefficient, constant first: their count is the threshold, the first is the key's public side.
using VssCommitment = std::vector<crypto::Point>;

/// commitments[0] + x commitments[1] + x^2 commitments[2] + ..., x being the identifier.
/// Cost: 25 us and up to 6 us for each.
crypto::Point evaluate(const VssCommitment& commitments, const Identifier& x);

/// The public half of the key that `members` share, identifiers 1, 2, ....
/// Errors: kBadGroupKeys (no commitment, more than members, more members than the limit; one that is neutral; a member
///         whose share would be zero).
base::Result<GroupKeys> group_keys(const VssCommitment& commitments, std::size_t members);

/// The points one after another.
base::Bytes bytes_of(const VssCommitment& commitments);

/// The number of an identifier that is one (CHECKed): all of this room's protocols count from 1.
std::uint16_t number_of(const Identifier& identifier);

}  // namespace threshold
