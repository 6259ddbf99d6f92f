// Reads each tile once: neighbours share nearly all of their paths. Bounded, so that a walk over a long log
// does not fill the memory.
#pragma once

#include <cstddef>
#include <map>
#include <utility>

#include "base/result.h"
#include "merkle/log_tree.h"

namespace replica {

/// Threads: one.   Lifetime: keeps a reference to the tiles.
class CachedTiles final : public merkle::TileReader {
 public:
  explicit CachedTiles(const merkle::TileReader& tiles) : tiles_(&tiles) {}
  base::Result<base::Bytes> read_tile(const merkle::TileName& name) const override {
    for (const auto* const tiles : {&known_, &older_}) {
      if (const auto known = tiles->find(name); known != tiles->end()) return known->second;
    }
    ASSIGN_OR_RETURN(base::Bytes tile, tiles_->read_tile(name));
    return keep(name, std::move(tile));
  }
  /// Until as many others as this holds have been read since.
  const base::Bytes& keep(const merkle::TileName& name, base::Bytes tile) const {
    if (known_.size() == kTilesMax) older_ = std::exchange(known_, {});
    return known_[name] = std::move(tile);
  }

 private:
  /// Twice 4 MiB; a path has at most eight.
  static constexpr std::size_t kTilesMax = 512;

  const merkle::TileReader* tiles_;
  mutable std::map<merkle::TileName, base::Bytes> known_;
  mutable std::map<merkle::TileName, base::Bytes> older_;
};

}  // namespace replica
