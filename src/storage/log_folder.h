// A log's folder, read only: tiles and leaves of the tree of one size. What lies beyond that size is not
// looked at. Used by fsck and by proofs over any folder; the writer (log_store.h) stands on it. It checks
// lengths and framing, not hashes: whoever reads leaves for their truth hashes them against the root. Format:
// docs/formats/log.md
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "base/files.h"
#include "base/strong.h"
#include "merkle/log_tree.h"
#include "storage/bundle.h"

namespace storage {

/// Up to 256 leaves and the bytes they lie in. Movable; the views stay valid with it.
struct Bundle {
  base::LeafIndex first;
  base::Bytes bytes;
  std::vector<base::ByteView> leaves;
};

/// Threads: any.   Lifetime: keeps a reference to the Files.
class LogFolder : public merkle::TileReader {
 public:
  /// `folder` holds `checkpoint` and `tile/`; `size` is the tree to read: one that was once synced.
  LogFolder(const base::Files& files, std::string folder, base::TreeSize size);

  base::TreeSize size() const { return size_; }
  /// The same log when it had `size` leaves, any number up to size(): a view, read from the files of this
  /// size.
  LogFolder at(base::TreeSize size) const;
  /// Errors: kTileMissing, kBadTile (wrong length), kFileUnreadable; details name the path.
  base::Result<base::Bytes> read_tile(const merkle::TileName& name) const override;
  /// The leaves of bundle `index`, as many as this size has.
  /// Errors: kTileMissing, kBadBundle, kFileUnreadable; details name the path.
  base::Result<Bundle> read_bundle(merkle::TileIndex index) const;
  /// Errors: those of read_bundle, merkle::kLeafBeyondTree.   Cost: reads one bundle.
  base::Result<base::Bytes> read_leaf(base::LeafIndex index) const;
  /// Calls `visit` for leaves [begin, end) in order; stops at its first error. Holds one bundle at a time.
  /// Errors: those of read_bundle and of `visit`; merkle::kLeafBeyondTree if end > size().
  using Visit = std::function<base::Result<void>(base::LeafIndex, base::ByteView)>;
  base::Result<void> read_leaves(base::LeafIndex begin, base::LeafIndex end, const Visit& visit) const;

  /// folder + "/" + tile_path(name)
  std::string path_of(const merkle::TileName& name) const;

 private:
  struct Found {
    merkle::TileName name;
    base::Bytes bytes;
  };
  base::Result<Found> read_file(merkle::TileName name, std::size_t bytes_max) const;

  const base::Files* files_;
  std::string folder_;
  base::TreeSize size_;
  base::TreeSize held_;  ///< the size whose files are in the folder, at least size_
};

}  // namespace storage
