#include "storage/log_folder.h"

#include <algorithm>

#include "base/check.h"
#include "base/limits.h"

namespace storage {

using base::Bytes;
using base::LeafIndex;
using base::Result;
using merkle::TileIndex;
using merkle::TileKind;
using merkle::TileName;

LogFolder::LogFolder(const base::Files& files, std::string folder, base::TreeSize size)
    : files_(&files), folder_(std::move(folder)), size_(size), held_(size) {}

std::string LogFolder::path_of(const TileName& name) const {
  return folder_ + "/" + merkle::tile_path(name);
}

LogFolder LogFolder::at(base::TreeSize size) const {
  CHECK(size <= held_);
  LogFolder earlier(*files_, folder_, size);
  earlier.held_ = held_;
  return earlier;
}

// The file of the width that the folder's own size has, of which an earlier size has a beginning; else the
// full one, if the log has grown and the partials were removed.
Result<LogFolder::Found> LogFolder::read_file(TileName name, std::size_t bytes_max) const {
  const unsigned held = merkle::tile_width(name.level, name.index, held_);
  for (const unsigned width : {held, static_cast<unsigned>(base::kTileWidth)}) {
    const TileName candidate{name.kind, name.level, name.index, width};
    auto bytes = files_->read(path_of(candidate), bytes_max);
    if (bytes) return Found{candidate, std::move(*bytes)};
    if (bytes.error().kind() != base::kFileMissing) return std::unexpected(bytes.error());
  }
  return base::fail(merkle::kTileMissing, path_of({name.kind, name.level, name.index, held}));
}

Result<Bytes> LogFolder::read_tile(const TileName& name) const {
  CHECK(name.kind == TileKind::kHashes && name.width >= 1);
  const unsigned width = merkle::tile_width(name.level, name.index, size_);
  if (name.width > width) return base::fail(merkle::kTileMissing, path_of(name));
  ASSIGN_OR_RETURN(Found found, read_file({name.kind, name.level, name.index, width}, base::kTileBytes));
  if (found.bytes.size() != found.name.width * sizeof(base::Hash)) {
    return base::fail(merkle::kBadTile,
                      path_of(found.name) + ": " + std::to_string(found.bytes.size()) + " bytes");
  }
  found.bytes.resize(name.width * sizeof(base::Hash));
  return std::move(found.bytes);
}

Result<Bundle> LogFolder::read_bundle(TileIndex index) const {
  const unsigned width = merkle::tile_width(0, index, size_);
  const TileName name{TileKind::kEntries, 0, index, width == 0 ? 1 : width};
  if (width == 0) return base::fail(merkle::kTileMissing, path_of(name));
  ASSIGN_OR_RETURN(Found found, read_file(name, base::kBundleBytesMax));
  Bundle bundle{LeafIndex(index.value() * base::kTileWidth), std::move(found.bytes), {}};
  auto leaves = parse_bundle(bundle.bytes, found.name.width);
  if (!leaves) return std::unexpected(leaves.error().at(path_of(found.name)));
  bundle.leaves = std::move(*leaves);
  bundle.leaves.resize(width);
  return bundle;
}

Result<Bytes> LogFolder::read_leaf(LeafIndex index) const {
  if (index.value() >= size_.value()) {
    return base::fail(merkle::kLeafBeyondTree,
                      "leaf " + std::to_string(index.value()) + " of " + std::to_string(size_.value()));
  }
  ASSIGN_OR_RETURN(const Bundle bundle, read_bundle(TileIndex(index.value() / base::kTileWidth)));
  const base::ByteView leaf = bundle.leaves[index.value() % base::kTileWidth];
  return Bytes(leaf.begin(), leaf.end());
}

Result<void> LogFolder::read_leaves(LeafIndex begin, LeafIndex end, const Visit& visit) const {
  if (end.value() > size_.value()) {
    return base::fail(merkle::kLeafBeyondTree,
                      "leaf " + std::to_string(end.value() - 1) + " of " + std::to_string(size_.value()));
  }
  for (std::uint64_t next = begin.value(); next < end.value();) {
    ASSIGN_OR_RETURN(const Bundle bundle, read_bundle(TileIndex(next / base::kTileWidth)));
    const std::uint64_t stop = std::min(end.value(), bundle.first.value() + bundle.leaves.size());
    for (; next < stop; ++next) TRY(visit(LeafIndex(next), bundle.leaves[next - bundle.first.value()]));
  }
  return {};
}

}  // namespace storage
