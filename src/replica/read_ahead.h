// The leaves of a hub's log on their way to a follower that is far behind: bundles fetched ahead over several lines, each
// found in the signed tree, parsed, and their signatures tried on all cores, while the follower executes what came
// before. What it hands on is found in the tree; whether it is right is for the rules. Format: docs/formats/hub.md
#pragma once

#include <atomic>
#include <cstdint>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "base/bounded_queue.h"
#include "base/result.h"
#include "record/record.h"
#include "registry/key_directory.h"
#include "replica/hub_log.h"
#include "replica/hub_source.h"

namespace replica {

/// A leaf, parsed if it can be.
struct ReadLeaf {
  std::optional<record::Record> record;
  base::Hash hash;  ///< merkle::leaf_hash, if it is a record
  std::string raw;  ///< the leaf, if it is no record
  std::vector<registry::TriedSignature> tried;

  static ReadLeaf of(std::string text) { return {std::nullopt, {}, std::move(text), {}}; }
  std::string_view text() const { return record ? record->leaf() : std::string_view(raw); }
};

/// Whole bundles, in order.
struct ReadChunk {
  struct Bundle {
    base::LeafIndex first;
    std::vector<ReadLeaf> leaves;
    std::vector<base::Hash> hashes;    ///< of the leaves: their tile
    std::optional<base::Error> error;  ///< then there is nothing else, and nothing after it
  };
  std::vector<Bundle> bundles;
};

/// Threads: one owner. Calls the source from its own threads if that allows several fetches at once; then only while
/// it lives, and the owner may fetch beside it. Else it works on the owner's thread, within next().
class ReadAhead {
 public:
  /// From the bundle that holds `begin` to the end of the checkpoint's log. `keys` are those of the state that
  /// was executed so far.   Lifetime: keeps a reference to the source.
  ReadAhead(HubSource& source, const note::Checkpoint& checkpoint, base::LeafIndex begin,
            registry::KeyDirectory keys, unsigned threads);
  ReadAhead(const ReadAhead&) = delete;
  ReadAhead& operator=(const ReadAhead&) = delete;
  ~ReadAhead();

  /// Nothing at the end, and after an error. The leaves before `begin` are among the first bundle's.
  std::optional<ReadChunk> next();
  /// Leaves that are done with: the threads that made them free them too, which is cheaper.
  void give_back(std::vector<ReadLeaf> spent);

 private:
  struct Fetched {
    std::vector<base::Result<storage::Bundle>> bundles;
  };
  Fetched fetch_chunk();
  ReadChunk check_chunk(Fetched fetched);
  bool is_at_end() const { return next_bundle_ == end_bundle_; }
  void run_fetching();
  void run_checking();

  HubLog log_;
  const unsigned lines_;
  const unsigned threads_;
  std::uint64_t next_bundle_;  // to be fetched
  const std::uint64_t end_bundle_;
  registry::KeyDirectory keys_;
  bool has_failed_ = false;  // of whoever fetches
  base::BoundedQueue<Fetched> fetched_;
  base::BoundedQueue<ReadChunk> checked_;
  std::mutex spent_mutex_;
  std::vector<std::vector<ReadLeaf>> spent_;  // guarded by spent_mutex_
  std::jthread fetching_;
  std::jthread checking_;
};

}  // namespace replica
