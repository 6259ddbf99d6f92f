// Aim: what the store writes is a tlog-tiles log that proves every leaf; damage is named by its path; a
// failed write stops the store; nothing beyond the published size is trusted. Method: a disk that is a map
// (tests/sim pulls its plug), every file damaged in turn, sizes around tile borders.
#include "storage/log_store.h"

#include <algorithm>
#include <map>

#include <gtest/gtest.h>

#include "base/limits.h"
#include "storage/bundle.h"
#include "storage/checkpoint_file.h"
#include "storage/map_files_for_test.h"

namespace storage {
namespace {

using base::ByteView;
using base::LeafIndex;
using base::TreeSize;
using merkle::TileIndex;

std::string leaf_text(std::uint64_t number) {
  return "record " + std::to_string(number) + std::string(number % 7, '!') + "\n";
}

void append(LogStore& store, std::uint64_t count) {
  std::vector<std::string> texts;
  for (std::uint64_t i = 0; i < count; ++i) texts.push_back(leaf_text(store.size().value() + i));
  std::vector<ByteView> leaves;
  for (const std::string& text : texts) leaves.push_back(base::as_bytes(text));
  ASSERT_TRUE(store.append(leaves));
}

base::Hash expected_root(std::uint64_t size) {
  merkle::Frontier frontier;
  for (std::uint64_t i = 0; i < size; ++i) frontier.append(merkle::leaf_hash(base::as_bytes(leaf_text(i))));
  return frontier.root();
}

std::unique_ptr<LogStore> open_new(base::Files& files) {
  auto store = LogStore::open(files, "log", TreeSize(0), merkle::empty_log_root());
  EXPECT_TRUE(store);
  return std::move(*store);
}

/// A log of `size` leaves written in steps.
MapFiles log_of(std::uint64_t size, std::uint64_t step) {
  MapFiles files;
  const auto store = open_new(files);
  while (store->size().value() < size) {
    append(*store, std::min(step, size - store->size().value()));
    EXPECT_TRUE(store->sync());
  }
  return files;
}

TEST(Bundle, RefusesWhatIsCutOrTooLong) {
  base::Bytes bundle;
  append_to_bundle(bundle, base::as_bytes("one"));
  append_to_bundle(bundle, {});
  append_to_bundle(bundle, base::as_bytes(std::string(65'535, 'x')));
  const auto leaves = parse_bundle(bundle, 3);
  ASSERT_TRUE(leaves);
  EXPECT_EQ(base::as_text((*leaves)[0]), "one");
  EXPECT_TRUE((*leaves)[1].empty());
  EXPECT_EQ((*leaves)[2].size(), 65'535U);
  EXPECT_FALSE(parse_bundle(bundle, 2));
  EXPECT_FALSE(parse_bundle(bundle, 4));
  for (const std::size_t cut :
       {std::size_t{0}, std::size_t{1}, std::size_t{2}, std::size_t{4}, std::size_t{6}, bundle.size() - 1}) {
    const auto refused = parse_bundle(ByteView(bundle).first(cut), 3);
    ASSERT_FALSE(refused) << cut;
    EXPECT_EQ(refused.error().kind(), kBadBundle);
  }
}

TEST(LogStore, RefusesLeavesThatNoBundleHolds) {
  MapFiles files;
  const auto store = open_new(files);
  const std::string small = "x";
  const std::string large(65'536, 'x');
  const std::vector<ByteView> leaves{base::as_bytes(small), base::as_bytes(large)};
  const auto refused = store->append(leaves);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().kind(), kLeafTooLong);
  EXPECT_EQ(store->size(), TreeSize(0));
}

TEST(LogStore, StopsAfterAFailedWriteUntilItIsOpenedAgain) {
  MapFiles files;
  auto store = open_new(files);
  append(*store, 300);
  ASSERT_TRUE(store->sync());
  const base::Hash root = store->root();
  for (std::size_t good_writes = 0; good_writes < 5; ++good_writes) {
    store = std::move(*LogStore::open(files, "log", TreeSize(300), root));
    append(*store, 300);
    files.writes_left = good_writes;
    ASSERT_FALSE(store->sync());
    files.writes_left.reset();
    const auto refused = store->sync();
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().kind(), kLogStopped);
    EXPECT_FALSE(store->append({}));
    EXPECT_EQ(base::as_text(*store->read_leaf(LeafIndex(299))), leaf_text(299));
  }
  const auto again = LogStore::open(files, "log", TreeSize(300), root);
  ASSERT_TRUE(again);
  append(**again, 300);
  ASSERT_TRUE((*again)->sync());
  EXPECT_EQ((*again)->root(), expected_root(600));
}

// Every file of the right edge cut, altered and missing: refused, and the path is in the detail.
TEST(LogStore, NamesTheDamagedFileOfTheRightEdge) {
  for (const std::uint64_t size : {5U, 256U, 300U, 512U, 700U}) {
    const MapFiles good = log_of(size, 300);
    const TileIndex last((size - 1) / 256);
    const unsigned width = merkle::tile_width(0, last, TreeSize(size));
    std::vector<merkle::TileName> edge{{merkle::TileKind::kEntries, 0, last, width},
                                       {merkle::TileKind::kHashes, 0, last, width}};
    for (const auto& name : merkle::partial_tiles(TreeSize(size))) {
      if (name.level > 0) edge.push_back(name);
    }
    for (const merkle::TileName& name : edge) {
      const std::string path = "log/" + merkle::tile_path(name);
      ASSERT_TRUE(good.contents.contains(path)) << path;
      for (const int damage : {0, 1, 2, 3}) {
        MapFiles files = good;
        base::Bytes& bytes = files.contents[path];
        if (damage == 0) files.contents.erase(path);
        if (damage == 1) bytes.pop_back();
        if (damage == 2) bytes.back() ^= 1;
        if (damage == 3) bytes.push_back(0);
        const auto refused = LogStore::open(files, "log", TreeSize(size), expected_root(size));
        ASSERT_FALSE(refused) << path << " " << damage;
        EXPECT_NE(refused.error().detail().find(path), std::string::npos) << refused.error().message();
      }
    }
  }
}

TEST(LogStore, RefusesAnotherRoot) {
  MapFiles files = log_of(300, 300);
  const auto refused = LogStore::open(files, "log", TreeSize(300), expected_root(299));
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().kind(), kLogAltered);
}

TEST(LogStore, ServesEveryLeafAndProofStagedOrDurable) {
  MapFiles files;
  const auto store = open_new(files);
  for (const std::uint64_t step : {1U, 4U, 250U, 2U, 256U, 300U, 511U, 1U}) {
    append(*store, step);
    const TreeSize size = store->size();
    const base::Hash root = expected_root(size.value());
    for (const bool synced : {false, true}) {
      if (synced) {
        ASSERT_TRUE(store->sync());
      }
      ASSERT_EQ(store->root(), root);
      for (std::uint64_t i = 0; i < size.value(); i += 1 + size.value() / 20) {
        const std::string text = leaf_text(i);
        ASSERT_EQ(*store->read_leaf(LeafIndex(i)), base::Bytes(text.begin(), text.end()));
        const auto proof = merkle::prove_inclusion(LeafIndex(i), size, *store);
        ASSERT_TRUE(proof) << proof.error().message();
        ASSERT_TRUE(merkle::verify_inclusion(merkle::leaf_hash(base::as_bytes(text)), LeafIndex(i), size,
                                             root, *proof));
      }
    }
    EXPECT_FALSE(store->read_leaf(LeafIndex(size.value())));
  }
}

TEST(LogStore, WritesTheSameFilesInOneStepOrMany) {
  const MapFiles once = log_of(600, 600);
  const MapFiles many = log_of(600, 7);
  for (const auto& [path, bytes] : once.contents) EXPECT_EQ(many.contents.at(path), bytes) << path;
  for (const auto& [path, bytes] : many.contents) {
    EXPECT_TRUE(merkle::parse_tile_path(std::string_view(path).substr(4))) << path;
    if (!once.contents.contains(path)) {
      EXPECT_NE(path.find(".p/"), std::string::npos) << path;
    }
  }
}

TEST(LogStore, OverwritesWhatLiesBeyond) {
  MapFiles files = log_of(900, 100);
  files.contents["log/tile/0/002"] = base::Bytes(10, 'x');  // a tile that some other file system left short
  for (const std::uint64_t published : {0U, 100U, 300U, 512U}) {
    const base::Hash root = published == 0 ? merkle::empty_log_root() : expected_root(published);
    MapFiles disk = files;
    auto store = LogStore::open(disk, "log", TreeSize(published), root);
    ASSERT_TRUE(store) << store.error().message();
    append(**store, 900 - published);
    ASSERT_TRUE((*store)->sync());
    EXPECT_TRUE(LogStore::open(disk, "log", TreeSize(900), expected_root(900)));
  }
}

TEST(LogStore, RemovesPartialsOnlyOnceACheckpointCoversTheFullTile) {
  MapFiles files;
  const auto store = open_new(files);
  append(*store, 200);
  ASSERT_TRUE(store->sync());
  append(*store, 100);
  ASSERT_TRUE(store->sync());
  ASSERT_TRUE(store->remove_superseded(TreeSize(200)));
  EXPECT_TRUE(files.contents.contains("log/tile/0/000.p/200"));
  EXPECT_TRUE(files.contents.contains("log/tile/entries/000.p/200"));
  ASSERT_TRUE(store->remove_superseded(TreeSize(300)));
  EXPECT_FALSE(files.contents.contains("log/tile/0/000.p/200"));
  EXPECT_FALSE(files.contents.contains("log/tile/entries/000.p/200"));
  EXPECT_TRUE(files.contents.contains("log/tile/0/001.p/44"));
  const LogFolder old(files, "log", TreeSize(200));  // an older size is read from the full files
  EXPECT_EQ(*merkle::root_from_tiles(TreeSize(200), old), expected_root(200));
  EXPECT_EQ(old.read_bundle(TileIndex(0))->leaves.size(), 200U);
}

TEST(LogStore, CostsFourFileAndFolderSyncsForASingleLeaf) {
  MapFiles files = log_of(300, 300);
  const auto store = LogStore::open(files, "log", TreeSize(300), expected_root(300));
  append(**store, 1);
  ASSERT_TRUE((*store)->sync());
  files.syncs = 0;
  append(**store, 1);
  ASSERT_TRUE((*store)->sync());
  EXPECT_EQ(files.syncs, 4U);
}

TEST(LogFolder, ReadsRangesAndStopsWhereTheVisitorDoes) {
  const MapFiles files = log_of(600, 250);
  const LogFolder log = LogFolder(files, "log", TreeSize(600)).at(TreeSize(590));  // never synced at 590
  std::uint64_t next = 200;
  const auto visit = [&](LeafIndex index, ByteView leaf) -> base::Result<void> {
    EXPECT_EQ(index.value(), next);
    EXPECT_EQ(base::as_text(leaf), leaf_text(next));
    ++next;
    return {};
  };
  ASSERT_TRUE(log.read_leaves(LeafIndex(200), LeafIndex(590), visit));
  EXPECT_EQ(next, 590U);
  EXPECT_FALSE(log.read_leaves(LeafIndex(0), LeafIndex(591), visit));
  EXPECT_FALSE(log.read_leaf(LeafIndex(590)));
  const auto stopped =
      log.read_leaves(LeafIndex(0), LeafIndex(590), [](LeafIndex index, ByteView) -> base::Result<void> {
        if (index.value() == 3) return base::fail(kLogStopped, "here");
        return {};
      });
  ASSERT_FALSE(stopped);
  EXPECT_EQ(stopped.error().detail(), "here");
}

TEST(CheckpointFile, IsReplacedWhole) {
  MapFiles files;
  EXPECT_EQ(load_checkpoint(files, "log").error().kind(), base::kFileMissing);
  ASSERT_TRUE(replace_checkpoint(files, "log", base::as_bytes("one\n")));
  ASSERT_TRUE(replace_checkpoint(files, "log", base::as_bytes("two\n")));
  EXPECT_EQ(base::as_text(*load_checkpoint(files, "log")), "two\n");
  EXPECT_EQ(files.contents.size(), 1U);
}

}  // namespace
}  // namespace storage
