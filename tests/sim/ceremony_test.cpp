// Aim: whatever up to n - t members do in key generation and resharing, the others get a key that signs, nobody honest is
// left out, and every lie costs its liar the ceremony. Method: random lies from a seed for each attempt, at three shapes.
// COMITY_SEED=n repeats one run; COMITY_SEEDS=n runs n of them (default 24).
#include <array>
#include <cstdlib>

#include <gtest/gtest.h>

#include "crypto/ed25519.h"
#include "sim/ceremony_run.h"

namespace sim {
namespace {

std::uint64_t number_from(const char* name, std::uint64_t otherwise) {
  const char* const text = std::getenv(name);
  return text == nullptr || *text == '\0' ? otherwise : std::strtoull(text, nullptr, 10);
}

TEST(Ceremony, SucceedsAgainstRandomLiars) {
  ASSERT_TRUE(crypto::start());
  constexpr std::array<CeremonyShape, 3> kShapes{{{3, 4}, {5, 7}, {9, 13}}};
  const std::uint64_t one = number_from("COMITY_SEED", 0);
  const std::uint64_t count = number_from("COMITY_SEEDS", 24);
  CeremonyStory sum;
  for (std::uint64_t seed = one != 0 ? one : 1; seed <= (one != 0 ? one : count); ++seed) {
    const CeremonyStory story = run_ceremony(kShapes.at(seed % kShapes.size()), seed);
    ASSERT_EQ(story.complaint, "") << "replay: COMITY_SEED=" << seed << " build/tests/sim/sim_ceremony_test";
    sum.attempts += story.attempts;
    sum.excluded += story.excluded;
    sum.complaints += story.complaints;
    sum.false_complaints += story.false_complaints;
  }
  if (one != 0) return;
  EXPECT_GT(sum.attempts, count * 2) << "the liars hardly ever lie";
  EXPECT_GT(sum.excluded, count / 2);
  EXPECT_GT(sum.complaints, count / 4);
  EXPECT_GT(sum.false_complaints, count / 8);
}

}  // namespace
}  // namespace sim
