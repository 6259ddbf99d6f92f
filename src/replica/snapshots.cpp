#include "replica/snapshots.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "codec/base64.h"
#include "merkle/log_tree.h"
#include "replica/replica.h"

namespace replica {

using base::LeafIndex;
using base::Result;

Result<void> check_leaf(const merkle::TileReader& tiles, const storage::LogFolder& log,
                        const base::Hash& root, LeafIndex index, base::ByteView leaf) {
  ASSIGN_OR_RETURN(const merkle::LogProof proof, merkle::prove_inclusion(index, log.size(), tiles));
  if (auto in = merkle::verify_inclusion(merkle::leaf_hash(leaf), index, log.size(), root, proof); !in) {
    return std::unexpected(
        in.error().at("leaf " + std::to_string(index.value()) + " is altered, or its tiles are"));
  }
  return {};
}

Result<void> check_vouched(const storage::LogFolder& log, const base::Hash& root, base::TreeSize size,
                           const base::Hash& state) {
  if (size > log.size() || size.value() == 0) {
    return base::fail(storage::kBadSnapshot,
                      "it is newer than the log, which ends at " + std::to_string(log.size().value()));
  }
  const LeafIndex last(size.value() - 1);
  ASSIGN_OR_RETURN(const base::Bytes leaf, log.read_leaf(last));
  TRY(check_leaf(log, log, root, last, leaf));
  ASSIGN_OR_RETURN(const record::Record block, record::Record::parse(base::as_text(leaf)));
  if (block.kind() != record::Kind::kBlock || block.value("state") != codec::serialize_base64(state.view())) {
    return base::fail(storage::kBadSnapshot, "leaf " + std::to_string(last.value()) +
                                                 " is not a block record with the snapshot's state root");
  }
  return {};
}

Result<registry::Registry> restore(const storage::Snapshot& snapshot, const storage::LogFolder& log,
                                   const base::Hash& root, unsigned threads) {
  TRY(check_vouched(log, root, snapshot.header.size, snapshot.header.state));
  ASSIGN_OR_RETURN(registry::Registry registry,
                   registry::Registry::from_texts({snapshot.objects.begin(), snapshot.objects.end()},
                                                  {snapshot.rules.begin(), snapshot.rules.end()}, threads));
  if (registry.state() != snapshot.header.state) {
    return base::fail(storage::kBadSnapshot, "its texts do not give the state root it names");
  }
  TRY(registry.restore_zones(snapshot.zones));
  return registry;
}

Result<registry::Registry> load_snapshot_registry(const base::Files& files, const storage::LogFolder& log,
                                                  const base::Hash& root, const std::string& folder,
                                                  base::Height height, base::TreeSize& size,
                                                  unsigned threads) {
  ASSIGN_OR_RETURN(const storage::Snapshot snapshot, storage::load_snapshot(files, folder, height));
  size = snapshot.header.size;
  return restore(snapshot, log, root, threads);
}

Result<void> Replica::store_snapshot() {
  if (info().quorums.size() > 1) return {};
  storage::SnapshotHeader header;
  const charter::State& state = registry_->charter();
  header.origin = state.origin();
  header.height = registry_->height();
  header.size = log_->durable_size();
  header.time = registry_->time();
  header.state = registry_->state();
  // Texts of the rules state are made for each visit and gone after it: they have to be copied.
  const auto texts_of = [&](charter::Tree tree) {
    std::vector<std::string> texts;
    state.for_each(tree, [&](std::string_view, std::string_view text) { texts.emplace_back(text); });
    return texts;
  };
  const auto reader = [](const std::vector<std::string>& texts) -> storage::NextText {
    return [&texts, next = std::size_t{0}]() mutable -> std::optional<std::string_view> {
      if (next == texts.size()) return std::nullopt;
      return texts[next++];
    };
  };
  const std::vector<std::string> objects = texts_of(charter::Tree::kObjects);
  const std::vector<std::string> rules = texts_of(charter::Tree::kRules);
  TRY(options_.files->make_folders(options_.snapshot_folder));
  TRY(storage::store_snapshot(*options_.files, options_.snapshot_folder, header, reader(objects),
                              reader(rules), registry_->releases().texts()));
  snapshot_size_ = header.size;
  return storage::prune_snapshots(*options_.files, options_.snapshot_folder);
}

Result<std::vector<registry::SnapshotInfo>> Replica::list_snapshots() const {
  ASSIGN_OR_RETURN(const std::vector<base::Height> heights,
                   storage::list_snapshots(*options_.files, options_.snapshot_folder));
  std::vector<registry::SnapshotInfo> infos;
  for (const base::Height height : heights) {
    const auto snapshot = storage::load_snapshot(*options_.files, options_.snapshot_folder, height);
    if (!snapshot) continue;  // a damaged one is not offered; start-up names it
    infos.push_back({height, snapshot->header.size, snapshot->header.state, snapshot->bytes.size()});
  }
  return infos;
}

Result<base::Bytes> Replica::load_snapshot_chunk(base::Height height, std::uint64_t offset,
                                                 std::size_t bytes_max) const {
  ASSIGN_OR_RETURN(const storage::Snapshot snapshot,
                   storage::load_snapshot(*options_.files, options_.snapshot_folder, height));
  const std::size_t begin = std::min<std::uint64_t>(offset, snapshot.bytes.size());
  const std::size_t end = begin + std::min(bytes_max, snapshot.bytes.size() - begin);
  return base::Bytes(snapshot.bytes.begin() + static_cast<std::ptrdiff_t>(begin),
                     snapshot.bytes.begin() + static_cast<std::ptrdiff_t>(end));
}

Result<void> Replica::offer_snapshot(const registry::SnapshotInfo& snapshot) const {
  return check_vouched(log_->folder(), log_->root(), snapshot.size, snapshot.state);
}

Result<void> Replica::apply_snapshot(base::Bytes bytes) {
  ASSIGN_OR_RETURN(const storage::Snapshot snapshot, storage::parse_snapshot(std::move(bytes)));
  ASSIGN_OR_RETURN(const registry::Registry registry,
                   restore(snapshot, log_->folder(), log_->root(), options_.threads));
  TRY(options_.files->make_folders(options_.snapshot_folder));
  const std::string path = options_.snapshot_folder + "/" + std::to_string(registry.height().value());
  return base::replace_file(*options_.files, path, snapshot.bytes, base::FileMode::kPublic);
}

}  // namespace replica
