#include "charter/member_changes.h"

#include <array>

#include "charter/errors.h"
#include "charter/involuntary_changes.h"
#include "charter/state.h"
#include "codec/dns_name.h"
#include "resource/values.h"

namespace charter {
namespace {

constexpr std::array<std::string_view, 6> kReservedNames{"localhost.", "invalid.", "test.",
                                                         "example.",   "local.",   "onion."};

/// A cut above more organisations' domains is no allocation any more: so many would never all accept.
constexpr std::size_t kHoldersBelowMax = 64;

base::Result<void> allocate(PlanDraft& draft, const Change& change) {
  draft.add(RuleClass::kA, Role::kGovernance);
  if (change.object_class == ObjectClass::kOrganisation) {
    draft.consent(change.key, new_keys(change, nullptr));
    draft.touch(change.key);
    return {};
  }
  const std::string_view holder = new_value(change, "holder");
  if (!is_organisation(holder)) return wrong(change, "holder: class A gives it to an organisation");
  if (has_line(change, "registry-lock")) return wrong(change, "registry-lock: its holder sets it later");
  for (const std::string_view reserved : kReservedNames) {
    if (codec::is_at_or_below(change.key, reserved)) {
      return base::fail(kRefused, paragraph(change) + ": the name is reserved by RFC 6761");
    }
  }
  for (const LineChange& line : change.lines) TRY(check_digest(change, line));
  draft.consent(holder, {});
  draft.touch(holder);
  // A name between a domain and its hosts takes the hosts away: whoever holds them is asked.
  const std::string_view above = place_of_host(draft.tx, change.key).holder;
  if (above != resource::kUnclaimed && above != holder) draft.consent(above, {});
  // A cut above other domains hides their delegations.
  const HolderCounts& below = draft.tx.store().holders_below(change.key);
  if (below.size() > kHoldersBelowMax) {
    return base::fail(kRefused, paragraph(change) + ": " + std::to_string(below.size()) +
                                    " organisations hold domains below it; at most 64 can be asked");
  }
  for (const auto& [one, count] : below) {
    if (one != holder) draft.consent(one, {});
  }
  return {};
}

base::Result<void> by_upstream(PlanDraft& draft, const Change& change) {
  const auto refuse = [&] {
    return wrong(change,
                 "class U (`upstream`) changes zones, and domains and hosts that are UNCLAIMED and stay so; "
                 "nothing else");
  };
  const bool is_name =
      change.object_class == ObjectClass::kDomain || change.object_class == ObjectClass::kZone;
  if (change.action == Action::kCreate && is_name &&
      place_of_host(draft.tx, change.key).holder != resource::kUnclaimed) {
    return wrong(change, "class U creates no name at or below a domain that somebody holds");
  }
  const bool moves_cut = change.action == Action::kCreate ||
                         (change.action == Action::kDelete && change.object_class == ObjectClass::kZone);
  if (moves_cut && is_name && !draft.tx.store().holders_below(change.key).empty()) {
    return wrong(change,
                 "class U makes no cut above a domain that somebody holds, and takes no zone from it");
  }
  if (any_sets(change))
    return wrong(change, "'=' is for classes V, M and R; this is written with '-' and '+'");
  if (change.object_class == ObjectClass::kDomain) {
    const Object* domain = draft.tx.live(ObjectClass::kDomain, change.key);
    if (domain != nullptr && domain->value("holder") != resource::kUnclaimed) return refuse();
    if (change.action == Action::kCreate && new_value(change, "holder") != resource::kUnclaimed)
      return refuse();
    if (change.action == Action::kChange && has_line(change, "holder")) return refuse();
    if (has_line(change, "registry-lock")) return refuse();
  } else if (change.object_class == ObjectClass::kHost) {
    if (place_of_host(draft.tx, change.key).holder != resource::kUnclaimed) return refuse();
  } else if (change.object_class != ObjectClass::kZone) {
    return refuse();
  }
  draft.add(RuleClass::kU, Role::kRegistrar);
  return {};
}

base::Result<void> member_line(PlanDraft& draft, const Change& change, const LineChange& line, bool own) {
  if (line.name == "governance" || line.name == "governance-threshold" || line.name == "organisation") {
    draft.add(RuleClass::kM, Role::kGovernance);
    return {};
  }
  if (!own)
    return wrong(change, line,
                 "only the member itself changes it; its governance keys are replaced by class M, lost keys "
                 "by class R");
  if (line.operation == Operation::kSet)
    return wrong(change, line, "'=' is for classes V, M and R; this is written with '-' and '+'");
  draft.add(RuleClass::kH2, Role::kGovernance);
  return {};
}

base::Result<void> member_change(PlanDraft& draft, const Change& change) {
  if (change.action == Action::kCreate) {
    draft.add(RuleClass::kM, Role::kGovernance);
    draft.consent(change.key, new_keys(change, nullptr));
    return {};
  }
  const Object* before = draft.tx.live(ObjectClass::kMember, change.key);
  if (before == nullptr) return base::fail(kUnknownParty, paragraph(change) + ": is no member");
  if (change.action == Action::kDelete) {
    draft.add(RuleClass::kM, Role::kGovernance);
    if (change.key != draft.by) insert_sorted(draft.plan.non_voters, change.key);
    return {};
  }
  const bool own = change.key == draft.by;
  for (const LineChange& line : change.lines) TRY(member_line(draft, change, line, own));
  KeyList keys = new_keys(change, before);
  if (own) {
    draft.plan.by_new_keys.insert(draft.plan.by_new_keys.end(), keys.begin(), keys.end());
  } else {
    draft.consent(change.key, std::move(keys));
  }
  return {};
}

}  // namespace

base::Result<void> by_member(PlanDraft& draft, const Change& change) {
  if (!draft.record.value("upstream").empty()) return by_upstream(draft, change);
  if (!draft.subject.empty()) return involuntary(draft, change);
  switch (change.object_class) {
    case ObjectClass::kCharter:
      if (change.action != Action::kChange || any_sets(change))
        return wrong(change, "the charter is changed, by '-' and '+', never created or deleted");
      draft.add(RuleClass::kC, Role::kGovernance);
      return {};
    case ObjectClass::kMember:
      return member_change(draft, change);
    case ObjectClass::kOrganisation:
    case ObjectClass::kDomain:
      if (change.action == Action::kCreate) return allocate(draft, change);
      break;
    case ObjectClass::kZone:
    case ObjectClass::kHost:
      break;
  }
  return wrong(
      change,
      "a member changes it with `upstream` (class U, if UNCLAIMED) or with `subject` and `annex` (class V)");
}

}  // namespace charter
