#include "charter/admission.h"

#include "charter/ceremonies.h"
#include "charter/errors.h"
#include "charter/lifecycle.h"
#include "charter/plan.h"
#include "charter/releases.h"
#include "charter/state.h"
#include "charter/wrong_shares.h"
#include "codec/time_text.h"

namespace charter {
namespace {

using record::Kind;

constexpr std::uint64_t kSecondsPerDay = 86'400;

base::Result<void> check_head(const Transaction& tx, const record::Record& record) {
  if (record.origin() != tx.store().clock.origin)
    return base::fail(kRefused,
                      "origin: it is meant for another log; this one is " + tx.store().clock.origin);
  if (tx.kept.find(record.id()) != nullptr)
    return base::fail(kDuplicate, "this record stands on the log already");
  const auto expires = record.expires();
  if (!expires || tx.now() >= *expires)
    return base::fail(kExpiredRecord,
                      "expires: its time is over; block time is " + codec::serialize_time(tx.now()));
  if (*expires > tx.now() + tx.numbers().period("open")) {
    return base::fail(kExpiredRecord, "expires: may be " +
                                          codec::serialize_time(tx.now() + tx.numbers().period("open")) +
                                          " at the latest, the period `open` after block time");
  }
  const std::string_view epoch = record.value("epoch");
  if (epoch == tx.store().current_epoch_text()) return {};
  const EpochEntry* entry = tx.epoch.find(std::string_view("current"));
  if (entry != nullptr && entry->previous && epoch == tx.store().previous_epoch_text() &&
      tx.now() < entry->changed + tx.numbers().period("epoch-grace")) {
    return {};
  }
  return base::fail(kStaleEpoch, "epoch: the current one is " + tx.store().current_epoch_text() +
                                     "; the one before it is accepted for the period `epoch-grace` only");
}

/// A new organisation or member signs its acceptance before it exists.
base::Result<void> check_party(const Transaction& tx, const record::Record& record) {
  const std::string by(record.by());
  const bool speaks_always = record.kind() == Kind::kObjection || record.kind() == Kind::kCancellation;
  if (tx.store().party(by) == nullptr) {
    if (record.kind() == Kind::kAcceptance) return {};
    return base::fail(kUnknownParty, "by: " + by + " does not exist");
  }
  if (speaks_always) return {};
  if (tx.store().is_recovering(by)) {
    return base::fail(
        kFrozen, "by: the keys of " + by + " are being recovered (class R); they object and cancel only");
  }
  if (is_organisation(by) && is_frozen(tx, by)) return base::fail(kFrozen, "by: " + frozen_text(tx, by));
  return {};
}

bool draws_on_reserve(const record::Record& record) {
  switch (record.kind()) {
    case Kind::kBallot:
    case Kind::kObjection:
    case Kind::kCancellation:
      return true;
    case Kind::kProposal:
      return record.value("class") == kClassWords[static_cast<std::size_t>(RuleClass::kE)];
    case Kind::kAcceptance:
    case Kind::kWithdrawal:
    case Kind::kCheck:
    case Kind::kRedaction:
    case Kind::kGenesis:
    case Kind::kCarry:
    case Kind::kCeremony:
    case Kind::kSignatures:
    case Kind::kEvidence:
    case Kind::kBlock:
      return false;
  }
  return false;
}

base::Result<void> draw_budget(Transaction& tx, const record::Record& record) {
  const bool reserve = draws_on_reserve(record);
  const bool organisation = is_organisation(record.by());
  const std::string_view name = organisation ? (reserve ? "organisation-reserve" : "organisation")
                                             : (reserve ? "member-reserve" : "member");
  const resource::Budget& budget = tx.numbers().budget(name);
  const std::uint64_t day = tx.now().value() / kSecondsPerDay;
  BudgetEntry entry;
  if (const BudgetEntry* before = tx.budgets.find(record.by()); before != nullptr && before->day == day)
    entry = *before;
  entry.day = day;
  Spent& spent = reserve ? entry.reserve : entry.main;
  ++spent.records;
  spent.bytes += record.leaf().size();
  if (spent.records > budget.records || spent.bytes > budget.bytes) {
    return base::fail(kOverBudget, "budget: " + std::string(record.by()) + " may enter " +
                                       std::to_string(budget.records) + " records or " +
                                       std::to_string(budget.bytes) + " bytes a day (`" + std::string(name) +
                                       "`); the next day of block time begins at " +
                                       codec::serialize_time(base::EpochSeconds((day + 1) * kSecondsPerDay)));
  }
  tx.budgets.put(std::string(record.by()), entry);
  return {};
}

base::Result<void> enter(Transaction& tx, const record::Record& record, SignatureChecker& checker) {
  switch (record.kind()) {
    case Kind::kProposal:
      return enter_proposal(tx, record, checker);
    case Kind::kAcceptance:
      return enter_acceptance(tx, record, checker);
    case Kind::kBallot:
      return enter_ballot(tx, record, checker);
    case Kind::kObjection:
      return enter_objection(tx, record, checker);
    case Kind::kWithdrawal:
      return enter_withdrawal(tx, record, checker);
    case Kind::kCancellation:
      return enter_cancellation(tx, record, checker);
    case Kind::kCheck:
      return enter_check(tx, record, checker);
    case Kind::kRedaction:
      return enter_redaction(tx, record, checker);
    case Kind::kCeremony:
      return enter_ceremony(tx, record, checker);
    case Kind::kSignatures:
      return enter_signatures(tx, record, checker);
    case Kind::kEvidence:
      return enter_evidence(tx, record, checker);
    case Kind::kGenesis:
    case Kind::kCarry:
    case Kind::kBlock:
      break;
  }
  return base::fail(kRefused, "kind: " + std::string(record::kind_name(record.kind())) + " is not in force");
}

bool is_in_force(Kind kind) {
  return kind != Kind::kGenesis && kind != Kind::kCarry && kind != Kind::kBlock;
}

}  // namespace

base::Result<void> admit(Transaction& tx, const record::Record& record, SignatureChecker& checker) {
  if (!is_in_force(record.kind())) return enter(tx, record, checker);
  TRY(check_head(tx, record));
  TRY(check_party(tx, record));
  TRY(draw_budget(tx, record));
  TRY(enter(tx, record, checker));
  tx.kept.put(record.id(), {*record.expires()});
  return {};
}

}  // namespace charter
