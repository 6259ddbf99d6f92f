// Aim: a member sees in its own state exactly what has still to be signed, by which key; what a quorum of share holders
// signs of that, and nothing less, becomes the zone; who of them signed shows in the signatures alone.
// Method: a batch of several pieces filled one after another, with restarts between; real FROST sessions of dealt shares.
#include "registry/open_batch.h"

#include <algorithm>
#include <set>

#include <gtest/gtest.h>

#include "charter/release_entries.h"
#include "os/system_random.h"
#include "publish/dns/zone_check.h"
#include "registry/group_signer.h"
#include "registry/zone_stage.h"
#include "threshold/dealer_for_test.h"

namespace registry_tests {
namespace {

using actors::kDay;
using actors::kHour;
using registry::OpenBatch;
using registry::SigningTask;

/// Over 500 positions: two pieces.
constexpr int kManyDomains = 520;

/// Every position of the missing pieces stands in one task, with the bytes that the batch has there.
void expect_covers(const registry::Registry& registry, const OpenBatch& batch) {
  const publish::Batch& to_sign = *registry.releases().batch(batch.apex);
  std::set<std::uint64_t> positions;
  for (const SigningTask& task : batch.tasks) {
    ASSERT_EQ(task.positions.size(), task.messages.size());
    EXPECT_TRUE(std::ranges::is_sorted(task.positions));
    for (std::size_t i = 0; i < task.positions.size(); ++i) {
      EXPECT_TRUE(positions.insert(task.positions[i]).second) << task.positions[i];
      EXPECT_EQ(to_sign.items[task.positions[i]].key, task.key);
      EXPECT_EQ(to_sign.items[task.positions[i]].bytes, task.messages[i]);
    }
  }
  std::set<std::uint64_t> missing;
  for (const std::uint64_t first : batch.missing) {
    for (std::uint64_t i = 0; i < charter::piece_size(batch.positions, first); ++i) missing.insert(first + i);
  }
  EXPECT_EQ(positions, missing);
}

TEST(OpenBatch, NothingIsOpenWhereNothingIsUnderWay) {
  ZoneStage stage;
  stage.tick();
  EXPECT_TRUE(registry::open_batches(stage.registry()).empty());
}

TEST(OpenBatch, PiecesGoFromTheListOneByOne) {
  ZoneStage stage(kManyDomains);
  stage.reloads = true;
  stage.put_key("group/zsk/1", "zsk", "active");
  stage.put_key("group/ksk/1", "ksk", "active");
  stage.pass(kHour);
  stage.tick();
  auto open = registry::open_batches(stage.registry());
  ASSERT_EQ(open.size(), 1U);
  EXPECT_EQ(open[0].apex, ".");
  EXPECT_EQ(open[0].serial, stage.entry().serial);
  EXPECT_EQ(open[0].number, 1);
  EXPECT_EQ(open[0].missing, (std::vector<std::uint64_t>{0, 500}));
  ASSERT_EQ(open[0].tasks.size(), 2U) << "one session for each key";
  expect_covers(stage.registry(), open[0]);
  stage.play({stage.piece(500, "MEMBER-C")});
  open = registry::open_batches(stage.registry());
  ASSERT_EQ(open.size(), 1U);
  EXPECT_EQ(open[0].missing, (std::vector<std::uint64_t>{0}));
  expect_covers(stage.registry(), open[0]);
  EXPECT_NE(stage.refusal(stage.piece(500, "MEMBER-B")), "");
  stage.play({stage.piece(0, "MEMBER-B")});
  open = registry::open_batches(stage.registry());
  ASSERT_EQ(open.size(), 1U);
  EXPECT_EQ(open[0].number, 2);
  ASSERT_EQ(open[0].tasks.size(), 1U);
  EXPECT_EQ(open[0].tasks[0].positions, (std::vector<std::uint64_t>{0}));
  stage.play({stage.piece(0, "MEMBER-D")});
  EXPECT_TRUE(registry::open_batches(stage.registry()).empty());
}

TEST(OpenBatch, ALongBatchIsCutIntoSessionsOfWholePieces) {
  ZoneStage stage(kManyDomains);
  stage.put_key("group/zsk/1", "zsk", "active");
  stage.put_key("group/ksk/1", "ksk", "active");
  stage.pass(kHour);
  stage.tick();
  for (const std::size_t positions_max : {1U, 499U, 500U, 999U}) {
    const auto open = registry::open_batches(stage.registry(), positions_max);
    ASSERT_EQ(open.size(), 1U);
    expect_covers(stage.registry(), open[0]);
    ASSERT_EQ(open[0].tasks.size(), 3U) << positions_max;  // the KSK signs in the first piece alone
    EXPECT_EQ(open[0].tasks[2].first, 500U);
    for (const SigningTask& task : open[0].tasks) {
      EXPECT_LE(task.positions.back() - task.first, 499U);
      EXPECT_GE(task.positions.front(), task.first);
    }
  }
  EXPECT_EQ(registry::open_batches(stage.registry(), 1'000).at(0).tasks.size(), 2U);
}

class SharedKeys : public ::testing::Test {
 protected:
  SharedKeys() : signer(random) {
    for (const std::string_view use : {"zsk", "ksk"}) {
      threshold::Dealt dealt = threshold::deal_for_test(3, 4, random);
      stage.put_key(dealt.keys, use, "active");
      signer.add(std::move(dealt.keys), std::move(dealt.shares));
    }
    stage.pass(kHour);
    stage.tick();
  }
  void sign() {
    const auto leaves = signer.leaves(stage.registry(), stage.submitter());
    ASSERT_TRUE(leaves) << leaves.error().message();
    stage.play_leaves(*leaves);
  }

  os::SystemRandom random;
  ZoneStage stage;
  GroupSigner signer;
};

TEST_F(SharedKeys, AQuorumOfHoldersMakesTheZone) {
  sign();
  sign();
  ASSERT_NE(stage.registry().releases().published("."), nullptr);
  publish::VerifiedSignatures known;
  for (int round = 0; round < 4; ++round) {
    stage.pass(9 * kDay);
    stage.tick();
    ASSERT_TRUE(stage.entry().under_way);
    signer.rotate();
    sign();
    sign();
    ASSERT_FALSE(stage.entry().under_way);
    const std::string text = stage.registry().releases().published(".")->text();
    const auto checked = publish::check_zone(text, ".", stage.now, {}, known);
    EXPECT_TRUE(checked) << checked.error().message();
  }
}

TEST_F(SharedKeys, APieceWithAHoleIsNotPutOnTheLog) {
  const auto open = registry::open_batches(stage.registry());
  ASSERT_EQ(open.size(), 1U);
  auto placed = signer.sign(open[0]);
  ASSERT_TRUE(placed) << placed.error().message();
  placed->erase(placed->size() / 2);
  const auto leaves = registry::signature_leaves(stage.registry(), open[0], *placed, stage.submitter());
  ASSERT_TRUE(leaves) << leaves.error().message();
  EXPECT_TRUE(leaves->empty());
}

}  // namespace
}  // namespace registry_tests
