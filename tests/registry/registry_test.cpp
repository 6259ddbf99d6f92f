// Aim: block records have exactly the documented bytes, effects stand in the order in which they happened,
// roots do not depend on when or how they are computed, and replay refuses every altered block record, naming
// the line. Method: a world of ordinary records (tests/support), executed block by block and compared with a
// second registry that was loaded, rehashed late, or fed altered block records.
#include "registry/registry.h"

#include <gtest/gtest.h>

#include "base/check.h"
#include "codec/base64.h"
#include "registry/replay.h"
#include "registry/verify_ahead.h"
#include "support/world.h"

namespace registry {
namespace {

using actors::Draft;
using record::Record;

Record parsed(const std::string& leaf) {
  auto record = Record::parse(leaf);
  CHECK(record);
  return std::move(*record);
}

struct Block {
  base::EpochSeconds time;
  std::vector<Record> records;
  std::string block_record;
};

// A founded registry and the blocks it made.
class RegistryTest : public ::testing::Test {
 protected:
  RegistryTest() : cast(4), genesis(parsed(cast.genesis().leaf())), registry(founded()) {}

  Registry founded() {
    auto made = Registry::found(genesis, checker, genesis_block);
    CHECK(made);
    return std::move(*made);
  }
  const Block& play(base::EpochSeconds time, const std::vector<Draft>& drafts) {
    Block block{time, {}, {}};
    registry.begin_block(time);
    for (const Draft& draft : drafts) {
      Record record = parsed(draft.leaf());
      const auto applied = registry.apply(record, checker);
      EXPECT_TRUE(applied) << applied.error().message() << "\n" << draft.leaf();
      block.records.push_back(std::move(record));
    }
    block.block_record = registry.end_block();
    blocks.push_back(std::move(block));
    return blocks.back();
  }
  // Blocks of many kinds: the world, a failed and an executed proposal, due effects, an empty block.
  void play_story() {
    cast.now = actors::kGenesisTime + base::Seconds(actors::kHour);
    play(cast.now, actors::standard_world(cast));
    play(cast.now, actors::close_founding(cast));
    cast.now = cast.now + base::Seconds(actors::kHour);
    const Draft change =
        cast.proposal("ORG-ALFA", "H1", {actors::change("domain", "alfa.", {"+ nserver: a.nic.beta."})});
    const Draft create =
        cast.proposal("MEMBER-A", "A",
                      {actors::create("domain", "new.",
                                      {"+ holder: ORG-DELTA", "+ status: active", "+ nserver: a.nic.beta.",
                                       "+ nserver: b.nic.beta."})});
    std::vector<Draft> drafts = actors::with_votes(cast, create, 3);
    drafts.push_back(cast.acceptance("ORG-DELTA", create));
    drafts.push_back(change);
    play(cast.now, drafts);
    play(cast.now + base::Seconds(actors::kHour), {});
    play(cast.now + base::Seconds(2 * actors::kDay), {});
  }

  charter::DirectChecker checker;
  actors::Cast cast;
  Record genesis;
  std::string genesis_block;
  Registry registry;
  std::vector<Block> blocks;
};

TEST_F(RegistryTest, AnEmptyBlockHasTheDocumentedBytes) {
  EXPECT_EQ(
      genesis_block,
      "comity/1 block registry.example/root\nheight: 0\ntime: 2026-01-01T00:00:00Z\nrecords: 1\nstate: " +
          codec::serialize_base64(registry.state().view()) + "\n");
  const base::Hash before = registry.state();
  const Block& block = play(actors::kGenesisTime + base::Seconds(1), {});
  EXPECT_NE(registry.state(), before) << "height and time are part of the state";
  EXPECT_EQ(
      block.block_record,
      "comity/1 block registry.example/root\nheight: 1\ntime: 2026-01-01T00:00:01Z\nrecords: 0\nstate: " +
          codec::serialize_base64(registry.state().view()) + "\n");
}

TEST_F(RegistryTest, EffectsStandInTheOrderInWhichTheyHappened) {
  cast.now = actors::kGenesisTime + base::Seconds(actors::kHour);
  play(cast.now, actors::standard_world(cast));
  play(cast.now, actors::close_founding(cast));
  std::vector<Draft> locked;
  for (const char* name : {"one.", "two.", "three."}) {
    cast.now = cast.now + base::Seconds(60);
    const Draft create =
        cast.proposal("MEMBER-A", "A",
                      {actors::create("domain", name,
                                      {"+ holder: ORG-DELTA", "+ status: active", "+ nserver: a.nic.beta.",
                                       "+ nserver: b.nic.beta."})});
    std::vector<Draft> drafts = actors::with_votes(cast, create, 3);
    drafts.push_back(cast.acceptance("ORG-DELTA", create));
    const Block& block = play(cast.now, drafts);
    EXPECT_NE(block.block_record.find("effect: locked " + create.id_text() + "\n"), std::string::npos);
    locked.push_back(create);
  }
  // Due effects first, in order of their time; then what the block's own records cause.
  cast.now = cast.now + base::Seconds(2 * actors::kDay);
  const Draft own = cast.proposal("MEMBER-B", "A",
                                  {actors::create("domain", "four.",
                                                  {"+ holder: ORG-DELTA", "+ status: active",
                                                   "+ nserver: a.nic.beta.", "+ nserver: b.nic.beta."})});
  std::vector<Draft> drafts = actors::with_votes(cast, own, 3);
  drafts.push_back(cast.acceptance("ORG-DELTA", own));
  std::string expected = "records: " + std::to_string(drafts.size()) + "\n";
  for (const Draft& one : locked) expected += "effect: executed " + one.id_text() + "\n";
  expected += "effect: locked " + own.id_text() + "\nstate: ";
  const Block& block = play(cast.now, drafts);
  EXPECT_NE(block.block_record.find(expected), std::string::npos) << block.block_record << expected;
}

TEST_F(RegistryTest, ARefusedRecordChangesNothing) {
  cast.now = actors::kGenesisTime + base::Seconds(actors::kHour);
  play(cast.now, actors::standard_world(cast));
  Registry other = founded();
  other.begin_block(cast.now);
  for (const Record& record : blocks[0].records) {
    ASSERT_TRUE(other.apply(record, checker));
    ASSERT_FALSE(other.apply(record, checker)) << "a replay of the same record";
  }
  EXPECT_EQ(other.end_block(), blocks[0].block_record);
}

TEST_F(RegistryTest, ASnapshotsTextsGiveTheSameStateAfterEveryBlock) {
  play_story();
  Registry other = founded();
  for (const Block& block : blocks) {
    std::vector<std::string> objects;
    std::vector<std::string> rules;
    other.charter().for_each(charter::Tree::kObjects,
                             [&](auto, std::string_view text) { objects.emplace_back(text); });
    other.charter().for_each(charter::Tree::kRules,
                             [&](auto, std::string_view text) { rules.emplace_back(text); });
    const base::Hash state = other.state();
    for (const unsigned threads : {1U, 3U}) {
      auto loaded = Registry::from_texts(objects, rules, threads);
      ASSERT_TRUE(loaded) << loaded.error().message();
      EXPECT_EQ(loaded->state(), state);
      EXPECT_EQ(loaded->height(), other.height());
      other = std::move(*loaded);
    }
    other.begin_block(block.time);
    for (const Record& record : block.records) {
      const auto applied = other.apply(record, checker);
      ASSERT_TRUE(applied) << applied.error().message();
    }
    ASSERT_EQ(other.end_block(), block.block_record);
  }
}

TEST_F(RegistryTest, LateHashingGivesTheSameRoots) {
  play_story();
  Registry other = founded();
  for (std::size_t i = 0; i < blocks.size(); ++i) {
    other.begin_block(blocks[i].time);
    for (const Record& record : blocks[i].records) ASSERT_TRUE(other.apply(record, checker));
    if (i % 2 == 0) {
      const std::string text = other.end_block_unhashed();
      EXPECT_EQ(text, blocks[i].block_record.substr(0, text.size()));
      EXPECT_TRUE(blocks[i].block_record.substr(text.size()).starts_with("state: "));
    } else {
      EXPECT_EQ(other.end_block(), blocks[i].block_record);
    }
  }
  other.rehash();
  EXPECT_EQ(other.state(), registry.state());
}

TEST_F(RegistryTest, ReplayFollowsTheStory) {
  play_story();
  for (const Rehash rehash : {Rehash::kEveryBlock, Rehash::kLater}) {
    auto other = replay_genesis(genesis, parsed(genesis_block), checker);
    ASSERT_TRUE(other) << other.error().message();
    for (const Block& block : blocks) {
      const auto replayed = replay_block(*other, block.records, parsed(block.block_record),
                                         base::LeafIndex(2), checker, rehash);
      ASSERT_TRUE(replayed) << replayed.error().message();
    }
    EXPECT_TRUE(check_last_state(*other, parsed(blocks.back().block_record), base::LeafIndex(9)));
    EXPECT_EQ(other->state(), registry.state());
  }
}

// Replays everything before `spoilt`, then that block with another block record.
base::Result<void> replay_spoilt(RegistryTest&, Registry& other, const std::vector<Block>& blocks,
                                 std::size_t spoilt, std::span<const Record> records,
                                 const std::string& block_record, Rehash rehash) {
  charter::DirectChecker checker;
  for (std::size_t i = 0; i < spoilt; ++i) {
    TRY(replay_block(other, blocks[i].records, parsed(blocks[i].block_record), base::LeafIndex(100), checker,
                     rehash));
  }
  return replay_block(other, records, parsed(block_record), base::LeafIndex(100), checker, rehash);
}

TEST_F(RegistryTest, ReplayRefusesEveryAlteredLineOfABlockRecord) {
  play_story();
  const std::size_t spoilt = 4;  // two days later: it executed something
  const std::string right = blocks[spoilt].block_record;
  ASSERT_NE(right.find("effect: executed "), std::string::npos) << right;
  const auto with = [&](const std::string& from, const std::string& to) {
    std::string text = right;
    text.replace(text.find(from), from.size(), to);
    return text;
  };
  const std::string effect = right.substr(
      right.find("effect: "), right.find('\n', right.find("effect: ")) + 1 - right.find("effect: "));
  const std::string state = right.substr(right.find("state: "));
  struct Case {
    std::string text;
    std::string named;
    bool later;  ///< also seen without rehashing
  };
  const std::vector<Case> cases{
      {with("height: 5", "height: 6"), "line 2", true},
      {with("records: 0", "records: 1"), "line 4", true},
      {with("effect: executed", "effect: failed"), "line 5", true},
      {with(effect, ""), "line 5", true},
      {with(effect, effect + effect), "line 6", true},
      {with(state, "state: " + codec::serialize_base64(base::Hash{}.view()) + "\n"), "line 6", false},
      {with("time: 2026-01-03", "time: 2026-01-01"), "time goes back", true},
  };
  for (const Case& one : cases) {
    SCOPED_TRACE(one.text);
    for (const Rehash rehash : {Rehash::kEveryBlock, Rehash::kLater}) {
      Registry other = founded();
      const auto replayed =
          replay_spoilt(*this, other, blocks, spoilt, blocks[spoilt].records, one.text, rehash);
      if (rehash == Rehash::kLater && !one.later) {
        ASSERT_TRUE(replayed);
        const auto last = check_last_state(other, parsed(one.text), base::LeafIndex(100));
        ASSERT_FALSE(last);
        EXPECT_TRUE(last.error().kind() == kWrongBlockRecord);
        continue;
      }
      ASSERT_FALSE(replayed);
      EXPECT_TRUE(replayed.error().kind() == kWrongBlockRecord);
      EXPECT_NE(replayed.error().detail().find("leaf 100: "), std::string::npos) << replayed.error().detail();
      EXPECT_NE(replayed.error().detail().find(one.named), std::string::npos) << replayed.error().detail();
    }
  }
}

TEST_F(RegistryTest, ReplayRefusesRecordsDroppedSwappedOrAltered) {
  play_story();
  const std::vector<Record>& right = blocks[0].records;
  const auto replay_with = [&](const std::vector<Record>& records) {
    Registry other = founded();
    return replay_spoilt(*this, other, blocks, 0, records, blocks[0].block_record, Rehash::kEveryBlock);
  };
  ASSERT_TRUE(replay_with(right));
  std::vector<Record> dropped(right.begin(), right.end() - 1);
  const auto without_last = replay_with(dropped);
  ASSERT_FALSE(without_last);
  EXPECT_NE(without_last.error().detail().find("line 4"), std::string::npos) << without_last.error().detail();
  std::vector<Record> swapped(right);
  std::swap(swapped[0], swapped[1]);  // a ballot before its proposal
  const auto early = replay_with(swapped);
  ASSERT_FALSE(early);
  EXPECT_TRUE(early.error().detail().starts_with("leaf 100")) << early.error().detail();
  std::vector<Record> twice(right);
  twice.push_back(right.back());
  const auto again = replay_with(twice);
  ASSERT_FALSE(again);
  EXPECT_TRUE(again.error().detail().starts_with("leaf " + std::to_string(100 + right.size())))
      << again.error().detail();
}

TEST_F(RegistryTest, AWrongGenesisBlockIsRefused) {
  for (const char* const spoilt : {"height: 1", "records: 2", "time: 2026-01-02T00:00:00Z"}) {
    const std::string name = std::string(spoilt).substr(0, std::string(spoilt).find(' '));
    std::string text = genesis_block;
    const std::size_t at = text.find(name);
    text.replace(at, text.find('\n', at) - at, spoilt);
    const auto replayed = replay_genesis(genesis, parsed(text), checker);
    ASSERT_FALSE(replayed) << spoilt;
    EXPECT_TRUE(replayed.error().kind() == kWrongBlockRecord);
    EXPECT_TRUE(replayed.error().detail().starts_with("leaf 1: line ")) << replayed.error().detail();
  }
}

TEST_F(RegistryTest, VerifiedAheadOrOnTheSpotIsTheSame) {
  cast.now = actors::kGenesisTime + base::Seconds(actors::kHour);
  play(cast.now, actors::standard_world(cast));
  Draft forged = actors::close_founding(cast)[0];
  forged.signings[0].fault = actors::Signing::Fault::kForged;
  Draft flipped = actors::close_founding(cast)[0];
  flipped.signings[0].fault = actors::Signing::Fault::kFlipped;
  std::vector<Record> records;
  for (const Draft& draft : {forged, flipped, actors::close_founding(cast)[0]})
    records.push_back(parsed(draft.leaf()));
  std::vector<const Record*> pointers{nullptr};
  for (const Record& record : records) pointers.push_back(&record);
  for (const unsigned threads : {1U, 4U}) {
    RememberingChecker ahead;
    remember_signatures(ahead, pointers, registry.charter(), threads);
    EXPECT_FALSE(registry.charter().check(records[0], ahead));
    EXPECT_FALSE(registry.charter().check(records[1], ahead));
    EXPECT_TRUE(registry.charter().check(records[2], ahead));
  }
  TrustingChecker trusting;
  EXPECT_TRUE(registry.charter().check(records[1], trusting));
}

TEST_F(RegistryTest, BlockRecordsOfStrangersGiveNoInput) {
  EXPECT_FALSE(block_input({}, "comity/1 block "));
  EXPECT_FALSE(block_input({}, genesis.leaf()));
  const auto input = block_input({"leaf"}, genesis_block);
  ASSERT_TRUE(input);
  EXPECT_EQ(input->height, base::Height(0));
  EXPECT_EQ(input->time, actors::kGenesisTime);
  EXPECT_TRUE(is_block_record(genesis_block));
  EXPECT_FALSE(is_block_record(genesis.leaf()));
}

}  // namespace
}  // namespace registry
