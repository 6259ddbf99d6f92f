// Aim: at most 15 cosignatures are chosen, they meet every quorum whenever any 15 could, and strangers' lines
// are left out. Method: made-up positions against trying every split by count; real lines for verification.
#include "engine/cosignatures.h"

#include <algorithm>

#include <gtest/gtest.h>

#include "engine/seat_for_test.h"

namespace engine {
namespace {

Cosignature line(const std::string& name, bool present, bool former) {
  return {name, {present, former}};
}

TEST(Cosignatures, MeetTwoQuorumsWheneverFifteenLinesCan) {
  for (std::size_t both = 0; both <= 20; both += 2) {
    for (std::size_t present = 0; present <= 18; present += 3) {
      for (std::size_t former = 0; former <= 18; former += 3) {
        for (std::size_t needed = 1; needed <= 16; ++needed) {
          std::vector<Cosignature> offered;
          for (std::size_t i = 0; i < present; ++i) offered.push_back(line("p", true, false));
          for (std::size_t i = 0; i < former; ++i) offered.push_back(line("f", false, true));
          for (std::size_t i = 0; i < both; ++i) offered.push_back(line("b", true, true));
          offered.push_back(line("stranger", false, false));
          const std::vector<registry::CosignerQuorum> quorums{{{}, needed}, {{}, needed}};
          const auto chosen = choose_cosignatures(offered, quorums);

          const std::size_t shared = std::min({both, needed, kCosignaturesMax});
          const std::size_t rest = needed - shared;
          const bool possible = rest <= present && rest <= former && shared + 2 * rest <= kCosignaturesMax;
          ASSERT_EQ(chosen.has_value(), possible) << both << " " << present << " " << former << " " << needed;
          if (!chosen) continue;
          ASSERT_EQ(chosen->size(), std::min(both + present + former, kCosignaturesMax));
          const auto count = [&](const char* name) {
            return static_cast<std::size_t>(std::ranges::count(*chosen, std::string(name)));
          };
          ASSERT_GE(count("p") + count("b"), needed);
          ASSERT_GE(count("f") + count("b"), needed);
          ASSERT_EQ(count("stranger"), 0U);
        }
      }
    }
  }
}

TEST(Cosignatures, TwentyTwoMembersCanPublishAndTwentyThreeCannot) {
  const auto publish = [](std::size_t members) {
    std::vector<Cosignature> offered(members, Cosignature{"m", {true}});
    const std::vector<registry::CosignerQuorum> quorums{{{}, members - (members - 1) / 3}};
    return choose_cosignatures(offered, quorums).has_value();
  };
  for (std::size_t members = 1; members <= 22; ++members) EXPECT_TRUE(publish(members)) << members;
  for (std::size_t members = 23; members <= base::kMembersMax; ++members)
    EXPECT_FALSE(publish(members)) << members;
}

TEST(Cosignatures, CountWhereTheirKeyStandsAndOnlyIfTheyVerify) {
  const note::Checkpoint checkpoint{kTestOrigin, base::TreeSize(3), {}};
  const std::string body = note::serialize_checkpoint(checkpoint);
  const std::vector<registry::CosignerQuorum> quorums{test_quorum({"MEMBER-A", "MEMBER-B"}, 2),
                                                      test_quorum({"MEMBER-A", "MEMBER-C"}, 2)};
  const auto counts = [&](const std::string& handle) {
    const auto verified = verify_line(
        body, note::cosign_checkpoint(checkpoint, test_signer(handle), base::EpochSeconds(5)), quorums);
    return verified ? verified->counts_in : std::vector<bool>();
  };
  EXPECT_EQ(counts("MEMBER-A"), (std::vector<bool>{true, true}));
  EXPECT_EQ(counts("MEMBER-C"), (std::vector<bool>{false, true}));
  EXPECT_EQ(counts("MEMBER-D"), (std::vector<bool>{false, false}));

  const note::Checkpoint other{kTestOrigin, base::TreeSize(4), {}};
  const auto forged = verify_line(
      body, note::cosign_checkpoint(other, test_signer("MEMBER-A"), base::EpochSeconds(5)), quorums);
  ASSERT_FALSE(forged);
  EXPECT_TRUE(forged.error().kind() == note::kBadSignature);
  EXPECT_FALSE(verify_line(body, "no signature line", quorums));
}

}  // namespace
}  // namespace engine
