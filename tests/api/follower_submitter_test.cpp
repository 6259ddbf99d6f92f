// Aim: what is handed in at a member's machine is answered whatever becomes of it, and a hub that is slow, away or rude holds
// up neither who submits nor the end of the process. Method: a hand-in that waits, one that says each possible thing, and one
// that goes through a real HTTP source to servers of raw bytes.
#include "api/follower_submitter.h"

#include <future>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/check.h"
#include "net/raw_server_for_test.h"
#include "replica/http_hub_source.h"

namespace api {
namespace {

using base::Result;

using Answer = Result<registry::Submission>;

Answer submit_and_wait(FollowerSubmitter& submitter, const std::string& leaf,
                       std::optional<storage::Annex> annex = std::nullopt) {
  std::promise<Answer> promise;
  auto answer = promise.get_future();
  submitter.submit(leaf, std::move(annex), [&](Answer done) { promise.set_value(std::move(done)); });
  return answer.get();
}

constexpr base::ErrorKind kSomeRule{"some-rule", base::Category::kDenied, "a test"};

TEST(FollowerSubmitter, SaysWhatBecameOfARecord) {
  FollowerSubmitter submitter([](const std::string& leaf, const std::optional<std::string>&) -> Result<void> {
    if (leaf == "bad") return base::fail(kSomeRule, "refused here");
    if (leaf == "away") return base::fail(replica::kHubUnreachable, "the hub is away");
    return {};
  });
  const Answer taken = submit_and_wait(submitter, "good");
  ASSERT_FALSE(taken);
  EXPECT_EQ(taken.error().kind(), kHandedOn);
  const Answer kept = submit_and_wait(submitter, "away");
  ASSERT_FALSE(kept);
  EXPECT_EQ(kept.error().kind(), kHandedOn);
  const Answer refused = submit_and_wait(submitter, "bad");
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().kind(), kSomeRule);
}

TEST(FollowerSubmitter, TheAnnexGoesAlongAsItsFile) {
  std::optional<std::string> seen;
  FollowerSubmitter submitter(
      [&](const std::string&, const std::optional<std::string>& annex) -> Result<void> {
        seen = annex;
        return {};
      });
  EXPECT_EQ(submit_and_wait(submitter, "without").error().kind(), kHandedOn);
  EXPECT_EQ(seen, std::nullopt);
  const storage::Annex annex{base::Hash{}, "why\n"};
  EXPECT_EQ(submit_and_wait(submitter, "with", annex).error().kind(), kHandedOn);
  EXPECT_EQ(seen, storage::serialize_annex(annex));
}

TEST(FollowerSubmitter, WhileOneWaitsOthersQueueUpToALimitAndAllAreAnsweredAtTheEnd) {
  std::promise<void> let_go;
  const std::shared_future<void> gate(let_go.get_future());
  std::atomic<int> begun = 0;
  std::atomic<int> handed_on = 0;
  std::atomic<int> busy = 0;
  {
    FollowerSubmitter submitter([&](const std::string&, const std::optional<std::string>&) -> Result<void> {
      ++begun;
      gate.wait();
      return {};
    });
    const auto count = [&](const Answer& done) {
      ASSERT_FALSE(done);
      ++(done.error().kind() == kHandedOn ? handed_on : busy);
    };
    submitter.submit("first", std::nullopt, count);
    while (begun == 0) std::this_thread::yield();
    for (int i = 0; i < 256; ++i) submitter.submit("waits", std::nullopt, count);
    EXPECT_EQ(busy, 0);
    submitter.submit("one too many", std::nullopt, count);
    EXPECT_EQ(busy, 1) << "answered at once, and nobody waited for the hub";
    let_go.set_value();
  }
  EXPECT_GE(handed_on, 1);
  EXPECT_EQ(handed_on + busy, 258) << "somebody was never answered";
}

// Through HTTP: whatever the hub answers, the record is kept here and its submitter is told so.
TEST(FollowerSubmitter, NoHubsAnswerLosesARecord) {
  const std::string lengths = "\r\nContent-Length: 2\r\n\r\n{}";
  for (const std::string& answer :
       {std::string(), std::string("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n{"),
        "HTTP/1.1 500 Oh" + lengths, "HTTP/1.1 503 Later" + lengths,
        "HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:1/" + lengths, "HTTP/1.1 403 No" + lengths,
        "HTTP/1.1 202 Accepted" + lengths, "HTTP/1.1 200 OK" + lengths, std::string("nonsense\r\n\r\n"),
        "HTTP/1.1 200 OK\r\nContent-Length: 3000000\r\n\r\n" + std::string(3'000'000, 'x')}) {
    const net::RawServer hub(answer);
    const auto source = replica::HttpHubSource::create(hub.url(), {});
    ASSERT_TRUE(source);
    FollowerSubmitter submitter([&](const std::string& leaf, const std::optional<std::string>& annex) {
      return (*source)->forward(leaf, annex);
    });
    const Answer done = submit_and_wait(submitter, "a leaf");
    ASSERT_FALSE(done);
    EXPECT_EQ(done.error().kind(), kHandedOn) << answer.substr(0, 40) << ": " << done.error().message();
    EXPECT_EQ(hub.requests(), 1) << answer.substr(0, 40);
  }
}

TEST(FollowerSubmitter, AHubThatNeverAnswersDoesNotHoldUpTheEnd) {
  const net::RawServer hub("", false);
  const auto source = replica::HttpHubSource::create(hub.url(), {});
  ASSERT_TRUE(source);
  std::promise<Answer> promise;
  const auto begin = std::chrono::steady_clock::now();
  {
    FollowerSubmitter submitter([&](const std::string& leaf, const std::optional<std::string>& annex) {
      return (*source)->forward(leaf, annex);
    });
    submitter.submit("a leaf", std::nullopt, [&](Answer done) { promise.set_value(std::move(done)); });
    while (hub.requests() == 0) std::this_thread::sleep_for(std::chrono::milliseconds(5));
    (*source)->interrupt();  // as the process does when it closes
  }
  const Answer done = promise.get_future().get();
  ASSERT_FALSE(done);
  EXPECT_EQ(done.error().kind(), kHandedOn);
  EXPECT_LT(std::chrono::steady_clock::now() - begin, std::chrono::seconds(10));
}

}  // namespace
}  // namespace api
