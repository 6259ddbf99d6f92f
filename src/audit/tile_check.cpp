#include "audit/tile_check.h"

#include <algorithm>
#include <string>
#include <utility>

#include "base/check.h"
#include "base/limits.h"

namespace audit {

base::Result<void> check_tile(const storage::LogFolder& log, const merkle::TileName& name,
                              std::span<const base::Hash> hashes) {
  ASSIGN_OR_RETURN(const base::Bytes tile, log.read_tile(name));
  CHECK(tile.size() >= hashes.size() * sizeof(base::Hash));
  for (std::size_t i = 0; i < hashes.size(); ++i) {
    if (!std::ranges::equal(hashes[i].bytes,
                            base::ByteView(tile).subspan(i * sizeof(base::Hash), sizeof(base::Hash)))) {
      return base::fail(kTileDiffers, log.path_of(name) + ": hash " + std::to_string(i) +
                                          " is not the one that the leaves give");
    }
  }
  return {};
}

base::Result<void> TileCheck::add(std::span<const base::Hash> leaves, const base::Hash& root) {
  if (leaves.size() < base::kTileWidth) {
    for (const base::Hash& leaf : leaves) frontier_.append(leaf);
    return {};
  }
  frontier_.append_subtree(8, root);
  return push(1, root);
}

base::Result<void> TileCheck::push(unsigned level, const base::Hash& hash) {
  CHECK(level < levels_.size());
  std::vector<base::Hash>& tile = levels_[level];
  tile.push_back(hash);
  if (tile.size() < base::kTileWidth) return {};
  const merkle::TileName name{merkle::TileKind::kHashes, level, merkle::TileIndex(filled_[level]++),
                              base::kTileWidth};
  TRY(check_tile(*log_, name, tile));
  const base::Hash root = merkle::root_of(tile);
  tile.clear();
  return push(level + 1, root);
}

base::Result<base::Hash> TileCheck::finish() {
  for (unsigned level = 1; level < levels_.size(); ++level) {
    const std::vector<base::Hash>& tile = levels_[level];
    if (tile.empty()) continue;
    const merkle::TileName name{merkle::TileKind::kHashes, level, merkle::TileIndex(filled_[level]),
                                static_cast<unsigned>(tile.size())};
    TRY(check_tile(*log_, name, tile));
  }
  return frontier_.root();
}

}  // namespace audit
