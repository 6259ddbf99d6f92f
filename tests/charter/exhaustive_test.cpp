// Aim: who passes and who blocks is what the charter's page says, for every coalition and every class, with
// 3, 4 and 7
//      members, in and out of founding, with and without objections.
// Method: each case is played on a real state from a snapshot and on oracle::Course; after every record and
// at every
//      moment at which something may happen, acceptance, status, time and the object itself must agree.
//      oracle::Watch looks on.
#include <bit>
#include <map>
#include <optional>

#include <gtest/gtest.h>

#include "charter/motions.h"
#include "charter/oracle.h"
#include "charter/stage.h"
#include "support/world.h"

namespace oracle {
namespace {

using Votes = std::vector<std::optional<Vote>>;

/// One case at the point where its proposal is on the log; loaded again for every coalition.
struct Opened {
  Case it;
  Stage::Snapshot snapshot;
  std::optional<Course> course;  ///< absent if the entry was refused
  Time expires = 0;
};

const Stage::Snapshot& world(unsigned members, bool founding) {
  static std::map<std::pair<unsigned, bool>, Stage::Snapshot> worlds;
  const auto found = worlds.find({members, founding});
  if (found != worlds.end()) return found->second;
  actors::Cast cast(members);
  std::vector<actors::Draft> drafts = standard_world(cast);
  if (!founding) {
    for (actors::Draft& draft : close_founding(cast)) drafts.push_back(std::move(draft));
  }
  Stage stage = Stage::found(cast, drafts);
  EXPECT_TRUE(stage.complaints().empty()) << stage.complaints().front();
  return worlds.emplace(std::pair(members, founding), stage.save()).first->second;
}

/// Signing costs more than playing; the same ballot on the same proposal is the same leaf.
std::string ballot(const actors::Cast& cast, unsigned member, const std::string& proposal,
                   const std::string& word) {
  static std::map<std::string, std::string> leaves;
  const std::string& handle = cast.members()[member];
  std::string& leaf = leaves[handle + " " + word + " " + proposal + " " + std::to_string(cast.now.value())];
  if (leaf.empty()) leaf = cast.ballot(handle, proposal, word).leaf();
  return leaf;
}
std::string objection(const actors::Cast& cast, const std::string& handle, const std::string& proposal) {
  static std::map<std::string, std::string> leaves;
  std::string& leaf = leaves[handle + " " + proposal + " " + std::to_string(cast.now.value())];
  if (leaf.empty()) leaf = cast.objection(handle, proposal).leaf();
  return leaf;
}

std::string_view word_of(Vote vote, Kind kind) {
  if (vote == Vote::kYes) return kind == Kind::kU ? "attest" : "yes";
  return vote == Vote::kNo ? "no" : "abstain";
}

/// Plays one coalition on both sides.
class Duel {
 public:
  explicit Duel(const Opened& opened)
      : it_(opened.it),
        id_(it_.proposal.id_text()),
        stage_(Stage::load(opened.snapshot)),
        course_(*opened.course) {}

  void at(Time time) {
    stage_.at(time);
    course_.pass(time);
    compare("time " + std::to_string(time));
  }
  void later(Time seconds) { at(stage_.time() + seconds); }
  void vote(unsigned member, Vote vote) {
    const std::string word(word_of(vote, it_.motion.kind));
    const auto refusal = stage_.play_leaf(ballot(stage_.cast, member, id_, word));
    judge(refusal, course_.vote(member, vote, stage_.time()),
          "ballot " + word + " of " + std::to_string(member));
  }
  void object(unsigned member) {
    const auto refusal = stage_.play_leaf(objection(stage_.cast, stage_.cast.members()[member], id_));
    judge(refusal, course_.object(member, stage_.time()), "objection of " + std::to_string(member));
  }
  void holder_objects() {
    const auto refusal = stage_.play_leaf(objection(stage_.cast, it_.holder, id_));
    judge(refusal, course_.holder_objects(stage_.time()), "objection of the holder");
  }
  void consent() {
    std::optional<std::string> refusal;
    for (const actors::Draft& draft : it_.consents) {
      if (!refusal) refusal = stage_.play(draft);
    }
    judge(refusal, course_.consent(stage_.time()), "consents");
  }
  void withdraw() {
    const auto refusal = stage_.play(stage_.cast.withdrawal(it_.proposal.value("by"), id_));
    judge(refusal, course_.withdraw(stage_.time()), "withdrawal");
  }
  void cancel(const std::string& by, bool entitled) {
    const auto refusal = stage_.play(stage_.cast.cancellation(by, id_));
    judge(refusal, entitled && course_.cancel(stage_.time()), "cancellation by " + by);
  }
  void votes(const Votes& votes) {
    for (unsigned member = 0; member < votes.size(); ++member) {
      if (votes[member]) vote(member, *votes[member]);
    }
  }
  /// To the end, stopping a second before it.
  void finish(Time expires) {
    for (int steps = 0; steps < 4 && !over(); ++steps) {
      const Time end = course_.status() == Status::kLocked ? course_.locked_until() : expires;
      if (end > stage_.time() + 1) at(end - 1);
      at(end);
    }
    EXPECT_TRUE(over()) << story_;
    EXPECT_TRUE(stage_.complaints().empty()) << stage_.complaints().front() << story_;
  }
  bool over() const { return course_.status() != Status::kOpen && course_.status() != Status::kLocked; }
  const Course& course() const { return course_; }
  Stage& stage() { return stage_; }

 private:
  void judge(const std::optional<std::string>& refusal, bool expected, const std::string& what) {
    story_ += "\n  " + what + (refusal ? ": " + *refusal : ": accepted");
    EXPECT_EQ(!refusal, expected) << story_;
    compare(what);
  }
  void compare(const std::string& what) {
    const Stage::Standing standing = stage_.standing(id_);
    const bool executed = course_.status() == Status::kExecuted;
    // A proposal that executes at its own entry has no effect line.
    const bool at_entry = executed && standing.word == "open" && terms_of(it_.motion).quorum == 0;
    if (!at_entry) {
      EXPECT_EQ(standing.word, status_text(course_.status())) << "after " << what << story_;
      if (standing.word != "open") {
        EXPECT_EQ(standing.since, course_.since()) << "after " << what << story_;
      }
    }
    if (!it_.object.empty()) {
      EXPECT_EQ(stage_.object(it_.object).find(it_.line) != std::string::npos, executed)
          << "after " << what << story_ << "\n"
          << stage_.object(it_.object);
    }
  }
  const Case& it_;
  std::string id_;
  Stage stage_;
  Course course_;
  std::string story_;
};

Opened open(Kind kind, unsigned members, bool founding, bool consented) {
  Stage stage = Stage::load(world(members, founding));
  stage.at(stage.time() + actors::kDay);
  Opened opened{make_case(kind, founding, stage.cast), stage.save(), std::nullopt, 0};
  for (const actors::Draft& draft : opened.it.setup) {
    const auto refusal = stage.play(draft);
    EXPECT_FALSE(refusal.has_value()) << *refusal << draft.leaf();
  }
  opened.expires = stage.time() + stage.cast.expires_after;
  const auto refusal = stage.play(opened.it.proposal);
  Course course(opened.it.motion, stage.time(), opened.expires);
  EXPECT_EQ(refusal.has_value(), course.status() == Status::kRefused) << refusal.value_or("accepted") << "\n"
                                                                      << opened.it.proposal.leaf();
  if (refusal || course.status() == Status::kRefused) return opened;
  opened.course = course;
  opened.snapshot = stage.save();
  if (!consented || opened.it.consents.empty()) return opened;
  Duel duel(opened);
  duel.consent();
  opened.course = duel.course();
  opened.snapshot = duel.stage().save();
  return opened;
}

/// Calls `play` with every vector of silence, yes and not-yes; not-yes is a no or an abstention by turns.
template <typename Play>
void for_every_coalition(unsigned members, const Play& play) {
  Votes votes(members);
  std::vector<unsigned> digits(members, 0);
  for (;;) {
    for (unsigned i = 0; i < members; ++i) {
      votes[i] = digits[i] == 0   ? std::nullopt
                 : digits[i] == 1 ? std::optional(Vote::kYes)
                                  : std::optional(i % 2 == 0 ? Vote::kNo : Vote::kAbstain);
    }
    play(votes);
    unsigned place = 0;
    while (place < members && ++digits[place] == 3) digits[place++] = 0;
    if (place == members) return;
  }
}

struct Setting {
  unsigned members;
  Kind kind;
  bool founding;
};

std::vector<Setting> settings() {
  std::vector<Setting> all;
  for (const unsigned members : {3u, 4u, 7u}) {
    for (const Kind kind : all_kinds()) {
      all.push_back({members, kind, false});
      const bool matters = kind == Kind::kADomain || kind == Kind::kAOrganisation || kind == Kind::kK ||
                           kind == Kind::kCloseFounding || kind == Kind::kVChange;
      if (matters) all.push_back({members, kind, true});
    }
  }
  return all;
}

class Exhaustive : public testing::TestWithParam<Setting> {
 protected:
  Opened opened(bool consented = true) const {
    return open(GetParam().kind, GetParam().members, GetParam().founding, consented);
  }
  unsigned members() const { return GetParam().members; }
  Terms terms() const { return terms_of({members(), GetParam().kind, GetParam().founding, members() - 1}); }
  /// The first members who may vote and are just enough.
  Votes just_enough(unsigned count) const {
    Votes votes(members());
    for (unsigned i = 0; i < members() && count > 0; ++i) {
      if (!terms().target_votes && i == members() - 1) continue;
      votes[i] = Vote::kYes;
      --count;
    }
    return votes;
  }
};

TEST_P(Exhaustive, EveryCoalition) {
  const Opened start = opened();
  if (!start.course) return;
  for_every_coalition(members(), [&](const Votes& votes) {
    if (HasFailure()) return;  // one story is enough
    Duel duel(start);
    duel.later(actors::kHour);
    duel.votes(votes);
    duel.finish(start.expires);
  });
}

TEST_P(Exhaustive, ConsentsThatComeLateCountFromTheirMoment) {
  if (!terms().consent) return;
  const Opened start = opened(false);
  ASSERT_TRUE(start.course);
  for (unsigned yes = 0; yes <= members(); ++yes) {
    Duel duel(start);
    duel.later(actors::kHour);
    duel.votes(just_enough(yes));
    duel.later(actors::kDay);
    duel.consent();
    duel.finish(start.expires);
    Duel without(start);
    without.votes(just_enough(yes));
    without.finish(start.expires);
  }
}

TEST_P(Exhaustive, EveryObjection) {
  const Opened start = opened();
  if (!start.course || terms().lock == 0) return;
  const unsigned fresh = Numbers{members()}.fresh();
  for (unsigned objectors = 0; objectors < (1u << members()); ++objectors) {
    const bool many = static_cast<unsigned>(std::popcount(objectors)) >= Numbers{members()}.few();
    for (unsigned yes = many ? fresh - 1 : 0; yes <= (many ? fresh : 0) && !HasFailure(); ++yes) {
      Duel duel(start);
      duel.votes(just_enough(terms().quorum));
      duel.later(actors::kHour);
      for (unsigned i = 0; i < members(); ++i) {
        if ((objectors >> i & 1) != 0) duel.object(i);
      }
      duel.later(actors::kHour);
      if (many) duel.votes(just_enough(yes));
      if (!many) duel.vote(0, Vote::kNo);
      duel.finish(start.expires);
    }
  }
}

TEST_P(Exhaustive, EveryFreshVoteAfterAnExtension) {
  const Opened start = opened();
  if (!start.course || terms().lock == 0 || members() > 4) return;
  for_every_coalition(members(), [&](const Votes& votes) {
    if (HasFailure()) return;
    Duel duel(start);
    duel.votes(just_enough(terms().quorum));
    duel.later(actors::kHour);
    for (unsigned i = 0; i < Numbers{members()}.few(); ++i) duel.object(i);
    duel.later(actors::kHour);
    duel.votes(votes);
    duel.finish(start.expires);
  });
}

TEST_P(Exhaustive, TheHolderExtendsAnInvoluntaryChangeOnce) {
  if (!terms().holder_may_extend) return;
  const Opened start = opened();
  ASSERT_TRUE(start.course);
  for (const bool members_too : {false, true}) {
    Duel duel(start);
    duel.votes(just_enough(terms().quorum));
    duel.later(actors::kHour);
    duel.holder_objects();
    duel.later(actors::kDay);
    duel.holder_objects();
    duel.later(actors::kDay);
    if (members_too) {
      for (unsigned i = 0; i < Numbers{members()}.few(); ++i) duel.object(i);
      duel.later(actors::kDay);
      duel.votes(just_enough(Numbers{members()}.fresh()));
    }
    duel.finish(start.expires);
  }
}

TEST_P(Exhaustive, WithdrawalWhileOpenAndCancellationWhileLocked) {
  const Opened start = opened();
  if (!start.course) return;
  for (unsigned yes = 0; yes <= terms().quorum; ++yes) {
    Duel withdrawn(start);
    withdrawn.votes(just_enough(yes));
    withdrawn.withdraw();
    withdrawn.finish(start.expires);
  }
  Duel stranger(start);
  stranger.votes(just_enough(terms().quorum));
  stranger.later(actors::kHour);
  if (terms().lock > 0) stranger.cancel("ORG-GAMMA", false);
  if (terms().lock > 0) stranger.cancel("MEMBER-B", false);
  stranger.finish(start.expires);
  if (start.it.canceller.empty()) return;
  Duel cancelled(start);
  cancelled.votes(just_enough(terms().quorum));
  cancelled.later(actors::kHour);
  cancelled.cancel(start.it.canceller, true);
  cancelled.finish(start.expires);
}

TEST_P(Exhaustive, AChangeOfMindCountsUntilTheLock) {
  if (members() > 4 || terms().quorum == 0) return;
  const Opened start = opened();
  if (!start.course) return;
  for (unsigned first = 0; first < (1u << members()); ++first) {
    for (unsigned second = 0; second < (1u << members()) && !HasFailure(); ++second) {
      Duel duel(start);
      duel.later(actors::kHour);
      for (unsigned i = 0; i < members(); ++i) {
        if ((first >> i & 1) != 0) duel.vote(i, Vote::kYes);
      }
      duel.later(actors::kHour);
      for (unsigned i = 0; i < members(); ++i) {
        if ((second >> i & 1) != 0) duel.vote(i, (first >> i & 1) != 0 ? Vote::kNo : Vote::kYes);
      }
      duel.finish(start.expires);
    }
  }
}

std::string setting_name(const testing::TestParamInfo<Setting>& info) {
  std::string name = "n" + std::to_string(info.param.members) + "_";
  for (const char c : kind_text(info.param.kind)) name += c == ' ' || c == '-' ? '_' : c;
  return name + (info.param.founding ? "_founding" : "");
}

INSTANTIATE_TEST_SUITE_P(Charter, Exhaustive, testing::ValuesIn(settings()), setting_name);

}  // namespace
}  // namespace oracle
