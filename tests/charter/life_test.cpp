// Aim: the life of a registry, class by class, refusals first; and that its state stands in its texts alone.
// Method: test parties sign real records; the fixture rebuilds the state from its texts after every step.
#include "charter/charter_fixture.h"

namespace charter::testing {
namespace {

using actors::change;
using actors::create;
using actors::erase;

class Charter : public CharterTest {};

TEST_F(Charter, HolderChangesItsNameServersAtOnce) {
  prepare_holder();
  const Draft draft = swap_nserver("b.root.", "c.root.");
  EXPECT_EQ(enter(draft), "") << last_error_;
  EXPECT_TRUE(state_->find({kDomain, "ru."})->has("nserver", "c.root."));
  EXPECT_EQ(enter(draft), "duplicate");
  EXPECT_EQ(enter(swap_nserver("b.root.", "a.root.")), "stale-change");
}

TEST_F(Charter, ExactlyTheKeysThatAreAskedForSign) {
  prepare_holder();
  const Draft good = swap_nserver("b.root.", "c.root.");
  Draft draft = good;
  draft.signings.clear();
  draft.sign("ORG-RIPN", {"somebody else"});
  EXPECT_EQ(enter(draft), "bad-signature");  // unknown key
  draft = good;
  draft.sign("ORG-RIPN", {"somebody else"});
  EXPECT_EQ(enter(draft), "bad-signature");  // superfluous
  draft = good;
  draft.signings[0].fault = actors::Signing::Fault::kFlipped;
  EXPECT_EQ(enter(draft), "bad-signature");
  draft = good;
  draft.signings[0].fault = actors::Signing::Fault::kForged;
  EXPECT_EQ(enter(draft), "bad-signature");
  draft = good;
  draft.signings[0].name = "ORG-A";  // relabelled
  EXPECT_EQ(enter(draft), "bad-signature");
  Draft other = cast_->proposal("ORG-A", "H1", good.paragraphs);
  EXPECT_EQ(enter(other), "wrong-class");
  EXPECT_EQ(enter(good), "") << last_error_;
}

TEST_F(Charter, HeadIsHeldToOriginEpochExpiryAndClass) {
  prepare_holder();
  const Draft good = swap_nserver("b.root.", "c.root.");
  Draft draft = good;
  draft.origin = "another.example/root";
  EXPECT_EQ(enter(draft), "refused");
  draft = good;
  EXPECT_EQ(enter(draft.set("epoch", "2" + cast_->epoch.substr(1))), "stale-epoch");
  draft = good;
  EXPECT_EQ(enter(draft.set("expires", actors::time_text(cast_->now))), "expired-record");
  EXPECT_EQ(enter(draft.set("expires", actors::time_text(cast_->now + base::Seconds(14 * actors::kDay + 1)))),
            "expired-record");
  draft = good;
  EXPECT_EQ(enter(draft.set("class", "H2")), "wrong-class");
  cast_->add(actors::make_organisation("ORG-NOBODY"));
  EXPECT_EQ(enter(cast_->proposal("ORG-NOBODY", "H1", good.paragraphs)), "unknown-party");
}

TEST_F(Charter, BatchesSmuggleNothing) {
  prepare_holder();
  EXPECT_EQ(
      enter(cast_->proposal(
          "MEMBER-A", "A C",
          {change("charter", "registry", {"- checks: off", "+ checks: required"}),
           create("domain", "xx.",
                  {"+ holder: ORG-RIPN", "+ status: active", "+ nserver: a.root.", "+ nserver: b.root."})})),
      "wrong-class");
  EXPECT_EQ(enter(cast_->proposal("MEMBER-A", "V",
                                  {change("domain", "br.", {"= status: inactive"}),
                                   change("domain", "ru.", {"= status: inactive"})},
                                  {{"subject", "ORG-RIPN"}, {"annex", actors::some_commitment("x")}})),
            "wrong-class");
  EXPECT_EQ(enter(cast_->proposal("MEMBER-A", "U",
                                  {change("domain", "ru.", {"- nserver: b.root.", "+ nserver: c.root."})},
                                  {{"upstream", actors::some_commitment("z") + " 1"}})),
            "wrong-class");
  EXPECT_EQ(enter(cast_->proposal("ORG-RIPN", "H1",
                                  {change("domain", "ru.", {"- status: active", "+ status: inactive"})})),
            "wrong-class");
}

TEST_F(Charter, ANameBetweenADomainAndItsHostsAsksTheHolder) {
  prepare_holder();
  add_organisation("ORG-NEW");
  ASSERT_EQ(enter(cast_->proposal("ORG-RIPN", "H1", {create("host", "a.nic.ru.", {"+ address: 192.0.2.7"})})),
            "");
  const Draft draft = cast_->proposal(
      "MEMBER-A", "A",
      {create("domain", "nic.ru.",
              {"+ holder: ORG-NEW", "+ status: active", "+ nserver: a.root.", "+ nserver: b.root."})});
  ASSERT_EQ(enter(draft), "") << last_error_;
  EXPECT_EQ(enter(cast_->acceptance("ORG-NEW", draft)), "");
  EXPECT_EQ(vote(draft, {"MEMBER-A", "MEMBER-B", "MEMBER-C"}), "");
  EXPECT_EQ(enter(cast_->acceptance("ORG-A", draft)), "refused");
  EXPECT_EQ(enter(cast_->acceptance("ORG-RIPN", draft)), "executed") << last_error_;
  EXPECT_EQ(enter(cast_->proposal("MEMBER-A", "U",
                                  {create("domain", "nic2.ru.",
                                          {"+ holder: UNCLAIMED", "+ status: active", "+ nserver: a.root."})},
                                  {{"upstream", actors::some_commitment("z") + " 1"}})),
            "wrong-class");
}

TEST_F(Charter, ANameAboveADomainAsksItsHolder) {
  prepare_holder();
  add_organisation("ORG-NEW");
  const auto allocated = [&](const std::string& name, const std::string& holder) {
    return cast_->proposal(
        "MEMBER-A", "A",
        {create("domain", name,
                {"+ holder: " + holder, "+ status: active", "+ nserver: a.root.", "+ nserver: b.root."})});
  };
  const auto upstream = [&](const actors::Paragraph& paragraph) {
    return cast_->proposal("MEMBER-A", "U", {paragraph}, {{"upstream", actors::some_commitment("z") + " 1"}});
  };
  const std::vector<std::string> zone{"+ mname: a.root.",   "+ rname: x.root.",   "+ refresh: 1800",
                                      "+ retry: 900",       "+ expire: 604800",   "+ minimum: 86400",
                                      "+ nserver: a.root.", "+ ttl: apex 518400", "+ ttl: delegation 172800",
                                      "+ ttl: signed 86400"};
  const Draft middle = allocated("a.b.", "ORG-RIPN");
  ASSERT_EQ(enter(middle), "") << last_error_;
  EXPECT_EQ(enter(cast_->acceptance("ORG-RIPN", middle)), "");
  EXPECT_EQ(vote(middle, {"MEMBER-A", "MEMBER-B", "MEMBER-C"}), "executed") << last_error_;

  EXPECT_EQ(enter(upstream(create("zone", "b.", zone))), "wrong-class");
  EXPECT_EQ(enter(upstream(erase("zone", "."))), "wrong-class");
  EXPECT_EQ(enter(upstream(
                create("domain", "b.", {"+ holder: UNCLAIMED", "+ status: active", "+ nserver: a.root."}))),
            "wrong-class");
  const Draft above = allocated("b.", "ORG-NEW");
  ASSERT_EQ(enter(above), "") << last_error_;
  EXPECT_EQ(enter(cast_->acceptance("ORG-NEW", above)), "");
  EXPECT_EQ(vote(above, {"MEMBER-A", "MEMBER-B", "MEMBER-C"}), "");
  EXPECT_EQ(enter(cast_->acceptance("ORG-RIPN", above)), "executed") << last_error_;
}

TEST_F(Charter, ACutAboveMoreHoldersThanCanBeAskedIsRefused) {
  import_zone();
  add_organisation("ORG-NEW");
  std::vector<actors::Paragraph> parties;
  std::vector<actors::Paragraph> names;
  std::vector<actors::Paragraph> gifts;
  for (int i = 0; i < 65; ++i) {
    const std::string handle = "ORG-N" + std::to_string(i);
    const std::string name = "n" + std::to_string(i) + ".x.";
    cast_->add(actors::make_organisation(handle));
    parties.push_back(actors::creation_of_organisation(cast_->party(handle)));
    names.push_back(
        create("domain", name, {"+ holder: UNCLAIMED", "+ status: active", "+ nserver: a.root."}));
    gifts.push_back(change("domain", name, {"= holder: " + handle}));
  }
  const Draft all = cast_->proposal("MEMBER-A", "A", parties);
  ASSERT_EQ(enter(all), "") << last_error_;
  for (const auto& party : parties) ASSERT_EQ(enter(cast_->acceptance(party.key, all)), "") << last_error_;
  ASSERT_EQ(vote_until(all), "executed") << last_error_;
  const Draft imported =
      cast_->proposal("MEMBER-B", "U", names, {{"upstream", actors::some_commitment("z") + " 1"}});
  ASSERT_EQ(enter(imported), "") << last_error_;
  ASSERT_EQ(vote_until(imported, "attest"), "executed") << last_error_;
  const auto give = [&](const std::vector<actors::Paragraph>& some) {
    const Draft v = cast_->proposal("MEMBER-C", "V", some,
                                    {{"subject", "UNCLAIMED"}, {"annex", actors::some_commitment("why")}});
    ASSERT_EQ(enter(v), "") << last_error_;
    ASSERT_EQ(vote_until(v), "locked") << last_error_;
    ASSERT_TRUE(words(advance(30 * actors::kDay)).ends_with("executed"));
  };
  const auto above = [&](const std::string& by) {
    return cast_->proposal(
        by, "A",
        {create("domain", "x.",
                {"+ holder: ORG-NEW", "+ status: active", "+ nserver: a.root.", "+ nserver: b.root."})});
  };
  give({gifts.begin(), gifts.begin() + 64});
  EXPECT_EQ(enter(above("MEMBER-A")), "") << last_error_;
  give({gifts.begin() + 64, gifts.end()});
  EXPECT_EQ(enter(above("MEMBER-B")), "refused");
  EXPECT_NE(last_error_.find("65 organisations"), std::string::npos) << last_error_;
}

TEST_F(Charter, InvariantsHold) {
  prepare_holder();
  EXPECT_EQ(enter(swap_nserver("b.root.", "nowhere.root.")), "invariant");
  EXPECT_EQ(enter(cast_->proposal("ORG-RIPN", "H1", {change("domain", "ru.", {"- nserver: b.root."})})),
            "invariant");
  EXPECT_EQ(enter(cast_->proposal("MEMBER-A", "U", {erase("host", "a.root.")},
                                  {{"upstream", actors::some_commitment("z") + " 1"}})),
            "invariant");
  EXPECT_EQ(enter(cast_->proposal("MEMBER-A", "V", {erase("zone", ".")},
                                  {{"subject", "UNCLAIMED"}, {"annex", actors::some_commitment("z")}})),
            "invariant");
  EXPECT_EQ(enter(cast_->proposal("ORG-RIPN", "H2", {erase("organisation", "ORG-RIPN")})), "invariant");
  EXPECT_EQ(enter(cast_->proposal("ORG-RIPN", "H1", {create("host", "ns.ru.", {})})), "invariant");
}

TEST_F(Charter, TransferNeedsBothAndAMajorityAndCanBeCancelled) {
  prepare_holder();
  add_organisation("ORG-NEW");
  const auto transfer = [&](const char* mark) {
    return cast_->proposal("ORG-RIPN", "H2",
                           {change("domain", "ru.", {"- holder: ORG-RIPN", "+ holder: ORG-NEW"})},
                           {{"annex", actors::some_commitment(mark)}});
  };
  const Draft first = transfer("1");
  EXPECT_EQ(enter(first), "") << last_error_;
  EXPECT_EQ(enter(cast_->acceptance("ORG-A", first)), "refused");
  EXPECT_EQ(vote(first, {"MEMBER-A", "MEMBER-B", "MEMBER-C"}), "");
  EXPECT_EQ(enter(cast_->acceptance("ORG-NEW", first)), "locked") << last_error_;
  EXPECT_EQ(enter(cast_->cancellation("ORG-NEW", first.id_text())), "refused");
  EXPECT_EQ(enter(cast_->cancellation("ORG-RIPN", first.id_text())), "cancelled");
  const Draft second = transfer("2");
  EXPECT_EQ(enter(second), "");
  EXPECT_EQ(enter(cast_->acceptance("ORG-NEW", second)), "");
  EXPECT_EQ(vote(second, {"MEMBER-A", "MEMBER-B", "MEMBER-C"}), "locked");
  EXPECT_EQ(words(advance(3 * actors::kDay - 1)), "");
  EXPECT_EQ(words(advance(1)), "executed");
  EXPECT_EQ(value(kDomain, "ru.", "holder"), "ORG-NEW");
}

TEST_F(Charter, InvoluntaryChangeIsSlowAndCannotBeDodged) {
  prepare_holder();
  add_organisation("ORG-NEW");
  const Draft v = cast_->proposal("MEMBER-A", "V",
                                  {change("domain", "ru.", {"= nserver: a.root.", "= nserver: c.root."})},
                                  {{"subject", "ORG-RIPN"}, {"annex", actors::some_commitment("why")}});
  ASSERT_EQ(enter(v), "") << last_error_;
  ASSERT_EQ(vote(v, {"MEMBER-A", "MEMBER-B", "MEMBER-C"}), "locked");
  EXPECT_EQ(enter(cast_->proposal("ORG-RIPN", "H2",
                                  {change("domain", "ru.", {"- holder: ORG-RIPN", "+ holder: ORG-NEW"})})),
            "refused");
  EXPECT_EQ(enter(cast_->proposal("ORG-RIPN", "H1", {create("host", "ns.ru.", {"+ address: 192.0.2.9"})})),
            "refused");
  EXPECT_EQ(enter(swap_nserver("b.root.", "c.root.")), "");
  EXPECT_EQ(enter(cast_->objection("ORG-NEW", v.id_text())), "refused");
  EXPECT_EQ(enter(cast_->objection("ORG-RIPN", v.id_text())), "extended");
  EXPECT_EQ(enter(cast_->objection("ORG-RIPN", v.id_text()).set("annex", actors::some_commitment("again"))),
            "");
  EXPECT_EQ(words(advance(30 * actors::kDay)), "");
  EXPECT_EQ(words(advance(30 * actors::kDay)), "executed");
  EXPECT_TRUE(state_->find({kDomain, "ru."})->has("nserver", "c.root."));
}

TEST_F(Charter, ObjectionsAskForFreshVotes) {
  prepare_holder();
  const Draft v = cast_->proposal("MEMBER-A", "V", {erase("domain", "ru.")},
                                  {{"subject", "ORG-RIPN"}, {"annex", actors::some_commitment("why")}});
  ASSERT_EQ(enter(v), "");
  ASSERT_EQ(vote(v, {"MEMBER-A", "MEMBER-B", "MEMBER-C"}), "locked");
  EXPECT_EQ(vote(v, {"MEMBER-D"}, "no"), "refused");
  EXPECT_EQ(enter(cast_->objection("MEMBER-D", v.id_text())), "");
  EXPECT_EQ(enter(cast_->objection("MEMBER-A", v.id_text())), "extended");
  advance(1);
  EXPECT_EQ(vote(v, {"MEMBER-A", "MEMBER-B"}), "") << last_error_;
  EXPECT_EQ(words(advance(30 * actors::kDay)), "");
  EXPECT_EQ(words(advance(14 * actors::kDay)), "rejected");
  EXPECT_EQ(value(kDomain, "ru.", "status"), "active");
}

TEST_F(Charter, FreezesAreShortJoinedOnceAndLifted) {
  prepare_holder();
  const auto freeze = [&](const std::string& by, const char* mark) {
    return cast_->proposal(by, "E", {}, {{"subject", "ORG-RIPN"}, {"annex", actors::some_commitment(mark)}});
  };
  const Draft first = freeze("MEMBER-A", "1");
  ASSERT_EQ(enter(first), "") << last_error_;
  ASSERT_EQ(vote(first, {"MEMBER-A", "MEMBER-B"}), "executed");
  EXPECT_EQ(enter(swap_nserver("b.root.", "c.root.")), "frozen");
  EXPECT_EQ(enter(cast_->cancellation("MEMBER-A", first.id_text())), "") << last_error_;
  EXPECT_EQ(enter(cast_->cancellation("MEMBER-D", first.id_text())), "");
  EXPECT_EQ(enter(swap_nserver("b.root.", "c.root.")), "") << last_error_;
  const Draft second = freeze("MEMBER-C", "2");
  ASSERT_EQ(enter(second), "");
  EXPECT_EQ(vote(second, {"MEMBER-A"}), "refused");
  ASSERT_EQ(vote(second, {"MEMBER-C", "MEMBER-D"}), "executed");
  EXPECT_EQ(enter(swap_nserver("c.root.", "b.root.")), "frozen");
  advance(3 * actors::kDay);
  EXPECT_EQ(enter(swap_nserver("c.root.", "b.root.")), "") << last_error_;
  const Draft own = cast_->proposal("ORG-RIPN", "E", {}, {{"subject", "ORG-RIPN"}});
  ASSERT_EQ(enter(own), "") << last_error_;
  EXPECT_EQ(enter(swap_nserver("b.root.", "c.root.")), "frozen");
}

TEST_F(Charter, MembershipTakesTheOneSlotInOrderAndAdvancesTheEpoch) {
  const Draft c1 = cast_->proposal("MEMBER-A", "C",
                                   {change("charter", "registry", {"- checks: off", "+ checks: required"})});
  const Draft c2 =
      cast_->proposal("MEMBER-B", "C", {change("charter", "registry", {"- lock: K 14d", "+ lock: K 15d"})});
  ASSERT_EQ(enter(c1), "") << last_error_;
  ASSERT_EQ(enter(c2), "");
  ASSERT_EQ(vote(c1, {"MEMBER-A", "MEMBER-B", "MEMBER-C"}), "locked");
  ASSERT_EQ(vote(c2, {"MEMBER-A", "MEMBER-B", "MEMBER-C"}), "");
  cast_->expires_after = 14 * actors::kDay;
  EXPECT_EQ(words(advance(13 * actors::kDay)), "expired");  // it waited too long
  const Draft c3 =
      cast_->proposal("MEMBER-B", "C", {change("charter", "registry", {"- lock: K 14d", "+ lock: K 16d"})});
  ASSERT_EQ(enter(c3), "");
  ASSERT_EQ(vote(c3, {"MEMBER-A", "MEMBER-B", "MEMBER-C"}), "");
  EXPECT_EQ(words(advance(actors::kDay)), "executed locked");
  EXPECT_EQ(state_->epoch(), base::Epoch(2));
  EXPECT_EQ(state_->policy_epoch(), base::Epoch(1));
  EXPECT_EQ(enter(cast_->objection("MEMBER-D", c3.id_text())), "")
      << last_error_;  // the epoch before, for 7 days
  advance(7 * actors::kDay);
  EXPECT_EQ(enter(cast_->objection("MEMBER-D", c3.id_text())), "stale-epoch");
}

TEST_F(Charter, OperatorRotationChangesThePolicyAndEndsTheBlock) {
  const std::string old_key = actors::Key::of(cast_->party("MEMBER-A").keys["operator"][0]).text();
  Draft draft = cast_->proposal(
      "MEMBER-A", "H2",
      {change("member", "MEMBER-A",
              {"- operator: " + old_key, "+ operator: " + actors::Key::of("new operator").text()})});
  ASSERT_EQ(enter(draft), "locked") << last_error_;
  EXPECT_EQ(words(advance(3 * actors::kDay)), "executed");
  EXPECT_EQ(state_->policy_epoch(), base::Epoch(2));
  EXPECT_EQ(state_->epoch(), base::Epoch(1));
  EXPECT_NE(state_->text(Tree::kRules, "policy:current")
                ->find("MEMBER-A " + actors::Key::of("new operator").text()),
            std::string_view::npos);
  EXPECT_TRUE(state_->text(Tree::kRules, "key:" + old_key)->ends_with("state: retired\n"));
  EXPECT_EQ(enter(cast_->check("MEMBER-B", "domain ru.", actors::some_commitment("h"))), "block-full");
  advance(1);
  EXPECT_EQ(enter(cast_->check("MEMBER-B", "domain ru.", actors::some_commitment("h"))), "") << last_error_;
  EXPECT_EQ(enter(cast_->check("MEMBER-A", "domain ru.", actors::some_commitment("h"))), "bad-signature");
}

TEST_F(Charter, FoundingClaimsRevertWhenEnoughObject) {
  prepare_holder();
  EXPECT_EQ(enter(cast_->objection("MEMBER-A", claim_)), "") << last_error_;
  EXPECT_EQ(enter(cast_->objection("MEMBER-B", claim_)), "reverted");
  EXPECT_EQ(value(kDomain, "ru.", "holder"), "UNCLAIMED");
  EXPECT_EQ(enter(cast_->objection("MEMBER-C", claim_)), "unknown-proposal");
}

TEST_F(Charter, FoundingEndsByMajorityOrTime) {
  prepare_holder();
  const Draft close = cast_->proposal("MEMBER-A", "A", {}, {{"founding", "names"}});
  ASSERT_EQ(enter(close), "") << last_error_;
  ASSERT_EQ(vote(close, {"MEMBER-A", "MEMBER-B", "MEMBER-C"}), "executed");
  const Draft k = cast_->proposal("ORG-RIPN", "K",
                                  {change("domain", "br.", {"- holder: UNCLAIMED", "+ holder: ORG-RIPN"})},
                                  {{"annex", actors::some_commitment("evidence")}});
  ASSERT_EQ(enter(k), "");
  EXPECT_EQ(vote(k, {"MEMBER-A", "MEMBER-B", "MEMBER-C"}), "locked");
  EXPECT_EQ(enter(cast_->proposal("MEMBER-B", "A", {}, {{"founding", "names"}})), "refused");
  EXPECT_EQ(words(advance(14 * actors::kDay)), "executed");
  advance(17 * actors::kDay);
  EXPECT_EQ(enter(cast_->objection("MEMBER-A", claim_)), "unknown-proposal");
}

TEST_F(Charter, DisputesBlockTransferForAWhile) {
  prepare_holder();
  add_organisation("ORG-NEW");
  const Draft dispute = cast_->dispute("ORG-NEW", "domain ru.", "MEMBER-D");
  ASSERT_EQ(enter(dispute), "") << last_error_;
  const auto transfer = [&] {
    return cast_->proposal("ORG-RIPN", "H2",
                           {change("domain", "ru.", {"- holder: ORG-RIPN", "+ holder: ORG-NEW"})});
  };
  EXPECT_EQ(enter(transfer()), "refused");
  EXPECT_EQ(vote(dispute, {"MEMBER-A", "MEMBER-B", "MEMBER-C"}), "") << last_error_;
  EXPECT_EQ(vote(dispute, {"MEMBER-D"}), "refused");
  advance(60 * actors::kDay);
  EXPECT_EQ(enter(transfer()), "refused");
  advance(60 * actors::kDay);
  EXPECT_EQ(enter(transfer()), "") << last_error_;
}

TEST_F(Charter, RegistryLockAsksForItsKeyAndTime) {
  prepare_holder();
  EXPECT_EQ(enter(cast_->proposal("ORG-RIPN", "H1", {change("domain", "ru.", {"+ registry-lock: on"})})),
            "bad-signature");
}

TEST_F(Charter, BudgetsRunOut) {
  prepare_holder();
  std::string from = "b.root.";
  std::string to = "c.root.";
  std::string last;
  int count = 0;
  for (; count < 110; ++count) {
    cast_->expires_after = 13 * actors::kDay - static_cast<std::uint64_t>(count);
    last = enter(swap_nserver(from, to));
    if (!last.empty()) break;
    std::swap(from, to);
  }
  EXPECT_EQ(last, "over-budget") << last_error_;
  EXPECT_EQ(count, 98);  // the acceptance at its creation and its claim took two of the hundred
  advance(actors::kDay);
  EXPECT_EQ(enter(swap_nserver(from, to)), "") << last_error_;
}

TEST_F(Charter, BadTextsAreNoState) {
  std::vector<std::string> objects;
  std::vector<std::string> rules;
  state_->for_each(Tree::kObjects, [&](auto, std::string_view text) { objects.emplace_back(text); });
  state_->for_each(Tree::kRules, [&](auto, std::string_view text) { rules.emplace_back(text); });
  ASSERT_TRUE(State::from_texts(objects, rules));
  for (std::size_t i = 0; i < rules.size(); ++i) {
    auto spoiled = rules;
    spoiled[i] += "x: y\n";
    EXPECT_FALSE(State::from_texts(objects, spoiled)) << rules[i];
    spoiled[i] = rules[i] + rules[i];
    EXPECT_FALSE(State::from_texts(objects, spoiled)) << rules[i];
    spoiled = rules;
    spoiled.push_back(rules[i]);
    EXPECT_FALSE(State::from_texts(objects, spoiled)) << rules[i];
  }
  EXPECT_FALSE(State::from_texts({}, rules));
  EXPECT_FALSE(State::from_texts(objects, {}));
}

}  // namespace
}  // namespace charter::testing
