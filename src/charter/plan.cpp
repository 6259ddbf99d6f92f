#include "charter/plan.h"

#include <algorithm>

#include "base/check.h"
#include "charter/ceremonies.h"
#include "charter/errors.h"
#include "charter/holder_changes.h"
#include "charter/member_changes.h"
#include "charter/obstacles.h"
#include "charter/plan_draft.h"
#include "charter/releases.h"
#include "charter/state.h"
#include "codec/time_text.h"
#include "resource/values.h"

namespace charter {

bool is_organisation(std::string_view handle) {
  return handle.starts_with("ORG-");
}

bool is_frozen(const Transaction& tx, std::string_view party) {
  const FreezeEntry* freeze = tx.freezes.find(party);
  return freeze != nullptr && tx.now() < freeze->until;
}

std::string frozen_text(const Transaction& tx, std::string_view party) {
  const FreezeEntry* freeze = tx.freezes.find(party);
  CHECK(freeze != nullptr);
  return std::string(party) + " is frozen until " + codec::serialize_time(freeze->until) +
         ", or until enough members lift it";
}

bool is_founding(const Transaction& tx) {
  const FoundingEntry* founding = tx.founding.find(std::string_view("names"));
  return founding != nullptr && tx.now() < founding->until;
}

HostPlace place_of_host(const Transaction& tx, std::string_view name) {
  for (; !name.empty(); name = name_above(name)) {
    if (const Object* domain = tx.live(ObjectClass::kDomain, name))
      return {domain->value("holder"), domain, false};
    if (tx.live(ObjectClass::kZone, name) != nullptr) return {resource::kUnclaimed, nullptr, false};
  }
  return {resource::kUnclaimed, nullptr, true};
}

namespace {

base::Result<void> classify_empty(PlanDraft& draft) {
  if (!draft.record.value("founding").empty()) {
    if (is_organisation(draft.by)) return base::fail(kWrongClass, "founding: members alone ask to close it");
    if (!is_founding(draft.tx)) return base::fail(kRefused, "founding: the founding period is over");
    draft.add(RuleClass::kA, Role::kGovernance);
    draft.plan.closes_founding = true;
    return {};
  }
  if (const std::string_view order = draft.record.value("ceremony"); !order.empty()) {
    if (is_organisation(draft.by)) return base::fail(kWrongClass, "ceremony: members alone ask for one");
    draft.add(RuleClass::kG, Role::kGovernance);
    return check_order(draft.tx, order);
  }
  if (const std::string_view batch = draft.record.value("publish"); !batch.empty()) {
    if (is_organisation(draft.by)) return base::fail(kWrongClass, "publish: members alone ask for it");
    draft.add(RuleClass::kA, Role::kGovernance);
    draft.plan.publishes_zone = true;
    return check_publish(draft.tx, batch);
  }
  if (draft.subject.empty())
    return base::fail(
        kWrongClass,
        "a proposal has paragraphs, or `subject` (a freeze), or `founding`, `ceremony` or `publish`; this "
        "one has none of them");
  const bool exists = draft.tx.live(ObjectClass::kOrganisation, draft.subject) != nullptr ||
                      draft.tx.is_member(draft.subject);
  if (!exists) return base::fail(kUnknownParty, "subject: " + std::string(draft.subject) + " does not exist");
  draft.plan.classes.add(RuleClass::kE);
  if (!is_organisation(draft.by)) {
    draft.plan.by_roles.add(Role::kGovernance);
    return check_freeze_room(draft);
  }
  if (draft.subject != draft.by)
    return base::fail(kWrongClass, "subject: an organisation freezes only itself");
  draft.plan.any_key = true;
  return {};
}

base::Result<void> classify(PlanDraft& draft) {
  if (draft.record.changes().empty()) return classify_empty(draft);
  for (const Change& change : draft.record.changes()) {
    if (is_organisation(draft.by)) {
      TRY(by_organisation(draft, change));
    } else {
      TRY(by_member(draft, change));
    }
  }
  return {};
}

base::Result<void> check_attributes(PlanDraft& draft) {
  const ClassSet classes = draft.plan.classes;
  if (!draft.subject.empty() && !classes.meets({RuleClass::kV, RuleClass::kR, RuleClass::kE})) {
    return base::fail(kWrongClass, "subject: stands in classes V, R and E only");
  }
  if (!draft.record.value("upstream").empty() && !classes.has(RuleClass::kU)) {
    return base::fail(kWrongClass, "upstream: stands in class U only");
  }
  if (!draft.record.value("founding").empty() && !draft.plan.closes_founding) {
    return base::fail(kWrongClass, "founding: closes the founding period; it goes without paragraphs");
  }
  if (!draft.record.value("ceremony").empty() && !classes.has(RuleClass::kG)) {
    return base::fail(kWrongClass, "ceremony: goes without paragraphs");
  }
  if (!draft.record.value("publish").empty() && !draft.plan.publishes_zone) {
    return base::fail(kWrongClass, "publish: goes without paragraphs and other orders");
  }
  if (draft.record.value("override").empty()) return {};
  if (!classes.has(RuleClass::kH1)) return base::fail(kWrongClass, "override: stands in class H1 only");
  draft.plan.needs_checks = false;
  draft.lock_at_least("H1-override");
  return {};
}

base::Seconds charter_lock(PlanDraft& draft) {
  const resource::CharterNumbers& numbers = draft.tx.numbers();
  const Change& change = draft.record.changes().front();
  const Object* before = draft.tx.live(ObjectClass::kCharter, change.key);
  const auto after = resource::apply_change(before, change);
  const bool tightens = before != nullptr && after && resource::is_tightening(*before, *after);
  return numbers.lock(tightens ? "C" : "C-loosening");
}

base::Seconds lock_of_classes(PlanDraft& draft) {
  const resource::CharterNumbers& numbers = draft.tx.numbers();
  base::Seconds lock;
  const auto raise = [&](RuleClass one, std::string_view name) {
    if (draft.plan.classes.has(one)) lock = std::max(lock, numbers.lock(name));
  };
  raise(RuleClass::kH2, "H2");
  raise(RuleClass::kU, "U");
  raise(RuleClass::kV, "V");
  raise(RuleClass::kM, "M");
  raise(RuleClass::kR, is_organisation(draft.subject) ? "R-holder" : "R-member");
  if (draft.plan.classes.has(RuleClass::kC)) lock = charter_lock(draft);
  // With another lock in the batch it would execute after founding, without A's or K's own lock: so it has
  // them.
  if (draft.plan.publishes_zone) return lock;
  const bool waits_anyway = std::max(lock, draft.plan.lock) > base::Seconds(0);
  if (!is_founding(draft.tx) || waits_anyway) {
    raise(RuleClass::kA, "A");
    raise(RuleClass::kK, "K");
    raise(RuleClass::kG, "G");
  }
  return lock;
}

std::uint64_t votes_of(resource::Quorum quorum, std::uint64_t n) {
  switch (quorum) {
    case resource::Quorum::kMajority:
      return majority_of(n);
    case resource::Quorum::kSupermajority:
      return supermajority_of(n);
    case resource::Quorum::kAll:
      return n;
  }
  return n;
}

}  // namespace

base::Result<Plan> make_plan(const Transaction& tx, const record::Record& proposal) {
  PlanDraft draft(tx, proposal);
  TRY(classify(draft));
  if (draft.plan.classes.is_mixed_wrongly()) {
    return base::fail(kWrongClass,
                      "classes U, V, M, C, R, G and E go alone, this batch has " + draft.plan.classes.text());
  }
  TRY(check_attributes(draft));
  TRY(check_obstacles(draft));
  TRY(check_frozen(draft));
  draft.plan.lock = std::max(draft.plan.lock, lock_of_classes(draft));
  return std::move(draft.plan);
}

std::uint64_t required_votes(const Plan& plan, const Transaction& tx, std::uint64_t n, bool by_votes,
                             bool objected) {
  std::uint64_t votes = 0;
  const auto raise = [&](bool applies, std::string_view name) {
    if (applies) votes = std::max(votes, votes_of(tx.numbers().quorum(name), n));
  };
  raise(plan.classes.has(RuleClass::kH2) && plan.h2_votes, "H2");
  raise(plan.classes.has(RuleClass::kA), "A");
  raise(plan.classes.has(RuleClass::kK), "K");
  raise(plan.classes.has(RuleClass::kU), "U");
  raise(plan.classes.has(RuleClass::kV), "V");
  raise(plan.classes.has(RuleClass::kM), "M");
  raise(plan.classes.has(RuleClass::kC), "C");
  raise(plan.classes.has(RuleClass::kR), "R");
  raise(plan.classes.has(RuleClass::kG), "G");
  if (plan.classes.has(RuleClass::kE) && !plan.any_key) votes = small_quorum_of(n);
  if (by_votes) votes = std::max(votes, objected ? majority_of(n) : small_quorum_of(n));
  // One less than all, however many do not vote: a batch of removals must not lower its own quorum. For R it
  // is so even when its subject is an organisation, which has no vote to lose.
  const bool is_reduced = plan.classes.has(RuleClass::kR) || !plan.non_voters.empty();
  if (is_reduced) votes = std::min(votes, n > 1 ? n - 1 : 0);
  return votes;
}

}  // namespace charter
