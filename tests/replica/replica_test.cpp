// Aim: a replica cosigns only what it executed and never contradicts its memory; damage on its own disk is
// named; unusable snapshots are passed over; the clock's rules hold for live blocks and not for those of the
// past; it knows who must cosign, also when it is opened right after the cosigners changed. Method: replicas
// on a disk in memory (tests/sim), fed by hand as a good or a lying engine would.
#include "replica/replica.h"

#include <algorithm>

#include <gtest/gtest.h>

#include "merkle/tile.h"
#include "replica/load.h"
#include "sim/forgetful_files.h"
#include "sim/table.h"
#include "storage/checkpoint_file.h"
#include "storage/snapshot_file.h"
#include "support/world.h"

namespace replica {
namespace {

using actors::Draft;
using base::EpochSeconds;
using registry::BlockInput;

std::vector<std::string> leaves_of(const std::vector<Draft>& drafts) {
  std::vector<std::string> leaves;
  for (const Draft& draft : drafts) leaves.push_back(draft.leaf());
  return leaves;
}

class ReplicaTest : public ::testing::Test {
 protected:
  ReplicaTest() : files(1), clock(actors::kGenesisTime), cast(4) {
    cast.now = actors::kGenesisTime + base::Seconds(60);
  }

  ReplicaOptions options_of(const std::string& handle, bool live = false) {
    ReplicaOptions options = sim::folders_of(files, clock, handle);
    options.live = live;
    return options;
  }
  std::unique_ptr<Replica> open(const std::string& handle, bool live = false) {
    auto opened = sim::open_replica(options_of(handle, live), cast, handle);
    EXPECT_TRUE(opened) << opened.error().message();
    return opened ? std::move(*opened) : nullptr;
  }
  base::Result<void> play(Replica& replica, EpochSeconds time, const std::vector<Draft>& drafts) {
    const BlockInput block{replica.info().height.next(), time, leaves_of(drafts)};
    TRY(replica.process(block));
    ASSIGN_OR_RETURN(const registry::BlockOutcome outcome, replica.finalize(block));
    for (const auto& refusal : outcome.outcomes) {
      if (refusal) return std::unexpected(*refusal);
    }
    TRY(replica.commit());
    return {};
  }
  static std::string body_of(const Replica& replica) {
    const registry::ApplicationInfo info = replica.info();
    return note::serialize_checkpoint({std::string(actors::kOrigin), info.size, info.root});
  }
  // The world in one block, then some small blocks.
  std::unique_ptr<Replica> grown(const std::string& handle) {
    auto replica = open(handle);
    EXPECT_TRUE(play(*replica, cast.now, actors::standard_world(cast)));
    EXPECT_TRUE(play(*replica, cast.now, actors::close_founding(cast)));
    for (std::uint64_t i = 1; i <= 3; ++i) EXPECT_TRUE(play(*replica, cast.now + base::Seconds(i), {}));
    return replica;
  }
  // Something that falls due a day later.
  void lock_a_creation(Replica& replica) {
    const Draft create =
        cast.proposal("MEMBER-A", "A",
                      {actors::create("domain", "new.",
                                      {"+ holder: ORG-DELTA", "+ status: active", "+ nserver: a.nic.beta.",
                                       "+ nserver: b.nic.beta."})});
    std::vector<Draft> drafts = actors::with_votes(cast, create, 3);
    drafts.push_back(cast.acceptance("ORG-DELTA", create));
    const auto played = play(replica, replica.info().time, drafts);
    ASSERT_TRUE(played) << played.error().message();
    ASSERT_TRUE(replica.registry().charter().next_due());
  }
  void spoil(const std::string& path, std::size_t at) {
    auto bytes = files.read(path, 1 << 24);
    ASSERT_TRUE(bytes) << path;
    bytes->at(at) ^= 1;
    ASSERT_TRUE(files.write_synced(path, *bytes, base::FileMode::kPublic));
  }
  void cut(const std::string& path) {
    auto bytes = files.read(path, 1 << 24);
    ASSERT_TRUE(bytes) << path;
    bytes->pop_back();
    ASSERT_TRUE(files.write_synced(path, *bytes, base::FileMode::kPublic));
  }
  base::Result<std::unique_ptr<Replica>> reopen(const std::string& handle) {
    return Replica::open(options_of(handle), std::string(actors::kOrigin));
  }

  sim::ForgetfulFiles files;
  sim::StandingClock clock;
  actors::Cast cast;
};

// The genesis block changes the cosigners as a step of the policy does, and takes no more records; the next one does.
TEST_F(ReplicaTest, ChecksARecordForTheBlockAfterOneThatChangedTheCosigners) {
  const auto replica = open("MEMBER-A");
  ASSERT_EQ(replica->info().height, base::Height(0));
  Draft forged = actors::close_founding(cast)[0];
  forged.signings[0].fault = actors::Signing::Fault::kForged;
  EXPECT_FALSE(replica->check(forged.leaf()));
  const auto checked = replica->check(actors::close_founding(cast)[0].leaf());
  EXPECT_TRUE(checked) << checked.error().message();
}

TEST_F(ReplicaTest, IsFoundedOnceAndOpensWhereItLeftOff) {
  EXPECT_TRUE(reopen("MEMBER-A").error().kind() == kNotFounded);
  const auto first = grown("MEMBER-A");
  const registry::ApplicationInfo left = first->info();
  const auto again = Replica::create(options_of("MEMBER-A"), cast.genesis().leaf());
  ASSERT_FALSE(again);
  EXPECT_TRUE(again.error().kind() == kOccupied);
  const auto opened = reopen("MEMBER-A");
  ASSERT_TRUE(opened) << opened.error().message();
  EXPECT_EQ((*opened)->info().state, left.state);
  EXPECT_EQ((*opened)->info().size, left.size);
  EXPECT_EQ((*opened)->info().root, left.root);
  EXPECT_EQ((*opened)->info().height, left.height);
  EXPECT_TRUE((*opened)->warnings().empty());
}

TEST_F(ReplicaTest, AForgedGenesisFoundsNothing) {
  Draft forged = cast.genesis();
  forged.signings.back().fault = actors::Signing::Fault::kForged;
  EXPECT_FALSE(Replica::create(options_of("MEMBER-A"), forged.leaf()));
  EXPECT_FALSE(Replica::create(options_of("MEMBER-A"), "nonsense"));
  EXPECT_TRUE(reopen("MEMBER-A").error().kind() == kNotFounded);
}

TEST_F(ReplicaTest, CosignsOnlyWhatItExecuted) {
  const auto replica = grown("MEMBER-A");
  const registry::ApplicationInfo info = replica->info();
  ASSERT_TRUE(replica->cosign(body_of(*replica)));
  base::Hash other = info.root;
  other.bytes[0] ^= 1;
  const std::string origin(actors::kOrigin);
  const std::vector<note::Checkpoint> foreign{{origin, info.size, other},
                                              {origin, base::TreeSize(info.size.value() - 1), info.root},
                                              {origin, base::TreeSize(info.size.value() + 1), info.root},
                                              {"other.example/root", info.size, info.root}};
  for (const note::Checkpoint& checkpoint : foreign) {
    const auto line = replica->cosign(note::serialize_checkpoint(checkpoint));
    ASSERT_FALSE(line);
    EXPECT_TRUE(line.error().kind() == kForeignCheckpoint);
  }
  EXPECT_FALSE(replica->cosign("nonsense"));
  ASSERT_TRUE(replica->cosign(body_of(*replica))) << "a refusal spoils nothing";
}

TEST_F(ReplicaTest, CosignsNothingThatIsNotDurable) {
  const auto replica = grown("MEMBER-A");
  ASSERT_TRUE(replica->finalize({replica->info().height.next(), cast.now + base::Seconds(9), {}}));
  EXPECT_FALSE(replica->cosign(body_of(*replica)));
}

TEST_F(ReplicaTest, WithoutASeatItDoesNotCosign) {
  auto opened = Replica::create(options_of("MEMBER-X"), cast.genesis().leaf());
  ASSERT_TRUE(opened);
  const auto nobody = (*opened)->cosign(body_of(**opened));
  ASSERT_FALSE(nobody);
  EXPECT_TRUE(nobody.error().kind() == registry::kNotSeated);
  (*opened)->seat("MEMBER-X", sim::cosigner("MEMBER-X", "MEMBER-X/operator/1"));
  EXPECT_TRUE((*opened)->cosign(body_of(**opened)).error().kind() == registry::kNotSeated);
  (*opened)->seat("MEMBER-A", sim::cosigner("MEMBER-A", "MEMBER-A/operator/2"));
  EXPECT_TRUE((*opened)->cosign(body_of(**opened)).error().kind() == registry::kNotSeated);
  (*opened)->seat("MEMBER-A", sim::cosigner("MEMBER-A", "MEMBER-A/operator/1"));
  EXPECT_TRUE((*opened)->cosign(body_of(**opened)));
}

TEST_F(ReplicaTest, TheMemoryNeverGoesBack) {
  const auto replica = grown("MEMBER-A");
  clock.move_to(actors::kGenesisTime + base::Seconds(5'000));
  ASSERT_TRUE(replica->cosign(body_of(*replica)));
  clock.move_to(actors::kGenesisTime);  // set back by hand
  const auto line = replica->cosign(body_of(*replica));
  ASSERT_TRUE(line);
  const auto memory = storage::CosignMemory::open(files, "MEMBER-A/cosigned", std::string(actors::kOrigin));
  ASSERT_TRUE(memory && memory->last());
  EXPECT_EQ(memory->last()->time, actors::kGenesisTime + base::Seconds(5'000));
  EXPECT_EQ(memory->last()->size, replica->info().size);
  ASSERT_TRUE(play(*replica, cast.now + base::Seconds(9), {}));
  const auto later = storage::CosignMemory::open(files, "MEMBER-A/cosigned", std::string(actors::kOrigin));
  EXPECT_EQ(later->last()->time, actors::kGenesisTime + base::Seconds(5'000));
}

TEST_F(ReplicaTest, NoCosignatureWithoutMemory) {
  const auto replica = grown("MEMBER-A");
  clock.move_to(actors::kGenesisTime + base::Seconds(5'000));
  files.fault_at(files.steps(), sim::Fault::kRefuse);
  EXPECT_FALSE(replica->cosign(body_of(*replica)));
  EXPECT_FALSE(replica->cosign(body_of(*replica)))
      << "the memory's state is unknown until it is opened again";
}

TEST_F(ReplicaTest, AMemoryThatIsOldOrDamagedIsRefused) {
  auto replica = grown("MEMBER-A");
  const auto old = files.read("MEMBER-A/cosigned", 4'096);
  ASSERT_TRUE(old);
  ASSERT_TRUE(play(*replica, cast.now + base::Seconds(9), {}));
  const registry::ApplicationInfo info = replica->info();
  const note::Checkpoint checkpoint{std::string(actors::kOrigin), info.size, info.root};
  const std::vector<std::string> lines{note::sign_checkpoint(checkpoint, sim::log_signer())};
  ASSERT_TRUE(replica->accept_checkpoint(*note::assemble_checkpoint(checkpoint, lines)));
  replica.reset();

  ASSERT_TRUE(files.write_synced("MEMBER-A/cosigned", *old, base::FileMode::kPublic));
  const auto restored = reopen("MEMBER-A");
  ASSERT_FALSE(restored);
  EXPECT_TRUE(restored.error().kind() == kForgotten);
  spoil("MEMBER-A/cosigned", 30);
  EXPECT_TRUE(reopen("MEMBER-A").error().kind() == storage::kBadCosignMemory);
  ASSERT_TRUE(files.remove("MEMBER-A/cosigned"));
  EXPECT_TRUE(reopen("MEMBER-A").error().kind() == kNotFounded);
  EXPECT_TRUE(Replica::create(options_of("MEMBER-A"), cast.genesis().leaf()));
  EXPECT_FALSE(*files.exists("MEMBER-A/log/checkpoint")) << "it spoke of a log that is begun anew";
  EXPECT_TRUE(reopen("MEMBER-A"));
}

TEST_F(ReplicaTest, KeepsNoForeignCheckpoint) {
  const auto replica = grown("MEMBER-A");
  const registry::ApplicationInfo info = replica->info();
  const note::Checkpoint bigger{std::string(actors::kOrigin), base::TreeSize(info.size.value() + 1),
                                info.root};
  const std::vector<std::string> lines{note::sign_checkpoint(bigger, sim::log_signer())};
  const auto kept = replica->accept_checkpoint(*note::assemble_checkpoint(bigger, lines));
  ASSERT_FALSE(kept);
  EXPECT_TRUE(kept.error().kind() == kForeignCheckpoint);
  EXPECT_FALSE(replica->accept_checkpoint("nonsense"));
  EXPECT_FALSE(*files.exists("MEMBER-A/log/checkpoint"));
}

TEST_F(ReplicaTest, CatchesUpWithAGoodLogAndOnlyWithIt) {
  const auto good = grown("MEMBER-A");
  auto follower = open("MEMBER-B");
  ASSERT_TRUE(follower->catch_up(good->log()));
  EXPECT_EQ(follower->info().state, good->info().state);
  EXPECT_EQ(follower->info().root, good->info().root);
  ASSERT_TRUE(follower->catch_up(good->log())) << "nothing to do";
  const auto behind = good->log().at(base::TreeSize(2));
  EXPECT_TRUE(follower->catch_up(behind).error().kind() == kBadBlock);
}

// A log whose sequencer let a record in that the rules refuse, and one whose block record lies.
TEST_F(ReplicaTest, NamesWhereALyingLogLeavesTheRules) {
  const auto good = grown("MEMBER-A");
  const std::uint64_t size = good->log().size().value();
  Draft forged = actors::close_founding(cast)[1];
  forged.signings[0].fault = actors::Signing::Fault::kForged;
  struct Lie {
    std::uint64_t index;
    std::string leaf;
    std::string named;
  };
  std::string block(base::as_text(*good->log().read_leaf(base::LeafIndex(size - 1))));
  block.replace(block.find("state: ") + 7, 4, "AAAA");
  const std::vector<Lie> lies{{5, forged.leaf(), "leaf 5"},
                              {7, "nonsense", "leaf 7"},
                              {size - 1, block, "leaf " + std::to_string(size - 1)}};
  for (const Lie& lie : lies) {
    const std::string folder = "lie-" + std::to_string(lie.index);
    const auto store = storage::LogStore::open(files, folder, base::TreeSize(0), merkle::empty_log_root());
    ASSERT_TRUE(store);
    for (std::uint64_t i = 0; i < size; ++i) {
      const auto leaf = good->log().read_leaf(base::LeafIndex(i));
      const base::ByteView view = i == lie.index ? base::as_bytes(lie.leaf) : base::ByteView(*leaf);
      ASSERT_TRUE((*store)->append({&view, 1}));
    }
    ASSERT_TRUE((*store)->sync());
    const std::string handle = "MEMBER-B-" + std::to_string(lie.index);
    auto follower = Replica::create(options_of(handle), cast.genesis().leaf());
    ASSERT_TRUE(follower);
    const auto caught = (*follower)->catch_up((*store)->folder());
    ASSERT_FALSE(caught);
    EXPECT_TRUE(caught.error().detail().starts_with(lie.named)) << caught.error().message();
    const auto reopened = reopen(handle);
    ASSERT_TRUE(reopened) << "what it took before is sound";
    EXPECT_LE((*reopened)->info().size.value(), lie.index);
  }
}

TEST_F(ReplicaTest, BlocksThatDoNotFollowAreRefused) {
  const auto replica = grown("MEMBER-A");
  const base::Height next = replica->info().height.next();
  const EpochSeconds time = replica->info().time;
  EXPECT_TRUE(replica->process({replica->info().height, time, {}}).error().kind() == kBadBlock);
  EXPECT_TRUE(replica->process({next.next(), time, {}}).error().kind() == kBadBlock);
  EXPECT_TRUE(replica->process({next, EpochSeconds(time.value() - 1), {}}).error().kind() == kWrongTime);
  EXPECT_TRUE(replica->process({next, time, std::vector<std::string>(4'097)}).error().kind() == kBadBlock);
  const std::vector<std::string> heavy(300, std::string(60'000, 'x'));
  EXPECT_TRUE(replica->process({next, time, heavy}).error().kind() == kBadBlock);
  EXPECT_TRUE(replica->process({next, time, {}}));
  EXPECT_TRUE(replica->process({next, EpochSeconds(time.value() + 1'000'000), {}})) << "time is virtual here";
}

TEST_F(ReplicaTest, PreparesBlocksWithinTheLimits) {
  const auto replica = open("MEMBER-A");
  EXPECT_TRUE(replica->prepare({}).empty());
  const std::string big(60'000, 'x');
  EXPECT_EQ(replica->prepare(std::vector<std::string_view>(400, big)).size(),
            (std::size_t{16} << 20) / 60'000);
  EXPECT_EQ(replica->prepare(std::vector<std::string_view>(5'000, "x")).size(), 4'096U);
  const std::string monster(std::size_t{17} << 20, 'x');
  EXPECT_EQ(replica->prepare(std::vector<std::string_view>(2, monster)).size(), 1U)
      << "it is refused, not stuck";
}

TEST_F(ReplicaTest, ALiveReplicaJudgesTheClock) {
  const auto good = grown("MEMBER-A");
  lock_a_creation(*good);
  const auto replica = open("MEMBER-B", true);
  clock.move_to(cast.now + base::Seconds(1'000));
  ASSERT_TRUE(replica->catch_up(good->log()));
  const base::Height next = replica->info().height.next();
  EXPECT_TRUE(replica->process({next, clock.now() + base::Seconds(60), {}}));
  const auto future = replica->process({next, clock.now() + base::Seconds(61), {}});
  ASSERT_FALSE(future);
  EXPECT_TRUE(future.error().kind() == kWrongTime);

  // Something falls due; a sequencer that keeps its clock before it holds it back.
  const auto due = replica->registry().charter().next_due();
  ASSERT_TRUE(due);
  clock.move_to(*due + base::Seconds(3'599));
  const EpochSeconds before(due->value() - 1);
  EXPECT_TRUE(replica->process({next, before, {}}));
  clock.move_to(*due + base::Seconds(3'600));
  const auto held = replica->process({next, before, {}});
  ASSERT_FALSE(held);
  EXPECT_NE(held.error().detail().find("due more than an hour ago"), std::string::npos);
  EXPECT_TRUE(replica->process({next, *due, {}}));
}

// A live replica that was away: the blocks it missed were in time when they were made.
TEST_F(ReplicaTest, ALiveReplicaCatchesUpWithThePast) {
  const auto good = grown("MEMBER-A");
  lock_a_creation(*good);
  const auto due = good->registry().charter().next_due();
  ASSERT_TRUE(due);
  ASSERT_TRUE(play(*good, *due + base::Seconds(1), {}));
  const auto replica = open("MEMBER-B", true);
  clock.move_to(*due + base::Seconds(90 * actors::kDay));
  const auto caught = replica->catch_up(good->log());
  ASSERT_TRUE(caught) << caught.error().message();
  EXPECT_EQ(replica->info().state, good->info().state);
  ASSERT_TRUE(play(*good, clock.now() + base::Seconds(61), {}));
  EXPECT_TRUE(replica->catch_up(good->log()).error().kind() == kWrongTime) << "but not with the future";
}

TEST_F(ReplicaTest, SnapshotsAreUsedAndBadOnesPassedOver) {
  auto replica = grown("MEMBER-A");
  std::vector<std::string> heights;
  for (std::uint64_t i = 0; i < 4; ++i) {
    ASSERT_TRUE(play(*replica, cast.now + base::Seconds(100 + i), {}));
    ASSERT_TRUE(replica->store_snapshot());
    heights.push_back(std::to_string(replica->info().height.value()));
  }
  EXPECT_EQ(replica->leaves_since_snapshot(), 0U);
  ASSERT_TRUE(play(*replica, cast.now + base::Seconds(200), {}));
  const registry::ApplicationInfo info = replica->info();
  replica.reset();
  EXPECT_FALSE(*files.exists("MEMBER-A/snapshots/" + heights[0])) << "the newest three are kept";

  const auto check = [&](std::uint64_t tail, std::size_t passed_over) {
    const auto opened = reopen("MEMBER-A");
    ASSERT_TRUE(opened) << opened.error().message();
    EXPECT_EQ((*opened)->info().state, info.state);
    EXPECT_EQ((*opened)->leaves_since_snapshot(), tail);
    ASSERT_EQ((*opened)->warnings().size(), passed_over);
    for (std::size_t i = 0; i < passed_over; ++i) {
      EXPECT_TRUE((*opened)->warnings()[i].starts_with("MEMBER-A/snapshots/" + heights[3 - i] + ": "))
          << (*opened)->warnings()[i];
    }
  };
  check(1, 0);
  spoil("MEMBER-A/snapshots/" + heights[3], 700);
  check(2, 1);
  cut("MEMBER-A/snapshots/" + heights[2]);
  check(3, 2);
  // A forged one with a right digest: its texts do not give the root that the log names.
  auto snapshot = storage::load_snapshot(files, "MEMBER-A/snapshots", base::Height(std::stoull(heights[1])));
  ASSERT_TRUE(snapshot);
  std::vector<std::string> objects(snapshot->objects.begin(), snapshot->objects.end());
  const auto at = std::ranges::find_if(
      objects, [](const std::string& text) { return text.starts_with("domain: free."); });
  ASSERT_NE(at, objects.end());
  at->replace(at->find("a.nic.free."), 11, "b.nic.beta.");
  const auto texts = [](const auto& list) -> storage::NextText {
    return [&list, i = std::size_t{0}]() mutable -> std::optional<std::string_view> {
      if (i == list.size()) return std::nullopt;
      return list[i++];
    };
  };
  ASSERT_TRUE(storage::store_snapshot(files, "MEMBER-A/snapshots", snapshot->header, texts(objects),
                                      texts(snapshot->rules)));
  check(info.size.value(), 3);
}

TEST_F(ReplicaTest, DamageOnItsOwnDiskIsNamed) {
  auto replica = grown("MEMBER-A");
  const base::TreeSize size = replica->info().size;
  replica.reset();
  const std::string width = std::to_string(size.value());
  ASSERT_LT(size.value(), 256U);
  const std::string bundle = "MEMBER-A/log/tile/entries/000.p/" + width;
  const std::string tile = "MEMBER-A/log/tile/0/000.p/" + width;
  for (const std::string& path : {bundle, tile}) {
    const auto whole = files.read(path, 1 << 24);
    ASSERT_TRUE(whole) << path;
    const auto named = [&](const std::string& what) {
      const auto opened = reopen("MEMBER-A");
      ASSERT_FALSE(opened) << what;
      EXPECT_NE(opened.error().detail().find(path), std::string::npos)
          << what << ": " << opened.error().message();
      ASSERT_TRUE(files.write_synced(path, *whole, base::FileMode::kPublic));
    };
    for (const std::size_t at : {std::size_t{1}, whole->size() / 2, whole->size() - 1}) {
      spoil(path, at);
      named("byte " + std::to_string(at));
    }
    cut(path);
    named("cut");
    ASSERT_TRUE(files.remove(path));
    named("removed");
  }
  EXPECT_TRUE(reopen("MEMBER-A"));
}

// The cosigners change in the last block; who executed it and who opens it afterwards name the same two
// quorums.
TEST_F(ReplicaTest, KnowsTheFormerCosignersWhenOpenedRightAfterTheyChanged) {
  auto replica = grown("MEMBER-A");
  ASSERT_TRUE(replica->store_snapshot());
  actors::Party& member = cast.party("MEMBER-B");
  const Draft rotation =
      cast.proposal("MEMBER-B", "H2",
                    {actors::change("member", "MEMBER-B",
                                    {"- operator: " + actors::Key::of("MEMBER-B/operator/1").text(),
                                     "+ operator: " + actors::Key::of("MEMBER-B/operator/2").text()})});
  ASSERT_TRUE(play(*replica, cast.now + base::Seconds(10), {rotation}));
  member.keys["operator"] = {"MEMBER-B/operator/2"};
  for (auto due = replica->registry().charter().next_due(); replica->info().quorums.size() == 1 && due;
       due = replica->registry().charter().next_due()) {
    ASSERT_TRUE(play(*replica, *due, {}));
  }
  const auto quorums = replica->info().quorums;
  ASSERT_EQ(quorums.size(), 2U);
  EXPECT_EQ(quorums[0].needed, 3U);
  EXPECT_NE(quorums[0].cosigners, quorums[1].cosigners);
  ASSERT_TRUE(replica->store_snapshot());
  EXPECT_GT(replica->leaves_since_snapshot(), 0U)
      << "a snapshot of this block would hide the former cosigners";
  replica.reset();

  auto opened = open("MEMBER-A");
  const auto after = opened->info().quorums;
  ASSERT_EQ(after.size(), 2U);
  EXPECT_EQ(after[0].cosigners, quorums[0].cosigners);
  EXPECT_EQ(after[1].cosigners, quorums[1].cosigners);
  EXPECT_EQ(after[1].needed, 3U);
  // Both keys of MEMBER-B may sign this block; the old one none after it.
  for (const char* label : {"MEMBER-B/operator/1", "MEMBER-B/operator/2"}) {
    opened->seat("MEMBER-B", sim::cosigner("MEMBER-B", label));
    EXPECT_TRUE(opened->cosign(body_of(*opened))) << label;
  }
  ASSERT_TRUE(play(*opened, opened->info().time, {}));
  EXPECT_EQ(opened->info().quorums.size(), 1U);
  opened->seat("MEMBER-B", sim::cosigner("MEMBER-B", "MEMBER-B/operator/1"));
  EXPECT_FALSE(opened->cosign(body_of(*opened)));
  ASSERT_TRUE(opened->store_snapshot());
  EXPECT_EQ(opened->leaves_since_snapshot(), 0U);
  EXPECT_EQ(open("MEMBER-A")->info().quorums.size(), 1U);
}

TEST_F(ReplicaTest, ReplaysUntilAPointInTime) {
  const auto replica = grown("MEMBER-A");
  EXPECT_FALSE(replay_until(replica->log(), {base::TreeSize(1)}));
  const auto genesis = replay_until(replica->log(), {base::TreeSize(5)});
  ASSERT_TRUE(genesis) << genesis.error().message();
  EXPECT_EQ(genesis->height(), base::Height(0));
  const auto all = replay_until(replica->log(), {});
  ASSERT_TRUE(all);
  EXPECT_EQ(all->height(), replica->info().height);
  const auto by_time =
      replay_until(replica->log(), {base::TreeSize(base::kTreeSizeMax), cast.now + base::Seconds(1)});
  ASSERT_TRUE(by_time);
  EXPECT_EQ(by_time->height(), base::Height(3));
}

}  // namespace
}  // namespace replica
