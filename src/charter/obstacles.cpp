#include "charter/obstacles.h"

#include "charter/errors.h"
#include "charter/state.h"
#include "codec/time_text.h"

namespace charter {
namespace {

base::Result<void> check_creation(const PlanDraft& draft, const Change& change) {
  if (change.object_class != ObjectClass::kDomain && change.object_class != ObjectClass::kHost) return {};
  for (std::string_view name = change.key; !name.empty(); name = name_above(name)) {
    if (draft.tx.store().is_held({ObjectClass::kDomain, std::string(name)}) ||
        draft.tx.store().is_held({ObjectClass::kZone, std::string(name)})) {
      return base::fail(kRefused, paragraph(change) + ": a locked proposal of class V names " +
                                      std::string(name) +
                                      "; until that ends nothing is created there or below");
    }
  }
  return {};
}

base::Result<void> check_move(const PlanDraft& draft, const Change& change) {
  const resource::ObjectId id = change.id();
  if (draft.tx.store().is_held(id)) {
    return base::fail(kRefused, paragraph(change) +
                                    ": a locked proposal of class V, M or R names it; until that ends it is "
                                    "neither transferred nor deleted");
  }
  const DisputeEntry* dispute =
      draft.tx.disputes.find(std::string(class_name(id.object_class)) + " " + id.key);
  if (dispute != nullptr && draft.tx.now() < dispute->until) {
    return base::fail(kRefused, paragraph(change) + ": it is disputed until " +
                                    codec::serialize_time(dispute->until) +
                                    "; until then it is neither transferred nor deleted");
  }
  return {};
}

}  // namespace

base::Result<void> check_obstacles(const PlanDraft& draft) {
  if (draft.plan.classes.meets({RuleClass::kV, RuleClass::kM, RuleClass::kC, RuleClass::kR})) return {};
  for (const Change& change : draft.record.changes()) {
    const bool moves = change.action == Action::kDelete || has_line(change, "holder");
    if (change.action == Action::kCreate) {
      TRY(check_creation(draft, change));
    } else if (moves) {
      TRY(check_move(draft, change));
    }
  }
  return {};
}

base::Result<void> check_frozen(const PlanDraft& draft) {
  if (draft.plan.classes.meets({RuleClass::kV, RuleClass::kM, RuleClass::kC, RuleClass::kR, RuleClass::kE}))
    return {};
  for (const std::string& party : draft.plan.touched) {
    if (is_frozen(draft.tx, party)) return base::fail(kFrozen, frozen_text(draft.tx, party));
  }
  return {};
}

base::Result<void> check_freeze_room(const PlanDraft& draft) {
  if (is_organisation(draft.subject) || is_frozen(draft.tx, draft.subject)) return {};
  std::uint64_t frozen = 0;
  for (const std::string& member : draft.tx.members()) frozen += is_frozen(draft.tx, member) ? 1 : 0;
  if (frozen < frozen_members_max(draft.tx.n())) return {};
  return base::fail(kRefused, "subject: " + std::to_string(frozen) +
                                  " members are frozen already; at most max(1, f) may be at once");
}

}  // namespace charter
