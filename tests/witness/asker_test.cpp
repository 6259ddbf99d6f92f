// Aim: a log gets a witness's cosignature whatever the two remember of each other, believes nothing that does not
// verify, and is never held up by a witness that fails. Method: an asker and a real witness without a network
// between them, then answers made up by hand.
#include "witness/asker.h"

#include <deque>

#include <gtest/gtest.h>

#include "witness/stage.h"

namespace witness {
namespace {

/// Straight into a witness.
class DirectTransport final : public Transport {
 public:
  explicit DirectTransport(Witness& witness) : witness_(&witness) {}
  base::Result<Reply> post(std::string_view body) override {
    const Answer answer = witness_->add_checkpoint(body);
    return Reply{answer.status, std::string(answer.content_type), answer.body};
  }

 private:
  Witness* witness_;
};

/// Answers from a list; keeps what was asked.
class ScriptedTransport final : public Transport {
 public:
  base::Result<Reply> post(std::string_view body) override {
    asked.emplace_back(body);
    if (replies.empty()) return base::fail(kWitnessRefused, "nobody there");
    Reply reply = replies.front();
    if (replies.size() > 1) replies.pop_front();
    return reply;
  }
  std::deque<Reply> replies;
  std::vector<std::string> asked;
};

struct Scripted {
  explicit Scripted(std::vector<Transport::Reply> replies) {
    auto owned = std::make_unique<ScriptedTransport>();
    owned->replies.assign(replies.begin(), replies.end());
    transport = owned.get();
    asker.emplace(WitnessStage().key(), std::move(owned));
  }
  std::string refusal(const TestLog& log, std::uint64_t size) {
    const auto line = asker->ask(log.checkpoint(size), log);
    return line ? "accepted" : line.error().message();
  }
  ScriptedTransport* transport = nullptr;
  std::optional<Asker> asker;
};

const std::string kSizeType = "text/x.tlog.size";

TEST(Asker, FindsOutWhereTheWitnessStands) {
  WitnessStage stage;
  const TestLog log;
  Asker first(stage.key(), std::make_unique<DirectTransport>(*stage.witness));
  for (const std::uint64_t size : {3U, 3U, 300U, 301U}) {
    const auto line = first.ask(log.checkpoint(size), log);
    ASSERT_TRUE(line) << line.error().message();
    EXPECT_TRUE(stage.cosigned({200, "", *line}, log.body(size)));
  }
  // Another one, after a restart of the log, knows nothing.
  Asker second(stage.key(), std::make_unique<DirectTransport>(*stage.witness));
  EXPECT_TRUE(second.ask(log.checkpoint(400), log));
  // The first one's memory is old now.
  EXPECT_TRUE(first.ask(log.checkpoint(500), log));
}

TEST(Asker, ALogThatWentBackIsTold) {
  WitnessStage stage;
  const TestLog log;
  Asker asker(stage.key(), std::make_unique<DirectTransport>(*stage.witness));
  ASSERT_TRUE(asker.ask(log.checkpoint(300), log));
  const auto back = asker.ask(log.checkpoint(200), log);
  ASSERT_FALSE(back);
  EXPECT_EQ(back.error().kind(), kWitnessAhead);
  const TestLog fork("b");
  EXPECT_FALSE(asker.ask(fork.checkpoint(300), fork));
  EXPECT_FALSE(asker.ask(fork.checkpoint(301), fork));
}

TEST(Asker, BelievesNoAnswerThatDoesNotVerify) {
  const TestLog log;
  WitnessStage stage;
  const note::Signer key = test_signer("witness.example/w", note::KeyType::kCosignature, 2);
  const note::Signer stranger = test_signer("witness.example/w", note::KeyType::kCosignature, 7);
  const base::EpochSeconds time = stage.clock.now();
  const std::string good = note::cosign_text(log.body(5), key, time);
  const std::string foreign = note::cosign_text(log.body(5), stranger, time);
  EXPECT_EQ(Scripted({{200, "", good}}).refusal(log, 5), "accepted");
  EXPECT_EQ(Scripted({{200, "", foreign + "no line at all\n" + good}}).refusal(log, 5), "accepted");
  for (const std::string& body :
       {std::string(), std::string("\n"), foreign, note::cosign_text(log.body(6), key, time),
        std::string("<html>"), good.substr(0, good.size() - 9) + "\n"}) {
    EXPECT_NE(Scripted({{200, "", body}}).refusal(log, 5), "accepted") << body;
  }
}

TEST(Asker, EndsWithEveryKindOfRefusal) {
  const TestLog log;
  for (const unsigned status : {301U, 400U, 403U, 404U, 422U, 500U, 503U}) {
    Scripted witness({{status, "text/html", "<h1>No\x1b[31m</h1>\nmore"}});
    const std::string refusal = witness.refusal(log, 5);
    EXPECT_NE(refusal.find(std::to_string(status)), std::string::npos) << refusal;
    EXPECT_EQ(refusal.find('\x1b'), std::string::npos);
    EXPECT_EQ(witness.transport->asked.size(), 1U);
  }
  // A witness that never agrees about its size is not asked for ever.
  Scripted wavering({{409, kSizeType, "1\n"}, {409, kSizeType, "2\n"}, {409, kSizeType, "3\n"}});
  EXPECT_NE(wavering.refusal(log, 5), "accepted");
  EXPECT_EQ(wavering.transport->asked.size(), 2U);
  for (const Transport::Reply& reply : std::vector<Transport::Reply>{{409, kSizeType, "one\n"},
                                                                     {409, kSizeType, "1"},
                                                                     {409, "text/plain", "1\n"},
                                                                     {409, kSizeType, ""}}) {
    EXPECT_NE(Scripted({reply}).refusal(log, 5), "accepted");
  }
  EXPECT_NE(Scripted({}).refusal(log, 5), "accepted");
}

TEST(Askers, HandOnWhatIsNewAndNothingTwice) {
  WitnessStage stage;
  const TestLog log;
  std::mutex mutex;
  std::condition_variable changed;
  std::string published = log.checkpoint(5);
  std::vector<std::string> taken;
  AskersOptions options;
  options.pause = std::chrono::milliseconds(1);
  options.checkpoint = [&]() -> base::Result<std::string> {
    const std::lock_guard lock(mutex);
    return published;
  };
  options.tiles = [](base::TreeSize) { return std::make_unique<TestLog>(); };
  options.take = [&](std::string_view body, const std::vector<std::string>& lines) -> base::Result<void> {
    const std::lock_guard lock(mutex);
    taken.emplace_back(body);
    published = published + lines.front();  // as the engine publishes it
    changed.notify_all();
    return {};
  };
  std::vector<std::unique_ptr<Asker>> all;
  all.push_back(std::make_unique<Asker>(stage.key(), std::make_unique<DirectTransport>(*stage.witness)));
  auto failing = std::make_unique<ScriptedTransport>();
  all.push_back(std::make_unique<Asker>(
      test_signer("gone.example", note::KeyType::kCosignature, 8).verifier_key(), std::move(failing)));
  Askers askers(std::move(options), std::move(all));
  const auto wait_for = [&](std::size_t count) {
    std::unique_lock lock(mutex);
    return changed.wait_for(lock, std::chrono::seconds(20), [&] { return taken.size() >= count; });
  };
  askers.wake();
  ASSERT_TRUE(wait_for(1));
  EXPECT_EQ(taken[0], log.body(5));
  askers.wake();  // nothing new
  {
    const std::lock_guard lock(mutex);
    published = log.checkpoint(9);
  }
  askers.wake();
  ASSERT_TRUE(wait_for(2));
  EXPECT_EQ(taken[1], log.body(9));
  EXPECT_EQ(askers.status()[0].trouble, "");
  EXPECT_EQ(askers.status()[1].name, "gone.example");
  EXPECT_FALSE(askers.status()[1].size);
}

TEST(Askers, APolicyWithoutUrlsAsksNobody) {
  note::Policy policy;
  policy.witnesses.push_back({"w", WitnessStage().key(), ""});
  policy.quorum = "none";
  EXPECT_EQ(make_askers(policy).error().kind(), note::kBadPolicy);
}

}  // namespace
}  // namespace witness
