// Aim: people are told that a key has to be rolled when so many of one of its sharings have left that they could sign
// with the faulty ones, and before that how many may still leave.
// Method: a group key of n members; sharings of it whose holders are replaced, one by one, by some who are no members.
#include <algorithm>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "apps/ceremony_report.h"
#include "ceremony/players.h"

namespace ceremony {
namespace {

class CeremonyReport : public ::testing::TestWithParam<unsigned> {
 protected:
  CeremonyReport() : stage_(oracle::Stage::found(actors::Cast(GetParam()), {})), players_(stage_, 11) {
    const std::string id = players_.order("generate zsk");
    for (const std::string& member : members()) play(players_.announce(id, member));
    for (const std::string& member : members()) play(players_.deal(id, member));
    for (const std::string& member : members()) play(players_.answer(id, member).value());
  }
  void play(const actors::Draft& draft) { ASSERT_EQ(stage_.play(draft).value_or(""), ""); }
  const std::vector<std::string>& members() const { return stage_.cast.members(); }
  std::size_t faulty() const { return (members().size() - 1) / 3; }
  crypto::PublicKey key() { return stage_.state().group_keys().at(0); }
  /// A sharing of the key that `left` of its holders left the registry with.
  apps::Sharing sharing(std::size_t left) {
    apps::Sharing made{{}, key(), members().size() - faulty(), members()};
    for (std::size_t i = 0; i < left; ++i) made.holders.at(i) = "GONE-" + std::to_string(i);
    std::ranges::sort(made.holders);
    return made;
  }
  nlohmann::ordered_json told(const std::vector<apps::Sharing>& sharings) {
    return apps::ceremony_json(stage_.state(), sharings)["keys"][0];
  }

  oracle::Stage stage_;
  Players players_;
};

TEST_P(CeremonyReport, ARollIsDueWhenThoseWhoLeftAndTheFaultyOnesAreEnough) {
  for (std::size_t left = 0; left < members().size(); ++left) {
    const auto json = told({sharing(left)});
    const bool is_due = left >= members().size() - 2 * faulty();
    EXPECT_EQ(json["roll_due"].get<bool>(), is_due) << left;
    EXPECT_EQ(json.contains("why"), is_due) << left;
    const std::size_t limit = members().size() - 2 * faulty() - 1;
    EXPECT_EQ(json["may_leave"].get<std::size_t>(), left > limit ? 0 : limit - left) << left;
  }
}

TEST_P(CeremonyReport, AnOldSharingCountsAsLongAsTheKeyIsInForce) {
  const std::size_t enough = members().size() - 2 * faulty();
  for (const auto& sharings :
       {std::vector{sharing(enough), sharing(0)}, std::vector{sharing(0), sharing(enough)}}) {
    const auto json = told(sharings);
    EXPECT_TRUE(json["roll_due"].get<bool>());
    EXPECT_TRUE(json["why"].get<std::string>().starts_with(std::to_string(enough) + " of the "))
        << json["why"];
    EXPECT_EQ(json["may_leave"].get<std::size_t>(), 0U);
  }
}

TEST_P(CeremonyReport, AnotherKeysSharingsDoNot) {
  apps::Sharing other = sharing(members().size());
  other.key.bytes[0] ^= 1;
  const auto json = told({other});
  EXPECT_FALSE(json["roll_due"].get<bool>());
  EXPECT_FALSE(json.contains("may_leave")) << "nothing is known of this key's sharings";
  EXPECT_FALSE(json["reshare_due"].get<bool>());
}

INSTANTIATE_TEST_SUITE_P(Members, CeremonyReport, ::testing::Values(4U, 7U));

}  // namespace
}  // namespace ceremony
