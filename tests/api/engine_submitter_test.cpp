// Aim: reasons stay with the records that stand on the log, counted or not, and with no others. Method: an engine that
// answers as told, and a disk in memory.
#include "api/engine_submitter.h"

#include <future>

#include <gtest/gtest.h>

#include "engine/cosignatures.h"
#include "storage/map_files_for_test.h"

namespace api {
namespace {

using base::Result;
using registry::Submission;

constexpr base::ErrorKind kNoSuchRule{"no-such-rule", base::Category::kDenied, ""};

class ToldEngine final : public registry::Engine {
 public:
  std::vector<Result<Submission>> submit(std::vector<std::string> leaves) override {
    return std::vector<Result<Submission>>(leaves.size(), answer);
  }
  Result<registry::ApplicationInfo> tick(base::EpochSeconds) override {
    return base::fail(kNoSuchRule, "nobody ticks here");
  }
  Result<Submission> answer = Submission{base::LeafIndex(7), base::TreeSize(9)};
};

class EngineSubmitterTest : public testing::Test {
 protected:
  Result<Submission> submit() {
    EngineSubmitter submitter(engine, storage::AnnexStore(disk, "annex"));
    std::promise<Result<Submission>> promise;
    submitter.submit("leaf", annex, [&](Result<Submission> done) { promise.set_value(std::move(done)); });
    return promise.get_future().get();
  }
  bool is_kept() {
    return storage::AnnexStore(disk, "annex").get(storage::annex_commitment(annex)).has_value();
  }

  storage::MapFiles disk;
  ToldEngine engine;
  storage::Annex annex{base::Hash{}, "because"};
};

TEST_F(EngineSubmitterTest, ForgetsTheAnnexOfWhatIsRefused) {
  engine.answer = base::fail(kNoSuchRule, "no");
  EXPECT_FALSE(submit());
  EXPECT_FALSE(is_kept());
}

TEST_F(EngineSubmitterTest, KeepsTheAnnexOfWhatCounts) {
  EXPECT_TRUE(submit());
  EXPECT_TRUE(is_kept());
}

TEST_F(EngineSubmitterTest, KeepsTheAnnexOfWhatWaitsForItsQuorum) {
  engine.answer = base::fail(engine::kNotCounted, "not yet");
  const Result<Submission> done = submit();
  ASSERT_FALSE(done);
  EXPECT_EQ(done.error().kind(), engine::kNotCounted);
  EXPECT_TRUE(is_kept());
}

TEST_F(EngineSubmitterTest, SaysThatAnAnnexIsLostThoughItsRecordStands) {
  disk.writes_left = 0;
  const Result<Submission> done = submit();
  ASSERT_FALSE(done);
  EXPECT_EQ(done.error().kind(), base::kFileUnwritable);
}

}  // namespace
}  // namespace api
