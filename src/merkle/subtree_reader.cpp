#include "merkle/subtree_reader.h"

#include <algorithm>
#include <bit>
#include <string>

#include "base/check.h"
#include "base/limits.h"

namespace merkle {

using base::Hash;
using base::Result;

namespace {

/// A proof takes at most 62 subtrees; all of a tile's are 511.
constexpr std::size_t kHashedMax = 8'192;
constexpr std::size_t kTilesMax = 32;

}  // namespace

Result<Hash> SubtreeReader::complete(unsigned height, std::uint64_t number) {
  const auto known = hashed_.find({height, number});
  if (known != hashed_.end()) return known->second;
  ASSIGN_OR_RETURN(const Hash hash, read_complete(height, number));
  if (hashed_.size() == kHashedMax) hashed_.clear();
  hashed_.emplace(std::pair(height, number), hash);
  return hash;
}

Result<Hash> SubtreeReader::run(LeafRun leaves) {
  ASSIGN_OR_RETURN(const Frontier frontier, frontier_of(leaves));
  return frontier.root();
}

Result<Frontier> SubtreeReader::frontier_of(LeafRun leaves) {
  Frontier frontier;
  while (leaves.begin < leaves.end) {
    const auto height = static_cast<unsigned>(std::bit_width(leaves.end - leaves.begin) - 1);
    ASSIGN_OR_RETURN(const Hash hash, complete(height, leaves.begin >> height));
    frontier.append_subtree(height, hash);
    leaves.begin += std::uint64_t{1} << height;
  }
  return frontier;
}

Result<Hash> SubtreeReader::read_complete(unsigned height, std::uint64_t number) {
  const TileRange range = tile_range(height, number);
  ASSIGN_OR_RETURN(const base::Bytes* const tile, tile_of(range));
  std::vector<Hash> hashes(range.count);
  for (unsigned i = 0; i < range.count; ++i) {
    std::copy_n(tile->begin() + std::ptrdiff_t{32} * (range.first + i), 32, hashes[i].bytes.begin());
  }
  return root_of(hashes);
}

/// The pointer is good until the next call.
Result<const base::Bytes*> SubtreeReader::tile_of(const TileRange& range) {
  const TileName name{TileKind::kHashes, range.level, range.index,
                      tile_width(range.level, range.index, size_)};
  CHECK(name.width >= range.first + range.count);
  for (const auto& [known, bytes] : read_) {
    if (known == name) return &bytes;
  }
  ASSIGN_OR_RETURN(base::Bytes bytes, tiles_->read_tile(name));
  if (bytes.size() != name.width * sizeof(Hash)) return base::fail(kBadTile, tile_path(name));
  if (read_.size() == kTilesMax) read_.clear();
  read_.emplace_back(name, std::move(bytes));
  return &read_.back().second;
}

/// Largest power of two below `count`: where RFC 6962 splits a run of two or more leaves.
std::uint64_t split_of(std::uint64_t count) {
  CHECK(count >= 2);
  return std::bit_floor(count - 1);
}

Result<LogProof> InclusionProver::prove(base::LeafIndex index) {
  const base::TreeSize size = reader_.size();
  if (index.value() >= size.value() || size.value() > base::kTreeSizeMax) {
    return base::fail(kLeafBeyondTree,
                      "leaf " + std::to_string(index.value()) + " of " + std::to_string(size.value()));
  }
  LogProof proof;
  LeafRun around{0, size.value()};
  while (around.end - around.begin > 1) {  // from the root down; turned round below
    const std::uint64_t middle = around.begin + split_of(around.end - around.begin);
    const bool left = index.value() < middle;
    ASSIGN_OR_RETURN(const Hash sibling,
                     reader_.run(left ? LeafRun{middle, around.end} : LeafRun{around.begin, middle}));
    proof.push_back(sibling);
    (left ? around.end : around.begin) = middle;
  }
  std::ranges::reverse(proof);
  return proof;
}

}  // namespace merkle
