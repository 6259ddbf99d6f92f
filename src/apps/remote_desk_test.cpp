// Aim: what a server says about a record that was handed in becomes one of three fates, and nothing it says
//      reaches a terminal unfiltered.
// Method: one table of answers.
#include "apps/remote_desk.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "apps/hub_for_test.h"

namespace apps {
namespace {

Handed answered(unsigned status, const std::string& body) {
  HubInMemory hub;
  hub.post_answer = {status, body};
  return hand_in(hub, "leaf\n", "");
}

TEST(HandIn, ARefusalKeepsItsRuleAndReason) {
  const Handed handed =
      answered(409, R"({"id":"x","rule":"duplicate","reason":"on the log already","spec":"s"})");
  ASSERT_FALSE(handed.place);
  EXPECT_EQ(handed.refusal.error->kind(), kRefused);
  EXPECT_EQ(handed.refusal.rule, "duplicate");
  EXPECT_EQ(handed.refusal.reason, "on the log already");
  EXPECT_EQ(handed.refusal.error->detail(), "duplicate: on the log already [s]");
  EXPECT_EQ(handed.refusal.error->message(), "refused-by-hub: duplicate: on the log already [s]");
}

TEST(HandIn, WhatTheServerSaysCannotSteerATerminal) {
  const Handed handed = answered(400, R"({"rule":"bad-record","reason":"\u001b[2Jgone\nand \u009b1m more"})");
  ASSERT_FALSE(handed.place);
  for (const char c : handed.refusal.error->message()) EXPECT_TRUE(c >= ' ' && c <= '~') << int{c};
  for (const char* spec : {R"("\u001b[2J")", R"("")", "7", R"("] and [")"}) {
    const std::string told =
        answered(409, std::string(R"({"rule":"duplicate","reason":"r","spec":)") + spec + "}")
            .refusal.error->detail();
    EXPECT_EQ(told, "duplicate: r [docs/formats/rules.md]") << spec;
  }
  EXPECT_EQ(answered(400, R"({"rule":"\u001b[2J","reason":"x"})").refusal.error->kind(), kHubFails);
  EXPECT_LE(answered(400, R"({"rule":"bad-record","reason":")" + std::string(100'000, 'x') + "\"}")
                .refusal.reason.size(),
            1'000U);
}

TEST(HandIn, WhyAServerFailsIsPassedOn) {
  const Handed handed =
      answered(503, R"({"rule":"nothing-counts","reason":"no checkpoint\u001b counts here yet"})");
  ASSERT_FALSE(handed.place);
  EXPECT_EQ(handed.refusal.error->kind(), kHubFails);
  const std::string said = handed.refusal.error->detail();
  EXPECT_TRUE(said.ends_with("status 503, nothing-counts: no checkpoint? counts here yet")) << said;
}

TEST(HandIn, AnythingElseLeavesItUnsure) {
  for (const auto& [status, body] :
       std::vector<std::pair<unsigned, std::string>>{{500, ""},
                                                     {503, R"({"rule":"x","reason":"y"})"},
                                                     {429, R"({"rule":"slow","reason":"y"})"},
                                                     {302, ""},
                                                     {200, ""},
                                                     {200, "[]"},
                                                     {200, R"({"leaf":-1,"checkpoint":2})"},
                                                     {200, R"({"leaf":1})"},
                                                     {404, "no"},
                                                     {400, "[1]"},
                                                     {400, "{\"rule\":7}"},
                                                     {202, R"({"id":"x"})"}}) {
    const Handed handed = answered(status, body);
    ASSERT_FALSE(handed.place) << status << body;
    EXPECT_EQ(handed.refusal.error->kind().category, base::Category::kUnavailable) << status << body;
  }
}

TEST(HandIn, ThePlaceIsTakenAsAClaim) {
  const Handed handed = answered(200, R"({"id":"x","leaf":7,"checkpoint":9,"receipt":""})");
  ASSERT_TRUE(handed.place);
  EXPECT_EQ(handed.place->index, base::LeafIndex(7));
  EXPECT_EQ(handed.place->checkpoint, base::TreeSize(9));
}

TEST(HandIn, ALeafThatIsNoTextIsSentAllTheSame) {
  HubInMemory hub;
  hub.post_answer = {400, R"({"rule":"bad-record","reason":"x"})"};
  EXPECT_FALSE(hand_in(hub, "\xff\xfe", "annex").place);
  EXPECT_THAT(hub.posted, ::testing::HasSubstr("\"annex\":\"annex\""));
}

TEST(TimeForRecords, IsThisMachinesUnlessTheLastBlockIsFar) {
  using base::EpochSeconds;
  EXPECT_EQ(time_for_records(EpochSeconds(1'000'000), EpochSeconds(1'000'600)), EpochSeconds(1'000'600));
  EXPECT_EQ(time_for_records(EpochSeconds(1'000'000), EpochSeconds(999'999)), EpochSeconds(1'000'000));
  EXPECT_EQ(time_for_records(EpochSeconds(1'000'000), EpochSeconds(9'000'000)), EpochSeconds(1'000'000));
}

}  // namespace
}  // namespace apps
