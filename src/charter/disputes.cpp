#include "charter/disputes.h"

#include "charter/errors.h"
#include "charter/lifecycle.h"
#include "charter/signatures.h"
#include "charter/state.h"
#include "codec/time_text.h"

namespace charter {
namespace {

base::Result<void> verify_both(const Transaction& tx, const record::Record& record,
                               SignatureChecker& checker) {
  const Party* by = tx.store().party(record.by());
  const Party* with = tx.store().party(record.value("with"));
  if (with == nullptr || !tx.is_member(record.value("with"))) {
    return base::fail(kUnknownParty, "with: " + std::string(record.value("with")) + " is no member");
  }
  SignatureDemand demand;
  TRY(demand.add_role(record.by(), *by, resource::Role::kAdmin));
  TRY(demand.add_role(record.value("with"), *with, resource::Role::kGovernance));
  return demand.verify(record, checker);
}

/// Else whoever may dispute once could go on for ever without the majority that renews.
base::Result<void> check_rest(const Transaction& tx, const record::Record& record, const std::string& key,
                              const DisputeEntry& before) {
  const base::EpochSeconds rest = before.until + tx.numbers().period("dispute");
  if (tx.now() >= rest) return {};
  for (const std::string_view party : {record.by(), record.value("with")}) {
    if (party != before.by && party != before.with) continue;
    return base::fail(kRefused, "object: " + std::string(party) + " took part in the last dispute about " +
                                    key + " and may join another one from " + codec::serialize_time(rest) +
                                    " on; a dispute goes on only if a majority renews it before it ends");
  }
  return {};
}

}  // namespace

base::Result<void> enter_dispute(Transaction& tx, const record::Record& record, SignatureChecker& checker) {
  if (!is_organisation(record.by()))
    return base::fail(kRefused, "by: an organisation disputes, with a member");
  if (record.value("annex").empty()) return base::fail(kRefused, "annex: a dispute gives its reasons");
  TRY(verify_both(tx, record, checker));
  const std::string key(record.value("object"));
  const std::size_t space = key.find(' ');
  const auto object_class = resource::class_from_name(std::string_view(key).substr(0, space));
  if (!object_class || space == std::string::npos ||
      tx.live(*object_class, std::string_view(key).substr(space + 1)) == nullptr) {
    return base::fail(kRefused, "object: " + key + " does not exist");
  }
  const DisputeEntry* before = tx.disputes.find(key);
  if (before != nullptr && tx.now() < before->until) {
    return base::fail(kRefused, "object: " + key + " is disputed already; one dispute an object at a time");
  }
  if (before != nullptr) TRY(check_rest(tx, record, key, *before));
  const base::EpochSeconds until = tx.now() + tx.numbers().period("dispute");
  tx.disputes.put(
      key, {record.id(), std::string(record.by()), std::string(record.value("with")), until, tx.now(), {}});
  return {};
}

std::optional<base::Result<void>> vote_on_dispute(Transaction& tx, const record::Record& record,
                                                  SignatureChecker& checker) {
  const auto& disputes = tx.store().disputes.entries();
  for (const auto& [key, tracked] : disputes) {
    const DisputeEntry& entry = tracked.value;
    if (entry.objection != *record.proposal() || tx.now() >= entry.until) continue;
    if (record.value("vote") != "yes") return base::fail(kRefused, "vote: a dispute is renewed by yes alone");
    if (tx.now() < entry.renewable)
      return base::fail(kRefused, "proposal: the dispute was renewed in this period");
    if (auto verified = verify_role(tx, record, resource::Role::kGovernance, checker); !verified)
      return verified;
    DisputeEntry changed = entry;
    insert_sorted(changed.votes, record.by());
    std::uint64_t yes = 0;
    for (const std::string& member : changed.votes) yes += tx.is_member(member) ? 1 : 0;
    if (yes >= majority_of(tx.n())) {
      changed.renewable = changed.until;
      changed.until = changed.until + tx.numbers().period("dispute");
      changed.votes.clear();
    }
    tx.disputes.put(key, changed);
    return base::Result<void>();
  }
  return std::nullopt;
}

}  // namespace charter
