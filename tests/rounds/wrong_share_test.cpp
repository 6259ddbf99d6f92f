// Aim: who gives a wrong signature share is shown to everybody by a record, and left out for a day by all; and nobody
// else can be: not by altered, spliced or old statements, not under another sharing, not twice for one lie.
// Method: real members sign with a key that a fleet made, one of them lies; its proof goes to the charter's state as it
// is, with each bit changed, and with each part of another session's.
#include <gtest/gtest.h>

#include "charter/wrong_shares.h"
#include "record/builder.h"
#include "resource/values.h"
#include "rounds/signers.h"

namespace rounds {
namespace {

using charter::ShareProof;
using replica::FalseShare;
using replica::Purpose;

constexpr std::uint64_t kHours = 3'600;
constexpr std::uint64_t kDay = 24 * kHours;

/// A registry of members with one key, in which one of them has lied.
class WrongShare : public ::testing::Test {
 protected:
  explicit WrongShare(unsigned members = 4) : signers_(members, 31) {
    // Whoever coordinates chooses among all; the lie has to be one of a chosen one.
    for (const std::string& who : signers_.entry().holders) {
      liar_ = who;
      signers_.liars = {who};
      sign("lie", 5);
      if (!signers_.false_shares.empty()) break;
      for (const auto& [member, unused] : signers_.fleet().nodes) signers_.restart(member);
    }
    signers_.liars.clear();
    stage().thorough = true;
    stage().reloads = true;
  }

  void SetUp() override {
    ASSERT_EQ(signers_.false_shares.size(), 1U);
    ASSERT_EQ(proof().member, liar_);
    for (const std::string& member : signers_.entry().holders) {
      if (member != liar_) accuser_ = member;
    }
  }
  void TearDown() override { EXPECT_TRUE(stage().complaints().empty()) << stage().complaints().front(); }

  oracle::Stage& stage() { return signers_.fleet().stage; }
  const ShareProof& proof() const { return signers_.false_shares.front().proof; }
  void sign(const std::string& text, std::size_t count) {
    signers_.done.clear();
    signers_.want(signers_.job(text, count));
    ASSERT_TRUE(signers_.run(60));
  }
  std::string record(const ShareProof& proof) { return signers_.evidence({{}, proof, true}, accuser_); }
  /// Why the log does not take it; empty if it does.
  std::string play(const ShareProof& proof) { return stage().play_leaf(record(proof)).value_or(""); }
  /// Would it? Without a trace.
  base::Result<void> check(const std::string& leaf) {
    const auto record = record::Record::parse(std::string_view(leaf));
    if (!record) return std::unexpected(record.error());
    charter::DirectChecker checker;
    return stage().state().check(*record, checker);
  }
  void expect_refused(const ShareProof& proof, const std::string& why) {
    const std::string refusal = play(proof);
    EXPECT_NE(refusal.find(why), std::string::npos) << "not `" << why << "` but: " << refusal;
    EXPECT_EQ(stage().state().left_out(liar_), nullptr);
  }

  Signers signers_;
  std::string liar_;
  std::string accuser_;
};

TEST_F(WrongShare, WhatTheMemberDidNotSignIsRefused) {
  ShareProof other = proof();
  other.member = accuser_;
  expect_refused(other, "did not sign");
  other = proof();
  other.time = other.time + base::Seconds(1);
  expect_refused(other, "did not sign");
  other = proof();
  other.position ^= 1;
  expect_refused(other, "did not sign");
  other = proof();
  other.position = other.count;
  expect_refused(other, "position: there are not that many");
  other = proof();
  other.count += 1;
  expect_refused(other, "did not sign");
  other = proof();
  other.path.pop_back();
  expect_refused(other, "hash: not as many");
  other = proof();
  other.message.push_back('!');
  expect_refused(other, "did not sign");
  other = proof();
  std::swap(other.signers[0].commitments, other.signers[1].commitments);
  expect_refused(other, "did not sign");
  other = proof();
  other.signers.pop_back();
  expect_refused(other, "did not sign");
  // The share that would have been right.
  other = proof();
  const auto share = crypto::PublicScalar::parse(other.share);
  ASSERT_TRUE(share.has_value());
  other.share = (*share - crypto::PublicScalar(1)).bytes();
  expect_refused(other, "did not sign");
}

TEST_F(WrongShare, WhatIsAboutNothingHereIsRefused) {
  ShareProof other = proof();
  other.member = "MEMBER-Z";
  expect_refused(other, "MEMBER-Z is no member");
  other = proof();
  other.key.bytes[0] ^= 1;
  expect_refused(other, "key: no group key");
  other = proof();
  other.sharing.bytes[31] ^= 1;
  expect_refused(other, "sharing: the present one is that of");
}

// Somebody else's signature under the record, and a record of somebody who is no member.
TEST_F(WrongShare, TheAccuserSignsWithItsOperatorKey) {
  const std::string leaf = record(proof());
  const std::string body = leaf.substr(0, leaf.find("\n\n") + 1);
  const note::Signer* const foreign[] = {signers_.fleet().nodes.at(liar_).signer.get()};
  const auto resigned = record::sign(body, foreign);
  ASSERT_TRUE(resigned.has_value());
  const auto refused = check(*resigned);
  ASSERT_FALSE(refused.has_value());
  EXPECT_EQ(refused.error().kind().name, "bad-signature");
}

TEST_F(WrongShare, LeavesTheMemberOutForADayAndOnlyOnce) {
  ASSERT_EQ(play(proof()), "");
  const charter::LeftOutEntry* entry = stage().state().left_out(liar_);
  ASSERT_NE(entry, nullptr);
  EXPECT_EQ(entry->until, base::EpochSeconds(stage().time() + kDay));
  EXPECT_EQ(stage().state().left_out(), std::vector<std::string>{liar_});
  EXPECT_NE(play(proof()).find("stands on the log already"), std::string::npos);
  accuser_ = liar_;  // the member itself may bring it, but it stands
  EXPECT_NE(play(proof()).find("is left out already, until"), std::string::npos);
  const std::uint64_t until = entry->until.value();
  stage().at(until - 1);
  EXPECT_NE(play(proof()).find("is left out already, until"), std::string::npos);
  // When the day is over the same lie is too old, whenever in its hours it was told.
  stage().at(until);
  EXPECT_TRUE(stage().state().left_out().empty());
  signers_.now = until;
  expect_refused(proof(), "time: twelve hours or more");
}

TEST_F(WrongShare, IsToldWithinHalfADay) {
  const std::uint64_t time = proof().time.value();
  stage().at(time + 12 * kHours);
  signers_.now = stage().time();
  expect_refused(proof(), "time: twelve hours or more");
}

TEST_F(WrongShare, IsStillGoodBeforeTheHalfDayIsOver) {
  stage().at(proof().time.value() + 12 * kHours - 1);
  signers_.now = stage().time();
  EXPECT_EQ(play(proof()), "");
}

// Its signer's clock is hours ahead: the lie counts once all the same.
TEST_F(WrongShare, AStatementOfTomorrowIsRefused) {
  signers_.false_shares.clear();
  for (const auto& [member, unused] : signers_.fleet().nodes) signers_.restart(member);
  signers_.liars = {liar_};
  signers_.now = stage().time() + 12 * kHours;
  sign("tomorrow", 1);
  ASSERT_FALSE(signers_.false_shares.empty());
  const ShareProof ahead = signers_.false_shares.front().proof;
  signers_.now = stage().time();
  expect_refused(ahead, "time: twelve hours or more");
  stage().at(stage().time() + 1);
  const std::uint64_t first = stage().time();
  EXPECT_EQ(play(ahead), "");
  stage().at(first + kDay);
  signers_.now = stage().time();
  EXPECT_NE(play(ahead).find("time: twelve hours or more"), std::string::npos);
}

// New shares of the same key: what an honest member signed before fits them no better than a lie.
TEST_F(WrongShare, CountsUnderItsOwnSharingOnly) {
  const std::string id = signers_.fleet().order("reshare " + resource::serialize_key(signers_.key()));
  for (const auto& [member, unused] : signers_.fleet().nodes)
    ASSERT_EQ(signers_.fleet().announce(id, member), "");
  ASSERT_TRUE(signers_.fleet().run(id, 60));
  ASSERT_LT(stage().time(), proof().time.value() + 12 * kHours);
  expect_refused(proof(), "sharing: the present one is that of");
  ShareProof moved = proof();
  moved.sharing = stage().state().group_key(signers_.key())->ceremony;
  expect_refused(moved, "did not sign");
}

/// What honest members say of their shares.
std::vector<ShareProof> honest_proofs(Signers& signers, const std::string& text) {
  std::vector<ShareProof> proofs;
  const replica::SigningJob job = signers.job(text, 3);
  std::map<base::Hash, base::Bytes> asked;
  signers.wire = [&](const Sent& sent) -> std::optional<replica::Parcel> {
    if (sent.parcel.purpose == Purpose::kSigners) asked[sent.parcel.session] = sent.parcel.body;
    if (sent.parcel.purpose == Purpose::kShares) {
      const auto proof = signers.proof_of(job, asked.at(sent.parcel.session), sent, 1);
      EXPECT_TRUE(proof.has_value());
      if (proof) proofs.push_back(*proof);
    }
    return sent.parcel;
  };
  signers.done.clear();
  signers.want(job);
  EXPECT_TRUE(signers.run(60));
  signers.wire = nullptr;
  return proofs;
}

TEST_F(WrongShare, NoHonestShareIsEvidence) {
  const std::vector<ShareProof> proofs = honest_proofs(signers_, "honest");
  ASSERT_GE(proofs.size(), 2U);
  for (const ShareProof& one : proofs) {
    accuser_ = one.member == "MEMBER-A" ? "MEMBER-B" : "MEMBER-A";
    EXPECT_NE(play(one).find("share: it is right"), std::string::npos);
  }
  EXPECT_TRUE(stage().state().left_out().empty());
}

// Every part of one session's proof in place of another's, of the same member and of others.
TEST_F(WrongShare, SplicedProofsAreRefused) {
  const std::vector<ShareProof> first = honest_proofs(signers_, "first");
  const std::vector<ShareProof> second = honest_proofs(signers_, "second");
  ASSERT_FALSE(first.empty() || second.empty());
  std::vector<ShareProof> all = first;
  all.insert(all.end(), second.begin(), second.end());
  all.push_back(proof());
  unsigned tried = 0;
  for (const ShareProof& good : all) {
    for (const ShareProof& from : all) {
      for (unsigned parts = 1; parts < 1U << 7; ++parts) {
        ShareProof mixed = good;
        if ((parts & 1U) != 0) mixed.member = from.member;
        if ((parts & 2U) != 0) mixed.message = from.message;
        if ((parts & 4U) != 0) mixed.signers = from.signers;
        if ((parts & 8U) != 0) mixed.share = from.share;
        if ((parts & 16U) != 0) mixed.path = from.path;
        if ((parts & 32U) != 0) mixed.statement = from.statement;
        if ((parts & 64U) != 0) {
          mixed.count = from.count;
          mixed.position = from.position;
          mixed.time = from.time;
        }
        const auto taken = check(record(mixed));
        ++tried;
        if (!taken) continue;
        EXPECT_EQ(mixed.member, liar_);
        EXPECT_EQ(mixed.statement, proof().statement);
        EXPECT_EQ(mixed.share, proof().share);
      }
    }
  }
  EXPECT_GT(tried, 1'000U);
}

// The accuser signs whatever it likes: each bit of what it says about the member is the member's own, or refused.
TEST_F(WrongShare, EachBitOfTheRecordCounts) {
  const std::string leaf = record(proof());
  const std::string body = leaf.substr(0, leaf.find("\n\n") + 1);
  const std::size_t begin = body.find("\nfault: ") + 1;
  const std::size_t end = body.find("\nexpires: ") + 1;
  ASSERT_TRUE(check(leaf).has_value());
  const note::Signer* const accuser[] = {signers_.fleet().nodes.at(accuser_).signer.get()};
  unsigned judged = 0;
  for (std::size_t at = begin; at < end; ++at) {
    for (unsigned bit = 0; bit < 8; ++bit) {
      std::string altered = body;
      altered[at] = static_cast<char>(static_cast<unsigned char>(altered[at]) ^ (1U << bit));
      const auto resigned = record::sign(altered, accuser);
      if (!resigned) continue;  // no record
      ++judged;
      EXPECT_FALSE(check(*resigned).has_value()) << "octet " << at << " bit " << bit << "\n" << altered;
    }
  }
  EXPECT_GT(judged, 1'000U) << "most are still records";
}

TEST_F(WrongShare, NobodyAsksOrHearsWhoIsLeftOut) {
  ASSERT_EQ(play(proof()), "");
  for (const auto& [member, unused] : signers_.fleet().nodes)
    signers_.restart(member);  // they know it from the log
  for (unsigned turn = 0; turn < 8; ++turn) {
    signers_.seen.clear();
    const std::uint64_t began = signers_.now;
    sign("after " + std::to_string(turn), 1);
    EXPECT_LE(signers_.now - began, 1U) << "nobody waits for its turn";
    for (const Sent& sent : signers_.seen) {
      EXPECT_NE(sent.parcel.to, liar_);
      EXPECT_NE(sent.from, liar_);
    }
  }
  // An opening of its own is not answered.
  signers_.seen.clear();
  const replica::SigningJob job = signers_.job("opened by the liar");
  signers_.want(job);
  signers_.knows = [](const std::string&) { return false; };
  signers_.open(liar_, accuser_, job);
  signers_.knows = nullptr;
  signers_.open(liar_, accuser_, job);
  signers_.second();
  for (const Sent& sent : signers_.seen) EXPECT_NE(sent.parcel.to, liar_);
  // A day later all is well.
  stage().at(stage().time() + kDay);
  signers_.now = stage().time();
  bool was_asked = false;
  for (unsigned turn = 0; turn < 4; ++turn) {
    signers_.seen.clear();
    sign("a day later " + std::to_string(turn), 1);
    for (const Sent& sent : signers_.seen) was_asked = was_asked || sent.parcel.to == liar_;
  }
  EXPECT_TRUE(was_asked);
}

// Whoever found it says it again until the log knows.
TEST_F(WrongShare, IsToldAgainUntilTheLogKnows) {
  signers_.false_shares.clear();
  for (unsigned i = 0; i < 25; ++i) signers_.second();
  ASSERT_EQ(signers_.false_shares.size(), 2U) << "every ten seconds";
  EXPECT_FALSE(signers_.false_shares.front().is_new);
  ASSERT_EQ(play(proof()), "");
  signers_.false_shares.clear();
  for (unsigned i = 0; i < 25; ++i) signers_.second();
  EXPECT_TRUE(signers_.false_shares.empty());
}

// n - t liars at once, and then as many silent ones: each lie is shown, and the rest sign.
class WrongSharesOfSeven : public ::testing::Test {};
TEST_F(WrongSharesOfSeven, AnyTwoLiarsAreNamedAndLeftOut) {
  Signers signers(7, 32);
  const auto& holders = signers.entry().holders;
  ASSERT_EQ(holders.size() - signers.entry().commitments.size(), 2U);
  signers.liars = {holders[1], holders[4]};
  for (unsigned turn = 0; turn < 12 && signers.fleet().stage.state().left_out().size() < 2; ++turn) {
    signers.done.clear();
    signers.false_shares.clear();
    signers.want(signers.job("turn " + std::to_string(turn), 2));
    ASSERT_TRUE(signers.run(60));
    EXPECT_TRUE(signers.verifies(signers.done.front().second));
    for (const FalseShare& one : signers.false_shares) {
      EXPECT_TRUE(signers.liars.contains(one.proof.member));
      [[maybe_unused]] const auto refusal =
          signers.fleet().stage.play_leaf(signers.evidence(one, holders[0]));
    }
  }
  EXPECT_EQ(signers.fleet().stage.state().left_out(),
            std::vector<std::string>(signers.liars.begin(), signers.liars.end()));
  for (const auto& [member, unused] : signers.fleet().nodes) signers.restart(member);
  signers.done.clear();
  signers.want(signers.job("the five others"));
  ASSERT_TRUE(signers.run(2));
  EXPECT_TRUE(signers.verifies(signers.done.front().second));
}

}  // namespace
}  // namespace rounds
