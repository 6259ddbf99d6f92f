#include "replica/load.h"

#include <optional>
#include <utility>

#include "base/check.h"
#include "base/limits.h"
#include "codec/base64.h"
#include "codec/decimal.h"
#include "codec/time_text.h"
#include "merkle/log_tree.h"
#include "registry/replay.h"
#include "registry/verify_ahead.h"
#include "replica/cached_tiles.h"
#include "replica/snapshots.h"
#include "storage/snapshot_file.h"
#include "verify/policy_chain.h"

namespace replica {
namespace {

using base::LeafIndex;
using base::Result;
using base::TreeSize;
using record::Record;
using registry::Registry;

// Collects records until their block record comes, then hands the block over.
class BlockCollector {
 public:
  using EndBlock =
      std::function<Result<void>(const std::vector<Record>& records, const Record& block, LeafIndex first)>;
  explicit BlockCollector(EndBlock end_block) : end_block_(std::move(end_block)) {}

  Result<void> take(LeafIndex index, base::ByteView leaf) {
    auto record = Record::parse(base::as_text(leaf));
    if (!record) return std::unexpected(record.error().at("leaf " + std::to_string(index.value())));
    if (record->kind() != record::Kind::kBlock) {
      if (records_.size() == base::kBlockRecordsMax) {
        return base::fail(
            registry::kWrongBlockRecord,
            "leaf " + std::to_string(index.value()) + ": more than 4,096 records without a block record");
      }
      records_.push_back(std::move(*record));
      return {};
    }
    const LeafIndex first(index.value() - records_.size());
    return end_block_(std::exchange(records_, {}), *record, first);
  }

 private:
  EndBlock end_block_;
  std::vector<Record> records_;
};

Result<void> replay_checked(Registry& registry, const std::vector<Record>& records, const Record& block,
                            LeafIndex first, unsigned threads, std::vector<charter::CosignerKey>& before) {
  before = registry.charter().cosigners();
  std::vector<const Record*> pointers;
  for (const Record& record : records) pointers.push_back(&record);
  registry::RememberingChecker checker;
  registry::remember_signatures(checker, pointers, registry.charter(), threads);
  return registry::replay_block(registry, records, block, first, checker, registry::Rehash::kEveryBlock);
}

Result<Registry> genesis_registry(const std::vector<Record>& records, const Record& block) {
  charter::DirectChecker checker;
  return registry::replay_founding(records, block, checker);
}

Result<Registry> replay_everything(const storage::LogFolder& log, const base::Hash& root, unsigned threads,
                                   std::vector<charter::CosignerKey>& before) {
  std::optional<Registry> registry;
  merkle::Frontier frontier;
  BlockCollector collector(
      [&](const std::vector<Record>& records, const Record& block, LeafIndex first) -> Result<void> {
        if (registry) return replay_checked(*registry, records, block, first, threads, before);
        ASSIGN_OR_RETURN(registry, genesis_registry(records, block));
        return {};
      });
  TRY(log.read_leaves(LeafIndex(0), LeafIndex(log.size().value()), [&](LeafIndex index, base::ByteView leaf) {
    frontier.append(merkle::leaf_hash(leaf));
    return collector.take(index, leaf);
  }));
  if (!registry) return base::fail(kNoSuchBlock, "the log holds no block");
  if (frontier.root() != root) {
    return base::fail(merkle::kBadLogProof, "the leaves do not lead to the root of size " +
                                                std::to_string(log.size().value()) +
                                                "; `comity fsck` names the file");
  }
  return std::move(*registry);
}

// Did the registry's last block change the cosigners? A snapshot of it does not know the former ones.
bool changes_cosigners(const Registry& registry) {
  const auto text = registry.charter().text(charter::Tree::kRules, "policy:current");
  const auto entry = verify::parse_policy_entry(text.value_or(""));
  CHECK(entry);
  return entry->height == registry.height() && registry.height() != base::Height(0);
}

Result<void> replay_tail(Registry& registry, const storage::LogFolder& log, const base::Hash& root,
                         TreeSize from, unsigned threads, std::vector<charter::CosignerKey>& before) {
  const CachedTiles tiles(log);
  BlockCollector collector([&](const std::vector<Record>& records, const Record& block, LeafIndex first) {
    return replay_checked(registry, records, block, first, threads, before);
  });
  return log.read_leaves(LeafIndex(from.value()), LeafIndex(log.size().value()),
                         [&](LeafIndex index, base::ByteView leaf) -> Result<void> {
                           TRY(check_leaf(tiles, log, root, index, leaf));
                           return collector.take(index, leaf);
                         });
}

}  // namespace

Result<LoadedRegistry> load_registry(const base::Files& files, const storage::LogFolder& log,
                                     const base::Hash& root, const std::string& snapshot_folder,
                                     unsigned threads) {
  std::vector<std::string> passed_over;
  ASSIGN_OR_RETURN(const std::vector<base::Height> heights, storage::list_snapshots(files, snapshot_folder));
  for (const base::Height height : heights) {
    TreeSize size;
    auto registry = load_snapshot_registry(files, log, root, snapshot_folder, height, size, threads);
    if (registry && size == log.size() && changes_cosigners(*registry)) {
      registry = base::fail(storage::kBadSnapshot, "its block, the last one, changed the cosigners");
    }
    if (!registry) {
      passed_over.push_back(snapshot_folder + "/" + std::to_string(height.value()) + ": " +
                            registry.error().message());
      continue;
    }
    std::vector<charter::CosignerKey> before;
    TRY(replay_tail(*registry, log, root, size, threads, before));
    registry->set_threads(threads);
    return LoadedRegistry{std::move(*registry), size, std::move(passed_over), std::move(before)};
  }
  std::vector<charter::CosignerKey> before;
  ASSIGN_OR_RETURN(Registry registry, replay_everything(log, root, threads, before));
  registry.set_threads(threads);
  return LoadedRegistry{std::move(registry), TreeSize(0), std::move(passed_over), std::move(before)};
}

Result<PointInTime> parse_point(std::string_view text, TreeSize end) {
  PointInTime point;
  if (const auto size = codec::parse_decimal(text)) {
    if (*size > end.value())
      return base::fail(kBadPoint, "the log has " + std::to_string(end.value()) + " leaves");
    point.size = TreeSize(*size);
    return point;
  }
  if (const auto time = codec::parse_time(text)) {
    point.time = *time;
    return point;
  }
  return base::fail(kBadPoint,
                    "\"" + std::string(text) + "\" is neither a tree size nor YYYY-MM-DDTHH:MM:SSZ");
}

Result<Registry> replay_until(const storage::LogFolder& log, const PointInTime& until) {
  std::optional<Registry> registry;
  registry::TrustingChecker checker;
  bool passed = false;
  BlockCollector collector(
      [&](const std::vector<Record>& records, const Record& block, LeafIndex first) -> Result<void> {
        ASSIGN_OR_RETURN(const base::EpochSeconds time, codec::parse_time(block.value("time")));
        passed = time > until.time || first.value() + records.size() >= until.size.value();
        if (passed) return {};
        if (registry) {
          return registry::replay_block(*registry, records, block, first, checker, registry::Rehash::kLater);
        }
        ASSIGN_OR_RETURN(registry, genesis_registry(records, block));
        return {};
      });
  const LeafIndex end(std::min(log.size().value(), until.size.value()));
  TRY(log.read_leaves(LeafIndex(0), end, [&](LeafIndex index, base::ByteView leaf) -> Result<void> {
    return passed ? Result<void>() : collector.take(index, leaf);
  }));
  if (!registry) return base::fail(kNoSuchBlock, "the log begins later than that");
  return std::move(*registry);
}

}  // namespace replica
