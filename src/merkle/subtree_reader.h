// Hashes of subtrees out of tiles, and the proofs that are made of them, for whoever proves many leaves of one tree:
// neighbours share the tiles that were read and what was hashed in them. Who needs one proof calls
// prove_inclusion (log_tree.h). Spec: C2SP tlog-tiles; docs/formats/log.md
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <utility>
#include <vector>

#include "base/bytes.h"
#include "base/result.h"
#include "base/strong.h"
#include "merkle/log_tree.h"
#include "merkle/tile.h"

namespace merkle {

/// Leaves [begin, end).
struct LeafRun {
  std::uint64_t begin;
  std::uint64_t end;
};

/// Largest power of two below `count`: where RFC 6962 splits a run of two or more leaves.
std::uint64_t split_of(std::uint64_t count);

/// Keeps what it has read and hashed, some megabytes at most.
/// Errors of all calls: kTileMissing, kBadTile (detail: path), and the tiles' own.
/// Threads: one.   Lifetime: keeps a reference to the tiles.
class SubtreeReader {
 public:
  SubtreeReader(base::TreeSize size, const TileReader& tiles) : size_(size), tiles_(&tiles) {}

  base::TreeSize size() const { return size_; }
  /// Hash of the complete subtree `number` of 2^height leaves.
  base::Result<base::Hash> complete(unsigned height, std::uint64_t number);
  /// Root over a run that starts at a multiple of its largest complete subtree, as every run inside a tree
  /// does.
  base::Result<base::Hash> run(LeafRun leaves);
  base::Result<Frontier> frontier_of(LeafRun leaves);

 private:
  base::Result<base::Hash> read_complete(unsigned height, std::uint64_t number);
  base::Result<const base::Bytes*> tile_of(const TileRange& range);

  base::TreeSize size_;
  const TileReader* tiles_;
  std::vector<std::pair<TileName, base::Bytes>> read_;
  std::map<std::pair<unsigned, std::uint64_t>, base::Hash> hashed_;
};

/// Threads: one.   Lifetime: keeps a reference to the tiles.
class InclusionProver {
 public:
  /// Shapes: as prove_inclusion.
  InclusionProver(base::TreeSize size, const TileReader& tiles) : reader_(size, tiles) {}
  /// Errors: as prove_inclusion.
  base::Result<LogProof> prove(base::LeafIndex index);

 private:
  SubtreeReader reader_;
};

}  // namespace merkle
