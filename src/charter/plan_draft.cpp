#include "charter/plan_draft.h"

#include <algorithm>

namespace charter {

void PlanDraft::add(RuleClass one, resource::Role role) {
  plan.classes.add(one);
  plan.by_roles.add(role);
}

void PlanDraft::lock_at_least(std::string_view name) {
  plan.lock = std::max(plan.lock, tx.numbers().lock(name));
}

void PlanDraft::touch(std::string_view party) {
  if (is_organisation(party)) insert_sorted(plan.touched, party);
}

void PlanDraft::consent(std::string_view party, KeyList keys) {
  for (Consent& one : plan.consents) {
    if (one.party != party) continue;
    if (one.new_keys.empty()) one.new_keys = std::move(keys);
    return;
  }
  plan.consents.push_back({std::string(party), std::move(keys)});
}

void PlanDraft::guard_by_lock(const resource::Object* domain) {
  if (domain == nullptr || domain->value("registry-lock").empty()) return;
  plan.by_roles.add(resource::Role::kLock);
  lock_at_least("H1-locked");
}

}  // namespace charter
