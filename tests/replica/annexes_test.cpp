// Aim: a follower has the annexes that its log names and none that it redacts, whatever the hub serves and wherever a
// crash cuts in; what a crash left undecided the log decides. Method: logs of genuine records on the disk that forgets, a
// hub that is a map of files.
#include "replica/annexes.h"

#include <gtest/gtest.h>

#include "base/check.h"
#include "base/limits.h"
#include "codec/base64.h"
#include "crypto/hash.h"
#include "sim/forgetful_files.h"
#include "storage/log_store.h"
#include "support/actors.h"

namespace replica {
namespace {

using base::Hash;
using storage::Annex;

class AnnexesTest : public ::testing::Test {
 protected:
  static Annex annex(int number) {
    return {crypto::sha256(base::as_bytes(std::to_string(number))),
            "reason " + std::to_string(number) + "\n"};
  }
  static std::string base64(const Hash& hash) { return codec::serialize_base64(hash.view()); }
  static std::string path_of(const Hash& commitment) {
    return "annex/" + codec::serialize_base64url(commitment.view());
  }
  /// A leaf that names this annex.
  std::string naming(int number) {
    actors::Draft draft = cast.proposal(
        "MEMBER-A", "A", {actors::create("domain", "d" + std::to_string(number) + ".", {"+ holder: ORG-A"})});
    return draft.set("annex", base64(storage::annex_commitment(annex(number)))).leaf();
  }
  std::string redacting(int number) {
    return cast.redaction("MEMBER-A", base64(storage::annex_commitment(annex(number)))).leaf();
  }
  /// The same log with these leaves at its end.
  storage::LogFolder grow(const std::vector<std::string>& leaves) {
    all.insert(all.end(), leaves.begin(), leaves.end());
    const std::string folder = "log-" + std::to_string(folders++);
    const auto store = storage::LogStore::open(files, folder, base::TreeSize(0), merkle::empty_log_root());
    CHECK(store);
    for (const std::string& leaf : all) {
      const base::ByteView view = base::as_bytes(leaf);
      CHECK((*store)->append({&view, 1}));
    }
    CHECK((*store)->sync());
    return {files, folder, base::TreeSize(all.size())};
  }
  void serve(int number) {
    const Annex one = annex(number);
    hub[path_of(storage::annex_commitment(one))] = storage::serialize_annex(one);
  }
  storage::AnnexStore store() { return {files, "annexes-here"}; }
  AnnexFetcher open() { return AnnexFetcher::open(files, store(), "settled"); }
  bool is_here(int number) { return store().get(storage::annex_commitment(annex(number))).has_value(); }
  AnnexFetcher::Fetch fetch() {
    return [this](const std::string& path, std::size_t bytes_max) -> base::Result<base::Bytes> {
      asked.push_back(path);
      if (is_away) return base::fail(base::kFileUnreadable, "away");
      const auto found = hub.find(path);
      if (found == hub.end()) return base::fail(base::kFileMissing, path);
      if (found->second.size() > bytes_max) return base::fail(base::kFileTooLarge, path);
      const base::ByteView bytes = base::as_bytes(found->second);
      return base::Bytes(bytes.begin(), bytes.end());
    };
  }

  sim::ForgetfulFiles files{5};
  actors::Cast cast{4};
  std::vector<std::string> all;
  int folders = 0;
  std::map<std::string, std::string> hub;
  std::vector<std::string> asked;
  bool is_away = false;
  AnnexFetcher::Clock::time_point now{};
};

TEST_F(AnnexesTest, SeesWhatLeavesSayOfAnnexes) {
  EXPECT_FALSE(annex_mention(base::as_bytes(cast.genesis().leaf())));
  EXPECT_FALSE(annex_mention(base::as_bytes(std::string_view("\nannex: nonsense\n"))));
  EXPECT_FALSE(annex_mention(base::as_bytes(std::string_view("comity/1 redaction x\n"))));
  const auto named = annex_mention(base::as_bytes(naming(1)));
  ASSERT_TRUE(named);
  EXPECT_EQ(named->commitment, storage::annex_commitment(annex(1)));
  EXPECT_FALSE(named->is_redaction);
  const auto redacted = annex_mention(base::as_bytes(redacting(1)));
  ASSERT_TRUE(redacted);
  EXPECT_EQ(redacted->commitment, named->commitment);
  EXPECT_TRUE(redacted->is_redaction);
}

TEST_F(AnnexesTest, TheLogDecidesAboutWhatIsHeld) {
  storage::AnnexStore annexes = store();
  for (const int number : {1, 2, 3}) ASSERT_TRUE(annexes.hold(annex(number)));
  const storage::LogFolder log = grow({naming(1), naming(3), redacting(3)});
  ASSERT_TRUE(settle_held(annexes, log));
  EXPECT_TRUE(is_here(1));
  EXPECT_FALSE(is_here(2)) << "its record never came onto the log";
  EXPECT_FALSE(is_here(3)) << "redacted";
  EXPECT_TRUE(annexes.held().value().empty());
}

TEST_F(AnnexesTest, FetchesWhatIsNamedOnceAndErasesWhatIsRedacted) {
  AnnexFetcher fetcher = open();
  serve(1);
  serve(2);
  ASSERT_TRUE(fetcher.look(grow({naming(1), naming(2), naming(1)}), now));
  EXPECT_EQ(fetcher.missing(), 2U);
  EXPECT_EQ(fetcher.fetch(fetch(), now).value(), 2U);
  EXPECT_TRUE(is_here(1) && is_here(2));
  EXPECT_EQ(fetcher.fetch(fetch(), now).value(), 0U);
  ASSERT_TRUE(fetcher.look(grow({redacting(1)}), now));
  EXPECT_FALSE(is_here(1));
  EXPECT_TRUE(is_here(2));
  EXPECT_EQ(fetcher.fetch(fetch(), now).value(), 0U) << "what is redacted is asked for no more";

  // One who comes later never asks for it, even where the hub still has it.
  files.restart();
  const auto later = AnnexFetcher::open(files, {files, "annexes-later"}, "settled-later");
  auto fresh = later;
  asked.clear();
  ASSERT_TRUE(fresh.look(grow({}), now));
  EXPECT_EQ(fresh.fetch(fetch(), now).value(), 1U);
  EXPECT_EQ(asked, std::vector{path_of(storage::annex_commitment(annex(2)))});
}

TEST_F(AnnexesTest, WhatIsMissingOrAlteredIsAskedForAgainEverMoreSeldom) {
  AnnexFetcher fetcher = open();
  ASSERT_TRUE(fetcher.look(grow({naming(1), naming(2), naming(3), naming(4)}), now));
  serve(1);
  const Annex wrong = annex(9);
  hub[path_of(storage::annex_commitment(annex(2)))] = storage::serialize_annex(wrong);
  hub[path_of(storage::annex_commitment(annex(3)))] = std::string(1 << 20, 'x');
  EXPECT_EQ(fetcher.fetch(fetch(), now).value(), 4U);
  EXPECT_TRUE(is_here(1));
  EXPECT_FALSE(is_here(2) || is_here(3) || is_here(4));
  EXPECT_EQ(fetcher.missing(), 3U);
  EXPECT_EQ(fetcher.fetch(fetch(), now).value(), 0U) << "not at once";
  now += AnnexFetcher::kAgainFirst;
  EXPECT_EQ(fetcher.fetch(fetch(), now).value(), 3U);
  now += AnnexFetcher::kAgainFirst;
  EXPECT_EQ(fetcher.fetch(fetch(), now).value(), 0U) << "the pause has doubled";
  for (int i = 0; i < 20; ++i) {
    now += AnnexFetcher::kAgainLast;
    EXPECT_EQ(fetcher.fetch(fetch(), now).value(), 3U) << "and has its limit";
  }
  for (const int number : {2, 3, 4}) serve(number);
  now += AnnexFetcher::kAgainLast;
  EXPECT_EQ(fetcher.fetch(fetch(), now).value(), 3U);
  EXPECT_TRUE(is_here(2) && is_here(3) && is_here(4));
  EXPECT_EQ(fetcher.missing(), 0U);
}

TEST_F(AnnexesTest, AHubThatIsAwayIsAskedOnceARound) {
  AnnexFetcher fetcher = open();
  ASSERT_TRUE(fetcher.look(grow({naming(1), naming(2)}), now));
  is_away = true;
  EXPECT_EQ(fetcher.fetch(fetch(), now).error().kind(), base::kFileUnreadable);
  EXPECT_EQ(asked.size(), 1U);
  is_away = false;
  serve(1);
  serve(2);
  EXPECT_EQ(fetcher.fetch(fetch(), now).value(), 2U) << "it was not the annexes' fault";
}

TEST_F(AnnexesTest, AsksForALimitedNumberAtATime) {
  AnnexFetcher fetcher = open();
  std::vector<std::string> leaves;
  for (int number = 0; number < 300; ++number) leaves.push_back(naming(number));
  ASSERT_TRUE(fetcher.look(grow(leaves), now));
  EXPECT_EQ(fetcher.fetch(fetch(), now).value(), AnnexFetcher::kAsksMax);
  EXPECT_EQ(fetcher.fetch(fetch(), now).value(), 300 - AnnexFetcher::kAsksMax);
}

TEST_F(AnnexesTest, AStartBeginsWhereAllIsSettled) {
  std::vector<std::string> leaves;
  for (int number = 0; number < 600; ++number)
    leaves.push_back(number % 100 == 0 ? naming(number) : redacting(number));
  const storage::LogFolder log = grow(leaves);
  for (int number = 0; number < 600; number += 100) {
    if (number != 300) serve(number);
  }
  {
    AnnexFetcher fetcher = open();
    ASSERT_TRUE(fetcher.look(log, now));
    ASSERT_TRUE(fetcher.fetch(fetch(), now));
  }
  AnnexFetcher again = open();
  asked.clear();
  ASSERT_TRUE(again.look(log, now));
  EXPECT_EQ(again.missing(), 1U);
  serve(300);
  ASSERT_TRUE(again.fetch(fetch(), now));
  EXPECT_EQ(asked.size(), 1U);
  EXPECT_TRUE(is_here(300));
  const auto settled = files.read("settled", 100);
  ASSERT_TRUE(settled);
  EXPECT_EQ(base::as_text(*settled), "600\n");
  // A memory of a longer log, or one that is damaged, costs a walk and nothing else.
  for (const char* memory : {"700\n", "6", "\n", "-1\n", ""}) {
    ASSERT_TRUE(base::replace_file(files, "settled", base::as_bytes(std::string_view(memory)),
                                   base::FileMode::kPublic));
    ASSERT_TRUE(store().erase(storage::annex_commitment(annex(300))));
    AnnexFetcher walked = open();
    ASSERT_TRUE(walked.look(log, now)) << memory;
    EXPECT_EQ(walked.missing(), 1U) << memory;
  }
}

// Pulled at every step of the disk: what the log redacts is gone after the next start, the rest is there.
TEST_F(AnnexesTest, ACrashLeavesNothingThatIsRedacted) {
  std::vector<std::string> leaves{naming(1), naming(2)};
  for (int number = 10; number < 270; ++number) leaves.push_back(redacting(number));
  const storage::LogFolder before = grow(leaves);
  const storage::LogFolder after = grow({redacting(1)});
  serve(1);
  serve(2);
  const auto run = [&](AnnexFetcher& fetcher) {
    static_cast<void>(fetcher.look(before, now) && fetcher.fetch(fetch(), now) && fetcher.look(after, now));
  };
  for (std::uint64_t step = 0;; ++step) {
    ASSERT_LT(step, 2'000U);
    const std::uint64_t begin = files.steps();
    files.fault_at(begin + step, sim::Fault::kStop);
    AnnexFetcher fetcher = open();
    run(fetcher);
    const bool was_hit = files.stopped();
    files.crash();
    AnnexFetcher again = open();
    ASSERT_TRUE(again.look(after, now)) << step;
    ASSERT_TRUE(again.fetch(fetch(), now)) << step;
    ASSERT_FALSE(is_here(1)) << step;
    ASSERT_TRUE(is_here(2)) << step;
    if (!was_hit) break;
    for (const int number : {1, 2}) ASSERT_TRUE(store().erase(storage::annex_commitment(annex(number))));
    const auto forgotten = files.remove("settled");
    ASSERT_TRUE(forgotten || forgotten.error().kind() == base::kFileMissing);
    ASSERT_TRUE(files.sync_folder("."));
  }
}

}  // namespace
}  // namespace replica
