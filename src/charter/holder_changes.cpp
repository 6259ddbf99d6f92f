#include "charter/holder_changes.h"

#include <algorithm>

#include "charter/errors.h"
#include "charter/state.h"
#include "resource/values.h"

namespace charter {
namespace {

/// Its lock key guards its keys too while it holds a locked domain. Whoever got such a domain without having
/// a lock key may give itself one: else nobody could ever unlock it.
bool is_lock_needed(const PlanDraft& draft) {
  if (draft.tx.store().holdings(draft.by).locked == 0) return false;
  const Party* party = draft.tx.store().party(draft.by);
  return party != nullptr && std::any_of(party->keys.begin(), party->keys.end(),
                                         [](const SigningKey& key) { return key.role == Role::kLock; });
}

base::Result<void> own_organisation(PlanDraft& draft, const Change& change) {
  if (change.key != draft.by || change.action == Action::kCreate)
    return wrong(change, "an organisation changes only itself");
  if (change.action == Action::kDelete) {
    draft.add(RuleClass::kH2, Role::kAdmin);
    draft.plan.h2_votes = true;
    return {};
  }
  for (const LineChange& line : change.lines) {
    if (line.name == "country") {
      draft.add(RuleClass::kH1, Role::kAdmin);
    } else if (line.name == "auth" || line.name == "threshold") {
      draft.add(RuleClass::kH2, Role::kAdmin);
      if (is_lock_needed(draft)) draft.plan.by_roles.add(Role::kLock);
    } else if (line.name == "org-name") {
      draft.add(RuleClass::kH2, Role::kAdmin);
      draft.plan.h2_votes = true;
    } else {
      return wrong(change, line,
                   "an organisation changes its country, auth, threshold and org-name, nothing else");
    }
  }
  draft.plan.by_new_keys = new_keys(change, draft.tx.live(ObjectClass::kOrganisation, draft.by));
  return {};
}

base::Result<void> holder_line(PlanDraft& draft, const Change& change, const LineChange& line,
                               std::string_view holder) {
  if (holder == resource::kUnclaimed && line.value == draft.by) {
    if (draft.record.value("annex").empty())
      return base::fail(kRefused, "annex: a claim (class K) names its evidence");
    draft.add(RuleClass::kK, Role::kAdmin);
    return {};
  }
  if (holder != draft.by || !is_organisation(line.value) || line.value == draft.by) {
    return wrong(change, line,
                 "a holder gives its own domain to another organisation, or claims an UNCLAIMED one");
  }
  draft.add(RuleClass::kH2, Role::kAdmin);
  draft.plan.h2_votes = true;
  draft.consent(line.value, {});
  draft.touch(line.value);
  return {};
}

base::Result<void> domain_line(PlanDraft& draft, const Change& change, const LineChange& line) {
  if (line.name == "nserver" || line.name == "ds-rdata") {
    draft.add(RuleClass::kH1, line.name == "nserver" ? Role::kDns : Role::kDs);
    draft.plan.needs_checks = true;
    return check_digest(change, line);
  }
  if (line.name != "registry-lock")
    return wrong(change, line,
                 "its holder changes nserver, ds-rdata, registry-lock and holder, nothing else");
  draft.add(RuleClass::kH1, Role::kAdmin);
  draft.plan.by_roles.add(Role::kLock);
  if (line.operation == Operation::kRemove) draft.lock_at_least("H1-unlock");
  return {};
}

base::Result<void> domain_by_holder(PlanDraft& draft, const Change& change) {
  if (change.action == Action::kCreate) return wrong(change, "members create domains (class A)");
  const Object* domain = draft.tx.live(ObjectClass::kDomain, change.key);
  if (domain == nullptr) return base::fail(resource::kStaleChange, paragraph(change) + ": does not exist");
  const std::string_view holder = domain->value("holder");
  if (change.action == Action::kDelete) {
    if (holder != draft.by) return wrong(change, "only its holder deletes it");
    draft.add(RuleClass::kH2, Role::kAdmin);
    draft.plan.h2_votes = true;
    draft.guard_by_lock(domain);
    return {};
  }
  for (const LineChange& line : change.lines) {
    if (line.name == "holder") {
      if (line.operation == Operation::kAdd) TRY(holder_line(draft, change, line, holder));
      continue;
    }
    if (holder != draft.by) return wrong(change, line, "only its holder changes it");
    TRY(domain_line(draft, change, line));
  }
  if (draft.plan.classes.is_empty())
    return wrong(change, "a holder is replaced, not removed: `+ holder` is missing");
  if (has_line(change, "nserver") || has_line(change, "ds-rdata") || has_line(change, "holder"))
    draft.guard_by_lock(domain);
  return {};
}

void find_dependants(PlanDraft& draft, std::string_view host) {
  for (const auto* const entry : draft.tx.store().use_of(host).by_holder.sorted()) {
    const std::string& holder = entry->first;
    if (holder == draft.by) continue;
    if (holder == resource::kUnclaimed) {
      draft.plan.unclaimed_dependants = true;
    } else {
      insert_sorted(draft.plan.dependants, holder);
    }
  }
}

/// "ORG-X's domain ru.", "nobody's domain ru." or "a zone".
std::string owner_text(const HostPlace& place) {
  if (place.domain == nullptr) return place.is_outside ? "no zone, and is UNCLAIMED" : "a zone";
  const std::string domain = "domain " + std::string(place.domain->key());
  return place.holder == resource::kUnclaimed ? domain + ", which is UNCLAIMED"
                                              : domain + " of " + std::string(place.holder);
}

base::Result<void> host_by_holder(PlanDraft& draft, const Change& change) {
  const HostPlace place = place_of_host(draft.tx, change.key);
  const bool is_own = place.holder == draft.by;
  if (change.action == Action::kCreate && !is_own && place.holder == resource::kUnclaimed &&
      !place.is_outside) {
    draft.add(RuleClass::kA, Role::kAdmin);
    return {};
  }
  if (!is_own && !(change.action == Action::kCreate && place.is_outside)) {
    return wrong(change, "the host stands below " + owner_text(place) + "; only who holds it changes it");
  }
  draft.add(RuleClass::kH1, Role::kDns);
  if (change.action != Action::kDelete) draft.plan.needs_checks = true;
  draft.guard_by_lock(place.domain);
  if (change.action == Action::kChange) find_dependants(draft, change.key);
  return {};
}

}  // namespace

base::Result<void> by_organisation(PlanDraft& draft, const Change& change) {
  if (any_sets(change))
    return wrong(change, "'=' is for classes V, M and R; this is written with '-' and '+'");
  draft.touch(draft.by);
  switch (change.object_class) {
    case ObjectClass::kOrganisation:
      return own_organisation(draft, change);
    case ObjectClass::kDomain:
      return domain_by_holder(draft, change);
    case ObjectClass::kHost:
      return host_by_holder(draft, change);
    case ObjectClass::kCharter:
    case ObjectClass::kMember:
    case ObjectClass::kZone:
      break;
  }
  return wrong(change, "not for an organisation; members change the charter, members and zones");
}

}  // namespace charter
