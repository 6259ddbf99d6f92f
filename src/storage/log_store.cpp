#include "storage/log_store.h"

#include <algorithm>
#include <array>
#include <atomic>
#include <utility>
#include <vector>

#include "base/check.h"
#include "base/limits.h"
#include "base/parallel.h"

namespace storage {
namespace {

using base::Bytes;
using base::ByteView;
using base::Hash;
using base::Result;
using base::TreeSize;
using merkle::TileIndex;
using merkle::TileKind;
using merkle::TileName;

constexpr unsigned kTileBits = 8;

/// work(0) to work(count - 1), several at once. After the first error nothing more is begun.
template <typename Work>
Result<void> do_at_once(unsigned threads, std::size_t count, const Work& work) {
  std::vector<Result<void>> done(count);
  std::atomic<bool> has_failed = false;
  base::parallel_for(threads, count, 1, [&](std::size_t i, std::size_t) {
    if (has_failed) return;
    done[i] = work(i);
    if (!done[i]) has_failed = true;
  });
  const auto failed = std::ranges::find_if(done, [](const Result<void>& one) { return !one; });
  return failed == done.end() ? Result<void>() : std::move(*failed);
}

std::vector<Hash> hashes_in(ByteView tile) {
  CHECK(tile.size() % sizeof(Hash) == 0);
  std::vector<Hash> hashes(tile.size() / sizeof(Hash));
  for (std::size_t i = 0; i < hashes.size(); ++i) {
    std::copy_n(tile.begin() + static_cast<std::ptrdiff_t>(i * sizeof(Hash)), sizeof(Hash),
                hashes[i].bytes.begin());
  }
  return hashes;
}

void append_to_tile(Bytes& tile, const Hash& hash) {
  tile.insert(tile.end(), hash.bytes.begin(), hash.bytes.end());
}

std::string differ(const std::string& one, const std::string& other) {
  return one + " does not match " + other;
}

}  // namespace

Result<std::unique_ptr<LogStore>> LogStore::open(base::Files& files, std::string folder, TreeSize published,
                                                 const Hash& root) {
  CHECK(published.value() <= base::kTreeSizeMax);
  std::unique_ptr<LogStore> store(new LogStore(files, std::move(folder)));
  store->durable_size_ = published;
  const LogFolder log = store->folder();
  TRY(store->load_edge(log, root));
  if (published.value() > 0) TRY(store->load_last_bundle(log));
  return store;
}

Result<void> LogStore::load_edge(const LogFolder& log, const Hash& root) {
  edge_tiles_.assign(merkle::kTileLevels, {});
  for (unsigned level = merkle::kTileLevels; level-- > 0;) {
    const TileIndex last((durable_size_.value() >> (kTileBits * level)) >> kTileBits);
    const unsigned width = merkle::tile_width(level, last, durable_size_);
    if (width == 0) continue;
    ASSIGN_OR_RETURN(edge_tiles_[level], log.read_tile({TileKind::kHashes, level, last, width}));
    for (const Hash& hash : hashes_in(edge_tiles_[level])) frontier_.append_subtree(kTileBits * level, hash);
  }
  CHECK(frontier_.size() == durable_size_);
  if (frontier_.root() == root) return {};
  ASSIGN_OR_RETURN(const base::Error damage, name_damage(log));
  return std::unexpected(damage);
}

// Every hash of an edge tile is also the root of a full tile below it, or the hash of a leaf: the first that
// is not tells where the damage is. Only read when the root is wrong.
Result<base::Error> LogStore::name_damage(const LogFolder& log) const {
  for (unsigned level = 0; level < merkle::kTileLevels; ++level) {
    const std::vector<Hash> edge = hashes_in(edge_tiles_[level]);
    if (edge.empty()) continue;
    const TileIndex last((durable_size_.value() >> (kTileBits * level)) >> kTileBits);
    const std::string path = path_of({TileKind::kHashes, level, last, static_cast<unsigned>(edge.size())});
    if (level == 0) {
      ASSIGN_OR_RETURN(const Bundle bundle, log.read_bundle(last));
      for (std::size_t i = 0; i < edge.size(); ++i) {
        if (merkle::leaf_hash(bundle.leaves[i]) == edge[i]) continue;
        const TileName entries{TileKind::kEntries, 0, last, static_cast<unsigned>(edge.size())};
        return base::Error(kLogAltered, differ(path, path_of(entries)));
      }
      continue;
    }
    for (std::size_t i = 0; i < edge.size(); ++i) {
      const TileName below{TileKind::kHashes, level - 1, TileIndex(last.value() * base::kTileWidth + i),
                           base::kTileWidth};
      ASSIGN_OR_RETURN(const Bytes full, log.read_tile(below));
      if (merkle::root_of(hashes_in(full)) == edge[i]) continue;
      return base::Error(kLogAltered, differ(path, path_of(below)));
    }
  }
  return base::Error(kLogAltered, folder_ + ": " + std::to_string(durable_size_.value()) +
                                      " leaves have another root than the checkpoint or the memory names");
}

// The last leaf is the block record that the state is read from. With a full last bundle its hashes are in no
// edge tile of level 0, so the full tile is held against the level above.
Result<void> LogStore::load_last_bundle(const LogFolder& log) {
  const TileIndex last((durable_size_.value() - 1) >> kTileBits);
  const unsigned width = merkle::tile_width(0, last, durable_size_);
  const TileName tile_name{TileKind::kHashes, 0, last, width};
  ASSIGN_OR_RETURN(const Bundle bundle, log.read_bundle(last));
  ASSIGN_OR_RETURN(const Bytes tile, log.read_tile(tile_name));
  const std::vector<Hash> hashes = hashes_in(tile);
  for (unsigned i = 0; i < width; ++i) {
    if (merkle::leaf_hash(bundle.leaves[i]) == hashes[i]) continue;
    return base::fail(kLogAltered, differ(path_of({TileKind::kEntries, 0, last, width}), path_of(tile_name)));
  }
  if (width < base::kTileWidth) {
    for (const ByteView leaf : bundle.leaves) append_to_bundle(edge_bundle_, leaf);
    return {};
  }
  const merkle::TileRange above = merkle::tile_range(kTileBits, last.value());
  const TileName above_name{TileKind::kHashes, above.level, above.index, above.first + 1};
  ASSIGN_OR_RETURN(const Bytes parent, log.read_tile(above_name));
  if (hashes_in(parent)[above.first] == merkle::root_of(hashes)) return {};
  return base::fail(kLogAltered, differ(path_of(tile_name), path_of(above_name)));
}

Result<void> LogStore::append(std::span<const ByteView> leaves, std::span<const Hash> hashes) {
  CHECK(hashes.empty() || hashes.size() == leaves.size());
  if (stopped_) return base::fail(kLogStopped, folder_);
  for (const ByteView leaf : leaves) {
    if (leaf.size() > base::kRecordBytesMax)
      return base::fail(kLeafTooLong, std::to_string(leaf.size()) + " bytes");
  }
  for (std::size_t i = 0; i < leaves.size(); ++i)
    append_leaf(leaves[i], hashes.empty() ? merkle::leaf_hash(leaves[i]) : hashes[i]);
  return {};
}

void LogStore::append_leaf(ByteView leaf, Hash hash) {
  std::uint64_t position = size().value();
  append_to_bundle(edge_bundle_, leaf);
  frontier_.append(hash);
  for (unsigned level = 0; level < merkle::kTileLevels; ++level, position >>= kTileBits) {
    append_to_tile(edge_tiles_[level], hash);
    if (edge_tiles_[level].size() < base::kTileBytes) return;
    const TileIndex index(position >> kTileBits);
    if (level == 0) {
      staged_[{TileKind::kEntries, 0, index, base::kTileWidth}] = std::move(edge_bundle_);
      edge_bundle_.clear();
    }
    hash = merkle::root_of(hashes_in(edge_tiles_[level]));
    staged_[{TileKind::kHashes, level, index, base::kTileWidth}] = std::move(edge_tiles_[level]);
    edge_tiles_[level].clear();
  }
}

const Bytes& LogStore::content_of(const TileName& name) const {
  if (name.width < base::kTileWidth)
    return name.kind == TileKind::kEntries ? edge_bundle_ : edge_tiles_[name.level];
  const auto staged = staged_.find(name);
  CHECK(staged != staged_.end());
  return staged->second;
}

// A process killed between making a folder and syncing its name leaves a folder that exists and may yet
// vanish, so each one is synced once a life whether it is new or not.
Result<void> LogStore::know_folder(const std::string& folder) {
  if (known_folders_.contains(folder)) return {};
  const std::string parent = base::folder_of(folder);
  if (folder.size() > folder_.size()) TRY(know_folder(parent));
  TRY(files_->make_folders(folder));
  TRY(files_->sync_folder(parent));
  known_folders_.insert(folder);
  return {};
}

Result<void> LogStore::write_file(const TileName& name) {
  const std::string path = path_of(name);
  const Bytes& content = content_of(name);
  CHECK(name.kind == TileKind::kEntries || content.size() == name.width * sizeof(Hash));
  TRY(files_->write_synced(path + ".new", content, base::FileMode::kPublic));
  return files_->rename(path + ".new", path);
}

// docs/formats/log.md, order of writes 1 and 2. A crash in between leaves files beyond every checkpoint only:
// a path that one covers is never among those written here, because its tile had the same width before.
Result<void> LogStore::write_grown() {
  const std::vector<TileName> grown = merkle::grown_tiles(durable_size_, size());
  std::set<std::string> folders;
  for (const TileName& name : grown) folders.insert(base::folder_of(path_of(name)));
  for (const std::string& folder : folders) TRY(know_folder(folder));
  const unsigned at_once = files_->syncs_at_once();
  TRY(do_at_once(at_once, grown.size(), [&](std::size_t i) { return write_file(grown[i]); }));
  const std::vector<std::string> written(folders.begin(), folders.end());
  return do_at_once(at_once, written.size(), [&](std::size_t i) { return files_->sync_folder(written[i]); });
}

Result<void> LogStore::sync() {
  if (stopped_) return base::fail(kLogStopped, folder_);
  if (size() == durable_size_) return {};
  if (auto written = write_grown(); !written) {
    stopped_ = true;  // what is on the disk now is unknown: only open() may find out
    return written;
  }
  for (const TileName& partial : merkle::partial_tiles(durable_size_)) {
    const TileName full{partial.kind, partial.level, partial.index, base::kTileWidth};
    if (merkle::tile_width(full.level, full.index, size()) == base::kTileWidth) superseded_.push_back(full);
  }
  staged_.clear();
  durable_size_ = size();
  return {};
}

Result<Bytes> LogStore::read_tile(const TileName& name) const {
  CHECK(name.kind == TileKind::kHashes && name.width >= 1);
  const unsigned width = merkle::tile_width(name.level, name.index, size());
  if (name.width > width) return base::fail(merkle::kTileMissing, path_of(name));
  const TileName whole{name.kind, name.level, name.index, width};
  if (width == base::kTileWidth && !staged_.contains(whole)) return folder().read_tile(name);
  Bytes bytes = content_of(whole);
  bytes.resize(name.width * sizeof(Hash));
  return bytes;
}

Result<Bytes> LogStore::read_leaf(base::LeafIndex index) const {
  if (index.value() >= size().value()) {
    return base::fail(merkle::kLeafBeyondTree,
                      "leaf " + std::to_string(index.value()) + " of " + std::to_string(size().value()));
  }
  const TileIndex bundle_index(index.value() >> kTileBits);
  const unsigned width = merkle::tile_width(0, bundle_index, size());
  const TileName name{TileKind::kEntries, 0, bundle_index, width};
  if (width == base::kTileWidth && !staged_.contains(name)) return folder().read_leaf(index);
  const Bytes& bundle = content_of(name);
  ASSIGN_OR_RETURN(const auto leaves, parse_bundle(bundle, width));
  const ByteView leaf = leaves[index.value() % base::kTileWidth];
  return Bytes(leaf.begin(), leaf.end());
}

Result<void> LogStore::remove_superseded(TreeSize published) {
  CHECK(published <= durable_size_);
  std::vector<TileName> kept;
  for (const TileName& full : superseded_) {
    if (merkle::tile_width(full.level, full.index, published) < base::kTileWidth) {
      kept.push_back(full);
    } else {
      TRY(remove_partials(full));
    }
  }
  superseded_ = std::move(kept);
  return {};
}

// The emptied folder stays: base::Files removes files only, and its name does no harm.
Result<void> LogStore::remove_partials(const TileName& full) {
  const std::string partials = path_of(full) + ".p";
  const auto names = files_->list(partials);
  if (!names) {
    if (names.error().kind() == base::kFileMissing) return {};
    return std::unexpected(names.error());
  }
  for (const std::string& name : *names) TRY(files_->remove(partials + "/" + name));
  return {};
}

}  // namespace storage
