// Aim: a change of membership in the middle of a vote neither voids it nor helps it: the yes votes must meet
// the quorum
//      under the members of the opening and under the present ones, and only present members count.
// Method: a V is opened one day before a join (4 -> 5) or a removal (7 -> 6) executes; every member votes
// before it, after it or
//      never, in all combinations; expectations are set arithmetic on the spot.
#include <algorithm>
#include <set>

#include <gtest/gtest.h>

#include "charter/oracle.h"
#include "charter/stage.h"
#include "support/world.h"

namespace oracle {
namespace {

using Handles = std::set<std::string>;

struct Prepared {
  Stage::Snapshot snapshot;
  actors::Draft proposal;
  Handles before;
  Handles after;
  Time turn = 0;  ///< when the membership changes
};

Prepared prepare(unsigned members, bool joins) {
  actors::Cast cast(members);
  std::vector<actors::Draft> drafts = standard_world(cast);
  for (actors::Draft& draft : close_founding(cast)) drafts.push_back(std::move(draft));
  Stage stage = Stage::found(cast, drafts);
  stage.at(stage.time() + kDay);
  const std::string last = cast.members().back();
  const actors::Party& joiner = stage.cast.add(actors::make_member("MEMBER-NEW"));
  const actors::Draft change = stage.cast.proposal(
      "MEMBER-A", "M", {joins ? creation_of_member(joiner, "ORG-DELTA") : actors::erase("member", last)});
  std::vector<actors::Draft> records = with_votes(stage.cast, change, Numbers{members}.supermajority());
  if (joins) records.push_back(stage.cast.acceptance("MEMBER-NEW", change));
  for (const actors::Draft& draft : records) {
    const auto refusal = stage.play(draft);
    EXPECT_FALSE(refusal) << *refusal;
  }
  const Time turn = stage.time() + 14 * kDay;
  stage.at(turn - kDay);
  const actors::Draft proposal =
      stage.cast.proposal("MEMBER-A", "V", {actors::change("domain", "alfa.", {"= holder: ORG-BETA"})},
                          {{"subject", "ORG-ALFA"}, {"annex", actors::some_commitment("why")}});
  const auto refusal = stage.play(proposal);
  EXPECT_FALSE(refusal) << *refusal;
  Handles before(cast.members().begin(), cast.members().end());
  Handles after = before;
  if (joins) {
    after.insert("MEMBER-NEW");
  } else {
    after.erase(last);
  }
  return {stage.save(), proposal, before, after, turn};
}

std::size_t common(const Handles& a, const Handles& b) {
  return static_cast<std::size_t>(
      std::ranges::count_if(a, [&](const std::string& one) { return b.contains(one); }));
}

/// S of the opening among those who are still there, and S of today.
bool reached(const Handles& yes, const Handles& opening, const Handles& present) {
  Handles lasting;
  std::ranges::set_intersection(opening, present, std::inserter(lasting, lasting.end()));
  return common(yes, lasting) >= Numbers{static_cast<unsigned>(opening.size())}.supermajority() &&
         common(yes, present) >= Numbers{static_cast<unsigned>(present.size())}.supermajority();
}

void vote(Stage& stage, const Prepared& prepared, const std::string& who, bool expected) {
  const auto refusal = stage.play(stage.cast.ballot(who, prepared.proposal.id_text(), "yes"));
  EXPECT_EQ(!refusal, expected) << who << ": " << refusal.value_or("accepted");
}

void play(const Prepared& prepared, const std::vector<std::string>& voters,
          const std::vector<unsigned>& when) {
  const std::string id = prepared.proposal.id_text();
  Stage stage = Stage::load(prepared.snapshot);
  Handles yes;
  Time due = 0;
  for (const bool late : {false, true}) {
    if (late) stage.at(prepared.turn);
    const Handles& present = late ? prepared.after : prepared.before;
    for (std::size_t i = 0; i < voters.size(); ++i) {
      if (when[i] != (late ? 2u : 1u)) continue;
      const bool may = due == 0 && present.contains(voters[i]);
      vote(stage, prepared, voters[i], may);
      if (may) yes.insert(voters[i]);
      if (due == 0 && reached(yes, prepared.before, present)) due = stage.time() + 30 * kDay;
      EXPECT_EQ(stage.standing(id).word, due == 0 ? "open" : "locked");
    }
  }
  if (due == 0) return;
  stage.at(due - 1);
  EXPECT_EQ(stage.standing(id).word, "locked");
  stage.at(due);
  EXPECT_EQ(stage.standing(id).word, reached(yes, prepared.before, prepared.after) ? "executed" : "failed");
  EXPECT_TRUE(stage.complaints().empty()) << stage.complaints().front();
}

void play_all(const Prepared& prepared) {
  Handles all = prepared.before;
  all.insert(prepared.after.begin(), prepared.after.end());
  const std::vector<std::string> voters(all.begin(), all.end());
  std::vector<unsigned> when(voters.size(), 0);
  for (;;) {
    play(prepared, voters, when);
    if (testing::Test::HasFailure()) return;
    std::size_t place = 0;
    while (place < when.size() && ++when[place] == 3) when[place++] = 0;
    if (place == when.size()) return;
  }
}

TEST(Electorate, AJoinInTheMiddleOfAVote) {
  play_all(prepare(4, true));
}
TEST(Electorate, ARemovalInTheMiddleOfAVote) {
  play_all(prepare(7, false));
}

}  // namespace
}  // namespace oracle
