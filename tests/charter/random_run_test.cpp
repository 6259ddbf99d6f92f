// Aim: no sequence of records, allowed or not, makes the state say something that its texts do not.
// Method: seeded random parties propose, vote, object, withdraw, freeze and let time pass; the fixture
// compares state, rebuilt state, mirror of the drained changes and a twin after every step; then invariants
// are looked at by full scans.
#include <random>

#include "charter/charter_fixture.h"

namespace charter::testing {
namespace {

using actors::change;

class RandomRun : public CharterTest, public ::testing::WithParamInterface<unsigned> {
 protected:
  template <typename T>
  const T& pick(const std::vector<T>& from) {
    return from[random_() % from.size()];
  }

  Draft random_proposal() {
    const std::string mark = actors::some_commitment(std::to_string(++marks_));
    const std::string name = pick<std::string>({"ru.", "br."});
    const std::string member = pick(members_);
    const std::string holder = pick(holders_);
    const std::vector<std::pair<std::string, std::string>> annex{{"annex", mark}};
    switch (random_() % 11) {
      case 0:
        return cast_->proposal(
            holder, "K", {change("domain", name, {"- holder: UNCLAIMED", "+ holder: " + holder})}, annex);
      case 1: {
        const std::string host = pick<std::string>({"a.root.", "b.root.", "c.root."});
        return cast_->proposal(holder, "H1", {change("domain", name, {"+ nserver: " + host})}, annex);
      }
      case 2:
        return cast_->proposal(
            holder, "H1",
            {change("domain", name, {"- nserver: " + pick<std::string>({"a.root.", "b.root."})})}, annex);
      case 3:
        return cast_->proposal(
            holder, "H2", {change("domain", name, {"- holder: " + holder, "+ holder: " + pick(holders_)})},
            annex);
      case 4: {
        const std::string subject = pick<std::string>({"UNCLAIMED", holders_[0], holders_[1]});
        return cast_->proposal(member, "V", {change("domain", name, {"= status: inactive"})},
                               {{"subject", subject}, {"annex", mark}});
      }
      case 5:
        return cast_->proposal(member, "E", {},
                               {{"subject", pick<std::string>({holder, pick(members_)})}, {"annex", mark}});
      case 6:
        return cast_->proposal(holder, "E", {}, {{"subject", holder}, {"annex", mark}});
      case 7:
        return cast_->proposal(
            member, "C", {change("charter", "registry", {"- checks: off", "+ checks: required"})}, annex);
      case 8:
        return cast_->proposal(member, "A", {}, {{"founding", "names"}, {"annex", mark}});
      case 9:
        return cast_->proposal(member, "M", {actors::erase("member", pick(members_))}, annex);
      default: {
        const std::string label = "key " + mark;
        const auto& party = cast_->party(member);
        return cast_->proposal(member, "H2",
                               {change("member", member,
                                       {"- operator: " + actors::Key::of(party.keys.at("operator")[0]).text(),
                                        "+ operator: " + actors::Key::of(label).text()})},
                               annex);
      }
    }
  }

  /// Accepted or refused: either is a step of the run.
  void attempt(const Draft& draft) { [[maybe_unused]] const auto effects = apply(draft); }

  void step() {
    const auto what = random_() % 12;
    if (what < 4 || proposals_.empty()) {
      const Draft draft = random_proposal();
      if (apply(draft)) proposals_.push_back(draft);
      return;
    }
    const Draft& named = pick(proposals_);
    const std::string party = random_() % 2 == 0 ? pick(members_) : pick(holders_);
    const std::string mark = actors::some_commitment(std::to_string(++marks_));
    if (what < 8) {
      const auto vote = pick<std::string>({"yes", "yes", "yes", "no", "abstain"});
      attempt(cast_->ballot(pick(members_), named.id_text(), vote).set("annex", mark));
    } else if (what == 8) {
      attempt(cast_->objection(party, named.id_text()).set("annex", mark));
    } else if (what == 9) {
      attempt(random_() % 2 == 0 ? cast_->withdrawal(party, named.id_text())
                                 : cast_->cancellation(party, named.id_text()).set("annex", mark));
    } else if (what == 10) {
      if (named.value("class") == "H2") attempt(cast_->acceptance(pick(holders_), named));
    } else {
      (void)advance(pick<std::uint64_t>({0, 1, 3600, actors::kDay, 5 * actors::kDay, 20 * actors::kDay}));
      const std::string pair(*state_->text(Tree::kRules, "epoch:current"));
      const std::size_t from = pair.find("current: ") + 9;  // the head line says "epoch: current"
      cast_->epoch = pair.substr(from, pair.find('\n', from) - from);
    }
  }

  /// Every name server has its host, every holder lives, the counts are right; by looking at everything.
  void look_at_everything() {
    for (const auto object_class : {resource::ObjectClass::kOrganisation, resource::ObjectClass::kMember,
                                    resource::ObjectClass::kZone, kDomain, resource::ObjectClass::kHost}) {
      ObjectCounts counted;
      state_->for_each_object(object_class, [&](const resource::Object& object) {
        ++(object.is_tombstone() ? counted.tombstones : counted.live);
        const bool is_held = !object.is_tombstone() && object.value("holder") != "UNCLAIMED";
        if (object_class == kDomain && is_held) ++counted.claimed;
      });
      ASSERT_EQ(state_->counts(object_class), counted);
    }
    state_->for_each_object(kDomain, [&](const resource::Object& domain) {
      if (domain.is_tombstone()) return;
      for (const auto host : domain.values("nserver")) {
        const auto* object = state_->find({resource::ObjectClass::kHost, std::string(host)});
        ASSERT_TRUE(object != nullptr && !object->is_tombstone());
      }
      const std::string holder(domain.value("holder"));
      const auto* object = state_->find({resource::ObjectClass::kOrganisation, holder});
      ASSERT_TRUE(holder == "UNCLAIMED" || (object != nullptr && !object->is_tombstone()));
    });
    ASSERT_GE(state_->cosigners().size(), 4U);
  }

  std::mt19937 random_;
  unsigned marks_ = 0;
  std::vector<std::string> members_;
  std::vector<std::string> holders_{"ORG-RIPN", "ORG-NEW"};
  std::vector<Draft> proposals_;
};

TEST_P(RandomRun, TheTextsAreTheState) {
  random_.seed(GetParam());
  found(GetParam() % 2 == 0 ? 4 : 7);
  members_ = cast_->members();
  import_zone();
  if (HasFatalFailure()) return;
  for (const std::string& holder : holders_) {
    cast_->add(actors::make_organisation(holder));
    const Draft draft =
        cast_->proposal("MEMBER-A", "A", {actors::creation_of_organisation(cast_->party(holder))});
    ASSERT_EQ(enter(draft), "");
    ASSERT_EQ(enter(cast_->acceptance(holder, draft)), "");
    ASSERT_EQ(vote_until(draft), "executed") << last_error_;
  }
  for (int i = 0; i < 250 && !HasFailure(); ++i) step();
  EXPECT_GT(proposals_.size(), 20U) << "too little was allowed to tell anything";
  look_at_everything();
}
INSTANTIATE_TEST_SUITE_P(Seeds, RandomRun, ::testing::Range(0U, 6U));

}  // namespace
}  // namespace charter::testing
