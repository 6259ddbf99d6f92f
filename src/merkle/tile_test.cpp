// Aim: names of tiles are the ones of C2SP tlog-tiles, one text a name, and no file of a tree is forgotten.
// Method: the specification's examples, refused texts, and counting every tile of every size around tile
// borders.
#include "merkle/tile.h"

#include <set>

#include <gtest/gtest.h>

#include "base/limits.h"

namespace merkle {
namespace {

TEST(TilePath, RefusesWhatIsNoCanonicalName) {
  for (const char* path : {"",
                           "tile",
                           "tile/",
                           "tile/0",
                           "tile/0/",
                           "tile/0/0",
                           "tile/0/00",
                           "tile/0/0000",
                           "tile/0/x000/067",
                           "tile/0/001/067",
                           "tile/0/x001/x067",
                           "tile/00/001",
                           "tile/8/001",
                           "tile/-1/001",
                           "tile/0/001.p",
                           "tile/0/001.p/",
                           "tile/0/001.p/0",
                           "tile/0/001.p/256",
                           "tile/0/001.p/01",
                           "tile/0/001.p/1/",
                           "tile/0/001.p/-1",
                           "tile/0/001/",
                           "/tile/0/001",
                           "tile/entries/1",
                           "tile/Entries/001",
                           "tile/0/../001",
                           "tile/0/001.p/1.p/1",
                           "tile/0/x18446744073709551616",
                           "tile/0/x018/x446/x744/x073/x709/x551/616",
                           "tile/0/x009/x446/x744/x073/x709/x551/616"}) {
    EXPECT_FALSE(parse_tile_path(path)) << path;
  }
}

TEST(TilePath, IsTheSpecificationsAndComesBack) {
  const std::vector<std::pair<TileName, std::string>> names = {
      {{TileKind::kHashes, 0, TileIndex(0), 256}, "tile/0/000"},
      {{TileKind::kHashes, 1, TileIndex(999), 5}, "tile/1/999.p/5"},
      {{TileKind::kHashes, 7, TileIndex(1000), 256}, "tile/7/x001/000"},
      {{TileKind::kEntries, 0, TileIndex(1'234'067), 256}, "tile/entries/x001/x234/067"},
      {{TileKind::kEntries, 0, TileIndex(10), 255}, "tile/entries/010.p/255"},
  };
  for (const auto& [name, path] : names) {
    EXPECT_EQ(tile_path(name), path);
    const auto parsed = parse_tile_path(path);
    ASSERT_TRUE(parsed) << parsed.error().message();
    EXPECT_EQ(*parsed, name);
  }
}

TEST(Tiles, OfATreeThatGrowsAreExactlyTheNewOnes) {
  const std::vector<std::uint64_t> sizes = {0,   1,      2,      255,    256,    257,   511,
                                            512, 65'535, 65'536, 65'537, 65'792, 70'000};
  for (const std::uint64_t from : sizes) {
    for (const std::uint64_t to : sizes) {
      if (to < from) continue;
      const auto grown = grown_tiles(base::TreeSize(from), base::TreeSize(to));
      const std::set<TileName> names(grown.begin(), grown.end());
      EXPECT_EQ(names.size(), grown.size());
      const auto old_names = grown_tiles(base::TreeSize(0), base::TreeSize(from));
      std::set<TileName> expected;
      for (const TileName& name : grown_tiles(base::TreeSize(0), base::TreeSize(to))) expected.insert(name);
      for (const TileName& name : old_names) expected.erase(name);
      EXPECT_EQ(names, expected) << from << " to " << to;
    }
  }
}

TEST(Tiles, PartialOnesOfASizeAreItsRightEdge) {
  EXPECT_TRUE(partial_tiles(base::TreeSize(0)).empty());
  const auto partial = partial_tiles(base::TreeSize(3 * 65'536 + 7 * 256 + 9));
  const std::vector<TileName> expected = {{TileKind::kEntries, 0, TileIndex(775), 9},
                                          {TileKind::kHashes, 0, TileIndex(775), 9},
                                          {TileKind::kHashes, 1, TileIndex(3), 7},
                                          {TileKind::kHashes, 2, TileIndex(0), 3}};
  EXPECT_EQ(partial, expected);
  EXPECT_EQ(partial_tiles(base::TreeSize(256)).size(), 1U);  // nothing at level 0, one hash at level 1
}

TEST(Tiles, HashesOfSubtreesAreWhereTheyBelong) {
  const TileRange node = tile_range(11, 37);  // 8 hashes of level 1, from 296 on
  EXPECT_EQ(node.level, 1U);
  EXPECT_EQ(node.index, TileIndex(1));
  EXPECT_EQ(node.first, 296U - 256U);
  EXPECT_EQ(node.count, 8U);
}

}  // namespace
}  // namespace merkle
