// Aim: with up to n - t faulty members, ceremonies end with a key whose shares all honest members have, and every job is
// signed; nobody honest is left out or named; nobody deals twice or answers twice with a nonce; no single wrong octet in
// any message of a signing round does harm. Whoever dies between any two messages goes on from its folder.
// Method: seeded runs at (3,4), (5,7) and (9,13). COMITY_SEEDS=n: n runs of the first, a third and a twentieth of the others;
// COMITY_SEED=n: one run of each.
#include "rounds/chaos.h"

#include <algorithm>
#include <cstdio>
#include <cstdlib>

#include <gtest/gtest.h>

namespace rounds {
namespace {

using replica::Purpose;
using replica::RoundMessage;

std::uint64_t number_from(const char* name, std::uint64_t otherwise) {
  const char* const text = std::getenv(name);
  return text == nullptr || *text == '\0' ? otherwise : std::strtoull(text, nullptr, 10);
}

void run_all(unsigned members, std::uint64_t few, std::uint64_t share) {
  const std::uint64_t one = number_from("COMITY_SEED", 0);
  const std::uint64_t many = number_from("COMITY_SEEDS", 0);
  const std::uint64_t count = many == 0 ? few : std::max(few, many / share);
  ChaosStory sum;
  for (std::uint64_t seed = one != 0 ? one : 1; seed <= (one != 0 ? one : count); ++seed) {
    const ChaosStory story = run_chaos(members, seed);
    ASSERT_EQ(story.complaint, "") << "replay: COMITY_SEED=" << seed << ", " << members << " members";
    sum.add(story);
  }
  std::printf(
      "%u members, %llu runs: %u ceremonies in %u attempts, %u left out; %u jobs, the slowest in %llu s, "
      "%u sessions, %u wrong shares named; %u deaths\n",
      members, static_cast<unsigned long long>(one != 0 ? 1 : count), sum.ceremonies, sum.attempts,
      sum.excluded, sum.jobs, static_cast<unsigned long long>(sum.seconds), sum.sessions, sum.named,
      sum.deaths);
  if (one != 0 || count < 10) return;
  EXPECT_GT(sum.attempts, sum.ceremonies) << "nobody was ever left out";
  EXPECT_GT(sum.named, 0U) << "nobody ever lied";
  EXPECT_GT(sum.deaths, count) << "hardly anybody died";
}

TEST(Chaos, ThreeOfFour) {
  run_all(4, 15, 1);
}
TEST(Chaos, FiveOfSeven) {
  run_all(7, 3, 3);
}
TEST(Chaos, NineOfThirteen) {
  run_all(13, 1, 20);
}

class Octets : public ::testing::TestWithParam<Purpose> {};
INSTANTIATE_TEST_SUITE_P(Messages, Octets,
                         ::testing::Values(Purpose::kOpen, Purpose::kCommitments, Purpose::kSigners,
                                           Purpose::kShares),
                         [](const auto& tested) { return std::string(purpose_word(tested.param)); });

// One holder's messages of one kind are wrong at one octet, each octet in turn, signed as if it meant them.
TEST_P(Octets, NoWrongOnePreventsOrSpoilsASignature) {
  TwistedRounds rounds(4, 77);
  std::size_t octets = 1;
  unsigned named = 0;
  for (std::size_t at = 0; at < octets; ++at) {
    const ChaosStory story = rounds.sign([&](RoundMessage& message) {
      if (message.purpose != GetParam()) return true;
      octets = std::max(octets, message.body.size());
      if (at < message.body.size()) message.body[at] ^= 0x20;
      return true;
    });
    ASSERT_EQ(story.complaint, "") << "octet " << at;
    named += story.named;
  }
  EXPECT_GT(octets, 60U) << "no such message was sent";
  EXPECT_EQ(named, 0U) << "nobody has answered for these";
}

// Silence from the n-th message on.
TEST(Silences, FromAnyMessageOnPreventNothing) {
  TwistedRounds rounds(4, 78);
  for (unsigned said = 0; said < 14; ++said) {
    unsigned count = 0;
    const ChaosStory story = rounds.sign([&](RoundMessage&) { return count++ < said; });
    ASSERT_EQ(story.complaint, "") << "after " << said << " messages";
  }
}

}  // namespace
}  // namespace rounds
