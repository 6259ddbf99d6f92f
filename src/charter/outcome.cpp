#include "charter/outcome.h"

#include <algorithm>

#include "base/check.h"
#include "charter/ceremonies.h"
#include "charter/errors.h"
#include "charter/execution.h"
#include "charter/releases.h"
#include "charter/state.h"
#include "charter/tally.h"
#include "crypto/hash.h"
#include "resource/values.h"

namespace charter {
namespace {

using resource::Object;
using resource::ObjectClass;

void freeze(Transaction& tx, const record::Record& proposal, const Plan& plan) {
  const std::string subject(proposal.value("subject"));
  const auto& numbers = tx.numbers();
  FreezeEntry entry{proposal.id(), tx.now() + numbers.period(plan.any_key ? "freeze-own" : "freeze"), {}};
  if (const FreezeEntry* before = tx.freezes.find(subject))
    entry.until = std::max(entry.until, before->until);
  tx.freezes.put(subject, std::move(entry));
}

void remember_claim(Transaction& tx, const record::Record& proposal) {
  FoundingClaimEntry entry;
  for (const resource::Change& change : proposal.changes()) {
    if (change.object_class != ObjectClass::kDomain) continue;
    const bool claimed =
        std::any_of(change.lines.begin(), change.lines.end(), [](const resource::LineChange& line) {
          return line.name == "holder" && line.operation == resource::Operation::kRemove &&
                 line.value == resource::kUnclaimed;
        });
    if (claimed) insert_sorted(entry.domains, change.key);
  }
  tx.founding_claims.put(proposal.id(), std::move(entry));
}

void advance_epoch(Transaction& tx) {
  const EpochEntry* before = tx.epoch.find(std::string_view("current"));
  CHECK(before != nullptr);
  const Object* charter = tx.live(ObjectClass::kCharter, "registry");
  CHECK(charter != nullptr);
  EpochEntry entry;
  entry.current = {before->current.number.next(), crypto::sha256(base::as_bytes(charter->text()))};
  entry.changed = tx.now();
  entry.previous = before->current;
  tx.epoch.put("current", entry);
}

/// Consents given under keys that are gone do not count: the party may not have given them.
void void_consents(Transaction& tx, std::string_view party, const base::Hash& except) {
  for (const auto& [id, unused] : tx.store().progress.entries()) {
    const ProgressEntry* current = tx.progress.find(id);
    if (id == except || current == nullptr || current->locked || current->is_void) continue;
    const ProposalEntry* proposal = tx.proposals.find(id);
    CHECK(proposal != nullptr);
    ProgressEntry changed = *current;
    bool touched = erase_ballot(changed.ballots, party);
    if (std::erase(changed.acceptances, party) > 0) touched = true;
    if (is_organisation(party) && proposal->record->by() == party) {
      touched = changed.is_void = true;
      changed.due = tx.now();
      changed.reached = 0;
    }
    if (!touched) continue;
    if (changed.reached != 0 && !has_quorum(tx, *proposal, changed)) changed.reached = 0;
    tx.progress.put(id, std::move(changed));
  }
}

void follow_members(Transaction& tx) {
  const PolicyEntry* before = tx.policy.find(std::string_view("current"));
  CHECK(before != nullptr);
  auto lines = cosigner_lines(tx);
  if (lines == before->cosigners) return;
  tx.policy.put("current", {before->number.next(), tx.store().clock.height, std::move(lines)});
}

void follow_parties(Transaction& tx, const base::Hash& executed) {
  bool members_changed = false;
  std::vector<std::string> rotated;
  for (const ObjectEdit& edit : tx.edits()) {
    const ObjectClass object_class = edit.after->object_class();
    if (object_class != ObjectClass::kMember && object_class != ObjectClass::kOrganisation) continue;
    members_changed = members_changed || object_class == ObjectClass::kMember;
    if (has_rotated(edit)) rotated.emplace_back(edit.after->key());
  }
  for (const std::string& party : rotated) void_consents(tx, party, executed);
  if (members_changed) follow_members(tx);
}

/// Takes one domain back, whoever holds it now.
base::Result<void> revert_domain(Transaction& tx, const std::string& name) {
  const Object* domain = tx.live(ObjectClass::kDomain, name);
  if (domain == nullptr || domain->value("holder") == resource::kUnclaimed) return {};
  resource::Change change{resource::Action::kChange, ObjectClass::kDomain, name, {}};
  change.lines.push_back({resource::Operation::kAdd, "holder", resource::kUnclaimed});
  if (!domain->value("registry-lock").empty()) {
    change.lines.push_back({resource::Operation::kRemove, "registry-lock", "on"});
  }
  change.lines.push_back({resource::Operation::kRemove, "holder", domain->value("holder")});
  ASSIGN_OR_RETURN(Object after, resource::apply_change(domain, change));
  tx.put_object(std::move(after));
  return {};
}

}  // namespace

std::vector<std::string> cosigner_lines(const Transaction& tx) {
  std::vector<std::string> lines;
  for (const std::string& member : tx.members()) {
    const Object* object = tx.live(ObjectClass::kMember, member);
    CHECK(object != nullptr);
    lines.push_back(member + " " + std::string(object->value("operator")));
  }
  std::sort(lines.begin(), lines.end());
  return lines;
}

base::Result<void> execute(Transaction& tx, const record::Record& proposal, const Plan& plan) {
  TRY(apply_paragraphs(tx, proposal, plan.classes));
  if (plan.classes.has(RuleClass::kE)) freeze(tx, proposal, plan);
  if (plan.closes_founding) tx.founding.put("names", {tx.now()});
  if (plan.classes.has(RuleClass::kG)) TRY(execute_order(tx, proposal));
  if (plan.publishes_zone) TRY(execute_publish(tx, proposal));
  if (plan.classes.has(RuleClass::kK) && is_founding(tx)) remember_claim(tx, proposal);
  if (plan.classes.meets({RuleClass::kM, RuleClass::kC})) advance_epoch(tx);
  if (plan.classes.meets({RuleClass::kH2, RuleClass::kM, RuleClass::kR, RuleClass::kV})) {
    follow_parties(tx, proposal.id());
  }
  return {};
}

bool is_slot_free(const Transaction& tx) {
  if (!tx.store().slot()) return true;
  const ProgressEntry* holder = tx.progress.find(*tx.store().slot());
  return holder == nullptr;
}

void end_proposal(Transaction& tx, const base::Hash& id) {
  const bool frees_slot = tx.store().slot() == id;
  if (tx.progress.find(id) != nullptr) {
    tx.progress.erase(id);
    tx.proposals.erase(id);
  }
  if (!frees_slot) return;
  for (const auto& [order, next] : tx.store().waiting()) {
    const ProgressEntry* current = tx.progress.find(next);
    if (current == nullptr || current->reached == 0) continue;
    ProgressEntry changed = *current;
    const ProposalEntry* proposal = tx.proposals.find(next);
    CHECK(proposal != nullptr);
    // A plan that no longer holds fails at its due moment, as every other does.
    const auto plan = make_plan(tx, *proposal->record);
    changed.reached = 0;
    changed.locked = true;
    changed.due = tx.now() + (plan ? plan->lock : base::Seconds(0));
    tx.progress.put(next, std::move(changed));
    tx.effect(EffectKind::kLocked, next);
    return;
  }
}

base::Result<void> object_to_claim(Transaction& tx, const record::Record& record) {
  const base::Hash id = *record.proposal();
  const FoundingClaimEntry* claim = tx.founding_claims.find(id);
  const FoundingEntry* founding = tx.founding.find(std::string_view("names"));
  if (claim == nullptr || founding == nullptr) {
    return base::fail(kUnknownProposal, "proposal: no locked proposal and no founding claim has this id");
  }
  if (is_organisation(record.by())) return base::fail(kRefused, "by: members object to founding claims");
  if (tx.now() >= founding->until + tx.numbers().period("founding-revert")) {
    return base::fail(kRefused, "proposal: the time to object to founding claims is over");
  }
  FoundingClaimEntry changed = *claim;
  insert_sorted(changed.objections, record.by());
  std::uint64_t count = 0;
  for (const std::string& member : changed.objections) count += tx.is_member(member) ? 1 : 0;
  if (count < small_quorum_of(tx.n())) {
    tx.founding_claims.put(id, std::move(changed));
    return {};
  }
  for (const std::string& name : changed.domains) TRY(revert_domain(tx, name));
  tx.founding_claims.erase(id);
  tx.effect(EffectKind::kReverted, id);
  return check_invariants(tx);
}

}  // namespace charter
