// The log as a hub serves it, read against one checkpoint that it signed: every leaf is found in that tree
// before anybody sees it, whatever the hub sends. Format: docs/formats/hub.md
#pragma once

#include <memory>
#include <span>
#include <string>
#include <vector>

#include "base/files.h"
#include "base/result.h"
#include "merkle/log_tree.h"
#include "note/checkpoint.h"
#include "replica/cached_tiles.h"
#include "replica/hub_source.h"
#include "storage/log_folder.h"

namespace replica {

/// Threads: one.   Lifetime: keeps a reference to the source.
class HubLog {
 public:
  /// Shapes: checkpoint.size > 0.
  HubLog(HubSource& source, note::Checkpoint checkpoint);
  ~HubLog();

  const note::Checkpoint& checkpoint() const { return checkpoint_; }
  /// Calls `visit` for the leaves from `begin` to the end of the log, each after it was found in the tree.
  /// Errors: merkle::kBadLogProof and those of storage (what the hub sends does not lead to its root);
  /// kHubUnreachable; those of `visit`.
  base::Result<void> read_leaves(base::LeafIndex begin, const storage::LogFolder::Visit& visit) const;

  /// The genesis, and the carry records that follow the one of a successor.   Errors: also record::kBadCarry.
  base::Result<std::vector<std::string>> read_founding() const;
  /// The leaves of one bundle as the hub has them: not checked.   Threads: as many as the source allows.
  base::Result<storage::Bundle> read_bundle(merkle::TileIndex index) const { return log_.read_bundle(index); }
  /// Finds the bundle that begins with leaf `first` in the tree: `hashes` are of all its leaves in this log.
  /// The hub's own tile of them is not asked for.   Errors: merkle::kBadLogProof, those of storage.
  base::Result<void> check_bundle(base::LeafIndex first, std::span<const base::Hash> hashes) const;
  /// Keeps the tile over leaves that check_bundle has found, for inclusion().
  void keep_tile(base::LeafIndex first, std::span<const base::Hash> hashes) const;

  /// One leaf, found in the tree.   Errors: as read_leaves.
  base::Result<std::string> read_leaf(base::LeafIndex index) const;

  struct Prefix {
    base::Hash root;         ///< of the first `size` leaves
    merkle::LogProof proof;  ///< that the checkpoint's tree begins with them
  };
  /// What the checkpoint says of the log when it had `size` leaves; the proof has been verified.
  /// Shapes: 1 <= size <= checkpoint.size.   Errors: as read_leaves.
  base::Result<Prefix> prefix(base::TreeSize size) const;
  /// The complete subtrees of the first `size` leaves, as the hub's tiles have them: not checked.
  base::Result<std::vector<base::Hash>> subtrees(base::TreeSize size) const;
  /// Inclusion of a leaf that read_leaves has shown.
  base::Result<merkle::LogProof> inclusion(base::LeafIndex index) const;

 private:
  class SourceFiles;
  note::Checkpoint checkpoint_;
  std::unique_ptr<SourceFiles> files_;
  storage::LogFolder log_;
  CachedTiles tiles_;
};

/// The same of a log's own folder, which holds `root` at its size.
base::Result<HubLog::Prefix> prefix_of(const storage::LogFolder& log, base::TreeSize size);

}  // namespace replica
