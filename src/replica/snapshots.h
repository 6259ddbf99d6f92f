// When a snapshot may stand in for a replay: the replica's own log must hold a block record, at the place the
// snapshot names, with the state root that its texts give. A snapshot from elsewhere is held to the same.
// Format: docs/formats/state.md#snapshot-file
#pragma once

#include <string>

#include "base/files.h"
#include "base/result.h"
#include "registry/registry.h"
#include "storage/log_folder.h"
#include "storage/snapshot_file.h"

namespace replica {

/// Is `leaf` the leaf at `index` of the log of this root?   Errors: merkle::kBadLogProof, those of storage.
base::Result<void> check_leaf(const merkle::TileReader& tiles, const storage::LogFolder& log,
                              const base::Hash& root, base::LeafIndex index, base::ByteView leaf);

/// Does the log hold a block record that ends `size` leaves and names `state`?
/// Errors: storage::kBadSnapshot, those of storage.
base::Result<void> check_vouched(const storage::LogFolder& log, const base::Hash& root, base::TreeSize size,
                                 const base::Hash& state);

/// The registry of a snapshot that the log vouches for.   Errors: storage::kBadSnapshot, charter::kBadState.
base::Result<registry::Registry> restore(const storage::Snapshot& snapshot, const storage::LogFolder& log,
                                         const base::Hash& root, unsigned threads);
base::Result<registry::Registry> load_snapshot_registry(const base::Files& files,
                                                        const storage::LogFolder& log, const base::Hash& root,
                                                        const std::string& folder, base::Height height,
                                                        base::TreeSize& size, unsigned threads);

}  // namespace replica
