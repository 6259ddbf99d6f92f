// A small registry to play in, founded and filled by ordinary records: four organisations, a root zone, five
// domains of which three are claimed. The records must be applied in order, in blocks not before the cast's
// genesis; all of it fits into the founding period, so that nothing has to wait.
//
//   zone .      served by a.root. and b.root.
//   alfa.       ORG-ALFA   a.nic.alfa. b.nic.alfa.   (has a lock key as well)
//   beta.       ORG-BETA   a.nic.beta. b.nic.beta.
//   gamma.      ORG-GAMMA  a.nic.beta. b.nic.beta.   (depends on ORG-BETA's hosts)
//   free. open. UNCLAIMED  a.nic.free. b.nic.free.
//   ORG-DELTA holds nothing: a joiner's organisation, or a recipient.
#pragma once

#include <vector>

#include "support/actors.h"

namespace actors {

/// Adds the organisations to `cast` and returns the records after its genesis. `now` of the cast decides when
/// they expire; the first majority of the members votes.
std::vector<Draft> standard_world(Cast& cast);

/// The proposal and the ballots of the first majority that end the founding period.
std::vector<Draft> close_founding(const Cast& cast);

/// The proposal and yes ballots of the first `yes` members (attests for class U).
std::vector<Draft> with_votes(const Cast& cast, const Draft& proposal, unsigned yes);
unsigned majority_of(const Cast& cast);

}  // namespace actors
