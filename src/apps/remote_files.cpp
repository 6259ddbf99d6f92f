#include "apps/remote_files.h"

#include <algorithm>
#include <thread>
#include <utility>

#include <nlohmann/json.hpp>

#include "base/check.h"
#include "base/limits.h"
#include "codec/decimal.h"
#include "merkle/log_tree.h"
#include "replica/snapshots.h"
#include "storage/bundle.h"
#include "storage/log_folder.h"
#include "storage/snapshot_file.h"

namespace apps {

using base::Bytes;
using base::ByteView;
using base::Height;
using base::Result;
using merkle::TileKind;
using merkle::TileName;

namespace {

/// Replaying so many records costs less than fetching a snapshot of a root zone's registry.
constexpr std::uint64_t kTailLeavesMax = 4'096;
/// Snapshots that the cache keeps, and that are tried before the log is replayed from its beginning.
constexpr std::size_t kSnapshotsKept = 2;
constexpr std::size_t kSnapshotTriesMax = 3;
constexpr std::size_t kSnapshotListBytesMax = 65'536;
/// A quarter of a million objects; of larger ones the log is replayed, rather than let a stranger fill our memory.
constexpr std::size_t kServedSnapshotBytesMax = std::size_t{256} << 20;
constexpr unsigned kOk = 200;
constexpr unsigned kGone = 410;
constexpr unsigned kNoSuchPath = 404;

std::unexpected<base::Error> lie(const std::string& url, const std::string& what) {
  return base::fail(kHubLies, url + ": " + what);
}

TileName full(TileName name) {
  name.width = base::kTileWidth;
  return name;
}

// The first leaves of a longer bundle, as a bundle.
Result<Bytes> cut_bundle(ByteView bundle, unsigned width) {
  ASSIGN_OR_RETURN(const std::vector<ByteView> leaves, storage::parse_bundle(bundle, base::kTileWidth));
  Bytes cut;
  for (unsigned i = 0; i < width; ++i) storage::append_to_bundle(cut, leaves[i]);
  return cut;
}

std::vector<base::Hash> hashes_in(ByteView tile) {
  std::vector<base::Hash> hashes(tile.size() / sizeof(base::Hash));
  for (std::size_t i = 0; i < hashes.size(); ++i)
    std::ranges::copy(tile.subspan(i * sizeof(base::Hash), sizeof(base::Hash)), hashes[i].bytes.begin());
  return hashes;
}

// Heights of what a hub offers that lie at or before `size`, newest first.
Result<std::vector<Height>> parse_offers(const std::string& text, base::TreeSize size) {
  const auto json = nlohmann::json::parse(text, nullptr, false);
  const auto list = json.is_object() ? json.find("snapshots") : json.end();
  if (!json.is_object() || list == json.end() || !list->is_array())
    return base::fail(kHubLies, "no list of snapshots");
  std::vector<Height> heights;
  for (const auto& offer : *list) {
    if (!offer.is_object() || !offer.contains("height") || !offer["height"].is_number_unsigned() ||
        !offer.contains("size") || !offer["size"].is_number_unsigned())
      return base::fail(kHubLies, "a snapshot without height and size");
    if (offer["size"].get<std::uint64_t>() <= size.value())
      heights.emplace_back(offer["height"].get<std::uint64_t>());
  }
  std::ranges::sort(heights, std::greater());
  heights.resize(std::min(heights.size(), kSnapshotTriesMax));
  return heights;
}

}  // namespace

std::string RemoteFiles::path_of(const TileName& name) const {
  return layout_.log_folder() + "/" + merkle::tile_path(name);
}

std::string RemoteFiles::url_of(const std::string& path) const {
  return door_->url() + path;
}

Result<std::string> RemoteFiles::fetch(const std::string& path, std::size_t bytes_max) const {
  const std::scoped_lock lock(mutex_);
  ASSIGN_OR_RETURN(HubAnswer answer, door_->get(path, bytes_max));
  if (answer.status == kNoSuchPath || answer.status == kGone)
    return base::fail(base::kFileMissing, url_of(path) + ": the server has no such file");
  if (answer.status != kOk)
    return base::fail(kHubFails, url_of(path) + ": status " + std::to_string(answer.status));
  if (answer.body.size() > bytes_max)
    return lie(url_of(path), "more than " + std::to_string(bytes_max) + " bytes");
  return std::move(answer.body);
}

Result<void> RemoteFiles::keep(const std::string& path, ByteView content) const {
  if (!settled_) {
    unsettled_.insert_or_assign(path, Bytes(content.begin(), content.end()));
    return {};
  }
  TRY(disk_->make_folders(base::folder_of(path)));
  return base::replace_file(*disk_, path, content, base::FileMode::kPublic);
}

Result<Bytes> RemoteFiles::read_kept(const std::string& path, std::size_t bytes_max) const {
  if (const auto found = unsettled_.find(path); found != unsettled_.end()) return found->second;
  return disk_->read(path, bytes_max);
}

Result<void> RemoteFiles::consider(const note::Checkpoint& checkpoint) {
  const std::scoped_lock lock(mutex_);
  settled_ = false;
  unsettled_.clear();
  checkpoint_ = checkpoint;
  asked_for_snapshots_ = false;
  // What is kept may be damaged, or of a history that was refused: then the served edge decides.
  for (const Edge edge : {Edge::kKept, Edge::kServed}) {
    ASSIGN_OR_RETURN(const bool leads_to_root, load_edge(edge));
    if (leads_to_root) return {};
  }
  return lie(url_of("/tile"), "the right edge of the tree does not lead to the root of the checkpoint of " +
                                  std::to_string(checkpoint.size.value()) + " leaves");
}

Result<void> RemoteFiles::settle() {
  const std::scoped_lock lock(mutex_);
  settled_ = true;
  for (const auto& [path, content] : std::exchange(unsettled_, {})) TRY(keep(path, content));
  return {};
}

// Every level's partial tile, largest subtrees first: together they are the whole tree, so no other proof is
// needed for them.
Result<bool> RemoteFiles::load_edge(Edge edge) const {
  std::vector<TileName> names = merkle::partial_tiles(checkpoint_.size);
  std::erase_if(names, [](const TileName& name) { return name.kind != TileKind::kHashes; });
  std::ranges::sort(names, std::greater(), &TileName::level);
  merkle::Frontier frontier;
  for (const TileName& name : names) {
    Result<Bytes> tile = read_kept(path_of(name), base::kTileBytes);
    if (edge == Edge::kServed || !tile || tile->size() != name.width * sizeof(base::Hash)) {
      tile = fetch_cut(name);
      if (!tile) return std::unexpected(tile.error());
      TRY(keep(path_of(name), *tile));
    }
    for (const base::Hash& hash : hashes_in(*tile)) frontier.append_subtree(8 * name.level, hash);
  }
  return frontier.size() == checkpoint_.size && frontier.root() == checkpoint_.root;
}

// The file of this width, or the beginning of the full one: a log that has grown may have dropped its
// partials.
Result<Bytes> RemoteFiles::fetch_cut(const TileName& name) const {
  const bool is_bundle = name.kind == TileKind::kEntries;
  const std::size_t bytes_max = is_bundle ? base::kBundleBytesMax : base::kTileBytes;
  auto text = fetch("/" + merkle::tile_path(name), bytes_max);
  const bool gone = !text && text.error().kind() == base::kFileMissing;
  if (!text && !(gone && name.width < base::kTileWidth)) return std::unexpected(text.error());
  const TileName served = gone ? full(name) : name;
  const std::string url = url_of("/" + merkle::tile_path(served));
  if (gone) {
    text = fetch("/" + merkle::tile_path(served), bytes_max);
    // The path that was asked for is the one to name: the full one is a second try.
    if (!text) return std::unexpected(text.error().at(url_of("/" + merkle::tile_path(name))));
  }
  const ByteView bytes = base::as_bytes(*text);
  if (is_bundle) {
    if (gone) {
      auto cut = cut_bundle(bytes, name.width);
      if (!cut) return lie(url, cut.error().message());
      return cut;
    }
    return Bytes(bytes.begin(), bytes.end());
  }
  if (bytes.size() != served.width * sizeof(base::Hash))
    return lie(url, std::to_string(bytes.size()) + " bytes, not " +
                        std::to_string(served.width * sizeof(base::Hash)));
  return Bytes(bytes.begin(), bytes.begin() + static_cast<std::ptrdiff_t>(name.width * sizeof(base::Hash)));
}

Result<Bytes> RemoteFiles::hashes(const TileName& name) const {
  return read(path_of(name), base::kTileBytes);
}

// A full tile is vouched for by one hash of the tile above it, and that one by its own, up to the right edge.
Result<void> RemoteFiles::check_full_tile(const TileName& name, ByteView tile) const {
  const base::TreeSize size = checkpoint_.size;
  TileName above{TileKind::kHashes, name.level + 1, merkle::TileIndex(name.index.value() / base::kTileWidth),
                 0};
  CHECK(above.level < merkle::kTileLevels);
  above.width = merkle::tile_width(above.level, above.index, size);
  ASSIGN_OR_RETURN(const Bytes parent, hashes(above));
  const std::size_t slot = name.index.value() % base::kTileWidth;
  const std::vector<base::Hash> known = hashes_in(parent);
  if (slot >= known.size() || merkle::root_of(hashes_in(tile)) != known[slot])
    return lie(url_of("/" + merkle::tile_path(name)), "does not lead to the root of the checkpoint");
  return {};
}

Result<Bytes> RemoteFiles::fetch_tile(const TileName& name) const {
  ASSIGN_OR_RETURN(Bytes tile, fetch_cut(name));
  TRY(check_full_tile(name, tile));
  TRY(keep(path_of(name), tile));
  return tile;
}

Result<Bytes> RemoteFiles::fetch_bundle(const TileName& name) const {
  const std::string url = url_of("/" + merkle::tile_path(name));
  ASSIGN_OR_RETURN(const Bytes tile, hashes({TileKind::kHashes, 0, name.index, name.width}));
  const std::vector<base::Hash> known = hashes_in(tile);
  ASSIGN_OR_RETURN(Bytes bundle, fetch_cut(name));
  const auto leaves = storage::parse_bundle(bundle, name.width);
  if (!leaves) return lie(url, leaves.error().message());
  for (std::size_t i = 0; i < leaves->size(); ++i) {
    if (i < known.size() && merkle::leaf_hash((*leaves)[i]) == known[i]) continue;
    return lie(url, "leaf " + std::to_string(name.index.value() * base::kTileWidth + i) +
                        " is not the one that the checkpoint covers");
  }
  TRY(keep(path_of(name), bundle));
  return bundle;
}

Result<Bytes> RemoteFiles::read(const std::string& path, std::size_t bytes_max) const {
  if (settled_) {  // changes only between reads; audits read on several threads
    auto kept = disk_->read(path, bytes_max);
    if (kept || kept.error().kind() != base::kFileMissing) return kept;
  }
  const std::scoped_lock lock(mutex_);
  auto kept = read_kept(path, bytes_max);
  const std::string log = layout_.log_folder() + "/";
  if (kept || kept.error().kind() != base::kFileMissing || !path.starts_with(log)) return kept;
  const std::string_view rest = std::string_view(path).substr(log.size());
  if (rest.starts_with("annex/")) {
    ASSIGN_OR_RETURN(const std::string annex, fetch("/" + std::string(rest), bytes_max));
    const ByteView bytes = base::as_bytes(annex);
    return Bytes(bytes.begin(), bytes.end());
  }
  const auto name = merkle::parse_tile_path(rest);
  // Of this checkpoint's tree, and no hash tile of its right edge (consider has fetched those): all else is
  // missing for good.
  if (!name || name->width != merkle::tile_width(name->level, name->index, checkpoint_.size)) return kept;
  if (name->kind == TileKind::kEntries) return fetch_bundle(*name);
  return name->width == base::kTileWidth ? fetch_tile(*name) : kept;
}

Result<std::vector<std::string>> RemoteFiles::list(const std::string& folder) const {
  if (folder == layout_.snapshot_folder()) {
    const std::scoped_lock lock(mutex_);
    if (!std::exchange(asked_for_snapshots_, true)) TRY(fetch_snapshot());
  }
  return disk_->list(folder);
}

// A hub without snapshots, or with bad ones, costs a longer replay and nothing else.
Result<void> RemoteFiles::fetch_snapshot() const {
  ASSIGN_OR_RETURN(const std::vector<Height> kept,
                   storage::list_snapshots(*disk_, layout_.snapshot_folder()));
  for (const Height height : kept) {
    const auto snapshot = storage::load_snapshot(*disk_, layout_.snapshot_folder(), height);
    if (snapshot && snapshot->header.size <= checkpoint_.size &&
        checkpoint_.size.value() - snapshot->header.size.value() <= kTailLeavesMax)
      return {};
  }
  const auto text = fetch("/api/v1/snapshots", kSnapshotListBytesMax);
  if (!text) {
    const base::ErrorKind& kind = text.error().kind();
    return kind == base::kFileMissing || kind == kHubFails ? Result<void>() : std::unexpected(text.error());
  }
  const auto offers = parse_offers(*text, checkpoint_.size);
  if (!offers) {
    warn_(offers.error().at(url_of("/api/v1/snapshots")).message());
    return {};
  }
  for (const Height height : *offers) {
    if (std::ranges::find(kept, height) != kept.end()) return {};
    const auto taken = take_snapshot(height);
    if (taken) return storage::prune_snapshots(*disk_, layout_.snapshot_folder(), kSnapshotsKept);
    if (taken.error().kind().category == base::Category::kUnavailable) return taken;
    warn_(taken.error().message());
  }
  return {};
}

// Restored once before it is kept: what lies in the cache never has to be doubted again.
Result<void> RemoteFiles::take_snapshot(Height height) const {
  const std::string path = "/snapshots/" + std::to_string(height.value());
  ASSIGN_OR_RETURN(const std::string text, fetch(path, kServedSnapshotBytesMax));
  const ByteView bytes = base::as_bytes(text);
  auto snapshot = storage::parse_snapshot(Bytes(bytes.begin(), bytes.end()));
  if (!snapshot) return std::unexpected(snapshot.error().at(url_of(path)));
  if (snapshot->header.height != height || snapshot->header.origin != checkpoint_.origin)
    return lie(url_of(path), "a snapshot of another block or registry");
  const storage::LogFolder log(*this, layout_.log_folder(), checkpoint_.size);
  const unsigned threads = std::max(1U, std::thread::hardware_concurrency());
  const auto registry = replica::restore(*snapshot, log, checkpoint_.root, threads);
  if (!registry) return std::unexpected(registry.error().at(url_of(path)));
  return keep(layout_.snapshot_folder() + "/" + std::to_string(height.value()), bytes);
}

}  // namespace apps
