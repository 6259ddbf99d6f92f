// Aim: the rules give the same state and the same published zone, bit for bit, with every compiler, at every level of
// optimisation, from the first leaf or from a snapshot at any block. Method: a small log with every class of change,
// ceremonies and releases was frozen in tests/vectors/log; this test runs in every build and must find exactly what is
// written there: in `roots` each block's height, log size, state root and hash of the zone published last (- before
// there is one), then the log's root; in `root.zone` the last zone. COMITY_FREEZE=1 tells the story anew and writes all
// that (a change of the rules' version, never a repair of this test).
#include <cstdlib>
#include <filesystem>
#include <map>
#include <optional>
#include <set>
#include <sstream>

#include <gtest/gtest.h>

#include "base/check.h"
#include "codec/base64.h"
#include "crypto/hash.h"
#include "determinism/story.h"
#include "merkle/log_tree.h"
#include "os/posix_files.h"
#include "registry/replay.h"
#include "registry/verify_ahead.h"
#include "storage/log_store.h"

namespace determinism {
namespace {

using record::Record;

const std::string kFolder = COMITY_LOG_VECTORS;
constexpr std::size_t kFrozenBytesMax = std::size_t{1} << 20;

struct FrozenBlock {
  std::uint64_t height = 0;
  std::uint64_t size = 0;
  std::string state;
  std::string zone;
  std::vector<Record> records;
  std::optional<Record> block_record;
};

std::string zone_text(const registry::Registry& registry) {
  const auto zone = registry.releases().published(".");
  return zone == nullptr ? "" : zone->text();
}
std::string zone_word(const registry::Registry& registry) {
  const std::string text = zone_text(registry);
  return text.empty() ? "-" : codec::serialize_base64(crypto::sha256(base::as_bytes(text)).view());
}

// What a story leaves, replayed: the frozen zones do not come from the process that signed them.
struct Frozen {
  std::string roots;
  std::string zone;
};
Frozen replay_story(const std::vector<StoryBlock>& story) {
  Frozen frozen;
  registry::TrustingChecker checker;
  std::optional<registry::Registry> registry;
  std::uint64_t size = 0;
  for (const StoryBlock& block : story) {
    std::vector<Record> records;
    for (const std::string& leaf : block.leaves) {
      auto record = Record::parse(leaf);
      CHECK(record);
      records.push_back(std::move(*record));
    }
    const Record block_record = std::move(records.back());
    records.pop_back();
    if (!registry) {
      auto founded = registry::replay_genesis(records.at(0), block_record, checker);
      CHECK(founded);
      registry.emplace(std::move(*founded));
    } else {
      CHECK(registry::replay_block(*registry, records, block_record, base::LeafIndex(size), checker,
                                   registry::Rehash::kEveryBlock));
    }
    size += block.leaves.size();
    frozen.roots += std::to_string(registry->height().value()) + " " + std::to_string(size) + " " +
                    codec::serialize_base64(registry->state().view()) + " " + zone_word(*registry) + "\n";
  }
  frozen.zone = zone_text(*registry);
  return frozen;
}

void freeze() {
  os::PosixFiles files;
  std::filesystem::remove_all(kFolder + "/tile");  // what an earlier, longer story left
  CHECK(files.make_folders(kFolder));
  auto store = storage::LogStore::open(files, kFolder, base::TreeSize(0), merkle::empty_log_root());
  CHECK(store);
  const std::vector<StoryBlock> story = tell_story();
  for (const StoryBlock& block : story) {
    for (const std::string& leaf : block.leaves) {
      const base::ByteView view = base::as_bytes(leaf);
      CHECK((*store)->append({&view, 1}));
    }
  }
  CHECK((*store)->sync());
  Frozen frozen = replay_story(story);
  frozen.roots += "root " + codec::serialize_base64((*store)->root().view()) + "\n";
  CHECK(files.write_synced(kFolder + "/roots", base::as_bytes(frozen.roots), base::FileMode::kPublic));
  CHECK(files.write_synced(kFolder + "/root.zone", base::as_bytes(frozen.zone), base::FileMode::kPublic));
}

class Determinism : public ::testing::Test {
 protected:
  void SetUp() override {
    if (std::getenv("COMITY_FREEZE") != nullptr) freeze();
    const auto text = files_.read(kFolder + "/roots", kFrozenBytesMax);
    ASSERT_TRUE(text) << text.error().message();
    const auto zone = files_.read(kFolder + "/root.zone", kFrozenBytesMax);
    ASSERT_TRUE(zone) << zone.error().message();
    zone_ = base::as_text(*zone);
    std::istringstream lines{std::string(base::as_text(*text))};
    std::string word;
    while (lines >> word && word != "root") {
      FrozenBlock block;
      block.height = std::stoull(word);
      lines >> block.size >> block.state >> block.zone;
      blocks_.push_back(std::move(block));
    }
    lines >> root_;
    read_leaves();
  }
  void read_leaves() {
    const base::TreeSize size(blocks_.back().size);
    const storage::LogFolder log(files_, kFolder, size);
    const auto root = merkle::root_from_tiles(size, log);
    ASSERT_TRUE(root) << root.error().message();
    ASSERT_EQ(codec::serialize_base64(root->view()), root_);
    std::size_t block = 0;
    const auto read = log.read_leaves(base::LeafIndex(0), base::LeafIndex(size.value()),
                                      [&](base::LeafIndex index, base::ByteView leaf) -> base::Result<void> {
                                        ASSIGN_OR_RETURN(Record record, Record::parse(base::as_text(leaf)));
                                        if (index.value() + 1 == blocks_[block].size) {
                                          blocks_[block++].block_record.emplace(std::move(record));
                                        } else {
                                          blocks_[block].records.push_back(std::move(record));
                                        }
                                        return {};
                                      });
    ASSERT_TRUE(read) << read.error().message();
    ASSERT_EQ(block, blocks_.size());
  }
  // Replays the blocks after `first` and compares every root with the frozen one.
  void follow(registry::Registry& registry, std::size_t first, charter::SignatureChecker& checker) {
    for (std::size_t i = first + 1; i < blocks_.size(); ++i) {
      const auto replayed = registry::replay_block(registry, blocks_[i].records, *blocks_[i].block_record,
                                                   base::LeafIndex(blocks_[i - 1].size), checker,
                                                   registry::Rehash::kEveryBlock);
      ASSERT_TRUE(replayed) << "block " << i << " after " << first << ": " << replayed.error().message();
      ASSERT_EQ(codec::serialize_base64(registry.state().view()), blocks_[i].state) << "block " << i;
      ASSERT_EQ(zone_word(registry), blocks_[i].zone) << "block " << i;
    }
    EXPECT_EQ(zone_text(registry), zone_);
  }

  os::PosixFiles files_;
  std::vector<FrozenBlock> blocks_;
  std::string root_;
  std::string zone_;  ///< the one published last
};

TEST_F(Determinism, TheFrozenLogHoldsEveryClassAndEveryEffect) {
  std::map<std::string, int> seen;
  for (const FrozenBlock& block : blocks_) {
    for (const Record& record : block.records) {
      ++seen["kind " + std::string(record.leaf().substr(9, record.leaf().find(' ', 9) - 9))];
      for (const char* attribute : {"class", "step"}) {
        if (!record.value(attribute).empty())
          ++seen[attribute + (" " + std::string(record.value(attribute)))];
      }
    }
    const std::string_view text = block.block_record->leaf();
    for (std::size_t at = text.find("effect: "); at != std::string_view::npos;
         at = text.find("effect: ", at + 1)) {
      ++seen[std::string(text.substr(at, text.find(' ', at + 8) - at))];
    }
  }
  for (const char* wanted : {"class H1",          "class H2",         "class A",           "class K",
                             "class U",           "class V",          "class M",           "class C",
                             "class R",           "class E",          "kind genesis",      "kind proposal",
                             "kind acceptance",   "kind ballot",      "kind objection",    "kind withdrawal",
                             "kind cancellation", "effect: locked",   "effect: executed",  "effect: failed",
                             "effect: expired",   "effect: rejected", "effect: cancelled", "effect: extended",
                             "effect: reverted",  "class G",          "kind ceremony",     "step announce",
                             "step deal",         "step missing",     "step private-part", "step complaint",
                             "step certificate",  "kind signatures",  "effect: published"}) {
    EXPECT_GT(seen[wanted], 0) << wanted;
  }
}

// The zone changes, is renewed, and its keys roll: what is frozen of it is more than one file.
TEST_F(Determinism, TheFrozenZonesDiffer) {
  std::set<std::string> zones;
  for (const FrozenBlock& block : blocks_) zones.insert(block.zone);
  EXPECT_GE(zones.size(), 6U);
  EXPECT_EQ(blocks_.back().zone, codec::serialize_base64(crypto::sha256(base::as_bytes(zone_)).view()));
}

// Shares and nonces come from seeds: whoever freezes the story again without a change of the rules changes no file.
TEST(DeterminismOfTheStory, ItIsTheSameEachTime) {
  const std::vector<StoryBlock> once = tell_story();
  const std::vector<StoryBlock> again = tell_story();
  ASSERT_EQ(once.size(), again.size());
  for (std::size_t i = 0; i < once.size(); ++i) ASSERT_EQ(once[i].leaves, again[i].leaves) << "block " << i;
}

TEST_F(Determinism, ReplayFromTheFirstLeafGivesTheFrozenRoots) {
  charter::DirectChecker checker;
  auto registry = registry::replay_genesis(blocks_[0].records.at(0), *blocks_[0].block_record, checker);
  ASSERT_TRUE(registry) << registry.error().message();
  EXPECT_EQ(codec::serialize_base64(registry->state().view()), blocks_[0].state);
  follow(*registry, 0, checker);
}

TEST_F(Determinism, EverySnapshotAndItsTailGiveTheFrozenRoots) {
  registry::TrustingChecker checker;
  auto leader = registry::replay_genesis(blocks_[0].records.at(0), *blocks_[0].block_record, checker);
  ASSERT_TRUE(leader) << leader.error().message();
  for (std::size_t i = 0; i < blocks_.size(); ++i) {
    if (i > 0) {
      ASSERT_TRUE(registry::replay_block(*leader, blocks_[i].records, *blocks_[i].block_record,
                                         base::LeafIndex(0), checker, registry::Rehash::kEveryBlock));
    }
    std::vector<std::string> objects;
    std::vector<std::string> rules;
    leader->charter().for_each(charter::Tree::kObjects,
                               [&](auto, std::string_view text) { objects.emplace_back(text); });
    leader->charter().for_each(charter::Tree::kRules,
                               [&](auto, std::string_view text) { rules.emplace_back(text); });
    auto loaded = registry::Registry::from_texts(objects, rules, 2);
    ASSERT_TRUE(loaded) << loaded.error().message();
    const std::vector<std::string> zones = leader->releases().texts();
    const auto restored = loaded->restore_zones(std::vector<std::string_view>(zones.begin(), zones.end()));
    ASSERT_TRUE(restored) << restored.error().message();
    ASSERT_EQ(zone_word(*loaded), blocks_[i].zone) << "snapshot at block " << i;
    ASSERT_EQ(codec::serialize_base64(loaded->state().view()), blocks_[i].state) << "snapshot at block " << i;
    follow(*loaded, i, checker);
    if (HasFatalFailure()) return;
  }
}

}  // namespace
}  // namespace determinism
