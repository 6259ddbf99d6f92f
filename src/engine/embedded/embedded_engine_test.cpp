// Aim: every submitted leaf gets exactly its own answer, whoever submits beside it; a seat that differs is
// stopped and named while the rest goes on; what does not count is not published, and nothing is ordered upon
// it. Method: seats with three-word rules (seat_for_test.h), real signatures, many threads.
#include <algorithm>
#include <thread>

#include <gtest/gtest.h>

#include "engine/seat_for_test.h"

namespace engine {
namespace {

class TestClock final : public base::Clock {
 public:
  base::EpochSeconds now() const override { return base::EpochSeconds(1'000); }
};

class EmbeddedEngineTest : public ::testing::Test {
 protected:
  void SetUp() override { sit({"MEMBER-A", "MEMBER-B", "MEMBER-C", "MEMBER-D"}, 3); }

  void sit(const std::vector<std::string>& handles, std::size_t needed) {
    seats.clear();
    std::vector<Seat> at_table;
    for (const std::string& handle : handles) {
      seats.push_back(std::make_unique<TestSeat>(handle));
      seats.back()->quorums = {test_quorum(handles, needed)};
      at_table.push_back({handle, seats.back().get(), seats.back().get()});
    }
    seats.front()->sequences = true;
    note::Signer log_key(kTestOrigin, note::KeyType::kEd25519,
                         crypto::SecretKey::from_seed(crypto::sha256(base::as_bytes("log")).bytes));
    engine = std::make_unique<EmbeddedEngine>(
        std::move(at_table), std::move(log_key),
        EmbeddedOptions{kTestOrigin, &clock, [this](const std::string& text) {
                          published.push_back(text);
                          return publish_fails ? base::Result<void>(base::fail(kTestFailure, "no policy"))
                                               : base::Result<void>();
                        }});
  }
  std::size_t lines_of(const std::string& checkpoint) {
    const auto parsed = note::parse_signed_checkpoint(checkpoint);
    return parsed ? parsed->note.signatures.size() : 0;
  }

  TestClock clock;
  std::vector<std::unique_ptr<TestSeat>> seats;
  std::unique_ptr<EmbeddedEngine> engine;
  std::vector<std::string> published;
  bool publish_fails = false;
};

TEST_F(EmbeddedEngineTest, AnswersEachLeafForItself) {
  const auto answers = engine->submit({"one", "bad two", "three"});
  ASSERT_EQ(answers.size(), 3U);
  ASSERT_TRUE(answers[0]);
  EXPECT_EQ(answers[0]->index, base::LeafIndex(0));
  ASSERT_FALSE(answers[1]);
  EXPECT_EQ(answers[1].error().detail(), "bad two");
  ASSERT_TRUE(answers[2]);
  EXPECT_EQ(answers[2]->index, base::LeafIndex(1));
  EXPECT_EQ(answers[2]->checkpoint, base::TreeSize(3));
  for (const auto& seat : seats) {
    EXPECT_EQ(seat->log, (std::vector<std::string>{"one", "three", "block 2"})) << seat->handle;
    EXPECT_EQ(lines_of(seat->published), 5U) << seat->handle;
  }
}

TEST_F(EmbeddedEngineTest, NothingSubmittedMakesNoBlock) {
  EXPECT_TRUE(engine->submit({}).empty());
  EXPECT_TRUE(seats[0]->log.empty());
}

// Anybody may hand in what the rules refuse: that must not lengthen the log. An old block is no judge of time, though.
TEST_F(EmbeddedEngineTest, RefusalsAloneMakeNoBlock) {
  ASSERT_TRUE(engine->tick(base::EpochSeconds(940)));
  EXPECT_FALSE(engine->submit({"bad one"})[0]);
  EXPECT_EQ(seats[0]->block_sizes.size(), 2U) << "a minute has passed: time moves";
  for (int i = 0; i < 3; ++i) {
    const auto answers = engine->submit({"bad two", "bad three"});
    ASSERT_FALSE(answers[0] || answers[1]);
    EXPECT_EQ(answers[0].error().detail(), "bad two");
    EXPECT_EQ(answers[1].error().detail(), "bad three");
  }
  EXPECT_EQ(seats[0]->block_sizes.size(), 2U);
  EXPECT_EQ(published.size(), 2U);
  const auto mixed = engine->submit({"bad four", "five"});
  EXPECT_FALSE(mixed[0]);
  ASSERT_TRUE(mixed[1]);
  EXPECT_EQ(seats[3]->log.back(), "block 1");
  EXPECT_EQ(seats[3]->block_sizes.size(), 3U);
}

TEST_F(EmbeddedEngineTest, WhatDoesNotFitGoesFirstIntoTheNextBlock) {
  const auto answers = engine->submit({"late one", "two", "late three"});
  for (const auto& answer : answers) ASSERT_TRUE(answer) << answer.error().message();
  EXPECT_EQ(seats[3]->log, (std::vector<std::string>{"two", "block 1", "late one", "late three", "block 2"}));
  EXPECT_EQ(answers[0]->index, base::LeafIndex(2));
  EXPECT_EQ(answers[0]->checkpoint, base::TreeSize(5));
  EXPECT_EQ(answers[1]->checkpoint, base::TreeSize(2));
}

TEST_F(EmbeddedEngineTest, LongSubmissionsBecomeSeveralBlocks) {
  for (const auto& seat : seats) seat->block_leaves_max = 3;
  std::vector<std::string> leaves;
  for (int i = 0; i < 10; ++i) leaves.push_back("leaf " + std::to_string(i));
  for (const auto& answer : engine->submit(leaves)) ASSERT_TRUE(answer);
  EXPECT_EQ(seats[1]->block_sizes, (std::vector<std::size_t>{3, 3, 3, 1}));
}

// What each thread asserts: its own leaf stands at the index it was told. Beside them another ticks.
TEST_F(EmbeddedEngineTest, ManyThreadsGetTheirOwnAnswers) {
  constexpr int kThreads = 8;
  constexpr int kEach = 40;
  std::vector<std::vector<std::pair<std::string, base::Result<registry::Submission>>>> told(kThreads);
  {
    std::vector<std::jthread> threads;
    for (int t = 0; t < kThreads; ++t) {
      threads.emplace_back([&, t] {
        for (int i = 0; i < kEach; ++i) {
          const std::string name = std::to_string(t) + "/" + std::to_string(i);
          const std::string leaf = (i % 5 == 3 ? "bad " : i % 7 == 2 ? "late " : "leaf ") + name;
          told[static_cast<std::size_t>(t)].emplace_back(leaf, engine->submit({leaf}).front());
        }
      });
    }
    threads.emplace_back([&] {
      for (int i = 0; i < 20; ++i) EXPECT_TRUE(engine->tick(base::EpochSeconds(1'000)));
    });
  }
  std::size_t accepted = 0;
  for (const auto& answers : told) {
    for (const auto& [leaf, answer] : answers) {
      ASSERT_EQ(answer.has_value(), !leaf.starts_with("bad")) << leaf;
      if (!answer) continue;
      ++accepted;
      ASSERT_EQ(seats[2]->log.at(answer->index.value()), leaf);
      ASSERT_LT(answer->index.value(), answer->checkpoint.value());
    }
  }
  EXPECT_EQ(accepted + seats[0]->block_sizes.size(), seats[0]->log.size());
  EXPECT_GE(seats[0]->block_sizes.size(), 20U);
  for (const auto& seat : seats) EXPECT_EQ(seat->log, seats[0]->log);
}

TEST_F(EmbeddedEngineTest, ASeatThatComputesAnotherBlockIsStoppedAndNamed) {
  seats[2]->lies = true;
  const auto answers = engine->submit({"one"});
  ASSERT_TRUE(answers[0]) << answers[0].error().message();
  EXPECT_EQ(lines_of(seats[0]->published), 4U);
  EXPECT_TRUE(seats[2]->published.empty());
  const auto stopped = engine->stopped();
  ASSERT_EQ(stopped.size(), 1U);
  EXPECT_EQ(stopped[0].member, "MEMBER-C");
  EXPECT_TRUE(stopped[0].reason.kind() == kDiverged);
  seats[2]->lies = false;
  ASSERT_TRUE(engine->submit({"two"})[0]);
  EXPECT_TRUE(seats[2]->log.empty()) << "a stopped seat is not asked again";
}

TEST_F(EmbeddedEngineTest, ASeatThatRefusesATakenRecordIsStopped) {
  seats[1]->refused_here = {"one"};
  ASSERT_TRUE(engine->submit({"one"})[0]);
  ASSERT_EQ(engine->stopped().size(), 1U);
  EXPECT_NE(engine->stopped()[0].reason.message().find("the rules refuse"), std::string::npos);
}

TEST_F(EmbeddedEngineTest, ASeatWhoseCosignatureDoesNotVerifyIsStopped) {
  seats[3]->forges = true;
  ASSERT_TRUE(engine->submit({"one"})[0]);
  EXPECT_EQ(lines_of(seats[0]->published), 4U);
  ASSERT_EQ(engine->stopped().size(), 1U);
  EXPECT_TRUE(engine->stopped()[0].reason.kind() == note::kBadSignature);
}

TEST_F(EmbeddedEngineTest, ASeatWithoutASeatIsNoFault) {
  seats[1]->is_seated = false;
  ASSERT_TRUE(engine->submit({"one"})[0]);
  EXPECT_TRUE(engine->stopped().empty());
  EXPECT_EQ(seats[1]->log.size(), 2U);
}

TEST_F(EmbeddedEngineTest, WhatDoesNotCountIsNeitherPublishedNorBuiltUpon) {
  ASSERT_TRUE(engine->submit({"one"})[0]);
  const std::string before = seats[0]->published;
  seats[1]->is_seated = false;
  seats[2]->is_seated = false;
  const auto answers = engine->submit({"two"});
  ASSERT_FALSE(answers[0]);
  EXPECT_TRUE(answers[0].error().kind() == kNotCounted);
  EXPECT_NE(answers[0].error().detail().find("2 of the 3"), std::string::npos) << answers[0].error().detail();
  EXPECT_EQ(seats[0]->published, before);
  ASSERT_FALSE(engine->submit({"three"})[0]);
  EXPECT_EQ(seats[0]->block_sizes.size(), 2U) << "a block was ordered upon one that does not count";
  seats[1]->is_seated = true;
  ASSERT_TRUE(engine->submit({"four"})[0]);
  ASSERT_EQ(published.size(), 3U) << "the block that waited, and the new one";
  EXPECT_EQ(seats[3]->log, (std::vector<std::string>{"one", "block 1", "two", "block 1", "four", "block 1"}));
}

TEST_F(EmbeddedEngineTest, ALostQuorumSaysWhoStoppedAndWhy) {
  seats[1]->commits_left = 0;
  seats[2]->lies = true;
  const auto answers = engine->submit({"one"});
  ASSERT_FALSE(answers[0]);
  EXPECT_TRUE(answers[0].error().kind() == kNotCounted);
  const std::string detail = answers[0].error().detail();
  EXPECT_NE(detail.find("MEMBER-B: test-failure"), std::string::npos) << detail;
  EXPECT_NE(detail.find("MEMBER-C: diverged"), std::string::npos) << detail;
}

TEST_F(EmbeddedEngineTest, RightAfterAChangeOfTheCosignersBothSetsAreNeeded) {
  for (const auto& seat : seats) {
    seat->quorums = {test_quorum({"MEMBER-A", "MEMBER-B", "MEMBER-C"}, 3),
                     test_quorum({"MEMBER-A", "MEMBER-B", "MEMBER-C", "MEMBER-D"}, 4)};
  }
  seats[3]->is_seated = false;
  const auto answers = engine->submit({"one"});
  ASSERT_FALSE(answers[0]);
  EXPECT_NE(answers[0].error().detail().find("former members"), std::string::npos);
  seats[3]->is_seated = true;
  EXPECT_TRUE(engine->publish_checkpoint());
  EXPECT_EQ(lines_of(seats[0]->published), 5U);
}

TEST_F(EmbeddedEngineTest, ASequencerThatCannotCommitStopsEverything) {
  seats[0]->commits_left = 1;
  ASSERT_TRUE(engine->submit({"one"})[0]);
  ASSERT_FALSE(engine->submit({"two"})[0]);
  const auto answers = engine->submit({"three"});
  ASSERT_FALSE(answers[0]);
  EXPECT_EQ(answers[0].error().detail(), "no commit");
  EXPECT_EQ(seats[1]->block_sizes.size(), 1U);
}

TEST_F(EmbeddedEngineTest, AnotherSeatThatCannotCommitIsLeftBehind) {
  seats[1]->commits_left = 0;
  ASSERT_TRUE(engine->submit({"one"})[0]);
  ASSERT_EQ(engine->stopped().size(), 1U);
  EXPECT_EQ(engine->stopped()[0].member, "MEMBER-B");
}

TEST_F(EmbeddedEngineTest, TimeThatGoesBackIsRefusedWithoutHarm) {
  ASSERT_TRUE(engine->tick(base::EpochSeconds(2'000)));
  EXPECT_FALSE(engine->tick(base::EpochSeconds(1'999)));
  EXPECT_TRUE(engine->stopped().empty());
  ASSERT_TRUE(engine->submit({"one"})[0]) << "a clock behind the last block takes that block's time";
}

TEST_F(EmbeddedEngineTest, WhoeverFollowsTheCheckpointCanHoldItUp) {
  publish_fails = true;
  ASSERT_FALSE(engine->submit({"one"})[0]);
  publish_fails = false;
  ASSERT_TRUE(engine->submit({"two"})[0]);
  EXPECT_EQ(published.size(), 3U) << "the first checkpoint is handed out again";
}

}  // namespace
}  // namespace engine
