// Aim: every time and every count of the charter at its exact border: the last second before and the first
// after, the last record that fits and the one that does not.
// Method: a registry with small numbers; each test steps to one border from both sides.
#include <algorithm>

#include "charter/charter_fixture.h"

namespace charter::testing {
namespace {

using actors::change;
using actors::kDay;

class Borders : public CharterTest {
 protected:
  /// The default charter with this line instead of the one of the same first two words.
  static std::vector<std::string> charter_with(const std::string& line) {
    std::vector<std::string> lines = actors::default_charter();
    const std::string head = line.substr(0, line.find(' ', line.find(' ') + 1) + 1);
    const auto found = std::find_if(lines.begin(), lines.end(),
                                    [&](const std::string& one) { return one.starts_with(head); });
    EXPECT_NE(found, lines.end()) << head;
    *found = line;
    return lines;
  }
  void advance_to(std::uint64_t time) { advance(time - cast_->now.value()); }
  Draft transfer(const std::string& mark) {
    return cast_->proposal("ORG-RIPN", "H2",
                           {change("domain", "ru.", {"- holder: ORG-RIPN", "+ holder: ORG-A"})},
                           {{"annex", actors::some_commitment(mark)}});
  }
  Draft country(const std::string& mark) {
    const std::string now = value(resource::ObjectClass::kOrganisation, "ORG-RIPN", "country");
    std::vector<std::string> lines{now == "SE" ? "+ country: NO" : "+ country: SE"};
    if (!now.empty()) lines.push_back("- country: " + now);
    return cast_->proposal("ORG-RIPN", "H1", {change("organisation", "ORG-RIPN", lines)},
                           {{"annex", actors::some_commitment(mark)}});
  }
  Draft charter_change(const std::string& by, const std::string& days) {
    return cast_->proposal(by, "C", {change("charter", "registry", {"- lock: K 14d", "+ lock: K " + days})});
  }
  Draft freeze(const std::string& by, const std::string& mark) {
    return cast_->proposal(by, "E", {}, {{"subject", "ORG-RIPN"}, {"annex", actors::some_commitment(mark)}});
  }
  Draft allocation(const std::string& handle) {
    cast_->add(actors::make_organisation(handle));
    return cast_->proposal("MEMBER-A", "A", {actors::creation_of_organisation(cast_->party(handle))});
  }
  /// Nearly as large as a record may be.
  Draft large() {
    std::vector<actors::Paragraph> hosts;
    for (int i = 0; i < 1'440; ++i)
      hosts.push_back(
          actors::create("host", "h" + std::to_string(1'000 + i) + ".ru.", {"+ address: 192.0.2.9"}));
    return cast_->proposal("ORG-RIPN", "H1", hosts);
  }
  /// The ids of the effects, in order.
  static std::vector<base::Hash> ids(const Effects& effects) {
    std::vector<base::Hash> ids;
    for (const Effect& effect : effects) ids.push_back(effect.proposal);
    return ids;
  }
};

TEST_F(Borders, RecordsOfADay) {
  found(4, charter_with("budget: organisation 6 1000000 5"));
  prepare_holder();  // its acceptance and its claim
  for (int i = 0; i < 4; ++i) EXPECT_EQ(enter(country(std::to_string(i))), "") << last_error_;
  EXPECT_EQ(enter(country("more")), "over-budget");
  advance_to((cast_->now.value() / kDay + 1) * kDay - 1);
  EXPECT_EQ(enter(country("more")), "over-budget");
  advance(1);
  EXPECT_EQ(enter(country("more")), "") << last_error_;
}

TEST_F(Borders, BytesOfADay) {
  prepare_holder();
  ASSERT_EQ(enter(large()), "") << last_error_;
  const std::string text(*state_->text(Tree::kRules, "budget:ORG-RIPN"));
  const std::size_t main = text.find("main: 3 ");
  ASSERT_NE(main, std::string::npos) << text;
  const std::uint64_t spent = std::stoull(text.substr(main + 8));
  const std::uint64_t room = spent + country("x").leaf().size();
  for (const std::uint64_t less : {0U, 1U}) {
    found(4, charter_with("budget: organisation 100 " + std::to_string(room - less) + " 5"));
    prepare_holder();
    ASSERT_EQ(enter(large()), "") << last_error_;
    EXPECT_EQ(enter(country("x")), less == 0 ? "" : "over-budget") << last_error_;
  }
}

TEST_F(Borders, TheReserveIsOnesOwnAndNoMore) {
  found(4, charter_with("budget: member-reserve 4 2000000 0"));
  prepare_holder();  // MEMBER-B's ballots: the import, the organisation, the claim
  const Draft first = transfer("1");
  const Draft second = transfer("2");
  ASSERT_EQ(enter(first), "");
  ASSERT_EQ(enter(second), "");
  EXPECT_EQ(vote(first, {"MEMBER-B"}), "") << last_error_;
  EXPECT_EQ(vote(second, {"MEMBER-B"}), "over-budget");
  EXPECT_EQ(enter(freeze("MEMBER-B", "e")), "over-budget");
  // The other line is not touched by it; and another's reserve is another's.
  EXPECT_EQ(enter(charter_change("MEMBER-B", "15d")), "") << last_error_;
  EXPECT_EQ(vote(second, {"MEMBER-A"}), "") << last_error_;
}

TEST_F(Borders, ASpentDayLeavesTheReserve) {
  found(4, charter_with("budget: organisation 3 1000000 5"));
  prepare_holder();
  const Draft moved = transfer("1");
  ASSERT_EQ(enter(moved), "");
  ASSERT_EQ(enter(country("x")), "over-budget");
  ASSERT_EQ(enter(cast_->acceptance("ORG-A", moved)), "");
  ASSERT_EQ(vote(moved, {"MEMBER-A", "MEMBER-B", "MEMBER-D"}), "locked") << last_error_;
  EXPECT_EQ(enter(cast_->cancellation("ORG-RIPN", moved.id_text())), "cancelled") << last_error_;
  EXPECT_EQ(enter(cast_->proposal("ORG-RIPN", "E", {}, {{"subject", "ORG-RIPN"}})), "") << last_error_;
}

TEST_F(Borders, OpenProposals) {
  prepare_holder();
  std::vector<Draft> open;
  for (int i = 0; i < 5; ++i) {
    open.push_back(transfer(std::to_string(i)));
    ASSERT_EQ(enter(open.back()), "") << last_error_;
  }
  EXPECT_EQ(enter(transfer("6")), "over-budget");
  EXPECT_EQ(enter(country("at once")), "") << last_error_;
  EXPECT_EQ(enter(cast_->proposal("MEMBER-A", "E", {}, {{"subject", "ORG-RIPN"}})), "") << last_error_;
  EXPECT_EQ(enter(cast_->withdrawal("ORG-RIPN", open[0].id_text())), "");
  EXPECT_EQ(enter(transfer("6")), "") << last_error_;
  EXPECT_EQ(enter(transfer("7")), "over-budget");
}

TEST_F(Borders, ARecordExpires) {
  prepare_holder();
  Draft one = country("1");
  Draft two = country("2");
  one.set("expires", actors::time_text(cast_->now + base::Seconds(100)));
  two.set("expires", actors::time_text(cast_->now + base::Seconds(100)));
  advance(99);
  EXPECT_EQ(enter(one), "") << last_error_;
  advance(1);
  EXPECT_EQ(enter(two), "expired-record");
  EXPECT_EQ(enter(one), "expired-record");  // its id is forgotten, its time is over
  Draft far = country("3");
  far.set("expires", actors::time_text(cast_->now + base::Seconds(14 * kDay + 1)));
  EXPECT_EQ(enter(far), "expired-record");
  far.set("expires", actors::time_text(cast_->now + base::Seconds(14 * kDay)));
  EXPECT_EQ(enter(far), "") << last_error_;
}

TEST_F(Borders, ThePreviousEpochIsAcceptedForAWeek) {
  prepare_holder();
  const Draft c = charter_change("MEMBER-A", "15d");
  ASSERT_EQ(enter(c), "");
  ASSERT_EQ(vote(c, {"MEMBER-A", "MEMBER-B", "MEMBER-C"}), "locked");
  ASSERT_EQ(words(advance(14 * kDay)), "executed");
  ASSERT_EQ(state_->epoch(), base::Epoch(2));
  advance(7 * kDay - 1);
  EXPECT_EQ(enter(country("old")), "") << last_error_;
  advance(1);
  EXPECT_EQ(enter(country("older")), "stale-epoch");
}

TEST_F(Borders, FoundingEndsAfterThirtyDays) {
  const std::uint64_t end = actors::kGenesisTime.value() + 30 * kDay;
  const Draft before = allocation("ORG-ONE");
  const Draft after = allocation("ORG-TWO");
  advance_to(end - 13 * kDay);
  const auto nearly = [&](Draft draft) {
    draft.set("expires", actors::time_text(base::EpochSeconds(end + kDay)));
    EXPECT_EQ(enter(draft), "") << last_error_;
    EXPECT_EQ(enter(cast_->acceptance(draft.paragraphs[0].key, draft)), "") << last_error_;
    EXPECT_EQ(vote(draft, {"MEMBER-A", "MEMBER-B"}), "");
    return draft;
  };
  const Draft one = nearly(before);
  const Draft two = nearly(after);
  advance_to(end - 1);
  EXPECT_EQ(vote(one, {"MEMBER-C"}), "executed") << last_error_;
  advance(1);
  EXPECT_EQ(vote(two, {"MEMBER-C"}), "locked") << last_error_;
}

TEST_F(Borders, AFoundingClaimRevertsUntilThirtyDaysAfterTheEnd) {
  for (const std::uint64_t late : {0U, 1U}) {
    found(4);
    prepare_holder();
    const Draft close = cast_->proposal("MEMBER-A", "A", {}, {{"founding", "names"}});
    ASSERT_EQ(enter(close), "");
    ASSERT_EQ(vote(close, {"MEMBER-A", "MEMBER-B", "MEMBER-C"}), "executed");
    EXPECT_EQ(enter(cast_->objection("MEMBER-A", claim_)), "");
    advance(30 * kDay - 1 + late);
    EXPECT_EQ(enter(cast_->objection("MEMBER-B", claim_)), late == 0 ? "reverted" : "unknown-proposal");
  }
}

TEST_F(Borders, AFreezeEndsAndIsJoinedAgainInTime) {
  prepare_holder();
  const Draft first = freeze("MEMBER-A", "1");
  ASSERT_EQ(enter(first), "");
  ASSERT_EQ(vote(first, {"MEMBER-A", "MEMBER-B"}), "executed");
  advance(3 * kDay - 1);
  EXPECT_EQ(enter(country("1")), "frozen");
  advance(1);
  EXPECT_EQ(enter(country("1")), "") << last_error_;
  advance(27 * kDay - 1);
  const Draft second = freeze("MEMBER-A", "2");
  ASSERT_EQ(enter(second), "");
  EXPECT_EQ(vote(second, {"MEMBER-A"}), "refused");
  advance(1);
  EXPECT_EQ(vote(second, {"MEMBER-A", "MEMBER-B"}), "executed") << last_error_;
}

TEST_F(Borders, AnOwnFreezeLastsAWeekOrUntilMembersLiftIt) {
  prepare_holder();
  const auto own = [&](const std::string& mark) {
    return cast_->proposal("ORG-RIPN", "E", {},
                           {{"subject", "ORG-RIPN"}, {"annex", actors::some_commitment(mark)}});
  };
  ASSERT_EQ(enter(own("1")), "") << last_error_;
  EXPECT_EQ(enter(own("2")), "frozen");
  advance(7 * kDay - 1);
  EXPECT_EQ(enter(country("1")), "frozen");
  advance(1);
  EXPECT_EQ(enter(country("1")), "") << last_error_;
  const Draft again = own("3");
  ASSERT_EQ(enter(again), "") << last_error_;
  EXPECT_EQ(enter(cast_->cancellation("ORG-RIPN", again.id_text())), "refused");
  EXPECT_EQ(enter(cast_->cancellation("MEMBER-A", again.id_text())), "") << last_error_;
  EXPECT_EQ(enter(country("2")), "frozen");
  EXPECT_EQ(enter(cast_->cancellation("MEMBER-B", again.id_text())), "") << last_error_;
  EXPECT_EQ(enter(country("2")), "") << last_error_;
}

TEST_F(Borders, ADisputeEndsAndIsRenewedOncePerPeriod) {
  prepare_holder();
  const Draft dispute = cast_->dispute("ORG-B", "domain ru.", "MEMBER-D");
  ASSERT_EQ(enter(dispute), "") << last_error_;
  advance(60 * kDay - 1);
  EXPECT_EQ(enter(transfer("1")), "refused");
  ASSERT_EQ(vote(dispute, {"MEMBER-A", "MEMBER-B"}), "");
  EXPECT_EQ(vote(dispute, {"MEMBER-C"}), "");  // the last second: renewed
  EXPECT_EQ(vote(dispute, {"MEMBER-D"}), "refused");
  advance(1);
  EXPECT_EQ(enter(transfer("2")), "refused");
  // The next period begins at the old end.
  EXPECT_EQ(vote(dispute, {"MEMBER-D"}), "") << last_error_;
  advance(60 * kDay - 1);
  EXPECT_EQ(enter(transfer("3")), "refused");
  advance(1);
  EXPECT_EQ(enter(transfer("4")), "") << last_error_;
  EXPECT_EQ(vote(dispute, {"MEMBER-C"}), "unknown-proposal");  // too late to renew
  // Its parties rest as long as a dispute lasts, to the second; others need not.
  EXPECT_EQ(enter(cast_->dispute("ORG-B", "domain ru.", "MEMBER-A")), "refused");
  EXPECT_EQ(enter(cast_->dispute("ORG-C", "domain ru.", "MEMBER-D")), "refused");
  advance(60 * kDay - 1);
  EXPECT_EQ(enter(cast_->dispute("ORG-B", "domain ru.", "MEMBER-D")), "refused");
  EXPECT_TRUE(state_->text(Tree::kRules, "dispute:domain ru."));
  advance(1);
  EXPECT_FALSE(state_->text(Tree::kRules, "dispute:domain ru."));
  EXPECT_EQ(enter(cast_->dispute("ORG-B", "domain ru.", "MEMBER-D")), "") << last_error_;
}

TEST_F(Borders, WhatIsDueAtOnceGoesByItsId) {
  prepare_holder();
  const Draft close = cast_->proposal("MEMBER-A", "A", {}, {{"founding", "names"}});
  ASSERT_EQ(enter(close), "");
  ASSERT_EQ(vote(close, {"MEMBER-A", "MEMBER-B", "MEMBER-C"}), "executed");
  std::vector<Draft> drafts;
  for (const char* handle : {"ORG-ONE", "ORG-TWO", "ORG-THREE", "ORG-LATER"}) {
    drafts.push_back(allocation(handle));
    ASSERT_EQ(enter(drafts.back()), "") << last_error_;
    ASSERT_EQ(enter(cast_->acceptance(handle, drafts.back())), "");
    if (drafts.size() == 4) advance(10);
    ASSERT_EQ(vote(drafts.back(), {"MEMBER-A", "MEMBER-B", "MEMBER-C"}), "locked");
  }
  std::vector<base::Hash> expected{drafts[0].id(), drafts[1].id(), drafts[2].id()};
  std::sort(expected.begin(), expected.end());
  expected.push_back(drafts[3].id());
  const Effects effects = advance(2 * kDay);
  EXPECT_EQ(words(effects), "executed executed executed executed");
  EXPECT_EQ(ids(effects), expected);
}

TEST_F(Borders, EffectsThatDoNotFitAreCarriedOver) {
  prepare_holder();
  std::vector<base::Hash> expected;
  for (int i = 0; i < 3; ++i) {
    const Draft draft = transfer(std::to_string(i));
    ASSERT_EQ(enter(draft), "");
    expected.push_back(draft.id());
  }
  std::sort(expected.begin(), expected.end());
  cast_->now = cast_->now + base::Seconds(13 * kDay);
  std::vector<base::Hash> seen;
  for (const std::size_t fitting : {1U, 0U, 5U}) {
    state_->begin_block(state_->height().next(), cast_->now);
    const Effects effects = state_->run_due(fitting);
    twin_->begin_block(twin_->height().next(), cast_->now);
    ASSERT_EQ(twin_->run_due(fitting), effects);
    follow();
    EXPECT_LE(effects.size(), fitting);
    for (const base::Hash& id : ids(effects)) seen.push_back(id);
  }
  EXPECT_EQ(seen, expected);
}

}  // namespace
}  // namespace charter::testing
