// Aim: the witness answers each step and each mistake as C2SP tlog-witness says, and never cosigns two histories:
// not after a restart, a crash at any moment, or two requests at once. Method: a log in memory talks to a
// witness on a disk that forgets; mistakes first, one at a time.
#include "witness/witness.h"

#include <set>
#include <thread>

#include <gtest/gtest.h>

#include "witness/stage.h"

namespace witness {
namespace {

constexpr std::string_view kSizeType = "text/x.tlog.size";

TEST(Witness, CosignsEachStepOfALog) {
  WitnessStage stage;
  ASSERT_TRUE(stage.made) << stage.trouble;
  const TestLog log;
  std::uint64_t last = 0;
  for (const std::uint64_t size : {1U, 2U, 3U, 255U, 256U, 257U, 600U}) {
    stage.clock.time = stage.clock.time + base::Seconds(10);
    const Answer answer = stage.witness->add_checkpoint(log.request(last, size));
    EXPECT_EQ(answer.status, 200U) << answer.body;
    EXPECT_EQ(stage.cosigned(answer, log.body(size)), stage.clock.time);
    last = size;
  }
  ASSERT_EQ(stage.witness->logs().size(), 1U);
  EXPECT_EQ(stage.witness->logs()[0].size.value(), 600U);
}

TEST(Witness, TheSameSizeAgainIsCosignedWithTheNewTime) {
  WitnessStage stage;
  const TestLog log;
  EXPECT_EQ(stage.witness->add_checkpoint(log.request(0, 5)).status, 200U);
  stage.clock.time = stage.clock.time + base::Seconds(300);
  EXPECT_EQ(stage.cosigned(stage.witness->add_checkpoint(log.request(5, 5)), log.body(5)), stage.clock.time);
}

TEST(Witness, TheEmptyTreeIsATree) {
  WitnessStage stage;
  const TestLog log;
  EXPECT_TRUE(stage.cosigned(stage.witness->add_checkpoint(log.request(0, 0)), log.body(0)));
  EXPECT_TRUE(stage.cosigned(stage.witness->add_checkpoint(log.request(0, 0)), log.body(0)));
  const std::string wrong =
      log.sign(note::serialize_checkpoint({log.origin, base::TreeSize(0), log.root(1)}));
  EXPECT_EQ(stage.witness->add_checkpoint("old 0\n\n" + wrong).status, 409U);
  EXPECT_EQ(stage.witness->add_checkpoint(log.request(0, 7)).status, 200U);
}

TEST(Witness, MalformedRequestsAre400) {
  WitnessStage stage;
  const TestLog log;
  const std::string good = log.request(0, 5);
  const std::string note = log.checkpoint(5);
  const std::string hash = codec::serialize_base64(log.root(1).view()) + "\n";
  std::string many = "old 0\n";
  for (int i = 0; i < 64; ++i) many += hash;
  for (const std::string& body :
       {std::string(),
        std::string("old 0\n"),
        std::string("old 0\n\n"),
        "old 00\n\n" + note,
        "old -1\n\n" + note,
        "old  0\n\n" + note,
        "Old 0\n\n" + note,
        "old 0\r\n\r\n" + note,
        "old 18446744073709551616\n\n" + note,
        "old 9223372036854775808\n\n" + note,
        "old 0\n" + note,
        "old 0\n\n\n" + note,
        "old 0\nAAAA\n\n" + note,
        "old 0\n" + hash.substr(0, 44) + "\n" + hash.substr(0, 43) + "\n\n" + note,
        many + "\n" + note,
        good.substr(0, good.size() - 1),
        good + "\n",
        good + "x",
        "old 0\n\n" + log.body(5),
        "old 0\n\n" + log.sign("log.example/one\n5\n"),
        "old 0\n\n" + log.sign("log.example/one\n05\n" + hash),
        "old 0\n\n" + log.sign("log.example/one\n5\nAAAA\n"),
        "old 0\n\n" + log.sign("log.example/one\n5\n" + hash + "\nextension after an empty line\n"),
        "old 0\n\n" + std::string(40'000, 'x'),
        "old 6\n\n" + note}) {
    const Answer answer = stage.witness->add_checkpoint(body);
    EXPECT_EQ(answer.status, 400U) << body.substr(0, 200) << "\n" << answer.body;
  }
  EXPECT_EQ(stage.witness->logs()[0].size.value(), 0U);
}

TEST(Witness, UnknownOriginsAre404) {
  WitnessStage stage;
  TestLog log;
  log.origin = "log.example/two";
  log.key = std::make_shared<note::Signer>(test_signer(log.origin, note::KeyType::kEd25519, 1));
  EXPECT_EQ(stage.witness->add_checkpoint(log.request(0, 5)).status, 404U);
}

TEST(Witness, SignaturesOfStrangersAre403) {
  WitnessStage stage;
  const TestLog log;
  TestLog stranger;
  stranger.key = std::make_shared<note::Signer>(test_signer(log.origin, note::KeyType::kEd25519, 9));
  EXPECT_EQ(stage.witness->add_checkpoint(stranger.request(0, 5)).status, 403U);
  // The log's line over another text.
  const std::string body = log.body(5);
  const std::string other = body + "\n" + note::sign_text(log.body(6), *log.key);
  EXPECT_EQ(stage.witness->add_checkpoint("old 0\n\n" + other).status, 403U);
  // A signature of the log is asked for even where the size would not fit.
  EXPECT_EQ(stage.witness->add_checkpoint(stranger.request(3, 5)).status, 403U);
  // Lines of strangers beside the log's are ignored.
  const std::string both =
      log.checkpoint(5) + note::sign_text(body, *stranger.key) + "\u2014 someone.else AAAAAAAA\n";
  EXPECT_EQ(stage.witness->add_checkpoint("old 0\n\n" + both).status, 200U);
}

TEST(Witness, AnotherOldSizeIs409AndTellsWhereItStands) {
  WitnessStage stage;
  const TestLog log;
  Answer answer = stage.witness->add_checkpoint(log.request(3, 5));
  EXPECT_EQ(answer.status, 409U);
  EXPECT_EQ(answer.content_type, kSizeType);
  EXPECT_EQ(answer.body, "0\n");
  EXPECT_EQ(stage.witness->add_checkpoint(log.request(0, 300)).status, 200U);
  for (const std::uint64_t old : {0U, 1U, 299U, 301U}) {
    answer = stage.witness->add_checkpoint(log.request(old, 400));
    EXPECT_EQ(answer.status, 409U);
    EXPECT_EQ(answer.content_type, kSizeType);
    EXPECT_EQ(answer.body, "300\n");
  }
  // A smaller tree, however it is asked for.
  EXPECT_EQ(stage.witness->add_checkpoint(log.request(0, 200)).body, "300\n");
  EXPECT_EQ(stage.witness->add_checkpoint(log.request(200, 200)).body, "300\n");
  EXPECT_EQ(stage.witness->add_checkpoint("old 300\n\n" + log.checkpoint(200)).status, 400U);
  EXPECT_EQ(stage.witness->logs()[0].size.value(), 300U);
}

TEST(Witness, ProofsThatDoNotLeadThereAre422) {
  WitnessStage stage;
  const TestLog log;
  const TestLog fork("b", 200);  // the first 200 leaves are the same
  const std::string hash = codec::serialize_base64(log.root(1).view()) + "\n";
  EXPECT_EQ(stage.witness->add_checkpoint("old 0\n" + hash + "\n" + log.checkpoint(5)).status, 422U);
  ASSERT_EQ(stage.witness->add_checkpoint(log.request(0, 300)).status, 200U);
  EXPECT_EQ(stage.witness->add_checkpoint(fork.request(300, 400)).status, 422U);
  EXPECT_EQ(stage.witness->add_checkpoint("old 300\n\n" + log.checkpoint(400)).status, 422U);
  EXPECT_EQ(stage.witness->add_checkpoint("old 300\n" + hash + "\n" + log.checkpoint(300)).status, 422U);
  for (std::size_t left_out = 0; left_out < log.proof(300, 400).size(); ++left_out) {
    std::vector<base::Hash> proof = log.proof(300, 400);
    const std::string note = log.checkpoint(400);
    proof[left_out].bytes[0] ^= 1;
    const note::WitnessRequest altered{base::TreeSize(300), proof, note};
    EXPECT_EQ(stage.witness->add_checkpoint(note::serialize_witness_request(altered)).status, 422U);
    proof.erase(proof.begin() + static_cast<std::ptrdiff_t>(left_out));
    const note::WitnessRequest shorter{base::TreeSize(300), proof, note};
    EXPECT_EQ(stage.witness->add_checkpoint(note::serialize_witness_request(shorter)).status, 422U);
  }
  EXPECT_EQ(stage.witness->logs()[0].size.value(), 300U);
  EXPECT_EQ(stage.witness->add_checkpoint(log.request(300, 400)).status, 200U);
}

TEST(Witness, AnotherRootOfTheSameSizeIs409WithoutASize) {
  WitnessStage stage;
  const TestLog log;
  const TestLog fork("b", 200);
  ASSERT_EQ(stage.witness->add_checkpoint(log.request(0, 300)).status, 200U);
  const Answer answer = stage.witness->add_checkpoint(fork.request(300, 300));
  EXPECT_EQ(answer.status, 409U);
  EXPECT_NE(answer.content_type, kSizeType);
}

TEST(Witness, CosignsExtensionLinesAsTheyStand) {
  WitnessStage stage;
  const TestLog log;
  const std::string text = log.body(5) + "an extension\nanother one\n";
  EXPECT_TRUE(stage.cosigned(stage.witness->add_checkpoint("old 0\n\n" + log.sign(text)), text));
}

TEST(Witness, RemembersAcrossRestartsAndPowerCuts) {
  WitnessStage stage;
  const TestLog log;
  const TestLog fork("b");
  ASSERT_EQ(stage.witness->add_checkpoint(log.request(0, 300)).status, 200U);
  stage.files.crash();
  ASSERT_TRUE(stage.open()) << stage.trouble;
  EXPECT_EQ(stage.witness->logs()[0].size.value(), 300U);
  EXPECT_EQ(stage.witness->add_checkpoint(fork.request(0, 301)).status, 409U);
  EXPECT_EQ(stage.witness->add_checkpoint(fork.request(300, 301)).status, 422U);
  EXPECT_EQ(stage.witness->add_checkpoint(log.request(300, 301)).status, 200U);
}

// Wherever the power goes: what was cosigned is remembered, or nothing was said.
TEST(Witness, ACrashAtAnyStepForgetsNothingThatWasSaid) {
  const TestLog log;
  for (std::uint64_t seed = 1; seed <= 8; ++seed) {
    for (std::uint64_t step = 0; step < 40; ++step) {
      WitnessStage stage(seed);
      ASSERT_TRUE(stage.made);
      std::uint64_t said = 0;
      stage.files.fault_at(stage.files.steps() + step, sim::Fault::kStop);
      for (const std::uint64_t size : {5U, 9U, 300U}) {
        if (stage.witness->add_checkpoint(log.request(said, size)).status != 200) break;
        said = size;
      }
      stage.files.crash();
      ASSERT_TRUE(stage.open()) << "seed " << seed << " step " << step << ": " << stage.trouble;
      EXPECT_GE(stage.witness->logs()[0].size.value(), said) << "seed " << seed << " step " << step;
    }
  }
}

TEST(Witness, AfterAFailedWriteItSaysNothingMore) {
  WitnessStage stage;
  const TestLog log;
  stage.files.fault_at(stage.files.steps() + 2, sim::Fault::kRefuse);
  EXPECT_EQ(stage.witness->add_checkpoint(log.request(0, 5)).status, 500U);
  EXPECT_EQ(stage.witness->add_checkpoint(log.request(0, 5)).status, 500U);
  ASSERT_TRUE(stage.open());
  const std::uint64_t at = stage.witness->logs()[0].size.value();
  EXPECT_TRUE(at == 0 || at == 5);
  EXPECT_EQ(stage.witness->add_checkpoint(log.request(at, 9)).status, 200U);
}

std::string memory_path(const sim::ForgetfulFiles& files) {
  const std::vector<std::string> names = files.list("w/logs").value();
  return "w/logs/" + names.front() + "/cosigned";
}

TEST(Witness, ADamagedOrLostMemoryIsAnErrorNeverAnEmptyOne) {
  WitnessStage stage;
  const TestLog log;
  ASSERT_EQ(stage.witness->add_checkpoint(log.request(0, 300)).status, 200U);
  const std::string path = memory_path(stage.files);
  const base::Bytes good = stage.files.read(path, 4'096).value();
  for (std::size_t size = 0; size < good.size(); ++size) {
    ASSERT_TRUE(stage.files.write_synced(path, base::ByteView(good).first(size), base::FileMode::kPublic));
    EXPECT_FALSE(stage.open()) << size;
    EXPECT_NE(stage.trouble.find("bad-cosign-memory"), std::string::npos) << stage.trouble;
  }
  for (std::size_t at = 0; at < good.size(); ++at) {
    base::Bytes altered = good;
    altered[at] ^= 1;
    ASSERT_TRUE(stage.files.write_synced(path, altered, base::FileMode::kPublic));
    EXPECT_FALSE(stage.open()) << at;
  }
  ASSERT_TRUE(stage.files.remove(path));
  EXPECT_FALSE(stage.open());
  EXPECT_NE(stage.trouble.find("witness-memory-lost"), std::string::npos) << stage.trouble;
  ASSERT_TRUE(stage.files.write_synced(path, good, base::FileMode::kPublic));
  EXPECT_TRUE(stage.open()) << stage.trouble;
}

TEST(Witness, OfManyRequestsAtOnceOnlyOneLineOfHistoryIsCosigned) {
  WitnessStage stage;
  const TestLog log;
  const TestLog fork("b");
  ASSERT_EQ(stage.witness->add_checkpoint(log.request(0, 1)).status, 200U);
  std::vector<std::string> requests;
  for (std::uint64_t size = 2; size < 40; ++size) {
    requests.push_back(log.request(1, size));
    requests.push_back(log.request(size - 1, size));
    requests.push_back(fork.request(size - 1, size));
    requests.push_back(fork.request(0, size));
  }
  std::mutex mutex;
  std::multiset<std::string> signed_roots;
  std::vector<std::thread> threads;
  for (std::size_t thread = 0; thread < 4; ++thread) {
    threads.emplace_back([&, thread] {
      for (std::size_t i = thread; i < requests.size(); i += 4) {
        const Answer answer = stage.witness->add_checkpoint(requests[i]);
        if (answer.status != 200) continue;
        const std::lock_guard lock(mutex);
        const auto request = note::parse_witness_request(requests[i]);
        signed_roots.insert(std::string(note::parse_foreign_checkpoint(request->checkpoint)->note.text));
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_FALSE(signed_roots.empty());
  for (const std::string& text : signed_roots) {
    const auto checkpoint = note::parse_checkpoint(text);
    EXPECT_EQ(checkpoint->root, log.root(checkpoint->size.value())) << text;
  }
}

TEST(Witness, AClockThatGoesBackALittleIsWaitedOutAndMoreIsRefused) {
  WitnessStage stage;
  const TestLog log;
  const base::EpochSeconds then = stage.clock.time;
  ASSERT_EQ(stage.witness->add_checkpoint(log.request(0, 5)).status, 200U);
  stage.clock.time = base::EpochSeconds(then.value() - 60);
  EXPECT_EQ(stage.cosigned(stage.witness->add_checkpoint(log.request(5, 6)), log.body(6)), then);
  stage.clock.time = base::EpochSeconds(then.value() - 61);
  EXPECT_EQ(stage.witness->add_checkpoint(log.request(6, 7)).status, 503U);
}

TEST(Witness, FoldersAndLogsAreMadeOnce) {
  WitnessStage stage;
  const note::Signer key = test_signer("other.example/w", note::KeyType::kCosignature, 3);
  EXPECT_EQ(create_witness(stage.files, "w", key).error().kind(), kWitnessExists);
  EXPECT_EQ(add_log(stage.files, "w", {TestLog().key->verifier_key()}, stage.clock.now()).error().kind(),
            kLogKnown);
  EXPECT_EQ(Witness::open(stage.files, "nowhere", stage.clock).error().kind(), kNoWitness);
  EXPECT_EQ(add_log(stage.files, "w", {}, stage.clock.now()).error().kind(), kBadWitnessLog);
  EXPECT_EQ(add_log(stage.files, "w", {key.verifier_key()}, stage.clock.now()).error().kind(),
            kBadWitnessLog);
  const note::VerifierKey one = test_signer("x.example", note::KeyType::kEd25519, 4).verifier_key();
  const note::VerifierKey two = test_signer("x.example", note::KeyType::kEd25519, 5).verifier_key();
  const note::VerifierKey other = test_signer("y.example", note::KeyType::kEd25519, 6).verifier_key();
  EXPECT_EQ(add_log(stage.files, "w", {one, one}, stage.clock.now()).error().kind(), kBadWitnessLog);
  EXPECT_EQ(add_log(stage.files, "w", {one, other}, stage.clock.now()).error().kind(), kBadWitnessLog);
  EXPECT_TRUE(add_log(stage.files, "w", {one, two}, stage.clock.now()));
  ASSERT_TRUE(stage.open()) << stage.trouble;
  EXPECT_EQ(stage.witness->logs().size(), 2U);
}

TEST(Witness, EitherKeyOfALogWillDoAndNoFalseOneBesideIt) {
  WitnessStage stage;
  TestLog log;
  log.origin = "x.example";
  log.key = std::make_shared<note::Signer>(test_signer("x.example", note::KeyType::kEd25519, 4));
  const note::Signer second = test_signer("x.example", note::KeyType::kEd25519, 5);
  ASSERT_TRUE(add_log(stage.files, "w", {log.key->verifier_key(), second.verifier_key()}, stage.clock.now()));
  ASSERT_TRUE(stage.open()) << stage.trouble;
  const std::string body = log.body(5);
  EXPECT_EQ(stage.witness->add_checkpoint("old 0\n\n" + body + "\n" + note::sign_text(body, second)).status,
            200U);
  const std::string mixed = log.checkpoint(5) + note::sign_text(log.body(6), second);
  EXPECT_EQ(stage.witness->add_checkpoint("old 5\n\n" + mixed).status, 403U);
}

}  // namespace
}  // namespace witness
