#include "replica/hub_log.h"

#include <algorithm>
#include <utility>

#include "base/check.h"
#include "base/limits.h"
#include "codec/decimal.h"
#include "record/kind_table.h"
#include "record/record.h"
#include "registry/succession.h"
#include "replica/snapshots.h"

namespace replica {

using base::Result;

namespace {

constexpr std::string_view kFolder = "hub";

}  // namespace

// Reads only: nobody writes to a hub's files from here.
class HubLog::SourceFiles final : public base::Files {
 public:
  explicit SourceFiles(HubSource& source) : source_(&source) {}
  Result<base::Bytes> read(const std::string& path, std::size_t bytes_max) const override {
    CHECK(path.starts_with(kFolder));
    return source_->fetch(path.substr(kFolder.size() + 1), bytes_max);
  }
  Result<base::SecretBytes> read_secret(const std::string& path, std::size_t) const override {
    return base::fail(base::kFileMissing, path);
  }
  Result<bool> exists(const std::string&) const override { return false; }
  Result<std::vector<std::string>> list(const std::string& folder) const override {
    return base::fail(base::kFileMissing, folder);
  }
  Result<void> write_synced(const std::string& path, base::ByteView, base::FileMode) override {
    return base::fail(base::kFileUnwritable, path);
  }
  Result<void> rename(const std::string& from, const std::string&) override {
    return base::fail(base::kFileUnwritable, from);
  }
  Result<void> remove(const std::string& path) override { return base::fail(base::kFileUnwritable, path); }
  Result<void> make_folders(const std::string& path) override {
    return base::fail(base::kFileUnwritable, path);
  }
  Result<void> sync_folder(const std::string& path) override {
    return base::fail(base::kFileUnwritable, path);
  }
  Result<std::unique_ptr<base::FileLock>> lock(const std::string& path) override {
    return base::fail(base::kFileUnwritable, path);
  }

 private:
  HubSource* source_;
};

HubLog::HubLog(HubSource& source, note::Checkpoint checkpoint)
    : checkpoint_(std::move(checkpoint)),
      files_(std::make_unique<SourceFiles>(source)),
      log_(*files_, std::string(kFolder), checkpoint_.size),
      tiles_(log_) {
  CHECK(checkpoint_.size.value() > 0);
}

HubLog::~HubLog() = default;

Result<void> HubLog::read_leaves(base::LeafIndex begin, const storage::LogFolder::Visit& visit) const {
  return log_.read_leaves(begin, base::LeafIndex(checkpoint_.size.value()),
                          [&](base::LeafIndex index, base::ByteView leaf) -> Result<void> {
                            TRY(check_leaf(tiles_, log_, checkpoint_.root, index, leaf));
                            return visit(index, leaf);
                          });
}

Result<std::vector<std::string>> HubLog::read_founding() const {
  std::vector<std::string> leaves;
  ASSIGN_OR_RETURN(std::string genesis, read_leaf(base::LeafIndex(0)));
  ASSIGN_OR_RETURN(const record::Record record, record::Record::parse(std::string_view(genesis)));
  leaves.push_back(std::move(genesis));
  if (!registry::is_successor(record)) return leaves;
  const auto carried = codec::parse_decimal(record.value("carried"));
  CHECK(carried && *carried <= record::kCarryPartsMax);
  if (*carried + 1 >= checkpoint_.size.value())
    return base::fail(record::kBadCarry, "the log ends before what its genesis carries over");
  const auto take = [&](base::LeafIndex index, base::ByteView leaf) -> Result<void> {
    TRY(check_leaf(tiles_, log_, checkpoint_.root, index, leaf));
    leaves.emplace_back(base::as_text(leaf));
    return {};
  };
  TRY(log_.read_leaves(base::LeafIndex(1), base::LeafIndex(1 + *carried), take));
  return leaves;
}

namespace {

merkle::TileName leaf_tile(base::LeafIndex first, std::size_t width) {
  CHECK(first.value() % base::kTileWidth == 0 && width >= 1 && width <= base::kTileWidth);
  return {merkle::TileKind::kHashes, 0, merkle::TileIndex(first.value() / base::kTileWidth),
          static_cast<unsigned>(width)};
}

// The tile over the leaves as they were computed here, all others as the hub has them.
class OwnLeafTile final : public merkle::TileReader {
 public:
  OwnLeafTile(merkle::TileName name, std::span<const base::Hash> hashes, const merkle::TileReader& others)
      : name_(name), hashes_(hashes), others_(&others) {}
  Result<base::Bytes> read_tile(const merkle::TileName& name) const override {
    if (name != name_) return others_->read_tile(name);
    return tile_of(hashes_);
  }
  static base::Bytes tile_of(std::span<const base::Hash> hashes) {
    base::Bytes tile;
    tile.reserve(hashes.size() * sizeof(base::Hash));
    for (const base::Hash& hash : hashes) tile.insert(tile.end(), hash.bytes.begin(), hash.bytes.end());
    return tile;
  }

 private:
  merkle::TileName name_;
  std::span<const base::Hash> hashes_;
  const merkle::TileReader* others_;
};

}  // namespace

// The path of the first leaf begins with hashes over all its neighbours in the bundle, which come from their own hashes:
// if it leads to the root, all of them stand in the tree.
Result<void> HubLog::check_bundle(base::LeafIndex first, std::span<const base::Hash> hashes) const {
  CHECK(hashes.size() == std::min<std::uint64_t>(base::kTileWidth, checkpoint_.size.value() - first.value()));
  const OwnLeafTile tiles(leaf_tile(first, hashes.size()), hashes, tiles_);
  ASSIGN_OR_RETURN(const merkle::LogProof proof, merkle::prove_inclusion(first, checkpoint_.size, tiles));
  if (auto in = merkle::verify_inclusion(hashes[0], first, checkpoint_.size, checkpoint_.root, proof); !in) {
    return std::unexpected(in.error().at("the bundle of leaf " + std::to_string(first.value()) +
                                         " is altered, or the tiles above it are"));
  }
  return {};
}

void HubLog::keep_tile(base::LeafIndex first, std::span<const base::Hash> hashes) const {
  tiles_.keep(leaf_tile(first, hashes.size()), OwnLeafTile::tile_of(hashes));
}

Result<std::string> HubLog::read_leaf(base::LeafIndex index) const {
  ASSIGN_OR_RETURN(const base::Bytes leaf, log_.read_leaf(index));
  TRY(check_leaf(tiles_, log_, checkpoint_.root, index, leaf));
  return std::string(base::as_text(leaf));
}

Result<HubLog::Prefix> HubLog::prefix(base::TreeSize size) const {
  CHECK(size.value() > 0 && size <= checkpoint_.size);
  Prefix prefix;
  ASSIGN_OR_RETURN(prefix.root, merkle::root_from_tiles(size, tiles_));
  ASSIGN_OR_RETURN(prefix.proof, merkle::prove_consistency(size, checkpoint_.size, tiles_));
  TRY(merkle::verify_consistency(size, prefix.root, checkpoint_.size, checkpoint_.root, prefix.proof));
  return prefix;
}

Result<std::vector<base::Hash>> HubLog::subtrees(base::TreeSize size) const {
  ASSIGN_OR_RETURN(const merkle::Frontier frontier, merkle::frontier_from_tiles(size, tiles_));
  return std::vector<base::Hash>(frontier.subtrees().begin(), frontier.subtrees().end());
}

Result<merkle::LogProof> HubLog::inclusion(base::LeafIndex index) const {
  return merkle::prove_inclusion(index, checkpoint_.size, tiles_);
}

Result<HubLog::Prefix> prefix_of(const storage::LogFolder& log, base::TreeSize size) {
  HubLog::Prefix prefix;
  ASSIGN_OR_RETURN(prefix.root, merkle::root_from_tiles(size, log));
  ASSIGN_OR_RETURN(prefix.proof, merkle::prove_consistency(size, log.size(), log));
  return prefix;
}

}  // namespace replica
