#include "charter/obstacles.h"

#include "charter/errors.h"
#include "charter/state.h"

namespace charter {
namespace {

using resource::Action;
using resource::Change;
using resource::ObjectClass;

base::Result<void> check_creation(const PlanDraft& draft, const Change& change) {
  if (change.object_class != ObjectClass::kDomain && change.object_class != ObjectClass::kHost) return {};
  for (std::string_view name = change.key; !name.empty(); name = name_above(name)) {
    if (draft.tx.store().is_held({ObjectClass::kDomain, std::string(name)}) ||
        draft.tx.store().is_held({ObjectClass::kZone, std::string(name)})) {
      return base::fail(kRefused, paragraph(change) + ": a locked V on " + std::string(name) + " forbids it");
    }
  }
  return {};
}

base::Result<void> check_move(const PlanDraft& draft, const Change& change) {
  const resource::ObjectId id = change.id();
  if (draft.tx.store().is_held(id)) {
    return base::fail(kRefused, paragraph(change) + ": a locked V, M or R forbids transfer and deletion");
  }
  const DisputeEntry* dispute =
      draft.tx.disputes.find(std::string(class_name(id.object_class)) + " " + id.key);
  if (dispute != nullptr && draft.tx.now() < dispute->until) {
    return base::fail(kRefused, paragraph(change) + ": a dispute forbids transfer and deletion");
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
    if (is_frozen(draft.tx, party)) return base::fail(kFrozen, party + " is frozen");
  }
  return {};
}

base::Result<void> check_freeze_room(const PlanDraft& draft) {
  if (is_organisation(draft.subject) || is_frozen(draft.tx, draft.subject)) return {};
  std::uint64_t frozen = 0;
  for (const std::string& member : draft.tx.members()) frozen += is_frozen(draft.tx, member) ? 1 : 0;
  if (frozen < frozen_members_max(draft.tx.n())) return {};
  return base::fail(kRefused, "subject: at most max(1, f) members are frozen at once");
}

}  // namespace charter
