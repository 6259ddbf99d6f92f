// Aim: reasons stay with the records that stand on the log, counted or not, and with no others, wherever a crash cuts in.
// Method: an engine that answers as told and makes its log durable, on a disk in memory and on one that forgets.
#include "api/engine_submitter.h"

#include <future>

#include <gtest/gtest.h>

#include "codec/base64.h"
#include "engine/cosignatures.h"
#include "engine/embedded/embedded_engine.h"
#include "replica/annexes.h"
#include "sim/forgetful_files.h"
#include "storage/log_store.h"
#include "storage/map_files_for_test.h"
#include "support/actors.h"

namespace api {
namespace {

using base::Result;
using registry::Submission;

constexpr base::ErrorKind kNoSuchRule{"no-such-rule", base::Category::kDenied, ""};
constexpr base::ErrorKind kDiskTrouble{"disk-trouble", base::Category::kUnavailable, ""};

class ToldEngine final : public registry::Engine {
 public:
  std::vector<Result<Submission>> submit(std::vector<std::string> leaves) override {
    ordered.insert(ordered.end(), leaves.begin(), leaves.end());
    std::vector<Result<Submission>> answers;
    for (std::size_t i = 0; i < leaves.size(); ++i) answers.push_back(answer(leaves[i]));
    return answers;
  }
  Result<registry::ApplicationInfo> tick(base::EpochSeconds) override {
    return base::fail(kNoSuchRule, "nobody ticks here");
  }
  static Result<Submission> accept(const std::string&) {
    return Submission{base::LeafIndex(7), base::TreeSize(9)};
  }
  std::function<Result<Submission>(const std::string& leaf)> answer = accept;
  std::vector<std::string> ordered;
};

class EngineSubmitterTest : public testing::Test {
 protected:
  Result<Submission> submit(base::Files& files, const std::string& leaf = "leaf") {
    EngineSubmitter submitter(engine, storage::AnnexStore(files, "annex"));
    std::promise<Result<Submission>> promise;
    submitter.submit(leaf, annex, [&](Result<Submission> done) { promise.set_value(std::move(done)); });
    return promise.get_future().get();
  }
  bool is_kept(base::Files& files) {
    return storage::AnnexStore(files, "annex").get(storage::annex_commitment(annex)).has_value();
  }
  static bool is_held(base::Files& files) {
    return !storage::AnnexStore(files, "annex").held().value().empty();
  }

  storage::MapFiles disk;
  ToldEngine engine;
  storage::Annex annex{base::Hash{}, "because"};
};

TEST_F(EngineSubmitterTest, ForgetsTheAnnexOfWhatIsRefusedOrNotTaken) {
  for (const base::ErrorKind& kind : {kNoSuchRule, engine::kQuorumMissing}) {
    engine.answer = [&](const std::string&) { return base::fail(kind, "no"); };
    EXPECT_FALSE(submit(disk));
    EXPECT_FALSE(is_kept(disk));
    EXPECT_FALSE(is_held(disk));
  }
}

TEST_F(EngineSubmitterTest, KeepsTheAnnexOfWhatCounts) {
  EXPECT_TRUE(submit(disk));
  EXPECT_TRUE(is_kept(disk));
  EXPECT_FALSE(is_held(disk));
}

TEST_F(EngineSubmitterTest, KeepsTheAnnexOfWhatWaitsForItsQuorum) {
  engine.answer = [](const std::string&) { return base::fail(engine::kNotCounted, "not yet"); };
  const Result<Submission> done = submit(disk);
  ASSERT_FALSE(done);
  EXPECT_EQ(done.error().kind(), engine::kNotCounted);
  EXPECT_TRUE(is_kept(disk));
}

TEST_F(EngineSubmitterTest, HoldsTheAnnexOfWhatNobodyKnows) {
  engine.answer = [](const std::string&) { return base::fail(kDiskTrouble, "somewhere on the way"); };
  EXPECT_FALSE(submit(disk));
  EXPECT_FALSE(is_kept(disk));
  EXPECT_TRUE(is_held(disk)) << "the log decides at the next start";
}

TEST_F(EngineSubmitterTest, OrdersNothingWhoseAnnexCannotBeKept) {
  disk.writes_left = 0;
  const Result<Submission> done = submit(disk);
  ASSERT_FALSE(done);
  EXPECT_EQ(done.error().kind(), base::kFileUnwritable);
  EXPECT_TRUE(engine.ordered.empty());
}

// Whoever knows a published annex can name it in a record of his own; that it is refused takes nothing away.
TEST_F(EngineSubmitterTest, ARefusedRecordTakesNobodysAnnexAway) {
  ASSERT_TRUE(submit(disk));
  engine.answer = [](const std::string&) { return base::fail(kNoSuchRule, "no"); };
  EXPECT_FALSE(submit(disk));
  EXPECT_TRUE(is_kept(disk));
}

TEST_F(EngineSubmitterTest, OfTwoRecordsOfOneAnnexTheAcceptedOneKeepsIt) {
  engine.answer = [](const std::string& leaf) -> Result<Submission> {
    if (leaf == "good") return ToldEngine::accept(leaf);
    return base::fail(kNoSuchRule, "no");
  };
  for (const auto& order : {std::vector{"good", "bad"}, std::vector{"bad", "good"}}) {
    disk.contents.clear();
    std::promise<void> first;
    std::vector<std::promise<Result<Submission>>> all(2);
    {
      EngineSubmitter submitter(engine, storage::AnnexStore(disk, "annex"));
      // While the first record is answered the other two come in, and go to the engine together.
      submitter.submit("good", {}, [&](const Result<Submission>&) {
        for (std::size_t i = 0; i < 2; ++i)
          submitter.submit(order[i], annex,
                           [&, i](Result<Submission> done) { all[i].set_value(std::move(done)); });
      });
      for (std::size_t i = 0; i < 2; ++i)
        EXPECT_EQ(all[i].get_future().get().has_value(), std::string_view(order[i]) == "good");
    }
    EXPECT_TRUE(is_kept(disk)) << order[0];
    EXPECT_FALSE(is_held(disk)) << order[0];
  }
}

// The plug is pulled at every step from the submission to its answer. After the next start an annex is there if
// and only if its record is on the log; what was acknowledged is both.
TEST_F(EngineSubmitterTest, ACrashNeverPartsARecordFromItsAnnex) {
  actors::Cast cast(4);
  actors::Draft draft =
      cast.proposal("MEMBER-A", "A", {actors::create("domain", "new.", {"+ holder: ORG-A"})});
  draft.set("annex", codec::serialize_base64(storage::annex_commitment(annex).view()));
  bool was_hit = true;
  for (std::uint64_t step = 0; was_hit; ++step) {
    ASSERT_LT(step, 200U);
    sim::ForgetfulFiles files(step + 1);
    // As a replica does it: the leaves, and then the memory that they are there.
    engine.answer = [&](const std::string& leaf) -> Result<Submission> {
      ASSIGN_OR_RETURN(const auto log,
                       storage::LogStore::open(files, "log", base::TreeSize(0), merkle::empty_log_root()));
      const base::ByteView view = base::as_bytes(leaf);
      TRY(log->append({&view, 1}));
      TRY(log->sync());
      TRY(base::replace_file(files, "memory", base::as_bytes(std::string_view("1")),
                             base::FileMode::kPublic));
      return ToldEngine::accept(leaf);
    };
    files.fault_at(step, sim::Fault::kStop);
    const bool acknowledged = submit(files, draft.leaf()).has_value();
    was_hit = files.stopped();
    files.crash();
    const bool is_on_log = files.exists("memory").value();
    storage::AnnexStore annexes(files, "annex");
    ASSERT_TRUE(replica::settle_held(annexes, {files, "log", base::TreeSize(is_on_log ? 1 : 0)})) << step;
    EXPECT_EQ(is_kept(files), is_on_log) << step;
    EXPECT_FALSE(is_held(files)) << step;
    EXPECT_TRUE(is_on_log || !acknowledged) << step;
    EXPECT_TRUE(was_hit || acknowledged);
  }
}

}  // namespace
}  // namespace api
