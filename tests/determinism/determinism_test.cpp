// Aim: the rules give the same state, bit for bit, with every compiler, at every level of optimisation, from
// the first leaf or from a snapshot at any block. Method: a small log with every class of change was frozen
// in tests/vectors/log; this test runs in every build and must find exactly the roots written there.
// COMITY_FREEZE=1 tells the story anew and writes them (a change of the rules' version, never a repair of
// this test).
#include <cstdlib>
#include <map>
#include <optional>
#include <sstream>

#include <gtest/gtest.h>

#include "base/check.h"
#include "codec/base64.h"
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

struct FrozenBlock {
  std::uint64_t height = 0;
  std::uint64_t size = 0;
  std::string state;
  std::vector<Record> records;
  std::optional<Record> block_record;
};

void freeze() {
  os::PosixFiles files;
  CHECK(files.make_folders(kFolder));
  auto store = storage::LogStore::open(files, kFolder, base::TreeSize(0), merkle::empty_log_root());
  CHECK(store);
  std::string roots;
  std::uint64_t height = 0;
  for (const StoryBlock& block : tell_story()) {
    for (const std::string& leaf : block.leaves) {
      const base::ByteView view = base::as_bytes(leaf);
      CHECK((*store)->append({&view, 1}));
    }
    const auto record = Record::parse(block.leaves.back());
    CHECK(record);
    roots += std::to_string(height++) + " " + std::to_string((*store)->size().value()) + " " +
             std::string(record->value("state")) + "\n";
  }
  CHECK((*store)->sync());
  roots += "root " + codec::serialize_base64((*store)->root().view()) + "\n";
  CHECK(files.write_synced(kFolder + "/roots", base::as_bytes(roots), base::FileMode::kPublic));
}

class Determinism : public ::testing::Test {
 protected:
  void SetUp() override {
    if (std::getenv("COMITY_FREEZE") != nullptr) freeze();
    const auto text = files_.read(kFolder + "/roots", 1 << 20);
    ASSERT_TRUE(text) << text.error().message();
    std::istringstream lines{std::string(base::as_text(*text))};
    std::string word;
    while (lines >> word && word != "root") {
      FrozenBlock block;
      block.height = std::stoull(word);
      lines >> block.size >> block.state;
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
    }
  }

  os::PosixFiles files_;
  std::vector<FrozenBlock> blocks_;
  std::string root_;
};

TEST_F(Determinism, TheFrozenLogHoldsEveryClassAndEveryEffect) {
  std::map<std::string, int> seen;
  for (const FrozenBlock& block : blocks_) {
    for (const Record& record : block.records) {
      ++seen["kind " + std::string(record.leaf().substr(9, record.leaf().find(' ', 9) - 9))];
      if (!record.value("class").empty()) ++seen["class " + std::string(record.value("class"))];
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
                             "effect: reverted"}) {
    EXPECT_GT(seen[wanted], 0) << wanted;
  }
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
    ASSERT_EQ(codec::serialize_base64(loaded->state().view()), blocks_[i].state) << "snapshot at block " << i;
    follow(*loaded, i, checker);
    if (HasFatalFailure()) return;
  }
}

}  // namespace
}  // namespace determinism
