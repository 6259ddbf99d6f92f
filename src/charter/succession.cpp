#include "charter/succession.h"

#include <algorithm>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "base/check.h"
#include "charter/classes.h"
#include "charter/errors.h"
#include "charter/execution.h"
#include "charter/outcome.h"
#include "charter/signatures.h"
#include "charter/state.h"
#include "charter/transaction.h"
#include "codec/base64.h"
#include "codec/decimal.h"
#include "codec/time_text.h"
#include "crypto/hash.h"
#include "resource/values.h"

namespace charter {
namespace {

using base::Result;
using resource::Action;
using resource::Change;
using resource::Object;
using resource::ObjectClass;

constexpr std::uint64_t kSuccessorMembersMin = 3;  ///< as in every founding
constexpr std::string_view kLogRole = "log";

// The carried state says itself whose it is: the genesis may not call it another's.
Result<base::EpochSeconds> check_predecessor(const Store& store, const record::Record& genesis) {
  const std::string named = store.clock.origin + " " + codec::serialize_base64(store.clock.genesis.view());
  if (genesis.value("predecessor") != named)
    return base::fail(kRefused, "predecessor: the carried state is that of " + named);
  if (genesis.origin() == store.clock.origin)
    return base::fail(kRefused, "genesis: a successor has an origin of its own");
  const PolicyEntry* policy = store.policy.find(std::string_view("current"));
  if (genesis.value("policy") != codec::serialize_decimal(policy->number.value()))
    return base::fail(
        kRefused, "policy: the carried state has number " + codec::serialize_decimal(policy->number.value()));
  if (genesis.value("clock") != store.clock.mode)
    return base::fail(kRefused, "clock: the predecessor's is " + store.clock.mode);
  const auto time = codec::read_time(genesis.value("time"));
  if (!time || *time < store.clock.time)
    return base::fail(kRefused, "time: is before the predecessor's last block");
  return *time;
}

// Who goes on, and with which operator key: nothing else of a member changes without a vote.
Result<void> change_members(Transaction& tx, const record::Record& genesis) {
  for (const Change& change : genesis.changes()) {
    const auto is_operator = [](const resource::LineChange& line) { return line.name == "operator"; };
    if (change.object_class != ObjectClass::kMember || change.action == Action::kCreate ||
        !std::ranges::all_of(change.lines, is_operator)) {
      return base::fail(kRefused, std::string(change.key) +
                                      ": a succession lets members go and replaces operator keys, no more");
    }
    const Object* before = tx.object(change.object_class, change.key);
    ASSIGN_OR_RETURN(Object after, resource::apply_change(before, change));
    TRY(register_keys(tx, before, after));
    tx.put_object(std::move(after));
  }
  if (tx.n() < kSuccessorMembersMin)
    return base::fail(kRefused, "genesis: a registry is founded by at least 3 members");
  return check_invariants(tx);
}

// The predecessor's log has no key any more, and this one has a new one.
Result<void> change_log_key(Transaction& tx, const record::Record& genesis, SignatureDemand& demand) {
  for (const auto* entry : tx.store().keys.entries().sorted()) {
    const KeyEntry& key = entry->second.value;
    if (key.role == kLogRole && !key.retired) tx.keys.put(entry->first, {key.party, key.role, true});
  }
  crypto::PublicKey log_key;
  if (!resource::read_key(genesis.value("log-key"), log_key))
    return base::fail(kRefused, "log-key: is no key");
  if (tx.keys.find(log_key) != nullptr)
    return base::fail(kInvariant, "log-key: stands in another place already, or did once");
  if (!crypto::is_prime_order_key(log_key)) return base::fail(kInvariant, "log-key: is not of prime order");
  tx.keys.put(log_key, {std::string(genesis.origin()), std::string(kLogRole), false});
  demand.add_keys(genesis.origin(), {log_key});
  return {};
}

/// Members whose governance keys sign: those of whom a line stands there.
std::set<std::string_view> signers_of(const Store& store, const record::Record& genesis) {
  std::set<std::string_view> signers;
  for (const record::SignatureLine& line : genesis.signatures()) {
    if (contains_sorted(store.members(), line.name)) signers.insert(line.name);
  }
  return signers;
}

Result<void> check_enough(const Transaction& tx, const record::Record& genesis,
                          const std::set<std::string_view>& signers) {
  const std::uint64_t n = tx.store().members().size();
  const std::uint64_t quorum = supermajority_of(n);
  if (genesis.value("consent") == "quorum") {
    if (signers.size() >= quorum) return {};
    return base::fail(kRefused, "consent: " + std::to_string(signers.size()) +
                                    " members of the predecessor signed, " + std::to_string(quorum) +
                                    " are asked for");
  }
  for (const std::string& member : tx.members()) {
    if (!signers.contains(member))
      return base::fail(kRefused,
                        "consent: with `left` every member that goes on signs; " + member + " did not");
  }
  return {};
}

Result<void> verify_signers(const Transaction& tx, const record::Record& genesis, SignatureDemand& demand,
                            SignatureChecker& checker) {
  const Store& store = tx.store();
  std::set<std::string_view> signers = signers_of(store, genesis);
  for (const Change& change : genesis.changes()) {
    if (change.action == Action::kChange) signers.insert(change.key);
  }
  for (const std::string_view signer : signers) {
    const Party* party = store.party(signer);
    CHECK(party != nullptr);
    if (store.is_recovering(signer))
      return base::fail(kRefused, std::string(signer) + ": its keys are being recovered and sign nothing");
    TRY(demand.add_role(signer, *party, resource::Role::kGovernance));
  }
  for (const ObjectEdit& edit : tx.edits()) {
    if (edit.after->is_tombstone()) continue;
    crypto::PublicKey key;
    if (resource::read_key(edit.after->value("operator"), key) &&
        edit.before->value("operator") != edit.after->value("operator")) {
      demand.add_keys(edit.after->key(), {key});
    }
  }
  TRY(check_enough(tx, genesis, signers));
  return demand.verify(genesis, checker);
}

// Signed zones are not carried, they would double the new log: the serial goes on, and since when which keys have been
// seen, for resolvers notice nothing; all else is signed anew.
void end_releases(Store& store) {
  std::vector<std::string> pieces;
  for (const auto* entry : store.pieces.entries().sorted()) pieces.push_back(entry->first);
  for (const std::string& key : pieces) store.pieces.erase(key);
  std::vector<std::pair<std::string, ReleaseEntry>> serials;
  for (const auto* entry : store.releases.entries().sorted()) {
    serials.emplace_back(entry->first, ReleaseEntry());
    serials.back().second.serial = entry->second.value.serial;
    serials.back().second.shown = entry->second.value.shown;
  }
  for (auto& [apex, entry] : serials) store.releases.put(apex, std::move(entry));
}

// A ceremony that is done stays: the shares that it gave are the present ones. Its session is that of the log on which
// it was done, and whoever recovers a share needs it.
void keep_origins(Transaction& tx) {
  const Store& store = tx.store();
  for (const auto* entry : store.ceremonies.entries().sorted()) {
    CeremonyEntry ceremony = entry->second.value;
    if (ceremony.phase != CeremonyPhase::kDone || !ceremony.origin.empty()) continue;
    ceremony.origin = store.clock.origin;
    tx.ceremonies.put(entry->first, ceremony);
  }
}

void end_what_is_under_way(Store& store) {
  std::vector<base::Hash> ids;
  for (const auto* entry : store.proposals.entries().sorted()) ids.push_back(entry->first);
  for (const base::Hash& id : ids) store.erase_proposal(id);
  ids.clear();
  for (const auto* entry : store.ceremonies.entries().sorted()) {
    if (entry->second.value.phase != CeremonyPhase::kDone) ids.push_back(entry->first);
  }
  for (const base::Hash& id : ids) store.erase_ceremony(id);
  std::vector<std::string> members;
  for (const auto* entry : store.left_out.entries().sorted()) members.push_back(entry->first);
  for (const std::string& member : members) store.left_out.erase(member);
  end_releases(store);
}

}  // namespace

Result<void> succeed_registry(Store& store, const record::Record& genesis, SignatureChecker& checker) {
  CHECK(!genesis.value("predecessor").empty());
  ASSIGN_OR_RETURN(const base::EpochSeconds time, check_predecessor(store, genesis));
  Transaction tx(store);
  SignatureDemand demand;
  TRY(change_members(tx, genesis));
  TRY(change_log_key(tx, genesis, demand));
  TRY(verify_signers(tx, genesis, demand, checker));
  const EpochEntry* before = store.epoch.find(std::string_view("current"));
  const Object* charter = tx.live(ObjectClass::kCharter, "registry");
  EpochEntry epoch;
  epoch.current = {before->current.number.next(), crypto::sha256(base::as_bytes(charter->text()))};
  epoch.changed = time;
  tx.epoch.put("current", epoch);
  const PolicyEntry* policy = store.policy.find(std::string_view("current"));
  tx.policy.put("current", {policy->number.next(), base::Height(0), cosigner_lines(tx)});
  keep_origins(tx);
  tx.commit(store);
  end_what_is_under_way(store);
  store.clock = {std::string(genesis.origin()), genesis.id(), store.clock.mode, base::Height(0), time};
  store.clock_dirty = true;
  return {};
}

}  // namespace charter
