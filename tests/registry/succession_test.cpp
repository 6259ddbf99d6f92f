// Aim: a successor begins with exactly the state of its predecessor, minus what was under way; nobody founds one without
// enough of its members, and nothing of the state can be altered, left out or brought back on the way.
// Method: a world with a proposal, a dispute, a freeze and a retired key is carried over by records that are then spoiled
// one at a time.
#include "registry/succession.h"

#include <algorithm>

#include <gtest/gtest.h>

#include "base/check.h"
#include "codec/base64.h"
#include "registry/registry.h"
#include "registry/replay.h"
#include "resource/values.h"
#include "support/world.h"

namespace registry {
namespace {

using actors::Draft;
using record::Record;

constexpr std::string_view kNewOrigin = "new.example/root";

Record parsed(std::string_view leaf) {
  auto record = Record::parse(leaf);
  if (!record) ADD_FAILURE() << record.error().message() << "\n" << leaf;
  CHECK(record);
  return std::move(*record);
}

std::vector<Record> parsed_all(const std::vector<std::string>& leaves) {
  std::vector<Record> records;
  for (const std::string& leaf : leaves) records.push_back(parsed(leaf));
  return records;
}

class SuccessionTest : public ::testing::Test {
 protected:
  SuccessionTest() : cast(4), genesis(parsed(cast.genesis().leaf())), old(founded()) {
    cast.now = actors::kGenesisTime + base::Seconds(actors::kHour);
    play(old, actors::standard_world(cast));
    play(old, actors::close_founding(cast));
    rotate_operator();
    open_ended = cast.proposal("MEMBER-B", "A",
                               {actors::create("domain", "late.",
                                               {"+ holder: ORG-DELTA", "+ status: active",
                                                "+ nserver: a.nic.beta.", "+ nserver: b.nic.beta."})});
    std::vector<Draft> drafts = actors::with_votes(cast, open_ended, 3);
    drafts.push_back(cast.acceptance("ORG-DELTA", open_ended));
    const Draft removal = cast.proposal("MEMBER-A", "V", {actors::erase("domain", "gamma.")},
                                        {{"subject", "ORG-GAMMA"}, {"annex", actors::some_commitment("v")}});
    for (Draft& draft : actors::with_votes(cast, removal, 3)) drafts.push_back(draft);
    drafts.push_back(cast.dispute("ORG-DELTA", "domain beta.", "MEMBER-C"));
    const Draft freeze = cast.proposal("MEMBER-C", "E", {}, {{"subject", "ORG-ALFA"}});
    for (Draft& draft : actors::with_votes(cast, freeze, 2)) drafts.push_back(draft);
    play(old, drafts);
    carried = carry_state(old.charter(), kNewOrigin).value();
  }

  Registry founded() {
    std::string block;
    auto made = Registry::found(genesis, checker, block);
    CHECK(made);
    return std::move(*made);
  }
  void play(Registry& registry, const std::vector<Draft>& drafts) {
    registry.begin_block(cast.now);
    for (const Draft& draft : drafts) {
      const auto applied = registry.apply(parsed(draft.leaf()), checker);
      EXPECT_TRUE(applied) << applied.error().message() << "\n" << draft.leaf();
    }
    registry.end_block();
  }
  // Leaves a retired key behind.
  void rotate_operator() {
    Draft rotation =
        cast.proposal("MEMBER-D", "H2",
                      {actors::change("member", "MEMBER-D",
                                      {"- operator: " + actors::Key::of("MEMBER-D/operator/1").text(),
                                       "+ operator: " + actors::Key::of("MEMBER-D/operator/2").text()})});
    if (rotation.signings.size() == 1) rotation.sign("MEMBER-D", {"MEMBER-D/operator/2"});
    play(old, {rotation});
    cast.now = cast.now + base::Seconds(4 * actors::kDay);  // its lock
    play(old, {});
  }

  /// MEMBER-D is gone; A, B and C sign.
  Draft successor() const {
    Draft draft{.kind = "genesis", .origin = std::string(kNewOrigin)};
    draft.set("time", actors::time_text(cast.now)).set("clock", "virtual");
    draft.set("log-key", actors::Key::of("new-log").text());
    draft.set("predecessor",
              std::string(actors::kOrigin) + " " + codec::serialize_base64(genesis.id().view()));
    draft.set("checkpoint", "99 " + codec::serialize_base64(base::Hash().view()));
    draft.set("policy", std::to_string(old.charter().policy_epoch().value()));
    draft.set("roots", roots_text(old.roots()));
    draft.set("carried", std::to_string(carried.size())).set("consent", "quorum");
    draft.paragraphs.push_back(actors::erase("member", "MEMBER-D"));
    for (const char* member : {"MEMBER-A", "MEMBER-B", "MEMBER-C"})
      draft.sign(member, cast.party(member).quorum_of("governance"));
    return draft.sign(kNewOrigin, {"new-log"});
  }
  base::Result<Registry> found(const Draft& draft, const std::vector<std::string>& leaves) {
    return Registry::found(parsed(draft.leaf()), checker, new_block, parsed_all(leaves));
  }
  void expect_refused(const Draft& draft, std::string_view detail) {
    const auto refused = found(draft, carried);
    ASSERT_FALSE(refused) << detail;
    EXPECT_NE(refused.error().message().find(detail), std::string::npos) << refused.error().message();
  }
  /// The carry records of another state: `from` in its texts became `to`, and the genesis names its roots.
  void expect_spoiled_refused(std::string_view from, std::string_view to) {
    std::vector<std::string> leaves = carried;
    bool is_there = false;
    for (std::string& leaf : leaves) {
      const auto at = leaf.find(from);
      if (at == std::string::npos || is_there) continue;
      leaf.replace(at, from.size(), to);
      is_there = true;
    }
    ASSERT_TRUE(is_there) << from;
    const auto refused = found(successor(), leaves);
    ASSERT_FALSE(refused) << from;
    EXPECT_EQ(refused.error().kind(), kWrongCarry) << refused.error().message();
  }
  std::string old_text(charter::Tree tree, std::string_view name) const {
    return std::string(old.charter().text(tree, name).value_or(""));
  }

  charter::DirectChecker checker;
  actors::Cast cast;
  Record genesis;
  Registry old;
  Draft open_ended;
  std::vector<std::string> carried;
  std::string new_block;
};

TEST_F(SuccessionTest, RefusesAnotherStateThanTheOneNamed) {
  expect_spoiled_refused("|holder: ORG-BETA\n", "|holder: ORG-DELTA\n");
  expect_spoiled_refused("|domain: free.\n|version: ", "|domain: freed.\n|version: ");
  expect_spoiled_refused("|domain: free.\n",
                         "|domain: forged.\n|version: 1\n|holder: ORG-DELTA\n|\n|domain: free.\n");
  const std::string retired = "|key: " + actors::Key::of("MEMBER-D/operator/1").text() +
                              "\n|party: MEMBER-D\n|role: operator\n|state: retired\n|\n";
  expect_spoiled_refused(retired, "");  // the key could be born again
  expect_spoiled_refused("|state: retired\n", "|state: active\n");
  const auto fewer = found(successor(), std::vector<std::string>(carried.begin(), carried.end() - 1));
  ASSERT_FALSE(fewer);
  EXPECT_EQ(fewer.error().kind(), record::kBadCarry);
  const std::string text = std::string(carried.front()).replace(carried.front().find("/root"), 5, "/toor");
  EXPECT_FALSE(found(successor(), {text, carried.back()}));
}

TEST_F(SuccessionTest, RefusesAGenesisThatSaysSomethingElseOfThePredecessor) {
  const std::string zeros = codec::serialize_base64(base::Hash().view());
  expect_refused(successor().set("predecessor", std::string(actors::kOrigin) + " " + zeros), "predecessor");
  expect_refused(
      successor().set("predecessor", "other.example/root " + codec::serialize_base64(genesis.id().view())),
      "predecessor");
  expect_refused(successor().set("policy", "99"), "policy: the carried state has number");
  expect_refused(successor().set("clock", "real"), "clock");
  expect_refused(successor().set("time", actors::time_text(base::EpochSeconds(cast.now.value() - 1))),
                 "time");
  expect_refused(successor().set("roots", roots_text({})), "the genesis names");
  merkle::StateRoots roots = old.roots();
  roots.asns.bytes[0] = 1;
  expect_refused(successor().set("roots", roots_text(roots)), "numbers");
  // A registry cannot succeed itself: its origin would have two logs.
  Draft same = successor();
  same.origin = actors::kOrigin;
  const auto leaves = carry_state(old.charter(), actors::kOrigin).value();
  same.signings.back().name = actors::kOrigin;
  const auto refused = found(same, leaves);
  ASSERT_FALSE(refused);
  EXPECT_NE(refused.error().message().find("origin of its own"), std::string::npos)
      << refused.error().message();
}

TEST_F(SuccessionTest, RefusesTooFewOrWrongSigners) {
  const auto without = [&](std::string_view name) {
    Draft draft = successor();
    std::erase_if(draft.signings, [&](const actors::Signing& signing) { return signing.name == name; });
    return draft;
  };
  expect_refused(without("MEMBER-B"), "2 members of the predecessor signed, 3 are asked for");
  expect_refused(without(kNewOrigin), "new.example/root");
  expect_refused(without("MEMBER-C").sign("MEMBER-C", {"MEMBER-C/operator/1"}), "not signed by that key");
  expect_refused(successor().sign("ORG-A", {"ORG-A/admin/1"}), "not signed by that key");
  Draft forged = successor();
  forged.signings.front().fault = actors::Signing::Fault::kForged;
  expect_refused(forged, "does not verify");
  // One that leaves may say that it agrees; that makes four.
  const auto with_leaver =
      found(successor().sign("MEMBER-D", cast.party("MEMBER-D").quorum_of("governance")), carried);
  EXPECT_TRUE(with_leaver) << with_leaver.error().message();
}

TEST_F(SuccessionTest, RefusesChangesThatNeedAVote) {
  Draft draft = successor();
  draft.paragraphs.push_back(actors::erase("member", "MEMBER-C"));
  expect_refused(draft, "at least 3 members");
  const auto with_lines = [&](const std::string& member, std::vector<std::string> lines) {
    Draft changed = successor();
    changed.paragraphs.push_back(actors::change("member", member, std::move(lines)));
    return changed;
  };
  const std::string governance = actors::Key::of("MEMBER-A/governance/1").text();
  const std::string own = actors::Key::of("MEMBER-A/operator/1").text();
  const std::string fresh = actors::Key::of("MEMBER-A/operator/9").text();
  expect_refused(with_lines("MEMBER-A", {"- governance: " + governance, "+ governance: " + fresh}),
                 "no more");
  expect_refused(with_lines("MEMBER-A", {"+ url: a.example"}), "no more");
  const Draft replaced = with_lines("MEMBER-A", {"- operator: " + own, "+ operator: " + fresh});
  expect_refused(replaced, "its new key");
  Draft proven = replaced;
  const auto taken = found(proven.sign("MEMBER-A", {"MEMBER-A/operator/9"}), carried);
  ASSERT_TRUE(taken) << taken.error().message();
  EXPECT_EQ(taken->charter().cosigners().front().operator_key, [&] {
    crypto::PublicKey key;
    CHECK(resource::read_key(fresh, key));
    return key;
  }());
  // A retired key is not reborn, neither as a member's nor as the log's.
  const std::string retired = actors::Key::of("MEMBER-D/operator/1").text();
  Draft reborn = with_lines("MEMBER-A", {"- operator: " + own, "+ operator: " + retired});
  expect_refused(reborn.sign("MEMBER-A", {"MEMBER-D/operator/1"}), "never returns");
  for (const char* label : {"MEMBER-D/operator/1", "log", "MEMBER-B/governance/1"}) {
    Draft relabelled = successor().set("log-key", actors::Key::of(label).text());
    relabelled.signings.back().key = label;
    expect_refused(relabelled, "log-key: stands in another place already");
  }
}

TEST_F(SuccessionTest, FewerThanAQuorumFoundOnlyByHand) {
  Draft draft = successor().set("consent", "left");
  EXPECT_TRUE(found(draft, carried));
  std::erase_if(draft.signings, [](const actors::Signing& signing) { return signing.name == "MEMBER-B"; });
  expect_refused(draft, "MEMBER-B did not");
}

TEST_F(SuccessionTest, GoesOnWhereThePredecessorStood) {
  const auto made = found(successor(), carried);
  ASSERT_TRUE(made) << made.error().message();
  const charter::State& state = made->charter();
  EXPECT_EQ(state.origin(), kNewOrigin);
  EXPECT_EQ(state.height(), base::Height(0));
  EXPECT_EQ(state.policy_epoch(), old.charter().policy_epoch().next());
  EXPECT_EQ(state.epoch(), old.charter().epoch().next());
  EXPECT_EQ(state.cosigners().size(), 3U);
  EXPECT_TRUE(state.proposals().empty());
  EXPECT_FALSE(old.charter().proposals().empty());
  EXPECT_FALSE(state.next_due().has_value());
  // Every object but the member that left is what it was; so is every entry that nothing ended.
  old.charter().for_each(charter::Tree::kObjects, [&](std::string_view name, std::string_view text) {
    if (name == "member:MEMBER-D") return;
    EXPECT_EQ(state.text(charter::Tree::kObjects, name), text) << name;
  });
  std::size_t ended = 0;
  old.charter().for_each(charter::Tree::kRules, [&](std::string_view name, std::string_view text) {
    const std::string_view kind = name.substr(0, name.find(':'));
    if (kind == "proposal" || kind == "progress") {
      ++ended;
      EXPECT_FALSE(state.text(charter::Tree::kRules, name)) << name;
    } else if (kind != "clock" && kind != "epoch" && kind != "policy" && kind != "key") {
      EXPECT_EQ(state.text(charter::Tree::kRules, name), text) << name;
    }
  });
  EXPECT_EQ(ended, 4U);
  const auto key_text = [&](const std::string& label) {
    return std::string(
        state.text(charter::Tree::kRules, "key:" + actors::Key::of(label).text()).value_or(""));
  };
  for (const char* label : {"MEMBER-D/operator/1", "MEMBER-D/operator/2", "MEMBER-D/governance/1", "log"})
    EXPECT_TRUE(key_text(label).contains("state: retired")) << label;
  EXPECT_TRUE(key_text("new-log").contains("party: new.example/root\nrole: log\nstate: active"));
  EXPECT_TRUE(key_text("MEMBER-A/governance/1").contains("state: active"));
  // The log alone gives the same registry, and so does a snapshot.
  std::vector<std::string> leaves = carried;
  leaves.insert(leaves.begin(), successor().leaf());
  const auto replayed = replay_founding(parsed_all(leaves), parsed(new_block), checker);
  ASSERT_TRUE(replayed) << replayed.error().message();
  EXPECT_EQ(replayed->state(), made->state());
  record::CarriedTexts texts;
  state.for_each(charter::Tree::kObjects, [&](auto, auto text) { texts.objects.emplace_back(text); });
  state.for_each(charter::Tree::kRules, [&](auto, auto text) { texts.rules.emplace_back(text); });
  const auto loaded = Registry::from_texts(texts.objects, texts.rules, 1);
  ASSERT_TRUE(loaded) << loaded.error().message();
  EXPECT_EQ(loaded->state(), made->state());
}

TEST_F(SuccessionTest, HoldersGoOnWithTheirKeysAndVersions) {
  auto made = found(successor(), carried);
  ASSERT_TRUE(made) << made.error().message();
  cast.now = cast.now + base::Seconds(60);
  Draft change = cast.proposal(
      "ORG-BETA", "H1", {actors::change("domain", "beta.", {"+ ds-rdata: 1 13 2 " + std::string(64, 'A')})});
  made->begin_block(cast.now);
  const auto stale = made->apply(parsed(change.leaf()), checker);
  ASSERT_FALSE(stale) << "a record for the predecessor";
  change.origin = kNewOrigin;
  change.set("epoch", actors::epoch_text(2, old_text(charter::Tree::kObjects, "charter:registry")));
  const auto applied = made->apply(parsed(change.leaf()), checker);
  ASSERT_TRUE(applied) << applied.error().message();
  made->end_block();
  const auto version = [](const Registry& registry) {
    return registry.charter().find({resource::ObjectClass::kDomain, "beta."})->version();
  };
  EXPECT_EQ(version(*made), version(old).next());
  // The proposal that was under way is not: its proposer proposes again.
  Draft ballot = cast.ballot("MEMBER-A", open_ended.id_text(), "yes");
  ballot.origin = kNewOrigin;
  ballot.set("epoch", actors::epoch_text(2, old_text(charter::Tree::kObjects, "charter:registry")));
  made->begin_block(cast.now);
  EXPECT_FALSE(made->apply(parsed(ballot.leaf()), checker));
  // What froze stays frozen.
  Draft frozen = cast.proposal(
      "ORG-ALFA", "H1", {actors::change("domain", "alfa.", {"+ ds-rdata: 1 13 2 " + std::string(64, 'A')})});
  frozen.origin = kNewOrigin;
  frozen.set("epoch", actors::epoch_text(2, old_text(charter::Tree::kObjects, "charter:registry")));
  const auto refused = made->apply(parsed(frozen.leaf()), checker);
  ASSERT_FALSE(refused);
  EXPECT_NE(refused.error().message().find("frozen"), std::string::npos) << refused.error().message();
}

TEST_F(SuccessionTest, ASuccessorCanHaveASuccessor) {
  const auto made = found(successor(), carried);
  ASSERT_TRUE(made) << made.error().message();
  Draft second = successor();
  second.origin = "newer.example/root";
  second.paragraphs.clear();
  second.set("predecessor",
             std::string(kNewOrigin) + " " + codec::serialize_base64(made->charter().genesis_id().view()));
  second.set("policy", std::to_string(made->charter().policy_epoch().value()));
  second.set("roots", roots_text(made->roots())).set("log-key", actors::Key::of("newer-log").text());
  second.signings.back() = {second.origin, "newer-log"};
  const auto leaves = carry_state(made->charter(), second.origin).value();
  const auto again = found(second, leaves);
  ASSERT_TRUE(again) << again.error().message();
  EXPECT_EQ(again->charter().policy_epoch().value(), old.charter().policy_epoch().value() + 2);
}

}  // namespace
}  // namespace registry
