// Members who sign zones' batches in one process, with real shares of keys that none of them holds: what their signing
// rounds do over the network, without the network. It talks to the registry through registry/open_batch.h alone.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "base/random.h"
#include "registry/open_batch.h"
#include "threshold/frost.h"
#include "threshold/keys.h"

namespace registry_tests {

class GroupSigner {
 public:
  explicit GroupSigner(base::Random& random, unsigned threads = 1) : random_(&random), threads_(threads) {}

  /// The shares that this process has; any `keys.threshold()` of them sign.
  void add(threshold::GroupKeys keys, std::vector<threshold::KeyShare> shares);
  /// The next sessions are signed by others of the holders; wraps around.
  void rotate() { ++first_; }
  const threshold::GroupKeys& keys(const crypto::PublicKey& key) const { return held_.at(key).keys; }

  /// Every open position, one session for each task.   Errors: threshold::kBadSigning; a cheater fails the process.
  base::Result<registry::PlacedSignatures> sign(const registry::OpenBatch& batch);
  /// The records of all open batches, in the name of `submitter`.
  base::Result<std::vector<std::string>> leaves(const registry::Registry& registry,
                                                const registry::Submitter& submitter);

 private:
  static void remember(const registry::Registry& registry, const registry::OpenBatch& batch,
                       const registry::PlacedSignatures& placed);
  struct Held {
    threshold::GroupKeys keys;
    std::vector<threshold::KeyShare> shares;
  };
  base::Result<std::vector<crypto::Signature>> sign_task(const Held& held, const base::Hash& id,
                                                         const registry::SigningTask& task);
  base::Random* random_;
  unsigned threads_;
  std::map<crypto::PublicKey, Held> held_;
  std::size_t first_ = 0;
  std::map<base::Hash, std::uint64_t> attempts_;  ///< by batch
};

}  // namespace registry_tests
