// Counting votes: under the members of now and those of a proposal's opening, present members only.
// Format: docs/formats/rules.md, "Life"
#pragma once

#include "charter/plan.h"
#include "charter/transaction.h"

namespace charter {

struct Count {
  std::uint64_t yes = 0;
  std::uint64_t not_yes = 0;   ///< `no` and `abstain`
  std::uint64_t eligible = 0;  ///< present members who vote
};

/// `electors`: null for the members of now, else only those of them who also stand in the list.
Count count_votes(const Transaction& tx, const Plan& plan, const Ballots& ballots,
                  const std::vector<std::string>* electors);

enum class Standing : std::uint8_t { kReached, kOpen, kImpossible };
/// The quorum of the class, under both electorates.
Standing standing_of(const Transaction& tx, const Plan& plan, const ProposalEntry& proposal,
                     const ProgressEntry& progress);
/// The fresh votes after F objections; kReached if none are asked for.
Standing fresh_standing_of(const Transaction& tx, const Plan& plan, const ProgressEntry& progress);

/// Whether H1 on a host in use goes by votes because not every dependant accepted.
bool goes_by_votes(const Plan& plan, const ProgressEntry& progress);
bool are_consents_complete(const Transaction& tx, const Plan& plan, const record::Record& proposal,
                           const ProgressEntry& progress);
/// Is the quorum of a waiting proposal still there?
bool has_quorum(const Transaction& tx, const ProposalEntry& proposal, const ProgressEntry& progress);

}  // namespace charter
