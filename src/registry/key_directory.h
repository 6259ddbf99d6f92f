// Which keys to try a signature under, for those who verify far ahead of the state: every key that a record so far, or
// the state they began with, gives to a party. Keys that were retired stay: which key may sign is for the rules.
#pragma once

#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "charter/state.h"
#include "crypto/ed25519.h"
#include "record/record.h"
#include "registry/verify_ahead.h"

namespace registry {

/// Threads: one writer; const calls from any thread while nobody writes.
class KeyDirectory {
 public:
  /// The keys that the record adds.
  void learn(const record::Record& record);
  /// The keys of all parties.   Cost: one pass over members and organisations.
  void learn(const charter::State& state);
  const std::vector<crypto::PublicKey>* find(std::string_view name, std::uint32_t key_id) const;

 private:
  void add(std::string_view name, const crypto::PublicKey& key);

  std::map<std::string, std::vector<crypto::PublicKey>, std::less<>> keys_;
};

/// Tries every signature line of `record` under the keys of its name and key id.   Threads: any.
std::vector<TriedSignature> try_signatures(const record::Record& record, const KeyDirectory& keys);

}  // namespace registry
