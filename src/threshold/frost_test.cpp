// Aim: any t of n sign what the plain verifier accepts, t - 1 do not, a nonce pair answers once, and whoever sends
// something wrong is refused or named.
// Method: RFC 9591's vectors and another implementation's byte for byte (COMITY_DATA); every byte of every message of a
// session altered at (3,4); random groups, subsets and cheaters.
#include "threshold/frost.h"

#include <algorithm>
#include <array>
#include <cstdlib>
#include <fstream>
#include <set>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>
#include <rapidcheck/gtest.h>
#include <sodium.h>

#include "codec/hex.h"
#include "threshold/dealer_for_test.h"
#include "threshold/signing_messages.h"

namespace threshold {
namespace {

using base::Byte;
using base::Bytes;
using base::ByteView;
using base::Hash;
using crypto::PublicScalar;
using nlohmann::json;

// A nonce pair cannot be copied, and sign() takes it for good.
static_assert(!std::is_copy_constructible_v<Nonces> && !std::is_copy_assignable_v<Nonces>);
static_assert(!std::is_default_constructible_v<Nonces>);
static_assert(
    std::is_invocable_v<decltype([](auto&&... a) -> decltype(sign(std::forward<decltype(a)>(a)...)) {
                          return sign(std::forward<decltype(a)>(a)...);
                        }),
                        const SigningSession&, const KeyShare&, Nonces>);
static_assert(
    !std::is_invocable_v<decltype([](auto&&... a) -> decltype(sign(std::forward<decltype(a)>(a)...)) {
                           return sign(std::forward<decltype(a)>(a)...);
                         }),
                         const SigningSession&, const KeyShare&, Nonces&>);
static_assert(!std::is_copy_constructible_v<KeyShare>);

class SystemRandom final : public base::Random {
 public:
  void fill(std::span<Byte> out) override { randombytes_buf(out.data(), out.size()); }
};

/// Gives the bytes it was made of, and no more.
class ScriptedRandom final : public base::Random {
 public:
  explicit ScriptedRandom(Bytes script) : script_(std::move(script)) {}
  void fill(std::span<Byte> out) override {
    CHECK(out.size() <= script_.size() - used_);
    std::ranges::copy(ByteView(script_).subspan(used_, out.size()), out.begin());
    used_ += out.size();
  }
  bool empty() const { return used_ == script_.size(); }

 private:
  Bytes script_;
  std::size_t used_ = 0;
};

Bytes unhex(const json& text) {
  auto bytes = codec::parse_hex(text.get<std::string>());
  EXPECT_TRUE(bytes.has_value());
  return *std::move(bytes);
}

std::string text(const json& value) {
  return value.get<std::string>();
}

std::string hex(ByteView bytes) {
  return codec::serialize_hex(bytes);
}

constexpr Hash kSession{{1, 2, 3}};

Bytes message(std::size_t i) {
  const std::string text = "message " + std::to_string(i);
  return {text.begin(), text.end()};
}

std::vector<Bytes> messages(std::size_t count) {
  std::vector<Bytes> out;
  for (std::size_t i = 0; i < count; ++i) out.push_back(message(i));
  return out;
}

/// A session of the shares at `places`, up to the point where signers answer.
struct Stage {
  Dealt dealt;
  std::vector<std::size_t> places;
  std::vector<Nonces> nonces;
  std::vector<SignerCommitments> commitments;
  std::vector<Bytes> texts;
  SystemRandom random;

  Stage(std::size_t threshold, std::uint16_t members, std::vector<std::size_t> signers, std::size_t count)
      : Stage(deal(threshold, members), std::move(signers), count) {}
  Stage(Dealt keys, std::vector<std::size_t> signers, std::size_t count)
      : dealt(std::move(keys)), places(std::move(signers)), texts(messages(count)) {
    for (const std::size_t place : places) {
      nonces.push_back(commit(dealt.shares[place].secret(), count, random));
      commitments.push_back({dealt.shares[place].identifier(), nonces.back().commitments()});
    }
  }
  static Dealt deal(std::size_t threshold, std::uint16_t members) {
    SystemRandom random;
    return deal_for_test(threshold, members, random);
  }
  SigningSession session() const {
    auto made = SigningSession::create(dealt.keys, kSession, texts, commitments);
    CHECK(made.has_value());
    return *std::move(made);
  }
  /// Uses the nonces up.
  std::vector<SignerShares> answers(const SigningSession& made) {
    std::vector<SignerShares> out;
    for (std::size_t i = 0; i < places.size(); ++i) {
      auto shares = sign(made, dealt.shares[places[i]], std::move(nonces[i]));
      CHECK(shares.has_value());
      out.push_back(*std::move(shares));
    }
    return out;
  }
};

void expect_signatures(const Aggregate& result, const Stage& stage) {
  EXPECT_TRUE(result.wrong.empty());
  ASSERT_EQ(result.signatures.size(), stage.texts.size());
  for (std::size_t i = 0; i < stage.texts.size(); ++i) {
    EXPECT_TRUE(verify_signature(stage.dealt.keys.group().key(), stage.texts[i], result.signatures[i])) << i;
  }
}

// ---- vectors

struct VectorFile {
  const char* name;
  const char* group_key;  // what the file calls it
};

class Vectors : public testing::TestWithParam<VectorFile> {};

const json& find(const json& list, const json& identifier) {
  for (const json& entry : list) {
    if (entry["identifier"] == identifier) return entry;
  }
  CHECK(false);
}

TEST_P(Vectors, AreReproducedByteForByte) {
  const char* folder = std::getenv("COMITY_DATA");
  const std::string path =
      std::string(folder != nullptr ? folder : COMITY_DATA_DEFAULT) + "/vectors/" + GetParam().name;
  std::ifstream file(path);
  if (!file) GTEST_SKIP() << "no " << path;
  const json vectors = json::parse(file);
  const json& inputs = vectors["inputs"];
  std::vector<PublicScalar> coefficients{PublicScalar::parse(unhex(inputs["group_secret_key"])).value()};
  for (const json& coefficient : inputs["share_polynomial_coefficients"]) {
    coefficients.push_back(PublicScalar::parse(unhex(coefficient)).value());
  }
  std::vector<Identifier> identifiers;
  for (const json& number : inputs["participant_list"]) identifiers.emplace_back(number.get<std::uint16_t>());
  const Dealt dealt = deal_for_test(coefficients, identifiers);
  EXPECT_EQ(hex(dealt.keys.group().bytes()), text(inputs[GetParam().group_key]));

  std::vector<Nonces> nonces;
  std::vector<SignerCommitments> commitments;
  for (std::size_t i = 0; i < identifiers.size(); ++i) {
    const json& number = inputs["participant_list"][i];
    EXPECT_EQ(hex(dealt.shares[i].secret().secret_bytes()),
              text(find(inputs["participant_shares"], number)["participant_share"]));
    const json& want = find(vectors["round_one_outputs"]["outputs"], number);
    Bytes script = unhex(want["hiding_nonce_randomness"]);
    std::ranges::copy(unhex(want["binding_nonce_randomness"]), std::back_inserter(script));
    ScriptedRandom random(script);
    nonces.push_back(commit(dealt.shares[i].secret(), 1, random));
    EXPECT_TRUE(random.empty());
    EXPECT_EQ(hex(nonces.back().commitments()[0].hiding.point().bytes()),
              text(want["hiding_nonce_commitment"]));
    EXPECT_EQ(hex(nonces.back().commitments()[0].binding.point().bytes()),
              text(want["binding_nonce_commitment"]));
    commitments.push_back({identifiers[i], nonces.back().commitments()});
  }
  const auto session = SigningSession::create(dealt.keys, kSession, {unhex(inputs["message"])}, commitments);
  ASSERT_TRUE(session.has_value()) << session.error().message();
  std::vector<SignerShares> shares;
  for (std::size_t i = 0; i < identifiers.size(); ++i) {
    const auto answer = sign(*session, dealt.shares[i], std::move(nonces[i]));
    ASSERT_TRUE(answer.has_value()) << answer.error().message();
    EXPECT_EQ(hex(answer->shares[0].bytes()), text(find(vectors["round_two_outputs"]["outputs"],
                                                        inputs["participant_list"][i])["sig_share"]));
    shares.push_back(*answer);
  }
  SystemRandom random;
  const auto result = aggregate(*session, shares, random);
  ASSERT_TRUE(result.has_value()) << result.error().message();
  ASSERT_EQ(result->signatures.size(), 1U);
  EXPECT_EQ(hex(result->signatures[0].bytes), text(vectors["final_output"]["sig"]));
}

INSTANTIATE_TEST_SUITE_P(Frost, Vectors,
                         testing::Values(VectorFile{"frost-ed25519-sha512.json", "group_public_key"},
                                         VectorFile{"zf-frost-ed25519-vectors.json", "verifying_key_key"},
                                         VectorFile{"zf-frost-ed25519-vectors-big-identifier.json",
                                                    "verifying_key_key"}));

// ---- what is refused

std::string why_no_session(const Stage& stage) {
  const auto session = SigningSession::create(stage.dealt.keys, kSession, stage.texts, stage.commitments);
  return session ? "made" : session.error().detail();
}

TEST(SigningSession, NeedsEnoughKnownSignersWithACommitmentForEachMessage) {
  Stage stage(3, 4, {0, 1, 3}, 2);
  EXPECT_EQ(why_no_session(stage), "made");
  const std::vector<SignerCommitments> good = stage.commitments;
  stage.commitments.pop_back();
  EXPECT_EQ(why_no_session(stage), "2 signers instead of 3");
  stage.commitments.push_back(stage.commitments[0]);
  EXPECT_EQ(why_no_session(stage), "signer 1 twice");
  stage.commitments.back().signer = Identifier(9);
  EXPECT_EQ(why_no_session(stage), "signer 9 holds no share");
  stage.commitments = good;
  stage.commitments[1].commitments.pop_back();
  EXPECT_EQ(why_no_session(stage), "signer 2 with 1 commitments for 2 messages");
  stage.commitments = good;
  stage.texts.clear();
  EXPECT_EQ(why_no_session(stage), "0 messages");
}

TEST(SigningSession, IsTheSameInWhateverOrderCommitmentsCome) {
  Stage stage(3, 4, {0, 1, 3}, 2);
  const SigningSession first = stage.session();
  std::ranges::reverse(stage.commitments);
  const SigningSession second = stage.session();
  EXPECT_EQ(first.digest(), second.digest());
  std::swap(stage.texts[0], stage.texts[1]);
  EXPECT_NE(stage.session().digest(), first.digest());
  std::swap(stage.texts[0], stage.texts[1]);
  const auto other = SigningSession::create(stage.dealt.keys, Hash{{9}}, stage.texts, stage.commitments);
  EXPECT_NE(other->digest(), first.digest());
}

TEST(Sign, RefusesASessionThatIsNotItsOwn) {
  Stage stage(2, 3, {0, 1}, 2);
  const SigningSession session = stage.session();
  const auto outsider =
      sign(session, stage.dealt.shares[2], commit(stage.dealt.shares[2].secret(), 2, stage.random));
  ASSERT_FALSE(outsider.has_value());
  EXPECT_EQ(outsider.error().detail(), "not a signer of this session");

  const auto foreign =
      sign(session, stage.dealt.shares[0], commit(stage.dealt.shares[0].secret(), 2, stage.random));
  ASSERT_FALSE(foreign.has_value());
  EXPECT_EQ(foreign.error().detail(), "other commitments than our own");

  const Dealt other = Stage::deal(2, 3);
  const auto wrong_share = sign(session, other.shares[0], std::move(stage.nonces[0]));
  ASSERT_FALSE(wrong_share.has_value());
  EXPECT_EQ(wrong_share.error().detail(), "another share than the group's keys have for us");
  // The nonces went with the failed attempt.
  const auto again =
      sign(session, stage.dealt.shares[0], std::move(stage.nonces[0]));  // NOLINT(bugprone-use-after-move)
  ASSERT_FALSE(again.has_value());
  EXPECT_EQ(again.error().detail(), "other commitments than our own");
}

TEST(Sign, NeedsANewPairForEachAnswer) {
  Stage stage(2, 3, {0, 1}, 1);
  const SigningSession session = stage.session();
  EXPECT_TRUE(sign(session, stage.dealt.shares[0], std::move(stage.nonces[0])).has_value());
  EXPECT_EQ(stage.nonces[0].size(), 0U);  // NOLINT(bugprone-use-after-move): that is what is tested
  EXPECT_FALSE(sign(session, stage.dealt.shares[0], std::move(stage.nonces[0])).has_value());  // NOLINT
}

TEST(Commit, HedgesABrokenSourceOfRandomness) {
  ScriptedRandom first(Bytes(128));
  ScriptedRandom second(Bytes(128));
  const Dealt dealt = Stage::deal(2, 3);
  const Nonces one = commit(dealt.shares[0].secret(), 2, first);
  const Nonces other = commit(dealt.shares[1].secret(), 2, second);
  EXPECT_NE(one.commitments()[0].hiding, other.commitments()[0].hiding);
}

TEST(Aggregate, WantsExactlyTheSessionsSigners) {
  Stage stage(2, 3, {0, 1}, 2);
  const SigningSession session = stage.session();
  std::vector<SignerShares> shares = stage.answers(session);
  const auto why = [&] {
    const auto result = aggregate(session, shares, stage.random);
    return result ? "made" : result.error().detail();
  };
  EXPECT_EQ(why(), "made");
  shares[1].shares.pop_back();
  EXPECT_EQ(why(), "signer 2 with 1 shares for 2 messages");
  shares[1].signer = Identifier(3);
  EXPECT_EQ(why(), "no shares of signer 2");
  shares.pop_back();
  EXPECT_EQ(why(), "1 signers' shares instead of 2");
}

// ---- cheaters

TEST(Aggregate, NamesEveryWrongShareAndNobodyElse) {
  constexpr std::size_t kCount = 150;  // more than are checked together
  Stage stage(3, 4, {0, 1, 2, 3}, kCount);
  const SigningSession session = stage.session();
  std::vector<SignerShares> shares = stage.answers(session);
  const std::vector<WrongShare> want{{Identifier(2), 0}, {Identifier(2), 149}, {Identifier(4), 77}};
  for (const WrongShare& wrong : want) {
    PublicScalar& share = shares[wrong.signer == Identifier(2) ? 1 : 3].shares[wrong.message];
    share = share + PublicScalar(1);
  }
  const auto result = aggregate(session, shares, stage.random, 2);
  ASSERT_TRUE(result.has_value());
  EXPECT_TRUE(result->signatures.empty());
  EXPECT_EQ(result->wrong, want);
  EXPECT_TRUE(wrong_shares(session, shares[0], stage.random).empty());
  EXPECT_EQ(wrong_shares(session, shares[1], stage.random), (std::vector<std::size_t>{0, 149}));
}

// Two signers whose errors cancel: the signature is right, and still each of them can be found out.
TEST(Aggregate, TakesErrorsThatCancel) {
  Stage stage(2, 3, {0, 1}, 3);
  const SigningSession session = stage.session();
  std::vector<SignerShares> shares = stage.answers(session);
  shares[0].shares[1] = shares[0].shares[1] + PublicScalar(5);
  shares[1].shares[1] = shares[1].shares[1] - PublicScalar(5);
  const auto result = aggregate(session, shares, stage.random);
  ASSERT_TRUE(result.has_value());
  expect_signatures(*result, stage);
  EXPECT_EQ(wrong_shares(session, shares[0], stage.random), std::vector<std::size_t>{1});
}

// A signer whose errors cancel over its own messages: the random combination sees it.
TEST(WrongShares, SeesErrorsThatCancelInOneSignersSum) {
  Stage stage(2, 3, {0, 1}, 4);
  const SigningSession session = stage.session();
  std::vector<SignerShares> shares = stage.answers(session);
  shares[0].shares[1] = shares[0].shares[1] + PublicScalar(5);
  shares[0].shares[2] = shares[0].shares[2] - PublicScalar(5);
  EXPECT_EQ(wrong_shares(session, shares[0], stage.random), (std::vector<std::size_t>{1, 2}));
}

// ---- every single wrong byte, (3,4)

// Three changes of each byte; at night all 255.
std::vector<Byte> alterations(Byte byte) {
  std::vector<Byte> out;
  for (unsigned change = 1; change < 256; ++change) {
    const bool always = change == 0x01 || change == 0x80 || change == 0xff;
    if (always || std::getenv("COMITY_NIGHT") != nullptr) out.push_back(static_cast<Byte>(byte ^ change));
  }
  return out;
}

// A sender that publishes an altered commitment and answers with what it really drew.
std::vector<WrongShare> wrong_after(const Bytes& altered, std::size_t cheater, Stage& stage) {
  const Identifier sender = stage.commitments[cheater].signer;
  const auto parsed = parse_commitments(altered, kSession, sender, 2, stage.random);
  CHECK(parsed.has_value());
  CHECK(serialize_commitments(kSession, sender, *parsed) == altered);
  auto own =
      sign(stage.session(), stage.dealt.shares[stage.places[cheater]], std::move(stage.nonces[cheater]));
  CHECK(own.has_value());
  stage.commitments[cheater].commitments = *parsed;
  const SigningSession session = stage.session();
  std::vector<SignerShares> answers{*std::move(own)};
  for (std::size_t i = 0; i < stage.places.size(); ++i) {
    if (i == cheater) continue;
    auto shares = sign(session, stage.dealt.shares[stage.places[i]], std::move(stage.nonces[i]));
    CHECK(shares.has_value());
    answers.push_back(*std::move(shares));
  }
  auto result = aggregate(session, answers, stage.random);
  CHECK(result.has_value());
  return result->wrong;
}

TEST(WrongByte, InACommitmentIsRefusedOrNamesItsSender) {
  constexpr std::size_t kCheater = 1;
  std::size_t named = 0;
  for (std::size_t at = 0; at < kSigningHeaderBytes + std::size_t{2} * 64; ++at) {
    for (const Byte change : alterations(0)) {
      Stage stage(3, 4, {0, 1, 3}, 2);
      const SignerCommitments& sender = stage.commitments[kCheater];
      Bytes bytes = serialize_commitments(kSession, sender.signer, sender.commitments);
      bytes[at] ^= change;
      if (!parse_commitments(bytes, kSession, sender.signer, 2, stage.random)) continue;
      ASSERT_GE(at, kSigningHeaderBytes);
      const std::vector<WrongShare> want{{sender.signer, (at - kSigningHeaderBytes) / 64}};
      ASSERT_EQ(wrong_after(bytes, kCheater, stage), want) << "byte " << at;
      ++named;
    }
  }
  EXPECT_GT(named, 0U);
}

TEST(WrongByte, InAShareIsRefusedOrNamesItsSender) {
  Stage stage(3, 4, {0, 1, 3}, 2);
  const SigningSession session = stage.session();
  const std::vector<SignerShares> answers = stage.answers(session);
  std::size_t named = 0;
  for (std::size_t sender = 0; sender < answers.size(); ++sender) {
    const Bytes good = serialize_shares(session.digest(), answers[sender]);
    for (std::size_t at = 0; at < good.size(); ++at) {
      for (const Byte altered : alterations(good[at])) {
        Bytes bytes = good;
        bytes[at] = altered;
        const auto parsed = parse_shares(bytes, session.digest(), answers[sender].signer, 2);
        if (!parsed) continue;
        ASSERT_GE(at, kSigningHeaderBytes);
        std::vector<SignerShares> shares = answers;
        shares[sender] = *parsed;
        const auto result = aggregate(session, shares, stage.random);
        ASSERT_TRUE(result.has_value());
        const std::vector<WrongShare> want{{answers[sender].signer, (at - kSigningHeaderBytes) / 32}};
        ASSERT_EQ(result->wrong, want) << "sender " << sender << " byte " << at;
        ++named;
      }
    }
  }
  EXPECT_GT(named, 384U);
}

TEST(SigningMessages, AreRefusedShorterLongerOrForAnotherPurpose) {
  Stage stage(3, 4, {0, 1, 3}, 2);
  const SigningSession session = stage.session();
  const Identifier one(1);
  const Bytes commitments = serialize_commitments(kSession, one, stage.commitments[0].commitments);
  const Bytes shares = serialize_shares(session.digest(), stage.answers(session)[0]);
  for (std::size_t size = 0; size < commitments.size(); ++size) {
    EXPECT_FALSE(
        parse_commitments(ByteView(commitments).first(size), kSession, one, 2, stage.random).has_value());
  }
  for (std::size_t size = 0; size < shares.size(); ++size) {
    EXPECT_FALSE(parse_shares(ByteView(shares).first(size), session.digest(), one, 2).has_value());
  }
  Bytes longer = shares;
  longer.push_back(0);
  EXPECT_FALSE(parse_shares(longer, session.digest(), one, 2).has_value());
  EXPECT_TRUE(parse_shares(shares, session.digest(), one, 2).has_value());
  const auto why = [&](const Hash& id, Identifier signer, std::size_t count) {
    const auto parsed = parse_commitments(commitments, id, signer, count, stage.random);
    return parsed ? "read" : parsed.error().detail();
  };
  EXPECT_EQ(why(kSession, one, 2), "read");
  EXPECT_EQ(why(session.digest(), one, 2), "another session");
  EXPECT_EQ(why(kSession, Identifier(2), 2), "another signer");
  EXPECT_EQ(why(kSession, one, 3), "another count");
  const auto crossed = parse_commitments(shares, session.digest(), one, 2, stage.random);
  ASSERT_FALSE(crossed.has_value());
  EXPECT_EQ(crossed.error().detail(), "another kind of message");
}

// ---- properties

std::vector<std::size_t> some_of(std::size_t members, std::size_t count) {
  std::vector<std::size_t> all(members);
  for (std::size_t i = 0; i < members; ++i) all[i] = i;
  for (std::size_t i = 0; i < count; ++i) std::swap(all[i], all[*rc::gen::inRange<std::size_t>(i, members)]);
  all.resize(count);
  return all;
}

RC_GTEST_PROP(FrostProperty, AnyThresholdOfMembersSigns, ()) {
  const auto members = *rc::gen::inRange<std::uint16_t>(1, 14);
  const auto threshold = *rc::gen::inRange<std::size_t>(1, members + std::size_t{1});
  const auto signers = *rc::gen::inRange<std::size_t>(threshold, members + std::size_t{1});
  Stage stage(threshold, members, some_of(members, signers), *rc::gen::inRange<std::size_t>(1, 5));
  const SigningSession session = stage.session();
  const std::vector<SignerShares> shares = stage.answers(session);
  for (const SignerShares& signer : shares) RC_ASSERT(wrong_shares(session, signer, stage.random).empty());
  const auto result = aggregate(session, shares, stage.random);
  RC_ASSERT(result.has_value() && result->wrong.empty());
  for (std::size_t i = 0; i < stage.texts.size(); ++i) {
    RC_ASSERT(verify_signature(stage.dealt.keys.group().key(), stage.texts[i], result->signatures[i]));
  }
}

// One fewer cannot even begin; and if they pretend that fewer are enough, nothing verifies.
RC_GTEST_PROP(FrostProperty, OneFewerDoesNot, ()) {
  const auto members = *rc::gen::inRange<std::uint16_t>(2, 10);
  const auto threshold = *rc::gen::inRange<std::size_t>(2, members + std::size_t{1});
  Stage stage(threshold, members, some_of(members, threshold - 1), 1);
  RC_ASSERT(!SigningSession::create(stage.dealt.keys, kSession, stage.texts, stage.commitments).has_value());

  std::vector<Identifier> identifiers;
  for (const std::size_t place : stage.places) identifiers.push_back(stage.dealt.shares[place].identifier());
  const std::vector<PublicScalar> factors = interpolation(identifiers);
  PublicScalar secret;
  for (std::size_t i = 0; i < factors.size(); ++i) {
    secret = secret + factors[i] * stage.dealt.shares[stage.places[i]].secret().reveal();
  }
  RC_ASSERT(crypto::multiply_generator(secret) != stage.dealt.keys.group());
}

RC_GTEST_PROP(FrostProperty, CheatersAreNamedExactly, ()) {
  const auto members = *rc::gen::inRange<std::uint16_t>(2, 8);
  const auto threshold = *rc::gen::inRange<std::size_t>(1, members + std::size_t{1});
  const auto count = *rc::gen::inRange<std::size_t>(1, 6);
  Stage stage(threshold, members, some_of(members, threshold), count);
  const SigningSession session = stage.session();
  std::vector<SignerShares> shares = stage.answers(session);
  std::set<std::pair<Identifier, std::size_t>> want;
  const auto cheats = *rc::gen::inRange<int>(1, 4);
  for (int i = 0; i < cheats; ++i) {
    SignerShares& cheater = shares[*rc::gen::inRange<std::size_t>(0, threshold)];
    const auto index = *rc::gen::inRange<std::size_t>(0, count);
    if (!want.emplace(cheater.signer, index).second) continue;
    cheater.shares[index] = PublicScalar(*rc::gen::inRange<std::uint64_t>(0, 1'000'000));
  }
  const auto result = aggregate(session, shares, stage.random);
  RC_ASSERT(result.has_value() && result->signatures.empty());
  std::set<std::pair<Identifier, std::size_t>> got;
  for (const WrongShare& wrong : result->wrong) got.emplace(wrong.signer, wrong.message);
  RC_ASSERT(got == want);
}

// The same key and messages in one session or one by one: both are ordinary signatures.
TEST(Batch, OfManyMessagesOverTwoThreads) {
  Stage stage(3, 4, {1, 2, 3}, 200);
  auto session = SigningSession::create(stage.dealt.keys, kSession, stage.texts, stage.commitments, 2);
  ASSERT_TRUE(session.has_value());
  EXPECT_EQ(session->digest(), stage.session().digest());
  const auto result = aggregate(*session, stage.answers(*session), stage.random, 2);
  ASSERT_TRUE(result.has_value());
  expect_signatures(*result, stage);
}

}  // namespace
}  // namespace threshold
