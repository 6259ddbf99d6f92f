#include "charter/founding.h"

#include "charter/errors.h"
#include "charter/execution.h"
#include "charter/outcome.h"
#include "charter/signatures.h"
#include "charter/state.h"
#include "codec/time_text.h"
#include "crypto/hash.h"
#include "resource/values.h"

namespace charter {
namespace {

using resource::Object;
using resource::ObjectClass;

constexpr std::uint64_t kFoundingMembersMin = 3;  ///< a pilot; fewer would be one party in disguise

base::Result<void> create_all(Transaction& tx, const record::Record& genesis) {
  for (const resource::Change& change : genesis.changes()) {
    const bool fits = change.object_class == ObjectClass::kCharter ||
                      change.object_class == ObjectClass::kMember ||
                      change.object_class == ObjectClass::kOrganisation;
    if (!fits || change.action != resource::Action::kCreate) {
      return base::fail(kRefused, "genesis: creates the charter, members and their organisations only");
    }
    ASSIGN_OR_RETURN(Object after, resource::apply_change(nullptr, change));
    if (change.object_class != ObjectClass::kCharter) TRY(register_keys(tx, nullptr, after));
    tx.put_object(std::move(after));
  }
  return {};
}

base::Result<void> check_parties(const Transaction& tx) {
  if (tx.live(ObjectClass::kCharter, "registry") == nullptr)
    return base::fail(kRefused, "genesis: lacks the charter");
  if (tx.n() < kFoundingMembersMin)
    return base::fail(kRefused, "genesis: a registry is founded by at least 3 members");
  std::size_t organisations = 0;
  for (const ObjectEdit& edit : tx.edits())
    organisations += edit.after->object_class() == ObjectClass::kOrganisation;
  if (organisations != tx.n())
    return base::fail(kRefused, "genesis: creates exactly the members' organisations");
  return check_invariants(tx);
}

base::Result<void> verify_everybody(Transaction& tx, const record::Record& genesis,
                                    SignatureChecker& checker) {
  SignatureDemand demand;
  for (const ObjectEdit& edit : tx.edits()) {
    if (edit.after->object_class() == ObjectClass::kCharter) continue;
    KeyList keys;
    for (const resource::PartyKey& key : resource::party_keys(*edit.after)) keys.push_back(key.key);
    demand.add_keys(edit.after->key(), keys);
  }
  crypto::PublicKey log_key;
  if (!resource::read_key(genesis.value("log-key"), log_key))
    return base::fail(kRefused, "log-key: is no key");
  if (tx.keys.find(log_key) != nullptr)
    return base::fail(kInvariant, "log-key: stands in another place already");
  if (!crypto::is_prime_order_key(log_key)) return base::fail(kInvariant, "log-key: is not of prime order");
  tx.keys.put(log_key, {std::string(genesis.origin()), "log", false});
  demand.add_keys(genesis.origin(), {log_key});
  return demand.verify(genesis, checker);
}

}  // namespace

base::Result<void> found_registry(Store& store, const record::Record& genesis, SignatureChecker& checker) {
  if (genesis.kind() != record::Kind::kGenesis)
    return base::fail(kRefused, "a log begins with a genesis record");
  if (!genesis.value("predecessor").empty())
    return base::fail(kRefused, "predecessor: its state is to be carried over");
  const auto time = codec::read_time(genesis.value("time"));
  if (!time) return base::fail(kRefused, "time: is no time");
  store.clock = {std::string(genesis.origin()), genesis.id(), std::string(genesis.value("clock")),
                 base::Height(0), *time};
  store.clock_dirty = true;
  Transaction tx(store);
  TRY(create_all(tx, genesis));
  TRY(check_parties(tx));
  TRY(verify_everybody(tx, genesis, checker));
  const Object* charter = tx.live(ObjectClass::kCharter, "registry");
  EpochEntry epoch;
  epoch.current = {base::Epoch(1), crypto::sha256(base::as_bytes(charter->text()))};
  epoch.changed = *time;
  tx.epoch.put("current", epoch);
  tx.policy.put("current", {base::Epoch(1), base::Height(0), cosigner_lines(tx)});
  tx.founding.put("names", {*time + tx.numbers().period("founding")});
  tx.commit(store);
  return {};
}

}  // namespace charter
