#include "charter/lifecycle.h"

#include <algorithm>

#include "base/check.h"
#include "charter/disputes.h"
#include "charter/errors.h"
#include "charter/execution.h"
#include "charter/outcome.h"
#include "charter/signatures.h"
#include "charter/state.h"
#include "charter/tally.h"
#include "codec/time_text.h"
#include "crypto/hash.h"

namespace charter {
namespace {

using resource::Role;

constexpr ClassSet kSlotClasses{RuleClass::kM, RuleClass::kC};
constexpr ClassSet kNeverDelayed{RuleClass::kV, RuleClass::kM, RuleClass::kC, RuleClass::kR};

/// A proposal that a record names, with copies of what may change.
struct Named {
  base::Hash id;
  ProposalEntry proposal;
  ProgressEntry progress;
};

base::Result<Named> find_named(const Transaction& tx, const record::Record& record, bool locked) {
  const base::Hash id = *record.proposal();
  const ProposalEntry* proposal = tx.proposals.find(id);
  const ProgressEntry* progress = tx.progress.find(id);
  if (proposal == nullptr || progress == nullptr) {
    return base::fail(kUnknownProposal, "proposal: no open or locked proposal has this id");
  }
  if (progress->is_void)
    return base::fail(kRefused, "proposal: the keys of its proposer changed meanwhile; it is void");
  if (progress->locked != locked) {
    return base::fail(
        kRefused, locked
                      ? "proposal: it is open, not locked; objections and cancellations are for locked ones"
                      : "proposal: it is locked, no longer open");
  }
  return Named{id, *proposal, *progress};
}

void finish(Transaction& tx, const base::Hash& id, EffectKind kind) {
  tx.effect(kind, id);
  end_proposal(tx, id);
}

base::Result<Plan> plan_again(const Transaction& tx, const ProposalEntry& proposal) {
  ASSIGN_OR_RETURN(Plan plan, make_plan(tx, *proposal.record));
  if (plan.classes != proposal.classes)
    return base::fail(kWrongClass, "it is now of class " + plan.classes.text());
  return plan;
}

void execute_or_fail(Transaction& tx, const Named& named, const Plan& plan) {
  Transaction attempt = tx;
  if (!execute(attempt, *named.proposal.record, plan)) {
    finish(tx, named.id, EffectKind::kFailed);
    return;
  }
  tx = std::move(attempt);
  finish(tx, named.id, EffectKind::kExecuted);
}

std::uint64_t next_order(const Transaction& tx) {
  const auto& waiting = tx.store().waiting();
  return waiting.empty() ? 1 : waiting.rbegin()->first + 1;
}

/// Quorum and consents are complete.
void advance(Transaction& tx, Named& named, const Plan& plan) {
  if (plan.classes.meets(kSlotClasses) && !is_slot_free(tx)) {
    if (named.progress.reached == 0) named.progress.reached = next_order(tx);
    tx.progress.put(named.id, named.progress);
    return;
  }
  base::Seconds lock = plan.lock;
  if (goes_by_votes(plan, named.progress)) lock = std::max(lock, tx.numbers().lock("H1-dependants"));
  if (lock == base::Seconds(0)) {
    execute_or_fail(tx, named, plan);
    return;
  }
  named.progress.locked = true;
  named.progress.reached = 0;
  named.progress.due = tx.now() + lock;
  tx.progress.put(named.id, named.progress);
  tx.effect(EffectKind::kLocked, named.id);
}

/// Looks at an open proposal after something happened to it.
void settle(Transaction& tx, Named& named) {
  const auto plan = plan_again(tx, named.proposal);
  if (!plan) {
    finish(tx, named.id, EffectKind::kFailed);
    return;
  }
  const Standing standing = standing_of(tx, *plan, named.proposal, named.progress);
  if (standing == Standing::kImpossible) {
    finish(tx, named.id, EffectKind::kRejected);
    return;
  }
  if (standing == Standing::kReached &&
      are_consents_complete(tx, *plan, *named.proposal.record, named.progress)) {
    advance(tx, named, *plan);
    return;
  }
  named.progress.reached = 0;
  tx.progress.put(named.id, named.progress);
}

bool is_objected(const Plan& plan, const ProgressEntry& progress) {
  return goes_by_votes(plan, progress) &&
         std::any_of(plan.dependants.begin(), plan.dependants.end(),
                     [&](const std::string& one) { return contains_sorted(progress.objections, one); });
}

/// Looks at a locked proposal after a ballot or a dependant's objection.
void settle_locked(Transaction& tx, const Named& named, const Plan& plan) {
  tx.progress.put(named.id, named.progress);
  const bool lost = fresh_standing_of(tx, plan, named.progress) == Standing::kImpossible ||
                    (is_objected(plan, named.progress) &&
                     standing_of(tx, plan, named.proposal, named.progress) == Standing::kImpossible);
  if (lost) finish(tx, named.id, EffectKind::kRejected);
}

// Proposals.

base::Result<void> verify_proposer(const Transaction& tx, const record::Record& record, const Plan& plan,
                                   SignatureChecker& checker) {
  const Party* party = tx.store().party(record.by());
  CHECK(party != nullptr);
  SignatureDemand demand;
  if (plan.any_key) {
    demand.add_any(record.by(), *party);
  } else {
    TRY(demand.add_roles(record.by(), *party, plan.by_roles));
  }
  demand.add_keys(record.by(), plan.by_new_keys);
  return demand.verify(record, checker);
}

base::Hash hash_without_version(const resource::Object& object) {
  const std::string_view text = object.text();
  const std::size_t first = text.find('\n') + 1;
  const std::size_t second = text.find('\n', first) + 1;
  return crypto::sha256({base::as_bytes(text.substr(0, first)), base::as_bytes(text.substr(second))});
}

base::Result<void> verify_check(const Transaction& tx, const resource::Object& after) {
  const std::string name = std::string(class_name(after.object_class())) + " " + std::string(after.key());
  const base::Hash hash = hash_without_version(after);
  std::uint64_t fresh = 0;
  for (const std::string& member : tx.members()) {
    const CheckEntry* check = tx.checks.find(name + "/" + member);
    fresh += check != nullptr && check->hash == hash && tx.now() < check->until ? 1 : 0;
  }
  if (fresh >= small_quorum_of(tx.n())) return {};
  return base::fail(kRefused, name + ": " + std::to_string(small_quorum_of(tx.n())) +
                                  " members' fresh checks of its new text are asked for, or `override: yes`");
}

/// `changed` holds the objects as they would be.
base::Result<void> verify_checks(const Transaction& tx, const Transaction& changed,
                                 const record::Record& record) {
  for (const resource::Change& change : record.changes()) {
    const bool asks =
        std::any_of(change.lines.begin(), change.lines.end(), [](const resource::LineChange& line) {
          return line.name == "nserver" || line.name == "ds-rdata" || line.name == "address";
        });
    if (!asks) continue;
    TRY(verify_check(tx, *changed.object(change.object_class, change.key)));
  }
  return {};
}

base::Result<void> check_open_limit(const Transaction& tx, const record::Record& record, const Plan& plan) {
  if (plan.classes.has(RuleClass::kE)) return {};
  const auto& budget = tx.numbers().budget(is_organisation(record.by()) ? "organisation" : "member");
  if (tx.store().open_proposals(record.by()) < budget.open) return {};
  return base::fail(kOverBudget, "budget: " + std::to_string(budget.open) +
                                     " proposals of one party may be open or locked at a time");
}

base::Result<void> open(Transaction& tx, const record::Record& record, const Plan& plan, bool is_complete) {
  TRY(check_open_limit(tx, record, plan));
  Transaction trial = tx;
  TRY(apply_paragraphs(trial, record, plan.classes));
  if (plan.needs_checks && tx.numbers().checks_required()) TRY(verify_checks(tx, trial, record));
  ASSIGN_OR_RETURN(record::Record copy, record::Record::parse(record.leaf()));
  ProposalEntry proposal{tx.now(), plan.classes, tx.members(),
                         std::make_shared<const record::Record>(std::move(copy))};
  ProgressEntry progress;
  progress.due = *record.expires();
  tx.proposals.put(record.id(), proposal);
  tx.progress.put(record.id(), progress);
  if (!is_complete) return {};
  Named named{record.id(), std::move(proposal), std::move(progress)};
  advance(tx, named, plan);
  return {};
}

// Acceptances.

base::Result<void> verify_acceptance(const Transaction& tx, const Named& named, const Plan& plan,
                                     const record::Record& record, SignatureChecker& checker) {
  const std::string_view by = record.by();
  for (const Consent& consent : plan.consents) {
    if (consent.party != by) continue;
    if (consent.new_keys.empty()) return verify_standing(tx, record, checker);
    SignatureDemand demand;
    demand.add_keys(by, consent.new_keys);
    return demand.verify(record, checker);
  }
  if (contains_sorted(plan.dependants, by)) return verify_standing(tx, record, checker);
  const std::string_view subject = named.proposal.record->value("subject");
  const bool vouches =
      plan.second_voucher && tx.is_member(by) && by != subject && by != named.proposal.record->by();
  if (!vouches) return base::fail(kRefused, "by: the proposal asks no acceptance of " + std::string(by));
  const auto& accepted = named.progress.acceptances;
  const bool vouched = std::any_of(accepted.begin(), accepted.end(), [&](const std::string& party) {
    return party != subject && tx.is_member(party);
  });
  if (vouched) return base::fail(kRefused, "by: a second member has vouched already");
  return verify_standing(tx, record, checker);
}

// Ballots.

base::Result<void> check_vote(const Transaction& tx, const Named& named, const Plan& plan,
                              const record::Record& record) {
  const std::string_view vote = record.value("vote");
  const bool is_upstream = plan.classes.has(RuleClass::kU);
  if (vote == "attest" && !is_upstream)
    return base::fail(kRefused, "vote: attest is for class U; this takes yes, no or abstain");
  if (vote == "yes" && is_upstream)
    return base::fail(kRefused, "vote: class U takes attest (signed by the registrar key), not yes");
  if (contains_sorted(plan.non_voters, record.by())) {
    return base::fail(
        kRefused, "by: " + std::string(record.by()) + " does not vote on this proposal: it is about itself");
  }
  if (vote != "attest" && is_frozen(tx, record.by()) && !plan.classes.meets(kNeverDelayed)) {
    return base::fail(kFrozen,
                      "by: " + frozen_text(tx, record.by()) + "; it votes on classes V, M, C and R only");
  }
  if (!plan.classes.has(RuleClass::kE) || vote != "yes") return {};
  const std::string key =
      std::string(record.by()) + "/" + std::string(named.proposal.record->value("subject"));
  const JoinedEntry* joined = tx.joined.find(key);
  if (joined == nullptr || tx.now() >= joined->until) return {};
  return base::fail(kRefused,
                    "vote: this member joined a freeze of the same subject already; it may again from " +
                        codec::serialize_time(joined->until) + " on (`freeze-join`)");
}

Vote vote_from(std::string_view word) {
  if (word == "yes" || word == "attest") return Vote::kYes;
  return word == "no" ? Vote::kNo : Vote::kAbstain;
}

base::Result<void> vote_while_locked(Transaction& tx, Named& named, const Plan& plan,
                                     const record::Record& record) {
  const bool objected = is_objected(plan, named.progress);
  if (!named.progress.extended_by_members && !objected) {
    return base::fail(kRefused, "vote: during a lock only after an objection that asks for votes");
  }
  const Vote vote = vote_from(record.value("vote"));
  if (named.progress.extended_by_members) set_ballot(named.progress.fresh, record.by(), vote);
  if (objected) set_ballot(named.progress.ballots, record.by(), vote);
  settle_locked(tx, named, plan);
  return {};
}

// Objections.

base::Result<void> object_as_member(Transaction& tx, Named& named, const Plan& plan, std::string_view by) {
  insert_sorted(named.progress.objections, by);
  std::uint64_t count = 0;
  for (const std::string& party : named.progress.objections) count += tx.is_member(party) ? 1 : 0;
  if (count >= small_quorum_of(tx.n()) && !named.progress.extended_by_members) {
    named.progress.extended_by_members = true;
    named.progress.due = named.progress.due + tx.numbers().period("extension-objection");
    tx.effect(EffectKind::kExtended, named.id);
  }
  settle_locked(tx, named, plan);
  return {};
}

base::Result<void> object_as_organisation(Transaction& tx, Named& named, const Plan& plan,
                                          std::string_view by) {
  const bool is_subject = plan.classes.has(RuleClass::kV) && named.proposal.record->value("subject") == by;
  const bool is_dependant = contains_sorted(plan.dependants, by) && goes_by_votes(plan, named.progress);
  if (!is_subject && !is_dependant) {
    return base::fail(
        kRefused,
        "by: of the organisations only the holder whom a V names and the dependants of a host object here");
  }
  insert_sorted(named.progress.objections, by);
  if (is_subject && !named.progress.extended_by_holder) {
    named.progress.extended_by_holder = true;
    named.progress.due = named.progress.due + tx.numbers().period("extension-holder");
    tx.effect(EffectKind::kExtended, named.id);
  }
  settle_locked(tx, named, plan);
  return {};
}

base::Result<void> lift_freeze(Transaction& tx, const record::Record& record, SignatureChecker& checker) {
  for (const auto& [subject, tracked] : tx.store().freezes.entries()) {
    const FreezeEntry& entry = tracked.value;
    if (entry.proposal != *record.proposal() || tx.now() >= entry.until) continue;
    if (!tx.is_member(record.by())) return base::fail(kRefused, "by: only members lift a freeze");
    TRY(verify_standing(tx, record, checker));
    FreezeEntry changed = entry;
    insert_sorted(changed.lifts, record.by());
    std::uint64_t lifts = 0;
    for (const std::string& member : changed.lifts) lifts += tx.is_member(member) ? 1 : 0;
    if (lifts >= lift_quorum_of(tx.n())) {
      tx.freezes.erase(subject);
    } else {
      tx.freezes.put(subject, std::move(changed));
    }
    return {};
  }
  return base::fail(kUnknownProposal, "proposal: names neither a locked proposal nor a freeze");
}

}  // namespace

base::Result<void> verify_role(const Transaction& tx, const record::Record& record, Role role,
                               SignatureChecker& checker) {
  const Party* party = tx.store().party(record.by());
  if (party == nullptr)
    return base::fail(kUnknownParty, "by: " + std::string(record.by()) + " does not exist");
  SignatureDemand demand;
  TRY(demand.add_role(record.by(), *party, role));
  return demand.verify(record, checker);
}

base::Result<void> verify_standing(const Transaction& tx, const record::Record& record,
                                   SignatureChecker& checker) {
  return verify_role(tx, record, is_organisation(record.by()) ? Role::kAdmin : Role::kGovernance, checker);
}

base::Result<void> enter_proposal(Transaction& tx, const record::Record& record, SignatureChecker& checker) {
  ASSIGN_OR_RETURN(const Plan plan, make_plan(tx, record));
  if (!plan.classes.meets({RuleClass::kU}) && is_frozen(tx, record.by())) {
    return base::fail(kFrozen, "by: " + frozen_text(tx, record.by()));
  }
  if (record.value("class") != plan.classes.text()) {
    return base::fail(kWrongClass, "class: its paragraphs make it " + plan.classes.text() + ", not " +
                                       std::string(record.value("class")));
  }
  TRY(verify_proposer(tx, record, plan, checker));
  const bool is_complete = plan.consents.empty() && !plan.second_voucher && !plan.has_dependants() &&
                           required_votes(plan, tx, tx.n(), false, false) == 0;
  const bool waits = plan.lock != base::Seconds(0) || (plan.classes.meets(kSlotClasses) && !is_slot_free(tx));
  if (!is_complete || waits) return open(tx, record, plan, is_complete);
  TRY(execute(tx, record, plan));
  if (plan.needs_checks && tx.numbers().checks_required()) TRY(verify_checks(tx, tx, record));
  return {};
}

base::Result<void> enter_acceptance(Transaction& tx, const record::Record& record,
                                    SignatureChecker& checker) {
  ASSIGN_OR_RETURN(Named named, find_named(tx, record, false));
  ASSIGN_OR_RETURN(const Plan plan, plan_again(tx, named.proposal));
  if (contains_sorted(named.progress.acceptances, record.by())) {
    return base::fail(kDuplicate, "by: " + std::string(record.by()) + " has accepted already");
  }
  TRY(verify_acceptance(tx, named, plan, record, checker));
  insert_sorted(named.progress.acceptances, record.by());
  settle(tx, named);
  return {};
}

base::Result<void> enter_ballot(Transaction& tx, const record::Record& record, SignatureChecker& checker) {
  if (!tx.is_member(record.by()))
    return base::fail(kUnknownParty, "by: " + std::string(record.by()) + " is no member");
  const ProgressEntry* progress = tx.progress.find(*record.proposal());
  if (progress == nullptr) {
    if (auto voted = vote_on_dispute(tx, record, checker)) return *voted;
  }
  ASSIGN_OR_RETURN(Named named, find_named(tx, record, progress != nullptr && progress->locked));
  ASSIGN_OR_RETURN(const Plan plan, plan_again(tx, named.proposal));
  TRY(check_vote(tx, named, plan, record));
  TRY(verify_role(tx, record, record.value("vote") == "attest" ? Role::kRegistrar : Role::kGovernance,
                  checker));
  if (plan.classes.has(RuleClass::kE) && record.value("vote") == "yes") {
    const std::string key =
        std::string(record.by()) + "/" + std::string(named.proposal.record->value("subject"));
    tx.joined.put(key, {tx.now() + tx.numbers().period("freeze-join")});
  }
  if (named.progress.locked) return vote_while_locked(tx, named, plan, record);
  set_ballot(named.progress.ballots, record.by(), vote_from(record.value("vote")));
  settle(tx, named);
  return {};
}

base::Result<void> enter_objection(Transaction& tx, const record::Record& record, SignatureChecker& checker) {
  if (!record.value("object").empty()) return enter_dispute(tx, record, checker);
  TRY(verify_standing(tx, record, checker));
  if (tx.progress.find(*record.proposal()) == nullptr) return object_to_claim(tx, record);
  ASSIGN_OR_RETURN(Named named, find_named(tx, record, true));
  // A plan that no longer holds fails when due; until then nobody's standing can be told from it.
  ASSIGN_OR_RETURN(const Plan plan, plan_again(tx, named.proposal));
  if (tx.is_member(record.by())) return object_as_member(tx, named, plan, record.by());
  return object_as_organisation(tx, named, plan, record.by());
}

base::Result<void> enter_withdrawal(Transaction& tx, const record::Record& record,
                                    SignatureChecker& checker) {
  ASSIGN_OR_RETURN(const Named named, find_named(tx, record, false));
  if (named.proposal.record->by() != record.by()) {
    return base::fail(kRefused, "by: only its proposer withdraws a proposal");
  }
  TRY(verify_standing(tx, record, checker));
  end_proposal(tx, named.id);
  return {};
}

base::Result<void> enter_cancellation(Transaction& tx, const record::Record& record,
                                      SignatureChecker& checker) {
  if (tx.progress.find(*record.proposal()) == nullptr) return lift_freeze(tx, record, checker);
  ASSIGN_OR_RETURN(const Named named, find_named(tx, record, true));
  if (named.proposal.record->by() != record.by() ||
      !named.proposal.classes.meets({RuleClass::kH1, RuleClass::kH2})) {
    return base::fail(
        kRefused, "by: a locked proposal is cancelled by its own proposer, and only in classes H1 and H2");
  }
  TRY(verify_standing(tx, record, checker));
  finish(tx, named.id, EffectKind::kCancelled);
  return {};
}

base::Result<void> enter_check(Transaction& tx, const record::Record& record, SignatureChecker& checker) {
  if (!tx.is_member(record.by()))
    return base::fail(kUnknownParty, "by: " + std::string(record.by()) + " is no member");
  TRY(verify_role(tx, record, Role::kOperator, checker));
  CheckEntry entry;
  if (!read_entry_key(record.value("hash"), entry.hash)) return base::fail(kRefused, "hash: is no hash");
  entry.until = tx.now() + tx.numbers().period("check-fresh");
  tx.checks.put(std::string(record.value("object")) + "/" + std::string(record.by()), entry);
  return {};
}

base::Result<void> enter_redaction(Transaction& tx, const record::Record& record, SignatureChecker& checker) {
  if (record.by() != tx.numbers().controller())
    return base::fail(kRefused, "by: the charter's controller redacts");
  return verify_role(tx, record, Role::kGovernance, checker);
}

void run_due_proposal(Transaction& tx, const base::Hash& id) {
  const ProposalEntry* proposal = tx.proposals.find(id);
  const ProgressEntry* progress = tx.progress.find(id);
  CHECK(proposal != nullptr && progress != nullptr);
  const Named named{id, *proposal, *progress};
  if (!named.progress.locked) {
    finish(tx, id, named.progress.is_void ? EffectKind::kFailed : EffectKind::kExpired);
    return;
  }
  const auto plan = plan_again(tx, named.proposal);
  if (!plan) {
    finish(tx, id, EffectKind::kFailed);
    return;
  }
  const Standing standing = standing_of(tx, *plan, named.proposal, named.progress);
  if (fresh_standing_of(tx, *plan, named.progress) != Standing::kReached ||
      (is_objected(*plan, named.progress) && standing != Standing::kReached)) {
    finish(tx, id, EffectKind::kRejected);
    return;
  }
  if (standing != Standing::kReached ||
      !are_consents_complete(tx, *plan, *named.proposal.record, named.progress)) {
    finish(tx, id, EffectKind::kFailed);
    return;
  }
  execute_or_fail(tx, named, *plan);
}

}  // namespace charter
