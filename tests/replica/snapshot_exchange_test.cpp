// Aim: a replica takes a snapshot from another over the engine's border only if its own log vouches for it.
// Method: two replicas on one disk in memory execute the same blocks; one hands the other its snapshot,
// whole, in chunks, altered, or of a block that the other does not have.
#include <gtest/gtest.h>

#include "base/check.h"
#include "replica/replica.h"
#include "sim/forgetful_files.h"
#include "storage/snapshot_file.h"
#include "support/actors.h"
#include "support/world.h"

namespace replica {
namespace {

class StoppedClock final : public base::Clock {
 public:
  base::EpochSeconds now() const override { return actors::kGenesisTime; }
};

class SnapshotExchange : public testing::Test {
 protected:
  SnapshotExchange() {
    CHECK(crypto::start());
    giver_ = make("giver");
    taker_ = make("taker");
    std::vector<std::string> leaves;
    for (const actors::Draft& draft : actors::standard_world(cast_)) leaves.push_back(draft.leaf());
    run(*giver_, leaves);
    run(*taker_, leaves);
  }

  ReplicaOptions options(const std::string& name) {
    return {&files_, &clock_, name + "/log", name, name + "/snapshots", false, 1};
  }
  std::unique_ptr<Replica> make(const std::string& name) {
    auto replica = Replica::create(options(name), cast_.genesis().leaf());
    CHECK(replica.has_value());
    return std::move(*replica);
  }
  static void run(Replica& replica, const std::vector<std::string>& leaves) {
    const registry::BlockInput block{replica.info().height.next(), actors::kGenesisTime, leaves};
    const auto outcome = replica.finalize(block);
    CHECK(outcome.has_value());
    for (const auto& refusal : outcome->outcomes) CHECK(!refusal);
    CHECK(replica.commit());
  }
  base::Bytes snapshot_of_giver() {
    CHECK(giver_->store_snapshot());
    base::Bytes bytes;
    for (;;) {
      const auto chunk = giver_->load_snapshot_chunk(giver_->info().height, bytes.size(), 1'000);
      CHECK(chunk.has_value());
      if (chunk->empty()) return bytes;
      bytes.insert(bytes.end(), chunk->begin(), chunk->end());
    }
  }

  sim::ForgetfulFiles files_{1};
  StoppedClock clock_;
  actors::Cast cast_{4};
  std::unique_ptr<Replica> giver_;
  std::unique_ptr<Replica> taker_;
};

TEST_F(SnapshotExchange, RefusesOneOfABlockThatItDoesNotHave) {
  run(*giver_, {});
  const base::Bytes bytes = snapshot_of_giver();
  const auto offered = giver_->list_snapshots();
  ASSERT_TRUE(offered.has_value());
  EXPECT_EQ(taker_->offer_snapshot(offered->front()).error().kind(), storage::kBadSnapshot);
  EXPECT_EQ(taker_->apply_snapshot(bytes).error().kind(), storage::kBadSnapshot);
}

TEST_F(SnapshotExchange, RefusesAnyAlteredByte) {
  const base::Bytes bytes = snapshot_of_giver();
  for (std::size_t i = 0; i < bytes.size(); i += 97) {
    base::Bytes altered = bytes;
    altered[i] ^= 1;
    EXPECT_FALSE(taker_->apply_snapshot(altered)) << "byte " << i;
  }
  EXPECT_FALSE(taker_->apply_snapshot({bytes.begin(), bytes.end() - 1}));
}

TEST_F(SnapshotExchange, StartsFromOneThatItsLogVouchesFor) {
  const base::Bytes bytes = snapshot_of_giver();
  const auto offered = giver_->list_snapshots();
  ASSERT_TRUE(offered.has_value());
  ASSERT_EQ(offered->size(), 1U);
  EXPECT_EQ(offered->front().bytes, bytes.size());
  EXPECT_EQ(offered->front().state, giver_->info().state);
  ASSERT_TRUE(taker_->offer_snapshot(offered->front()));
  ASSERT_TRUE(taker_->apply_snapshot(bytes));
  taker_.reset();
  const auto reopened = Replica::open(options("taker"), std::string(actors::kOrigin));
  ASSERT_TRUE(reopened.has_value()) << reopened.error().message();
  EXPECT_EQ((*reopened)->leaves_since_snapshot(), 0U);
  EXPECT_EQ((*reopened)->info().state, giver_->info().state);
}

}  // namespace
}  // namespace replica
