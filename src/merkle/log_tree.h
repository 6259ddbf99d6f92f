// The append-only tree over the log's leaves: hashes, roots, and the two proofs (a leaf is in; an old tree is
// a prefix of a new one). Proofs are made from tiles, through an interface of one method, and verified from
// nothing. No I/O and no texts here: leaves arrive as bytes or hashes; tile names are in merkle/tile.h. Spec:
// RFC 6962 section 2.1, RFC 9162 section 2.1; docs/formats/log.md
#pragma once

#include <array>
#include <span>
#include <vector>

#include "base/bytes.h"
#include "base/result.h"
#include "base/strong.h"
#include "merkle/tile.h"

namespace merkle {

/// SHA-256(0x00, leaf).
base::Hash leaf_hash(base::ByteView leaf);
/// SHA-256(0x01, left, right).
base::Hash node_hash(const base::Hash& left, const base::Hash& right);
/// SHA-256 of nothing.
base::Hash empty_log_root();
/// Root over `leaves` hashes, the shape of RFC 6962. Cost: leaves - 1 hashes.
base::Hash root_of(std::span<const base::Hash> leaves);

/// The roots of the complete subtrees that a log of some size falls into, largest first: enough to append and
/// to give the root, at most 62 hashes. Threads: one owner.
class Frontier {
 public:
  /// Cost: one hash on average.
  void append(const base::Hash& leaf);
  /// Adds a complete subtree of 2^height leaves.
  /// Shapes: size() is a multiple of 2^height.
  void append_subtree(unsigned height, const base::Hash& root);
  /// Cost: at most 62 hashes.
  base::Hash root() const;
  base::TreeSize size() const { return size_; }
  /// Largest first: one for each bit of size().
  std::span<const base::Hash> subtrees() const { return roots_; }

 private:
  base::TreeSize size_;
  std::vector<base::Hash> roots_;
};

/// Where proofs get tiles from: a folder, a server, a test.
class TileReader {
 public:
  virtual ~TileReader() = default;
  /// `name.width` hashes of 32 bytes, taken from the tile of that width or from any wider one of the same
  /// place. Errors: kTileMissing (detail: path), and the reader's own.
  virtual base::Result<base::Bytes> read_tile(const TileName& name) const = 0;
};

/// Sibling hashes, from the leaf side to the root side. At most 62.
using LogProof = std::vector<base::Hash>;

/// Proves that leaf `index` lies in the tree of `size` leaves.
/// Shapes: size is at most what `tiles` holds.
/// Errors: kLeafBeyondTree, kTileMissing, kBadTile (detail: path).   Cost: at most two tiles a level.
/// Spec: RFC 9162 section 2.1.3.1
base::Result<LogProof> prove_inclusion(base::LeafIndex index, base::TreeSize size, const TileReader& tiles);

/// Proves that the tree of `old_size` leaves is a prefix of the one of `new_size`. Empty if the sizes are
/// equal. Shapes: 1 <= old_size <= new_size. Errors: kLeafBeyondTree, kTileMissing, kBadTile.   Spec: RFC
/// 9162 section 2.1.4.1
base::Result<LogProof> prove_consistency(base::TreeSize old_size, base::TreeSize new_size,
                                         const TileReader& tiles);

/// The tree of `size` leaves as something to append to, read from its right edge.   Errors: kTileMissing,
/// kBadTile.
base::Result<Frontier> frontier_from_tiles(base::TreeSize size, const TileReader& tiles);
/// Root of the tree of `size` leaves, read from its right edge.   Errors: kTileMissing, kBadTile.
base::Result<base::Hash> root_from_tiles(base::TreeSize size, const TileReader& tiles);

/// The root that the proof leads to.
/// Errors: kLeafBeyondTree (index >= size), kBadLogProof (length).   Spec: RFC 9162 section 2.1.3.2
base::Result<base::Hash> root_of_inclusion(const base::Hash& leaf, base::LeafIndex index, base::TreeSize size,
                                           std::span<const base::Hash> proof);

/// Errors: those of root_of_inclusion, kBadLogProof (another root).
base::Result<void> verify_inclusion(const base::Hash& leaf, base::LeafIndex index, base::TreeSize size,
                                    const base::Hash& root, std::span<const base::Hash> proof);

/// Errors: kBadLogProof. An old size of 0 is refused: every log extends the empty one, so it would prove
/// nothing. Spec: RFC 9162 section 2.1.4.2
base::Result<void> verify_consistency(base::TreeSize old_size, const base::Hash& old_root,
                                      base::TreeSize new_size, const base::Hash& new_root,
                                      std::span<const base::Hash> proof);

inline constexpr base::ErrorKind kLeafBeyondTree{"leaf-beyond-tree", base::Category::kInvalid,
                                                 "RFC 9162 section 2.1.3"};
inline constexpr base::ErrorKind kTileMissing{"tile-missing", base::Category::kNotFound,
                                              "docs/formats/log.md"};
inline constexpr base::ErrorKind kBadTile{"bad-tile", base::Category::kCorrupt, "C2SP tlog-tiles"};
inline constexpr base::ErrorKind kBadLogProof{"bad-log-proof", base::Category::kInvalid,
                                              "RFC 9162 section 2.1"};

}  // namespace merkle
