#include "charter/pending.h"

#include <algorithm>
#include <tuple>
#include <utility>

namespace charter {
namespace {

constexpr std::string_view kDispute = "dispute:";

std::string_view after_first_line(std::string_view text) {
  return text.substr(text.find('\n') + 1);
}

}  // namespace

std::optional<PendingProposal> find_pending(const State& state, const record::RecordId& id) {
  const ProposalEntry* const entry = state.proposal(id);
  const ProgressEntry* const progress = state.progress(id);
  if (entry == nullptr || progress == nullptr) return std::nullopt;
  return PendingProposal{id, *entry, *progress};
}

std::vector<PendingProposal> list_pending(const State& state) {
  std::vector<PendingProposal> proposals;
  for (const record::RecordId& id : state.proposals()) {
    if (auto pending = find_pending(state, id)) proposals.push_back(std::move(*pending));
  }
  std::ranges::sort(proposals, [](const PendingProposal& a, const PendingProposal& b) {
    return std::tie(a.progress.due, a.id) < std::tie(b.progress.due, b.id);
  });
  return proposals;
}

std::vector<PendingDispute> list_disputes(const State& state) {
  std::vector<PendingDispute> disputes;
  state.for_each(Tree::kRules, [&](std::string_view name, std::string_view text) {
    if (!name.starts_with(kDispute)) return;
    PendingDispute dispute{std::string(name.substr(kDispute.size())), {}};
    const bool is_entry = read_entry(after_first_line(text), dispute.entry);
    if (is_entry && state.time() < dispute.entry.until) disputes.push_back(std::move(dispute));
  });
  return disputes;
}

}  // namespace charter
