// Where the hashes and the leaves of a log lie: names of tiles and bundles, their texts, and which of them a
// tree of a given size has. Arithmetic only: nobody reads or writes here (storage/ does). A tile at level L,
// index N holds the hashes of the complete subtrees of height 8 * L, from N * 256 on, at most 256 of them; a
// bundle holds the leaves themselves. Full ones never change; the last one of each level may be partial.
// Format: C2SP tlog-tiles v0.1, docs/formats/log.md
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.h"
#include "base/result.h"
#include "base/strong.h"

namespace merkle {

using TileIndex = base::Strong<struct TileIndexTag>;  ///< position of a tile in its level, from 0

enum class TileKind : std::uint8_t { kHashes, kEntries };

/// Name of one file of a log.
/// Invariant: 1 <= width <= 256; level <= 7 (62 bits of leaves); level is 0 for bundles.
struct TileName {
  TileKind kind = TileKind::kHashes;
  unsigned level = 0;
  TileIndex index;
  unsigned width = 0;  ///< hashes or leaves in it; 256 is the full one
  friend auto operator<=>(const TileName&, const TileName&) = default;
};

inline constexpr unsigned kTileLevels = 8;

/// "tile/0/x001/x234/067", "tile/1/000.p/5", "tile/entries/000.p/17".   Inverse: parse_tile_path.
std::string tile_path(const TileName& name);

/// Errors: kBadTilePath for anything that tile_path does not write.
base::Result<TileName> parse_tile_path(std::string_view path);

/// How many hashes (level 0: also leaves) the tile has in a tree of `size` leaves: 0 to 256.
unsigned tile_width(unsigned level, TileIndex index, base::TreeSize size);

/// The partial bundle and partial tiles that a tree of `size` leaves ends in, bundle first, then by level.
std::vector<TileName> partial_tiles(base::TreeSize size);

/// Every bundle and tile, in the widths of `to`, that a tree grown from `from` to `to` leaves has and the old
/// one had not: bundles first, then levels upwards, each by index. With `from` 0: all files of a log, apart
/// from partials of earlier sizes. Shapes: from <= to.
std::vector<TileName> grown_tiles(base::TreeSize from, base::TreeSize to);

/// Where the hash of the complete subtree of 2^height leaves, number `number` of its height, is found: it is
/// the root of `count` hashes of one tile, starting at `first`.
struct TileRange {
  unsigned level = 0;
  TileIndex index;
  unsigned first = 0;
  unsigned count = 0;
};
TileRange tile_range(unsigned height, std::uint64_t number);

inline constexpr base::ErrorKind kBadTilePath{"bad-tile-path", base::Category::kInvalid, "C2SP tlog-tiles"};

}  // namespace merkle
