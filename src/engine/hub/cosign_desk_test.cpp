// Aim: the desk takes good cosignatures of what hangs there and nothing else; who waits is answered exactly
// once; a quorum publishes at once, a missing one later, and nothing is ordered meanwhile; late lines and
// outside witnesses are added, times are refreshed, and time moves by itself. Method: seats with three-word
// rules (seat_for_test.h) around the real engine; members elsewhere are signers.
#include "engine/hub/cosign_desk.h"

#include <atomic>
#include <thread>

#include <gtest/gtest.h>

#include "engine/hub/keeper.h"
#include "engine/seat_for_test.h"

namespace engine {
namespace {

using base::EpochSeconds;
using std::chrono::milliseconds;

class MovingClock final : public base::Clock {
 public:
  EpochSeconds now() const override { return EpochSeconds(time.load()); }
  std::atomic<std::uint64_t> time = 1'000;
};

class CosignDeskTest : public ::testing::Test {
 protected:
  CosignDeskTest() : desk(options()) {
    seat.quorums = {test_quorum({"MEMBER-A", "MEMBER-B", "MEMBER-C", "MEMBER-D"}, 3)};
    seat.sequences = true;
    note::Signer log_key(kTestOrigin, note::KeyType::kEd25519,
                         crypto::SecretKey::from_seed(crypto::sha256(base::as_bytes("log")).bytes));
    EmbeddedOptions engine_options{kTestOrigin, &clock, [this](const std::string& text) {
                                     published.push_back(text);
                                     return base::Result<void>();
                                   }};
    engine_options.remote = &desk;
    engine = std::make_unique<EmbeddedEngine>(std::vector<Seat>{{"MEMBER-A", &seat, &seat}},
                                              std::move(log_key), std::move(engine_options));
  }
  CosignDeskOptions options() {
    CosignDeskOptions made;
    made.first_round = note::Round(50);
    made.instead_of_waiting = [this] { return answering && answer_all(); };
    return made;
  }
  note::Proposed shown() {
    const auto text = desk.proposed();
    EXPECT_TRUE(text);
    return *note::parse_proposed(*text);
  }
  std::string cosigned(const std::string& handle, std::uint64_t time) {
    const auto parsed = note::parse_signed_checkpoint(shown_checkpoint());
    return note::serialize_checkpoint(parsed->checkpoint) + "\n" +
           note::cosign_checkpoint(parsed->checkpoint, test_signer(handle), EpochSeconds(time));
  }
  std::string shown_checkpoint() {
    checkpoint_text = shown().checkpoint;
    return checkpoint_text;
  }
  // Every member that answers does so once a wait; false when nobody is left.
  bool answer_all() {
    if (answered_offer == shown().offer) return false;
    answered_offer = shown().offer;
    for (const std::string& handle : members) EXPECT_TRUE(desk.add(cosigned(handle, clock.time)));
    return true;
  }
  std::size_t lines_of(const std::string& checkpoint) {
    const auto parsed = note::parse_signed_checkpoint(checkpoint);
    return parsed ? parsed->note.signatures.size() : 0;
  }

  MovingClock clock;
  TestSeat seat{"MEMBER-A"};
  bool answering = true;
  std::vector<std::string> members{"MEMBER-B", "MEMBER-C", "MEMBER-D"};
  note::Offer answered_offer;
  std::string checkpoint_text;
  std::vector<std::string> published;
  CosignDesk desk;
  std::unique_ptr<EmbeddedEngine> engine;
};

TEST_F(CosignDeskTest, MembersElsewhereMakeABlockCount) {
  EXPECT_FALSE(desk.proposed());
  ASSERT_TRUE(engine->submit({"one"})[0]);
  ASSERT_EQ(published.size(), 1U);
  EXPECT_EQ(lines_of(published[0]), 5U);
  EXPECT_EQ(shown().counted, base::TreeSize(2));
  EXPECT_GT(shown().round, note::Round(50));
  EXPECT_EQ(lines_of(shown().checkpoint), 2U) << "members see the log's line and the hub's own";
}

TEST_F(CosignDeskTest, OneSilentMemberOfFourStopsNothing) {
  members = {"MEMBER-B", "MEMBER-D"};
  ASSERT_TRUE(engine->submit({"one"})[0]);
  EXPECT_EQ(lines_of(published.at(0)), 4U);
}

TEST_F(CosignDeskTest, RefusesEverythingButALineForWhatHangsThere) {
  EXPECT_TRUE(desk.add("nonsense").error().kind() == note::kBadNote);
  members.clear();
  ASSERT_TRUE(engine->submit({"one"})[0].error().kind() == kNotCounted);
  const std::string good = cosigned("MEMBER-B", 1'000);
  EXPECT_TRUE(desk.add(cosigned("MEMBER-X", 1'000)).error().kind() == kUnknownCosigner);
  std::string forged = good;
  forged[forged.size() - 10] = forged[forged.size() - 10] == 'A' ? 'B' : 'A';
  EXPECT_TRUE(desk.add(forged).error().kind() == note::kBadSignature);
  std::string other = good;
  other.replace(other.find("\n2\n"), 3, "\n3\n");
  EXPECT_TRUE(desk.add(other).error().kind() == kNotOffered);
  EXPECT_TRUE(desk.add(good + good.substr(good.find("\u2014"))).error().kind() == note::kBadNote);
  EXPECT_FALSE(desk.add(shown_checkpoint()));
  EXPECT_FALSE(desk.add(std::string(1 << 20, 'x')));
  EXPECT_FALSE(desk.has_news());
  EXPECT_TRUE(desk.add(good));
  EXPECT_TRUE(desk.has_news());
  EXPECT_EQ(desk.collected().size(), 1U);
  EXPECT_TRUE(desk.add(good)) << "again, and nothing changes";
  EXPECT_TRUE(desk.add(cosigned("MEMBER-B", 999)));
  EXPECT_FALSE(desk.has_news());
  EXPECT_GE(desk.counters().lines_refused, 6U);
}

TEST_F(CosignDeskTest, NothingIsTakenWhileABlockWaitsForItsQuorum) {
  members = {"MEMBER-B"};
  ASSERT_TRUE(engine->submit({"one"})[0].error().kind() == kNotCounted);
  EXPECT_TRUE(engine->is_waiting_for_quorum());
  const auto refused = engine->submit({"two"})[0];
  ASSERT_FALSE(refused);
  EXPECT_TRUE(refused.error().kind() == kQuorumMissing) << refused.error().message();
  EXPECT_EQ(seat.log.size(), 2U);
  EXPECT_TRUE(published.empty());
  // The line that comes later publishes the block, and the next submission goes on.
  ASSERT_TRUE(desk.add(cosigned("MEMBER-C", 1'001)));
  ASSERT_TRUE(engine->publish_late_lines());
  EXPECT_FALSE(engine->is_waiting_for_quorum());
  members = {"MEMBER-B", "MEMBER-C"};
  ASSERT_TRUE(engine->submit({"two"})[0]);
  EXPECT_EQ(seat.log.size(), 4U);
}

TEST_F(CosignDeskTest, LateLinesAndWitnessesAreAddedAsFarAsTheyFit) {
  members = {"MEMBER-B", "MEMBER-C"};
  ASSERT_TRUE(engine->submit({"one"})[0]);
  EXPECT_EQ(lines_of(published.back()), 4U);
  ASSERT_TRUE(desk.add(cosigned("MEMBER-D", 1'005)));
  ASSERT_TRUE(engine->publish_late_lines());
  EXPECT_EQ(lines_of(published.back()), 5U);
  const auto parsed = note::parse_signed_checkpoint(published.back());
  const std::string body(parsed->note.text);
  std::vector<std::string> outside;
  for (int i = 0; i < 14; ++i) {
    outside.push_back(note::cosign_checkpoint(
        parsed->checkpoint,
        note::Signer("witness" + std::to_string(i), note::KeyType::kCosignature,
                     crypto::SecretKey::from_seed(crypto::sha256(base::as_bytes(std::to_string(i))).bytes)),
        EpochSeconds(7)));
  }
  ASSERT_TRUE(engine->add_outside_lines(body, {outside.begin(), outside.begin() + 11}));
  EXPECT_EQ(lines_of(published.back()), 16U);
  EXPECT_FALSE(engine->add_outside_lines(body, {outside[11]})) << "seventeen do not fit";
  ASSERT_TRUE(engine->submit({"two"})[0]);
  EXPECT_EQ(lines_of(published.back()), 4U) << "they were of the checkpoint before";
  EXPECT_TRUE(engine->add_outside_lines(body, outside).error().kind() == kNotCounted);
}

TEST_F(CosignDeskTest, WhoWaitsIsAnsweredOnce) {
  std::vector<std::string> told;
  const auto tell = [&](const CosignDesk::Text& text) { told.push_back(text ? *text : "nothing"); };
  desk.ask(std::nullopt, milliseconds(0), tell);
  EXPECT_EQ(told, std::vector<std::string>{"nothing"});
  desk.ask(std::nullopt, milliseconds(60'000), tell);
  EXPECT_EQ(told.size(), 1U);
  ASSERT_TRUE(engine->submit({"one"})[0]);
  ASSERT_EQ(told.size(), 2U);
  EXPECT_TRUE(told[1].starts_with("comity/1 proposed"));
  desk.ask(note::Round(3), milliseconds(60'000), tell);
  EXPECT_EQ(told.size(), 3U) << "another round hangs there already";
  desk.ask(shown().round, milliseconds(60'000), tell);
  EXPECT_EQ(told.size(), 3U);
  EXPECT_EQ(desk.counters().waiting, 1U);
  desk.stop();
  for (int i = 0; i < 1'000 && desk.counters().waiting > 0; ++i) std::this_thread::sleep_for(milliseconds(5));
  EXPECT_EQ(desk.counters().waiting, 0U);
}

TEST_F(CosignDeskTest, AWaitEnds) {
  ASSERT_TRUE(engine->submit({"one"})[0]);
  std::atomic<int> answers = 0;
  desk.ask(shown().round, milliseconds(20), [&](const CosignDesk::Text& text) {
    EXPECT_FALSE(text);
    ++answers;
  });
  for (int i = 0; i < 1'000 && answers == 0; ++i) std::this_thread::sleep_for(milliseconds(5));
  EXPECT_EQ(answers, 1);
}

TEST_F(CosignDeskTest, TheKeeperRefreshesTicksAndSettles) {
  std::optional<EpochSeconds> due;
  HubKeeper keeper(*engine, desk, {&clock, base::Seconds(300), base::Seconds(600), [&] { return due; }, {}});
  members = {"MEMBER-B"};
  EXPECT_TRUE(engine->submit({"one"})[0].error().kind() == kNotCounted);
  EXPECT_TRUE(keeper.step().error().kind() == kNotCounted) << "asked once more at the start";
  ASSERT_TRUE(desk.add(cosigned("MEMBER-C", 1'001)));
  ASSERT_TRUE(keeper.step());
  ASSERT_EQ(published.size(), 1U);

  const note::Offer offer = shown().offer;
  members = {"MEMBER-B", "MEMBER-C", "MEMBER-D"};
  clock.time += 299;
  ASSERT_TRUE(keeper.step());
  EXPECT_EQ(shown().offer, offer);
  clock.time += 1;
  ASSERT_TRUE(keeper.step());
  EXPECT_NE(shown().offer, offer) << "asked again, for fresher times";
  ASSERT_TRUE(answer_all());
  ASSERT_TRUE(keeper.step());
  EXPECT_EQ(lines_of(published.back()), 5U);
  EXPECT_EQ(seat.block_sizes.size(), 1U);

  clock.time += 300;
  ASSERT_TRUE(keeper.step());
  EXPECT_EQ(seat.block_sizes.size(), 2U) << "ten minutes without a block";
  due = EpochSeconds(clock.time + 10);
  clock.time += 9;
  ASSERT_TRUE(keeper.step());
  EXPECT_EQ(seat.block_sizes.size(), 2U);
  clock.time += 1;
  ASSERT_TRUE(keeper.step());
  EXPECT_EQ(seat.block_sizes.size(), 3U) << "something fell due";
  clock.time -= 5;
  EXPECT_TRUE(keeper.step()) << "a clock that was set back makes no block";
}

TEST_F(CosignDeskTest, TheKeeperRunsAndStops) {
  HubKeeper keeper(*engine, desk, {&clock, base::Seconds(300), base::Seconds(600), {}, {}});
  keeper.start();
  for (int i = 0; i < 1'000 && !desk.proposed(); ++i) std::this_thread::sleep_for(milliseconds(5));
  EXPECT_TRUE(desk.proposed());
  keeper.stop();
}

}  // namespace
}  // namespace engine
