#include "audit/fsck.h"

#include <algorithm>
#include <iterator>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "audit/chunk.h"
#include "audit/tile_check.h"
#include "base/bounded_queue.h"
#include "base/limits.h"
#include "registry/replay.h"
#include "registry/verify_ahead.h"

namespace audit {
namespace {

using base::Result;
using record::Record;

/// Chunks waiting between the reading threads and the applying one.
constexpr std::size_t kQueueMax = 2;

// The way between the reading threads and the applying one, and back.
struct Belt {
  base::BoundedQueue<Chunk> chunks{kQueueMax};

  // Records that are done with: the threads that made them free them too. Elsewhere it takes the applying
  // thread a good part of its time, and locks.
  void give_back(std::vector<std::vector<Record>> spent) {
    const std::scoped_lock lock(mutex_);
    std::ranges::move(spent, std::back_inserter(spent_));
  }
  std::vector<std::vector<Record>> take_spent() {
    const std::scoped_lock lock(mutex_);
    return std::exchange(spent_, {});
  }

 private:
  std::mutex mutex_;
  std::vector<std::vector<Record>> spent_;
};

// Applies records in log order. Records of one block may lie in several bundles, so they are kept until it
// ends.
class Applier {
 public:
  Applier(const storage::LogFolder& log, Trust trust, unsigned threads)
      : tiles_(log), trust_(trust), threads_(threads) {}

  Result<void> apply(CheckedBundle& bundle) {
    if (bundle.error) return std::unexpected(*bundle.error);
    TRY(tiles_.add(bundle.leaf_hashes, bundle.root));
    for (std::size_t i = 0; i < bundle.records.size(); ++i) {
      std::vector<registry::TriedSignature> tried;
      if (!bundle.tried.empty()) tried = std::move(bundle.tried[i]);
      TRY(take(std::move(bundle.records[i]), std::move(tried)));
    }
    return {};
  }

  Result<registry::Registry> finish(const note::Checkpoint& checkpoint);
  // Records of ended blocks.
  std::vector<std::vector<Record>> take_spent() { return std::exchange(spent_, {}); }
  std::uint64_t leaves() const { return leaves_; }
  std::uint64_t blocks() const { return blocks_; }

 private:
  Result<void> take(Record record, std::vector<registry::TriedSignature> tried) {
    ++leaves_;
    if (record.kind() != record::Kind::kBlock) {
      if (records_.size() == base::kBlockRecordsMax) {
        return base::fail(kNoBlockEnd, "leaf " + std::to_string(leaves_ - 1) +
                                           ": more than 4,096 records without a block record");
      }
      records_.push_back(std::move(record));
      tried_.push_back(std::move(tried));
      return {};
    }
    const base::LeafIndex first(leaves_ - 1 - records_.size());
    TRY(end_block(record, first));
    last_block_.emplace(std::move(record));
    spent_.push_back(std::exchange(records_, {}));
    records_.reserve(spent_.back().size());
    tried_.clear();
    ++blocks_;
    return {};
  }

  Result<void> end_block(const Record& block, base::LeafIndex first) {
    registry::RememberingChecker remembering;
    registry::TrustingChecker trusting;
    const bool verify = trust_ == Trust::kNothing;
    if (verify) {
      for (std::size_t i = 0; i < records_.size(); ++i)
        remembering.remember(records_[i], std::move(tried_[i]));
    }
    charter::SignatureChecker& checker =
        verify ? static_cast<charter::SignatureChecker&>(remembering) : trusting;
    if (registry_) {
      return registry::replay_block(*registry_, records_, block, first, checker,
                                    verify ? registry::Rehash::kEveryBlock : registry::Rehash::kLater);
    }
    ASSIGN_OR_RETURN(registry_, registry::replay_founding(records_, block, checker));
    registry_->set_threads(threads_);
    return {};
  }

  TileCheck tiles_;
  Trust trust_;
  unsigned threads_;
  std::optional<registry::Registry> registry_;
  std::optional<Record> last_block_;
  std::vector<Record> records_;
  std::vector<std::vector<Record>> spent_;
  std::vector<std::vector<registry::TriedSignature>> tried_;
  std::uint64_t leaves_ = 0;
  std::uint64_t blocks_ = 0;
};

Result<registry::Registry> Applier::finish(const note::Checkpoint& checkpoint) {
  ASSIGN_OR_RETURN(const base::Hash root, tiles_.finish());
  if (root != checkpoint.root) {
    return base::fail(kWrongRoot, "the leaves give another root than the checkpoint of size " +
                                      std::to_string(checkpoint.size.value()));
  }
  if (!registry_ || !records_.empty()) {
    return base::fail(kNoBlockEnd, "the last leaf is no block record");
  }
  if (trust_ == Trust::kCheckpoint) {
    TRY(registry::check_last_state(*registry_, *last_block_, base::LeafIndex(leaves_ - 1)));
  }
  return std::move(*registry_);
}

struct Producer {
  const storage::LogFolder& log;
  const FsckOptions& options;
  Belt& belt;
  std::uint64_t signatures = 0;

  // Without signatures reading is the lesser part: the applying thread keeps its core to itself.
  unsigned threads() const {
    return options.trust == Trust::kNothing ? options.threads : std::max(options.threads, 2U) - 1;
  }

  void run() {
    registry::KeyDirectory keys;
    const std::uint64_t bundles = (log.size().value() + base::kTileWidth - 1) / base::kTileWidth;
    for (std::uint64_t first = 0; first < bundles; first += kChunkBundles) {
      Chunk chunk =
          read_chunk(log, first, std::min<std::uint64_t>(kChunkBundles, bundles - first), threads());
      if (options.trust == Trust::kNothing) {
        for (const CheckedBundle& bundle : chunk.bundles) {
          for (const Record& record : bundle.records) keys.learn(record);
        }
        signatures += try_chunk(chunk, keys, options.threads);
      }
      belt.take_spent();
      if (!belt.chunks.push(std::move(chunk))) return;
    }
    belt.chunks.close();
  }
};

}  // namespace

base::Result<FsckReport> check_log(const storage::LogFolder& log, const note::Checkpoint& checkpoint,
                                   const FsckOptions& options) {
  Belt belt;
  Producer producer{log, options, belt};
  std::jthread reading([&] { producer.run(); });
  Applier applier(log, options.trust, options.threads);
  const auto apply_all = [&]() -> Result<void> {
    while (std::optional<Chunk> chunk = belt.chunks.pop()) {
      for (CheckedBundle& bundle : chunk->bundles) TRY(applier.apply(bundle));
      belt.give_back(applier.take_spent());
      if (options.progress) options.progress({applier.leaves(), log.size().value()});
    }
    return {};
  };
  const Result<void> applied = apply_all();
  belt.chunks.close();
  reading.join();
  if (!applied) return std::unexpected(applied.error());
  ASSIGN_OR_RETURN(registry::Registry registry, applier.finish(checkpoint));
  return FsckReport{std::move(registry), applier.leaves(), applier.blocks(), producer.signatures};
}

}  // namespace audit
