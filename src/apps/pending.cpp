#include "apps/pending.h"

#include <algorithm>
#include <tuple>
#include <utility>

#include "codec/base64.h"

namespace apps {
namespace {

constexpr std::string_view kProposal = "proposal:";
constexpr std::string_view kProgress = "progress:";
constexpr std::string_view kDispute = "dispute:";

std::string_view after_first_line(std::string_view text) {
  return text.substr(text.find('\n') + 1);
}

}  // namespace

std::optional<PendingProposal> find_pending(const charter::State& state, const record::RecordId& id) {
  const std::string key = codec::serialize_base64(id.view());
  const auto entry = state.text(charter::Tree::kRules, std::string(kProposal) + key);
  const auto progress = state.text(charter::Tree::kRules, std::string(kProgress) + key);
  PendingProposal pending{id, {}, {}};
  if (!entry || !progress || !charter::read_entry(after_first_line(*entry), pending.entry) ||
      !charter::read_entry(after_first_line(*progress), pending.progress)) {
    return std::nullopt;
  }
  return pending;
}

std::vector<PendingProposal> list_pending(const charter::State& state) {
  std::vector<record::RecordId> ids;
  state.for_each(charter::Tree::kRules, [&](std::string_view name, std::string_view) {
    if (!name.starts_with(kProposal)) return;
    if (const auto id = codec::parse_base64_hash(name.substr(kProposal.size()))) ids.push_back(*id);
  });
  std::vector<PendingProposal> proposals;
  for (const record::RecordId& id : ids) {
    if (auto pending = find_pending(state, id)) proposals.push_back(std::move(*pending));
  }
  std::ranges::sort(proposals, [](const PendingProposal& a, const PendingProposal& b) {
    return std::tie(a.progress.due, a.id) < std::tie(b.progress.due, b.id);
  });
  return proposals;
}

std::vector<PendingDispute> list_disputes(const charter::State& state) {
  std::vector<PendingDispute> disputes;
  state.for_each(charter::Tree::kRules, [&](std::string_view name, std::string_view text) {
    if (!name.starts_with(kDispute)) return;
    PendingDispute dispute{std::string(name.substr(kDispute.size())), {}};
    if (charter::read_entry(after_first_line(text), dispute.entry)) disputes.push_back(std::move(dispute));
  });
  return disputes;
}

}  // namespace apps
