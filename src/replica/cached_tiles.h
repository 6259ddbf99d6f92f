// Reads each tile once: neighbours share nearly all of their paths. Bounded, so that a walk over a long log
// does not fill the memory.
#pragma once

#include <cstddef>
#include <map>

#include "base/result.h"
#include "merkle/log_tree.h"

namespace replica {

/// Threads: one.   Lifetime: keeps a reference to the tiles.
class CachedTiles final : public merkle::TileReader {
 public:
  explicit CachedTiles(const merkle::TileReader& tiles) : tiles_(&tiles) {}
  base::Result<base::Bytes> read_tile(const merkle::TileName& name) const override {
    if (const auto known = known_.find(name); known != known_.end()) return known->second;
    ASSIGN_OR_RETURN(base::Bytes tile, tiles_->read_tile(name));
    if (known_.size() == kTilesMax) known_.clear();
    return known_.emplace(name, std::move(tile)).first->second;
  }

 private:
  /// 8 MiB; a path has at most eight.
  static constexpr std::size_t kTilesMax = 1'024;

  const merkle::TileReader* tiles_;
  mutable std::map<merkle::TileName, base::Bytes> known_;
};

}  // namespace replica
