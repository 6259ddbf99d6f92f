#include "charter/involuntary_changes.h"

#include <algorithm>

#include "charter/errors.h"
#include "charter/state.h"
#include "resource/values.h"

namespace charter {
namespace {

base::Result<void> belongs_to_subject(PlanDraft& draft, const Change& change) {
  std::string_view owner = resource::kUnclaimed;
  if (change.object_class == ObjectClass::kOrganisation) owner = change.key;
  if (change.object_class == ObjectClass::kHost) owner = place_of_host(draft.tx, change.key).holder;
  if (change.object_class == ObjectClass::kDomain) {
    const Object* domain = draft.tx.live(ObjectClass::kDomain, change.key);
    if (domain == nullptr) return base::fail(resource::kStaleChange, paragraph(change) + ": does not exist");
    owner = domain->value("holder");
  }
  if (owner == draft.subject) return {};
  return wrong(change, "class V names one holder: this belongs to " + std::string(owner));
}

base::Result<void> recover(PlanDraft& draft, const Change& change) {
  if (change.key != draft.subject) return wrong(change, "class R changes the keys of its subject");
  if (draft.subject == draft.by)
    return wrong(change, "class R is proposed by another member than its subject");
  const Object* before = draft.tx.live(change.object_class, change.key);
  if (before == nullptr) return base::fail(kUnknownParty, paragraph(change) + ": does not exist");
  draft.add(RuleClass::kR, Role::kGovernance);
  draft.plan.second_voucher = true;
  KeyList keys = new_keys(change, before);
  if (!keys.empty()) draft.consent(draft.subject, std::move(keys));
  if (draft.tx.is_member(draft.subject)) insert_sorted(draft.plan.non_voters, draft.subject);
  return {};
}

}  // namespace

base::Result<void> involuntary(PlanDraft& draft, const Change& change) {
  if (change.action == Action::kCreate)
    return wrong(change, "nothing is created with `subject` (classes V and R)");
  if (change.action == Action::kChange && !only_sets(change))
    return wrong(change, "classes V and R (with `subject`) say what is to be with '=', whatever was before");
  const bool is_party =
      change.object_class == ObjectClass::kOrganisation || change.object_class == ObjectClass::kMember;
  if (is_party && change.action == Action::kChange) {
    const bool keys = std::all_of(change.lines.begin(), change.lines.end(), [](const LineChange& line) {
      return is_key_attribute(line.name) || is_threshold_attribute(line.name);
    });
    if (keys) return recover(draft, change);
    for (const LineChange& line : change.lines) {
      if (is_key_attribute(line.name) || is_threshold_attribute(line.name)) {
        return wrong(change, line, "keys and thresholds change alone (class R), nothing else beside them");
      }
    }
  }
  if (change.object_class == ObjectClass::kMember || change.object_class == ObjectClass::kCharter) {
    return wrong(change, "`subject` is for classes V, R and E; this is changed without it (classes M and C)");
  }
  TRY(belongs_to_subject(draft, change));
  if (draft.record.value("annex").empty()) return base::fail(kRefused, "annex: class V gives its reasons");
  for (const LineChange& line : change.lines) TRY(check_digest(change, line));
  draft.add(RuleClass::kV, Role::kGovernance);
  return {};
}

}  // namespace charter
