// A registry for the charter's tests: parties sign real records; after every step the state is rebuilt from
// its texts and must be the same, and what drain_changes told must add up to it.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "charter/errors.h"
#include "charter/state.h"
#include "codec/base64.h"
#include "crypto/hash.h"
#include "support/actors.h"

namespace charter::testing {

using actors::Cast;
using actors::Draft;

using Texts = std::map<std::string, std::string>;

inline Texts texts_of(const State& state) {
  Texts texts;
  std::string last;
  for (const Tree tree : {Tree::kObjects, Tree::kRules}) {
    last.clear();
    state.for_each(tree, [&](std::string_view name, std::string_view text) {
      EXPECT_LT(last, name);
      last = name;
      texts.emplace((tree == Tree::kObjects ? "o/" : "r/") + std::string(name), text);
      EXPECT_EQ(state.text(tree, name), text);
    });
  }
  return texts;
}

inline State rebuilt(const State& state) {
  std::vector<std::string> objects;
  std::vector<std::string> rules;
  state.for_each(Tree::kObjects, [&](auto, std::string_view text) { objects.emplace_back(text); });
  state.for_each(Tree::kRules, [&](auto, std::string_view text) { rules.emplace_back(text); });
  auto again = State::from_texts(std::move(objects), rules);
  EXPECT_TRUE(again.has_value()) << (again ? "" : again.error().message());
  return std::move(*again);
}

/// A registry, its twin that is rebuilt from texts after every step, and a mirror fed by drain_changes.
class CharterTest : public ::testing::Test {
 protected:
  void SetUp() override {
    ASSERT_TRUE(crypto::start());
    found(4);
  }

  void found(unsigned members, std::vector<std::string> charter = actors::default_charter()) {
    cast_.emplace(members, std::move(charter));
    state_.reset();
    mirror_.clear();
    auto state = State::found(parse(cast_->genesis()), checker_);
    ASSERT_TRUE(state) << state.error().message();
    twin_.emplace(rebuilt(*state));
    state_.emplace(std::move(*state));
    follow();
    advance(60);
  }

  record::Record parse(const Draft& draft) {
    auto parsed = record::Record::parse(draft.leaf());
    EXPECT_TRUE(parsed.has_value()) << (parsed ? "" : parsed.error().message()) << "\n" << draft.leaf();
    return std::move(*parsed);
  }

  /// What drain_changes tells must keep a mirror equal to the state; the state must follow from its texts.
  void follow() {
    for (const TextChange& change : state_->drain_changes()) {
      const std::string name = (change.tree == Tree::kObjects ? "o/" : "r/") + change.name;
      if (change.text) {
        mirror_[name] = *change.text;
      } else {
        EXPECT_EQ(mirror_.erase(name), 1U) << name;
      }
    }
    const Texts now = texts_of(*state_);
    ASSERT_EQ(mirror_, now);
    ASSERT_EQ(texts_of(*twin_), now);
    State again = rebuilt(*state_);
    ASSERT_EQ(texts_of(again), now);
    ASSERT_TRUE(again.drain_changes().empty());
    ASSERT_EQ(again.next_due(), state_->next_due());
    ASSERT_EQ(again.cosigners(), state_->cosigners());
    state_.emplace(std::move(again));
  }

  Effects advance(std::uint64_t seconds) {
    cast_->now = cast_->now + base::Seconds(seconds);
    state_->begin_block(state_->height().next(), cast_->now);
    Effects effects = state_->run_due(500);
    twin_->begin_block(twin_->height().next(), cast_->now);
    EXPECT_EQ(twin_->run_due(500), effects);
    follow();
    return effects;
  }

  base::Result<Effects> apply(const Draft& draft) {
    const record::Record record = parse(draft);
    const auto checked = state_->check(record, checker_);
    const Texts before = texts_of(*state_);
    auto effects = state_->apply(record, checker_, 500);
    EXPECT_EQ(checked.has_value(), effects.has_value());
    const auto twin_effects = twin_->apply(record, checker_, 500);
    EXPECT_EQ(twin_effects.has_value(), effects.has_value());
    if (effects && twin_effects) {
      EXPECT_EQ(*twin_effects, *effects);
    }
    if (!effects) {
      EXPECT_EQ(texts_of(*state_), before) << "a refused record left a trace";
      EXPECT_TRUE(state_->drain_changes().empty());
    }
    follow();
    return effects;
  }

  /// "" if accepted without effects, "locked", "executed", ..., or the kind of the refusal.
  std::string enter(const Draft& draft) {
    const auto effects = apply(draft);
    if (!effects) {
      last_error_ = effects.error().message();
      return std::string(effects.error().kind().name);
    }
    return words(*effects);
  }
  static std::string words(const Effects& effects) {
    std::string text;
    for (const Effect& effect : effects) {
      if (!text.empty()) text += ' ';
      text += effect_word(effect.kind);
    }
    return text;
  }
  /// The effects of the ballot that completes the quorum.
  std::string vote(const Draft& proposal, const std::vector<std::string>& members,
                   const std::string& word = "yes") {
    std::string last;
    for (const std::string& member : members) last = enter(cast_->ballot(member, proposal.id_text(), word));
    return last;
  }
  /// Members say the word in turn until something happens.
  std::string vote_until(const Draft& proposal, const std::string& word = "yes") {
    for (const std::string& member : cast_->members()) {
      const std::string words = enter(cast_->ballot(member, proposal.id_text(), word));
      if (!words.empty()) return words;
    }
    return "";
  }
  std::string value(resource::ObjectClass object_class, const std::string& key, std::string_view name) {
    const auto* object = state_->find({object_class, key});
    if (object == nullptr) return "-";
    return object->is_tombstone() ? "gone" : std::string(object->value(name));
  }

  void add_organisation(const std::string& handle) {
    cast_->add(actors::make_organisation(handle));
    const Draft draft =
        cast_->proposal("MEMBER-A", "A", {actors::creation_of_organisation(cast_->party(handle))});
    ASSERT_EQ(enter(draft), "") << last_error_;
    ASSERT_EQ(enter(cast_->acceptance(handle, draft)), "") << last_error_;
    ASSERT_EQ(vote(draft, {"MEMBER-A", "MEMBER-B", "MEMBER-C"}), "executed") << last_error_;
  }
  void import_zone() {
    using actors::create;
    const Draft draft = cast_->proposal(
        "MEMBER-A", "U",
        {create("zone", ".",
                {"+ mname: a.root.", "+ rname: x.root.", "+ refresh: 1800", "+ retry: 900",
                 "+ expire: 604800", "+ minimum: 86400", "+ nserver: a.root.", "+ ttl: apex 518400",
                 "+ ttl: delegation 172800", "+ ttl: signed 86400"}),
         create("host", "a.root.", {"+ address: 192.0.2.1"}),
         create("host", "b.root.", {"+ address: 192.0.2.2"}),
         create("host", "c.root.", {"+ address: 192.0.2.3"}),
         create("domain", "ru.",
                {"+ holder: UNCLAIMED", "+ status: active", "+ nserver: a.root.", "+ nserver: b.root."}),
         create("domain", "br.",
                {"+ holder: UNCLAIMED", "+ status: active", "+ nserver: a.root.", "+ nserver: b.root."})},
        {{"upstream", actors::some_commitment("zone") + " 2026010100"}});
    ASSERT_EQ(enter(draft), "") << last_error_;
    ASSERT_EQ(vote_until(draft, "attest"), "executed") << last_error_;
  }
  void claim(const std::string& name, const std::string& holder) {
    const Draft draft = cast_->proposal(
        holder, "K", {actors::change("domain", name, {"- holder: UNCLAIMED", "+ holder: " + holder})},
        {{"annex", actors::some_commitment("evidence")}});
    ASSERT_EQ(enter(draft), "") << last_error_;
    ASSERT_EQ(vote(draft, {"MEMBER-B", "MEMBER-C", "MEMBER-D"}), "executed") << last_error_;
    claim_ = draft.id_text();
  }
  void prepare_holder() {
    import_zone();
    add_organisation("ORG-RIPN");
    claim("ru.", "ORG-RIPN");
  }
  Draft swap_nserver(const std::string& from, const std::string& to) {
    return cast_->proposal("ORG-RIPN", "H1",
                           {actors::change("domain", "ru.", {"- nserver: " + from, "+ nserver: " + to})});
  }
  static constexpr auto kDomain = resource::ObjectClass::kDomain;

  DirectChecker checker_;
  std::optional<Cast> cast_;
  std::optional<State> state_;  ///< rebuilt from its texts after every step
  std::optional<State> twin_;   ///< never rebuilt
  Texts mirror_;
  std::string last_error_;
  std::string claim_;
};

}  // namespace charter::testing
