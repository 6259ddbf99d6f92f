// Proposals under way and disputes, read out of the rules state's texts.
// Format: docs/formats/rules.md "Rules state"
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "charter/rule_texts.h"
#include "charter/state.h"
#include "record/record.h"

namespace apps {

struct PendingProposal {
  record::RecordId id;
  charter::ProposalEntry entry;
  charter::ProgressEntry progress;
};

std::optional<PendingProposal> find_pending(const charter::State& state, const record::RecordId& id);
/// Sorted by due time, then id.
std::vector<PendingProposal> list_pending(const charter::State& state);

struct PendingDispute {
  std::string object;  ///< "domain:ru."
  charter::DisputeEntry entry;
};
std::vector<PendingDispute> list_disputes(const charter::State& state);

}  // namespace apps
