// Proposals under way and disputes, as values for those who show them.
// Format: docs/formats/rules.md "Rules state"
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "charter/rule_texts.h"
#include "charter/state.h"
#include "record/record.h"

namespace charter {

struct PendingProposal {
  record::RecordId id;
  ProposalEntry entry;
  ProgressEntry progress;
};

/// Nothing if it is not under way.   Cost: O(log n).
std::optional<PendingProposal> find_pending(const State& state, const record::RecordId& id);
/// Sorted by due time, then id.   Cost: O(proposals under way).
std::vector<PendingProposal> list_pending(const State& state);

/// One that still runs.
struct PendingDispute {
  std::string object;  ///< "domain ru."
  DisputeEntry entry;
};
/// Cost: makes every text of the rules state.
std::vector<PendingDispute> list_disputes(const State& state);

}  // namespace charter
