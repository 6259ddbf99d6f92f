// Aim: what is read ahead is the log and nothing else, in order, over one line and over several; a bundle that is altered
// anywhere is handed to nobody, nor what comes after it; and whoever gives up early hangs nowhere.
// Method: logs of made-up leaves across several bundles and chunks, behind a hub that a test may spoil.
#include "replica/read_ahead.h"

#include <gtest/gtest.h>

#include "base/limits.h"
#include "note/checkpoint.h"
#include "sim/scripted_hub.h"
#include "support/actors.h"

namespace replica {
namespace {

constexpr std::size_t kLeaves = 20 * base::kTileWidth + 77;

class ReadAheadTest : public ::testing::TestWithParam<unsigned> {
 protected:
  ReadAheadTest() {
    for (std::size_t i = 0; i < kLeaves; ++i) leaves.push_back("leaf " + std::to_string(i) + "\n");
    checkpoint = note::parse_signed_checkpoint(hub.sign(leaves, {}))->checkpoint;
    hub.fetch_lines = GetParam();
  }

  struct Read {
    std::vector<std::string> leaves;
    std::optional<base::Error> error;
  };
  Read read(std::uint64_t begin) {
    ReadAhead ahead(hub, checkpoint, base::LeafIndex(begin), {}, 2);
    Read all;
    while (std::optional<ReadChunk> chunk = ahead.next()) {
      for (const ReadChunk::Bundle& bundle : chunk->bundles) {
        EXPECT_FALSE(all.error) << "nothing comes after an error";
        if (bundle.error) all.error = bundle.error;
        for (const ReadLeaf& leaf : bundle.leaves) all.leaves.emplace_back(leaf.text());
      }
      if (all.error) break;
    }
    return all;
  }

  sim::ScriptedHub hub;
  std::vector<std::string> leaves;
  note::Checkpoint checkpoint;
};

TEST_P(ReadAheadTest, GivesEveryLeafInOrderFromAnyBundleOn) {
  for (const std::uint64_t begin : {std::uint64_t{0}, std::uint64_t{300}, std::uint64_t{kLeaves - 1}}) {
    const Read all = read(begin);
    ASSERT_FALSE(all.error) << all.error->message();
    const auto first = static_cast<std::ptrdiff_t>(begin / base::kTileWidth * base::kTileWidth);
    EXPECT_EQ(all.leaves, std::vector<std::string>(leaves.begin() + first, leaves.end())) << begin;
  }
}

TEST_P(ReadAheadTest, NothingOfAnAlteredBundleIsHandedOn) {
  for (const auto& [path, at] : {std::pair<std::string, std::size_t>{"tile/entries/000", 256},
                                 {"tile/entries/018", 18 * 256},
                                 {"tile/entries/020.p/77", 20 * 256}}) {
    hub.spoil = [&path](const std::string& asked, base::Bytes& bytes) {
      if (asked == path) bytes.at(bytes.size() / 2) ^= 1;
    };
    const Read some = read(0);
    ASSERT_TRUE(some.error) << path;
    EXPECT_LE(some.leaves.size(), at) << path;
  }
}

TEST_P(ReadAheadTest, TilesThatDoNotLeadToTheRootAreRefused) {
  hub.spoil = [](const std::string& asked, base::Bytes& bytes) {
    if (asked.starts_with("tile/1/")) bytes.at(40) ^= 1;
  };
  const Read some = read(0);
  ASSERT_TRUE(some.error);
  EXPECT_TRUE(some.leaves.empty());
}

TEST_P(ReadAheadTest, AHubThatGoesAwayEndsIt) {
  hub.spoil = [this](const std::string& asked, base::Bytes&) {
    if (asked == "tile/entries/009") hub.is_away = true;
  };
  const Read some = read(0);
  ASSERT_TRUE(some.error);
  EXPECT_TRUE(some.error->kind() == kHubUnreachable) << some.error->message();
}

TEST_P(ReadAheadTest, MayBeLeftAtAnyTime) {
  {
    const ReadAhead unused(hub, checkpoint, base::LeafIndex(0), {}, 2);
  }
  ReadAhead ahead(hub, checkpoint, base::LeafIndex(0), {}, 2);
  EXPECT_TRUE(ahead.next());
}

INSTANTIATE_TEST_SUITE_P(Lines, ReadAheadTest, ::testing::Values(1U, 3U));

}  // namespace
}  // namespace replica
