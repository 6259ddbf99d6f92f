// Aim: members who run the production's part complete a ceremony whoever is silent or lies, never deal twice, and lose
// nothing by a crash at any write; one that lost all but its encryption key gets its share back.
// Method: a seeded fleet over one charter state and one mailbox, on disks that forget what was not synced.
#include <gtest/gtest.h>

#include "resource/values.h"
#include "rounds/fleet.h"

namespace rounds {
namespace {

std::string begin(Fleet& fleet, const std::string& order, const std::set<std::string>& absent = {}) {
  const std::string id = fleet.order(order);
  for (const auto& [member, unused] : fleet.nodes) {
    if (absent.contains(member)) continue;
    EXPECT_EQ(fleet.announce(id, member), "");
  }
  return id;
}

crypto::PublicKey key_of(Fleet& fleet) {
  const auto keys = fleet.stage.state().group_keys();
  EXPECT_EQ(keys.size(), 1U);
  return keys.front();
}

void expect_sound(Fleet& fleet) {
  for (const auto& [what, messages] : fleet.dealt) EXPECT_EQ(messages.size(), 1U) << what << " dealt twice";
  EXPECT_EQ(fleet.check_shares(key_of(fleet)), "");
}

class CeremonyPart : public ::testing::TestWithParam<unsigned> {};
INSTANTIATE_TEST_SUITE_P(Sizes, CeremonyPart, ::testing::Values(4U, 7U));

TEST_P(CeremonyPart, EverybodyHonest) {
  Fleet fleet(GetParam(), 1);
  const std::string id = begin(fleet, "generate zsk");
  ASSERT_TRUE(fleet.run(id, 20));
  EXPECT_EQ(fleet.entry(id)->attempt, 1U);
  EXPECT_TRUE(fleet.refused.empty()) << fleet.refused.front();
  expect_sound(fleet);
}

TEST_P(CeremonyPart, NobodyAsksForWhatIsUnderWay) {
  Fleet fleet(GetParam(), 11);
  const std::string id = begin(fleet, "generate zsk");
  ASSERT_TRUE(fleet.run(id, 20, 1));
  EXPECT_EQ(fleet.asked, 0U);
}

TEST_P(CeremonyPart, WhatDidNotComeIsAskedFor) {
  Fleet fleet(GetParam(), 12);
  const std::string id = begin(fleet, "generate zsk");
  fleet.has_mail = false;  // the dealings get onto the log, the private parts nowhere
  ASSERT_FALSE(fleet.run(id, 3, 1));
  EXPECT_EQ(fleet.asked, 0U);
  fleet.has_mail = true;
  ASSERT_TRUE(fleet.run(id, 7, 1));  // sooner than the dealer repeats it by itself
  EXPECT_GT(fleet.asked, 0U);
  expect_sound(fleet);
}

TEST_P(CeremonyPart, ASilentMemberIsLeftOut) {
  Fleet fleet(GetParam(), 2);
  const std::string id = begin(fleet, "generate ksk");
  fleet.nodes.at("MEMBER-B").is_silent = true;
  ASSERT_TRUE(fleet.run(id, 400, 600));
  EXPECT_EQ(fleet.entry(id)->excluded, std::vector<std::string>{"MEMBER-B"});
  expect_sound(fleet);
}

TEST_P(CeremonyPart, ALiarIsComplainedAboutAndLeftOut) {
  Fleet fleet(GetParam(), 3);
  const std::string id = begin(fleet, "generate log");
  fleet.spoil_dealing(id, "MEMBER-C", "MEMBER-A");
  ASSERT_TRUE(fleet.run(id, 60));
  EXPECT_EQ(fleet.entry(id)->excluded, std::vector<std::string>{"MEMBER-C"});
  expect_sound(fleet);
}

// Its dealing is on the log, its private part with nobody: asked for on the log, it answers there.
TEST_P(CeremonyPart, WhoKeepsItsPrivatePartBackAnswersOnTheLog) {
  Fleet fleet(GetParam(), 4);
  const std::string id = begin(fleet, "generate log");
  fleet.nodes.at("MEMBER-D").keeps_back = true;
  ASSERT_TRUE(fleet.run(id, 200, 60));
  EXPECT_EQ(fleet.entry(id)->attempt, 1U);
  EXPECT_EQ(fleet.entry(id)->answered, std::vector<std::string>{"MEMBER-D"});
  expect_sound(fleet);
}

// Of whatever length a private part is whose hash the dealing has, it is its dealer who goes, and nobody with it: what is
// kept can be complained about, and what cannot is missed.
TEST(CeremonyParts, APrivatePartOfAnyOtherLengthLeavesItsDealerOut) {
  for (const std::size_t size : {1U, 2'163U, 2'164U, 8'192U}) {
    Fleet fleet(4, 13);
    const std::string id = begin(fleet, "generate log");
    fleet.deal_other(id, "MEMBER-C", [size](base::Bytes& private_part) { private_part.resize(size); });
    fleet.run(id, 6, 5);  // the private parts reach everybody before anybody misses one
    ASSERT_TRUE(fleet.run(id, 120, 1'800)) << size << " octets";
    EXPECT_EQ(fleet.entry(id)->excluded, std::vector<std::string>{"MEMBER-C"}) << size << " octets";
    expect_sound(fleet);
  }
}

TEST(CeremonyParts, OneWhoLostAllButItsEncryptionKeyRecovers) {
  Fleet fleet(4, 5);
  const std::string id = begin(fleet, "generate zsk");
  ASSERT_TRUE(fleet.run(id, 20));
  fleet.lose_all_but_key("MEMBER-A");
  EXPECT_FALSE(fleet.share("MEMBER-A", key_of(fleet)).has_value());
  for (int i = 0; i < 5; ++i) fleet.round();
  expect_sound(fleet);
}

TEST(CeremonyParts, ResharingGivesNewSharesAndErasesTheOld) {
  Fleet fleet(4, 6);
  const std::string id = begin(fleet, "generate zsk");
  ASSERT_TRUE(fleet.run(id, 20));
  const auto key = key_of(fleet);
  const auto before = fleet.share("MEMBER-A", key);
  const std::string again = begin(fleet, "reshare " + resource::serialize_key(key));
  ASSERT_TRUE(fleet.run(again, 40));
  for (int i = 0; i < 3; ++i) fleet.round();
  expect_sound(fleet);
  const auto after = fleet.share("MEMBER-A", key);
  ASSERT_TRUE(before && after);
  EXPECT_NE(before->ceremony, after->ceremony);
  const auto names = fleet.nodes.at("MEMBER-A").files->list("ceremony");
  std::set<std::string> ceremonies;
  for (const std::string& name : *names) ceremonies.insert(name.substr(0, 64));
  EXPECT_EQ(ceremonies.size(), 1U) << "files of the replaced sharing are left";
}

// A folder whose log was put back to an earlier day: what that log does not know yet is not over.
TEST(CeremonyParts, AnOlderStateErasesNothing) {
  Fleet young(4, 6);
  Fleet fleet(4, 6);
  fleet.round();
  const std::string id = begin(fleet, "generate zsk");
  ASSERT_TRUE(fleet.run(id, 20));
  ASSERT_LT(young.stage.state().time(), fleet.stage.state().time());
  Node& node = fleet.nodes.at("MEMBER-A");
  const auto before = node.files->list("ceremony");
  const auto duties =
      node.part->step(young.stage.state(), base::EpochSeconds(fleet.stage.time()), *node.signer);
  EXPECT_TRUE(duties.troubles.empty());
  const auto after = node.files->list("ceremony");
  ASSERT_TRUE(before && after);
  EXPECT_EQ(*after, *before);
  expect_sound(fleet);
}

// The sharing that was replaced is gone from the state, and the new shares' recovery still needs to know who dealt.
TEST(CeremonyParts, OneWhoLostAllButItsEncryptionKeyRecoversAReshareToo) {
  Fleet fleet(4, 7);
  const std::string id = begin(fleet, "generate zsk");
  fleet.nodes.at("MEMBER-B").is_silent = true;
  ASSERT_TRUE(fleet.run(id, 400, 600));
  fleet.nodes.at("MEMBER-B").is_silent = false;
  const std::string again = begin(fleet, "reshare " + resource::serialize_key(key_of(fleet)));
  ASSERT_TRUE(fleet.run(again, 40));
  expect_sound(fleet);
  for (const char* member : {"MEMBER-A", "MEMBER-B"}) {
    fleet.lose_all_but_key(member);
    EXPECT_FALSE(fleet.share(member, key_of(fleet)).has_value());
    for (int i = 0; i < 5; ++i) fleet.round();
    expect_sound(fleet);
  }
}

// Every member's disk stops at each of its writes in turn, and forgets what was not synced.
TEST(CeremonyParts, ACrashAtAnyWriteLosesNothingAndDealsNothingTwice) {
  for (std::uint64_t at = 0;; at += 1) {
    Fleet fleet(4, 100 + at);
    const std::string id = begin(fleet, "generate zsk");
    Node& victim = fleet.nodes.at("MEMBER-B");
    const std::uint64_t from = victim.files->steps();
    victim.files->fault_at(from + at, sim::Fault::kStop);
    ASSERT_TRUE(fleet.run(id, 400, 60)) << "seed " << at;
    EXPECT_EQ(fleet.entry(id)->attempt, 1U) << "seed " << at;
    const bool struck = victim.files->stopped();
    for (int i = 0; i < 3; ++i) fleet.round();
    expect_sound(fleet);
    if (HasFailure()) FAIL() << "stopped at write " << at;
    if (!struck && victim.files->steps() < from + at) break;
    ASSERT_LT(at, 500U);
  }
}

}  // namespace
}  // namespace rounds
