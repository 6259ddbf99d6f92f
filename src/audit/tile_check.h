// Compares every hash tile of a log's folder with the hashes computed from its leaves, and gives the root
// that they lead to. Leaves arrive as the hashes of whole bundles, in order. Format: C2SP tlog-tiles v0.1,
// docs/formats/log.md
#pragma once

#include <span>
#include <vector>

#include "base/bytes.h"
#include "base/result.h"
#include "merkle/log_tree.h"
#include "merkle/tile.h"
#include "storage/log_folder.h"

namespace audit {

/// Compares one tile with `hashes`. Errors: kTileDiffers (detail: path and position), those of storage.
base::Result<void> check_tile(const storage::LogFolder& log, const merkle::TileName& name,
                              std::span<const base::Hash> hashes);

/// Threads: one.   Order: add* finish.
class TileCheck {
 public:
  explicit TileCheck(const storage::LogFolder& log) : log_(&log), levels_(merkle::kTileLevels) {}
  /// The leaf hashes of the next bundle: 256, or fewer for the last one. Its level-0 tile has been compared
  /// already; `root` is the tree hash over them.
  base::Result<void> add(std::span<const base::Hash> leaves, const base::Hash& root);
  /// Compares the partial tiles and returns the root of the whole log.
  base::Result<base::Hash> finish();

 private:
  base::Result<void> push(unsigned level, const base::Hash& hash);

  const storage::LogFolder* log_;
  std::vector<std::vector<base::Hash>> levels_;  // from level 1 on: hashes of the tile that is being filled
  std::vector<std::uint64_t> filled_ =
      std::vector<std::uint64_t>(merkle::kTileLevels);  // full tiles of each level
  merkle::Frontier frontier_;
};

inline constexpr base::ErrorKind kTileDiffers{"tile-differs", base::Category::kCorrupt, "C2SP tlog-tiles"};

}  // namespace audit
