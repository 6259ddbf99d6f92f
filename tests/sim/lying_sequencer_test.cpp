// Aim: a sequencer that lies gets no quorum: forks, rollbacks, wrong state roots, records that the rules
// refuse and wrong clocks stop the honest replicas, which name what they saw, and nothing they did before is
// undone. Method: the real engine with a liar in the first seat, and blocks handed to replicas by hand,
// differently to each half.
#include <gtest/gtest.h>

#include "base/check.h"
#include "sim/forgetful_files.h"
#include "sim/table.h"
#include "support/world.h"

namespace sim {
namespace {

using actors::Draft;
using base::Result;
using registry::BlockInput;
using registry::BlockOutcome;

std::vector<std::string> leaves_of(const std::vector<Draft>& drafts) {
  std::vector<std::string> leaves;
  for (const Draft& draft : drafts) leaves.push_back(draft.leaf());
  return leaves;
}

// A replica whose reports are false from the time it is told to lie.
class Liar final : public registry::Application, public registry::Cosigner {
 public:
  enum class Lie : std::uint8_t { kNone, kState, kAcceptsAll, kDropsRecord };
  explicit Liar(replica::Replica& truth) : truth_(truth) {}
  Lie lie = Lie::kNone;

  registry::ApplicationInfo info() const override { return truth_.info(); }
  Result<void> check(std::string_view leaf) override {
    return lie == Lie::kAcceptsAll ? Result<void>() : truth_.check(leaf);
  }
  std::vector<std::size_t> prepare(std::span<const std::string_view> candidates) const override {
    return truth_.prepare(candidates);
  }
  Result<void> process(const BlockInput&) override { return {}; }
  Result<BlockOutcome> finalize(const BlockInput& block) override {
    ASSIGN_OR_RETURN(BlockOutcome outcome, truth_.finalize(block));
    switch (lie) {
      case Lie::kNone:
        break;
      case Lie::kState:
        outcome.block_record.replace(outcome.block_record.find("state: ") + 7, 4, "AAAA");
        break;
      case Lie::kAcceptsAll:
        for (auto& refusal : outcome.outcomes) refusal.reset();
        break;
      case Lie::kDropsRecord:
        outcome.outcomes.front() = base::Error(replica::kBadBlock, "never seen");
        break;
    }
    return outcome;
  }
  Result<registry::ApplicationInfo> commit() override { return truth_.commit(); }
  Result<std::vector<registry::SnapshotInfo>> list_snapshots() const override {
    return truth_.list_snapshots();
  }
  Result<base::Bytes> load_snapshot_chunk(base::Height height, std::uint64_t offset,
                                          std::size_t bytes_max) const override {
    return truth_.load_snapshot_chunk(height, offset, bytes_max);
  }
  Result<void> offer_snapshot(const registry::SnapshotInfo& snapshot) const override {
    return truth_.offer_snapshot(snapshot);
  }
  Result<void> apply_snapshot(base::Bytes snapshot) override {
    return truth_.apply_snapshot(std::move(snapshot));
  }
  Result<std::string> cosign(std::string_view body) override { return truth_.cosign(body); }
  Result<void> accept_checkpoint(std::string_view text) override { return truth_.accept_checkpoint(text); }

 private:
  replica::Replica& truth_;
};

class LyingSequencer : public ::testing::Test {
 protected:
  LyingSequencer() : files(1), clock(actors::kGenesisTime + base::Seconds(60)), cast(4) {
    cast.now = clock.now();
    for (const std::string& handle : cast.members()) {
      replica::ReplicaOptions options = folders_of(files, clock, handle);
      options.live = handle != cast.members().front();
      auto opened = open_replica(options, cast, handle);
      CHECK(opened);
      replicas.push_back(std::move(*opened));
    }
    liar = std::make_unique<Liar>(*replicas[0]);
    std::vector<engine::Seat> seats{{cast.members()[0], liar.get(), liar.get()}};
    for (std::size_t i = 1; i < replicas.size(); ++i) {
      seats.push_back({cast.members()[i], replicas[i].get(), replicas[i].get()});
    }
    engine = std::make_unique<engine::EmbeddedEngine>(
        std::move(seats), log_signer(),
        engine::EmbeddedOptions{std::string(actors::kOrigin), &clock, [this](const std::string& text) {
                                  published = text;
                                  return Result<void>();
                                }});
    for (const auto& answer : engine->submit(leaves_of(actors::standard_world(cast)))) CHECK(answer);
    before = published;
  }

  // All honest seats stopped, each for a reason that says `named`; nothing new was published or committed by
  // them.
  void expect_alone(const base::ErrorKind& kind, const std::string& named) {
    const auto stopped = engine->stopped();
    ASSERT_EQ(stopped.size(), 3U);
    for (const auto& seat : stopped) {
      EXPECT_NE(seat.member, "MEMBER-A");
      EXPECT_TRUE(seat.reason.kind() == kind) << seat.reason.message();
      EXPECT_NE(seat.reason.message().find(named), std::string::npos) << seat.reason.message();
    }
    EXPECT_EQ(published, before);
    for (std::size_t i = 1; i < 4; ++i) {
      auto reopened =
          replica::Replica::open(folders_of(files, clock, cast.members()[i]), std::string(actors::kOrigin));
      ASSERT_TRUE(reopened) << reopened.error().message();
      EXPECT_EQ((*reopened)->info().height, base::Height(1));
    }
  }

  ForgetfulFiles files;
  StandingClock clock;
  actors::Cast cast;
  std::vector<std::unique_ptr<replica::Replica>> replicas;
  std::unique_ptr<Liar> liar;
  std::unique_ptr<engine::EmbeddedEngine> engine;
  std::string published;
  std::string before;
};

TEST_F(LyingSequencer, AnotherStateRootConvincesNobody) {
  liar->lie = Liar::Lie::kState;
  EXPECT_FALSE(engine->submit(leaves_of(actors::close_founding(cast)))[0]);
  expect_alone(engine::kDiverged, "height 2");
}

TEST_F(LyingSequencer, ARecordThatTheRulesRefuseConvincesNobody) {
  liar->lie = Liar::Lie::kAcceptsAll;
  std::vector<Draft> drafts = actors::close_founding(cast);
  drafts[0].signings[0].fault = actors::Signing::Fault::kForged;
  EXPECT_FALSE(engine->submit(leaves_of(drafts))[0]);
  const auto stopped = engine->stopped();
  ASSERT_EQ(stopped.size(), 3U);
  EXPECT_NE(stopped[0].reason.message().find("the rules refuse"), std::string::npos);
  EXPECT_EQ(published, before);
}

TEST_F(LyingSequencer, ARecordThatVanishedConvincesNobody) {
  liar->lie = Liar::Lie::kDropsRecord;
  const Draft country =
      cast.proposal("ORG-ALFA", "H1", {actors::change("organisation", "ORG-ALFA", {"+ country: NL"})});
  EXPECT_FALSE(engine->submit({country.leaf()})[0]);
  expect_alone(engine::kDiverged, "height 2");
}

TEST_F(LyingSequencer, AClockThatRunsAheadConvincesNobody) {
  EXPECT_FALSE(engine->tick(clock.now() + base::Seconds(61)));
  expect_alone(replica::kWrongTime, "more than 60 s ahead");
}

TEST_F(LyingSequencer, ABlockThatHoldsEffectsBackConvincesNobody) {
  ASSERT_TRUE(engine->submit(leaves_of(actors::close_founding(cast)))[0]);
  const Draft create = cast.proposal("MEMBER-A", "A",
                                     {actors::create("domain", "new.",
                                                     {"+ holder: ORG-DELTA", "+ status: active",
                                                      "+ nserver: a.nic.beta.", "+ nserver: b.nic.beta."})});
  std::vector<Draft> drafts = actors::with_votes(cast, create, 3);
  drafts.push_back(cast.acceptance("ORG-DELTA", create));
  for (const auto& answer : engine->submit(leaves_of(drafts)))
    ASSERT_TRUE(answer) << answer.error().message();
  const auto due = replicas[1]->registry().charter().next_due();
  ASSERT_TRUE(due);
  const std::string last = published;
  clock.move_to(*due + base::Seconds(3'600));
  EXPECT_FALSE(engine->tick(base::EpochSeconds(due->value() - 1)));
  ASSERT_EQ(engine->stopped().size(), 3U);
  EXPECT_NE(engine->stopped()[0].reason.message().find("due more than an hour ago"), std::string::npos);
  EXPECT_EQ(published, last);
}

// Two blocks of one height, each shown to one half; then every replica is asked to cosign both.
TEST_F(LyingSequencer, AForkGetsNoQuorumOnEitherSide) {
  const std::vector<std::vector<std::string>> sides{leaves_of(actors::close_founding(cast)), {}};
  for (std::size_t i = 0; i < 4; ++i) {
    const BlockInput block{base::Height(2), clock.now(), sides[i / 2]};
    ASSERT_TRUE(replicas[i]->process(block));
    ASSERT_TRUE(replicas[i]->finalize(block));
    ASSERT_TRUE(replicas[i]->commit());
  }
  for (const std::size_t side : {0U, 1U}) {
    const registry::ApplicationInfo info = replicas[side * 2]->info();
    const std::string body = note::serialize_checkpoint({std::string(actors::kOrigin), info.size, info.root});
    std::size_t lines = 0;
    for (std::size_t i = 0; i < 4; ++i) {
      const auto line = replicas[i]->cosign(body);
      lines += line ? 1 : 0;
      if (!line) {
        EXPECT_TRUE(line.error().kind() == replica::kForeignCheckpoint);
      }
    }
    EXPECT_EQ(lines, 2U);
    EXPECT_LT(lines, info.quorums[0].needed);
  }
  // The other side's log is not followed either, neither now nor after a restart.
  EXPECT_FALSE(replicas[0]->catch_up(replicas[2]->log()));
  replicas[2] = nullptr;
  auto reopened = open_replica(folders_of(files, clock, "MEMBER-C"), cast, "MEMBER-C");
  ASSERT_TRUE(reopened);
  const auto followed = (*reopened)->catch_up(replicas[1]->log());
  ASSERT_FALSE(followed) << "leaves were added to a log that went another way";
}

TEST_F(LyingSequencer, ARollbackIsRefused) {
  const registry::ApplicationInfo old = replicas[1]->info();
  ASSERT_TRUE(engine->submit(leaves_of(actors::close_founding(cast)))[0]);
  const auto again = replicas[1]->process({base::Height(2), clock.now(), {}});
  ASSERT_FALSE(again);
  EXPECT_TRUE(again.error().kind() == replica::kBadBlock);
  const auto line =
      replicas[1]->cosign(note::serialize_checkpoint({std::string(actors::kOrigin), old.size, old.root}));
  ASSERT_FALSE(line) << "an old checkpoint, though once true, is not cosigned again";
  EXPECT_TRUE(line.error().kind() == replica::kForeignCheckpoint);
  EXPECT_TRUE(replicas[1]->catch_up(replicas[0]->log().at(old.size)).error().kind() == replica::kBadBlock);
}

}  // namespace
}  // namespace sim
