// Aim: a round gives signatures that the plain verifier takes, whoever n - t members are that are silent, lie or begin
// again, and whoever coordinates; who gives a wrong share is named; nobody signs what its own state does not ask for,
// and no nonce answers twice.
// Method: the production's parts on a wire that tests cut, alter and repeat, with a key that a fleet made.
#include <gtest/gtest.h>

#include "rounds/signers.h"

namespace rounds {
namespace {

using replica::Parcel;
using replica::Purpose;

std::vector<std::string> holders_of(const Signers& signers) {
  return signers.entry().holders;
}

// All of four, three of seven: a fleet costs a third of a second.
std::vector<std::string> some_holders_of(const Signers& signers) {
  std::vector<std::string> holders = holders_of(signers);
  if (holders.size() > 4) holders.resize(3);
  return holders;
}

void expect_signed(const Signers& signers) {
  ASSERT_FALSE(signers.done.empty());
  for (const auto& [unused, one] : signers.done) EXPECT_TRUE(signers.verifies(one));
}

class SigningPart : public ::testing::TestWithParam<unsigned> {};
INSTANTIATE_TEST_SUITE_P(Sizes, SigningPart, ::testing::Values(4U, 7U));

TEST_P(SigningPart, EverybodyHonestSignsInOneRound) {
  Signers signers(GetParam(), 1);
  signers.want(signers.job("release", 3));
  ASSERT_TRUE(signers.run(1));
  expect_signed(signers);
  EXPECT_EQ(signers.done.size(), 1U) << "one coordinator is enough";
  EXPECT_TRUE(signers.troubles.empty()) << signers.troubles.front();
  // What is signed stands on the log, and no state asks for it any more.
  signers.knows = [](const std::string&) { return false; };
  const std::size_t seen = signers.seen.size();
  for (unsigned i = 0; i < 30; ++i) signers.second();
  EXPECT_EQ(signers.seen.size(), seen) << "nobody begins again what is done";
}

// Every set of n - t members that never says a word.
TEST_P(SigningPart, AnyNMinusTMaySilent) {
  const unsigned n = GetParam();
  Signers base(n, 2);
  const std::vector<std::string> holders = holders_of(base);
  const std::size_t spare = n - base.entry().commitments.size();
  for (unsigned set = 0; set < (1U << n); ++set) {
    if (static_cast<std::size_t>(__builtin_popcount(set)) != spare) continue;
    Signers signers(n, 2);
    for (unsigned i = 0; i < n; ++i) {
      if ((set >> i & 1U) != 0) signers.silent.insert(holders[i]);
    }
    signers.want(signers.job("silent"));
    ASSERT_TRUE(signers.run(60)) << "set " << set;
    expect_signed(signers);
    if (n > 4 && set > 20) break;  // the rest is more of the same, at a tenth of a second each
  }
}

// It commits, and then says nothing: the round is lost, the next goes without it.
TEST_P(SigningPart, WhoCommitsAndFallsSilentIsLeftOutNext) {
  for (const std::string& who : some_holders_of(Signers(GetParam(), 3))) {
    Signers signers(GetParam(), 3);
    signers.wire = [&](const Sent& sent) -> std::optional<Parcel> {
      if (sent.from == who && sent.parcel.purpose == Purpose::kShares) return std::nullopt;
      return sent.parcel;
    };
    signers.want(signers.job("half"));
    ASSERT_TRUE(signers.run(40)) << who;
    expect_signed(signers);
  }
}

// Mail of some purposes that takes `seconds`: machines that are busy, or the other side of the world.
class Slow {
 public:
  Slow(Signers& signers, std::set<Purpose> purposes, std::uint64_t seconds)
      : signers_(signers), seconds_(seconds) {
    signers_.wire = [this, purposes = std::move(purposes)](const Sent& sent) -> std::optional<Parcel> {
      if (sent.parcel.purpose == Purpose::kShares) have_signed_.insert(sent.from);
      if (sent.parcel.purpose == Purpose::kOpen && have_signed_.contains(sent.from)) ++openings_of_signers_;
      if (!purposes.contains(sent.parcel.purpose)) return sent.parcel;
      mail_.emplace_back(signers_.now + seconds_, sent);
      return std::nullopt;
    };
  }
  bool run(unsigned seconds) {
    for (unsigned i = 0; i < seconds && signers_.done.empty(); ++i) {
      for (; !mail_.empty() && mail_.front().first <= signers_.now; mail_.pop_front())
        signers_.deliver(mail_.front().second.from, mail_.front().second.parcel, seconds_);
      signers_.second();
    }
    return !signers_.done.empty();
  }
  /// Of those who had signed for another before.
  std::size_t openings_of_signers() const { return openings_of_signers_; }

 private:
  Signers& signers_;
  std::uint64_t seconds_;
  std::deque<std::pair<std::uint64_t, Sent>> mail_;
  std::set<std::string> have_signed_;
  std::size_t openings_of_signers_ = 0;
};

// No machine is too slow: what came too late for one session has twice the time in the next.
TEST_P(SigningPart, SharesThatTakeLongerThanTheFirstPatienceAreWaitedFor) {
  Signers signers(GetParam(), 9);
  signers.want(signers.job("slow"));
  Slow slow(signers, {Purpose::kShares}, 25);
  ASSERT_TRUE(slow.run(120));
  expect_signed(signers);
}

TEST_P(SigningPart, WhoSignedForAnotherLetsItEnd) {
  Signers signers(GetParam(), 10);
  signers.want(signers.job("busy"));
  Slow slow(signers, {Purpose::kCommitments, Purpose::kShares}, 3);
  ASSERT_TRUE(slow.run(60));
  expect_signed(signers);
  EXPECT_EQ(slow.openings_of_signers(), 0U);
}

// A coordinator that opens every second and never comes to an end.
TEST_P(SigningPart, WhoOpensAgainAndAgainHoldsNobodyUp) {
  Signers signers(GetParam(), 11);
  const replica::SigningJob job = signers.job("again");
  signers.want(job);
  const std::vector<std::string> holders = holders_of(signers);
  const std::string& first = holders[job.turn.bytes[0] % holders.size()];
  signers.silent = {first};
  for (std::uint8_t i = 0; i < 20 && signers.done.empty(); ++i) {
    for (const std::string& member : holders) signers.open(first, member, job, i);
    signers.second();
  }
  expect_signed(signers);
}

TEST_P(SigningPart, AWrongShareNamesItsSigner) {
  for (const std::string& who : some_holders_of(Signers(GetParam(), 4))) {
    Signers signers(GetParam(), 4);
    signers.liars = {who};
    signers.want(signers.job("lie", 3));
    ASSERT_TRUE(signers.run(40)) << who;
    expect_signed(signers);
    for (const replica::FalseShare& one : signers.false_shares) {
      EXPECT_EQ(one.proof.member, who);
      EXPECT_EQ(one.proof.position, 1U);
    }
    // Its own round is the only one in which it is not chosen by somebody else.
    if (signers.done.front().first != who && signers.false_shares.empty()) {
      for (const Sent& sent : signers.seen)
        EXPECT_FALSE(sent.from == who && sent.parcel.purpose == Purpose::kShares);
    }
  }
}

// A coordinator that shows each signer other commitments gets shares that fit nothing; the next one succeeds.
TEST_P(SigningPart, ACoordinatorThatTellsEverybodySomethingElseGetsNothing) {
  Signers signers(GetParam(), 5);
  signers.want(signers.job("equivocation"));
  std::string coordinator;
  bool swapped = false;
  signers.wire = [&](const Sent& sent) -> std::optional<Parcel> {
    Parcel parcel = sent.parcel;
    if (coordinator.empty() && parcel.purpose == Purpose::kOpen) coordinator = sent.from;
    if (sent.from == coordinator && parcel.purpose == Purpose::kSigners) {
      // Somebody's hiding and binding commitments change places: points as good as any, but not what it sent.
      const std::size_t each = 69 + 64;
      for (std::size_t at = 0; at < parcel.body.size(); at += each)
        std::swap_ranges(parcel.body.begin() + static_cast<std::ptrdiff_t>(at + 69),
                         parcel.body.begin() + static_cast<std::ptrdiff_t>(at + 101),
                         parcel.body.begin() + static_cast<std::ptrdiff_t>(at + 101));
      swapped = true;
    }
    return parcel;
  };
  ASSERT_TRUE(signers.run(40));
  EXPECT_TRUE(swapped);
  expect_signed(signers);
  EXPECT_NE(signers.done.front().first, coordinator);
  EXPECT_TRUE(signers.false_shares.empty()) << "no signer is to blame";
}

TEST_P(SigningPart, NobodySignsWhatItsStateDoesNotAskFor) {
  Signers signers(GetParam(), 6);
  signers.want(signers.job("unknown"));
  const std::string only = holders_of(signers).front();
  signers.knows = [&](const std::string& member) { return member == only; };
  EXPECT_FALSE(signers.run(40));
  for (const Sent& sent : signers.seen) EXPECT_EQ(sent.parcel.purpose, Purpose::kOpen);
  // Once the others get there too, what they were asked for long ago is answered.
  signers.knows = nullptr;
  ASSERT_TRUE(signers.run(2));
  expect_signed(signers);
}

TEST_P(SigningPart, NoNonceAnswersTwice) {
  Signers signers(GetParam(), 7);
  signers.want(signers.job("twice", 2));
  std::vector<Sent> signer_lists;
  signers.wire = [&](const Sent& sent) -> std::optional<Parcel> {
    if (sent.parcel.purpose == Purpose::kSigners) signer_lists.push_back(sent);
    return sent.parcel;
  };
  ASSERT_TRUE(signers.run(1));
  ASSERT_FALSE(signer_lists.empty());
  const std::size_t before = signers.seen.size();
  for (const Sent& sent : signer_lists) {
    signers.deliver(sent.from, sent.parcel);
    signers.deliver(sent.from, sent.parcel);
    EXPECT_LE(signers.part(sent.parcel.to).nonces(), 2U);
  }
  signers.second();
  for (std::size_t i = before; i < signers.seen.size(); ++i)
    EXPECT_NE(signers.seen[i].parcel.purpose, Purpose::kShares) << "a nonce answered twice";
}

// Whoever ends and begins again at any message, the round comes to its end, with fresh nonces.
TEST(SigningParts, ARestartBetweenAnyTwoMessagesHarmsNothing) {
  for (std::size_t at = 0;; ++at) {
    std::size_t count = 0;
    for (const std::string& who : holders_of(Signers(4, 8))) {
      Signers signers(4, 8);
      signers.want(signers.job("restart"));
      std::size_t seen = 0;
      signers.wire = [&](const Sent& sent) -> std::optional<Parcel> {
        if (seen++ == at) signers.restart(who);
        return sent.parcel;
      };
      ASSERT_TRUE(signers.run(60)) << who << " at message " << at;
      expect_signed(signers);
      EXPECT_TRUE(signers.false_shares.empty());
      count = std::max(count, seen);
    }
    if (at >= count || at > 6) break;
  }
}

// Every octet of every message, changed on the wire: what comes out verifies, and comes.
TEST(SigningParts, NoChangedOctetStopsARoundOrGivesAWrongSignature) {
  for (std::size_t at = 0; at < 266; at += 9) {
    Signers signers(4, 9);
    signers.want(signers.job("octet"));
    const std::string who = holders_of(signers).at(at % 4);
    signers.wire = [&](const Sent& sent) -> std::optional<Parcel> {
      Parcel parcel = sent.parcel;
      if (sent.from == who && at < parcel.body.size()) parcel.body[at] ^= 0x20;
      return parcel;
    };
    ASSERT_TRUE(signers.run(60)) << who << ", octet " << at;
    expect_signed(signers);
    EXPECT_TRUE(signers.false_shares.empty()) << "nobody answers for what was altered on the way";
  }
}

TEST(SigningParts, AJobIsNamedByEveryOctet) {
  const crypto::PublicKey key{};
  const auto name = [&](std::vector<base::Bytes> messages) {
    return replica::make_job(key, std::move(messages)).name;
  };
  EXPECT_EQ(name({{1, 2}}), name({{1, 2}}));
  EXPECT_NE(name({{1, 2}}), name({{1}, {2}}));
  EXPECT_NE(name({{1}, {2}}), name({{2}, {1}}));
  crypto::PublicKey other;
  other.bytes[0] = 1;
  EXPECT_NE(replica::make_job(other, {{1}}).name, name({{1}}));
}

TEST(SigningParts, JobsFitTheirMessages) {
  for (std::size_t threshold = 1; threshold <= 31; ++threshold) {
    const std::size_t count = replica::job_messages_max(threshold);
    EXPECT_GE(count, 300U);
    EXPECT_LE(threshold * (69 + 64 * count), replica::kRoundBodyBytesMax);
  }
}

}  // namespace
}  // namespace rounds
