#include "determinism/story.h"

#include <algorithm>
#include <optional>

#include "base/check.h"
#include "ceremony/players.h"
#include "charter/motions.h"
#include "charter/release_entries.h"
#include "codec/base64.h"
#include "crypto/hash.h"
#include "registry/group_signer.h"
#include "registry/registry.h"
#include "registry/replay.h"
#include "resource/values.h"
#include "support/world.h"

namespace determinism {
namespace {

using actors::Draft;
using oracle::Kind;

class Teller final : public ceremony::Ground {
 public:
  Teller() : cast_(4), random_(11), signer_(random_) {
    const std::string leaf = cast_.genesis().leaf();
    const auto genesis = record::Record::parse(leaf);
    CHECK(genesis);
    std::string block;
    auto founded = registry::Registry::found(*genesis, checker_, block);
    CHECK(founded);
    registry_.emplace(std::move(*founded));
    blocks_.push_back({actors::kGenesisTime, {leaf, block}});
  }

  /// One block; what the rules refuse stays out, as an engine would leave it out.
  void play(std::uint64_t seconds, const std::vector<Draft>& drafts) {
    begin(seconds);
    for (const Draft& draft : drafts) [[maybe_unused]]
      const auto added = add(draft.leaf());
    end();
  }
  void begin(std::uint64_t seconds) {
    cast_.now = registry_->time() + base::Seconds(seconds);
    registry_->begin_block(cast_.now);
    blocks_.push_back({cast_.now, {}});
  }
  base::Result<void> add(const std::string& leaf) {
    const auto record = record::Record::parse(leaf);
    CHECK(record);
    TRY(registry_->apply(*record, checker_));
    blocks_.back().leaves.push_back(leaf);
    return {};
  }
  void end() {
    blocks_.back().leaves.push_back(registry_->end_block());
    const auto charter = registry_->charter().text(charter::Tree::kObjects, "charter:registry");
    cast_.epoch = actors::epoch_text(registry_->charter().epoch().value(), *charter);
  }

  Draft motion(Kind kind, bool founding, std::vector<Draft>& drafts) {
    cast_.now = registry_->time();
    const oracle::Case it = oracle::make_case(kind, founding, cast_);
    drafts = it.setup;
    drafts.push_back(it.proposal);
    drafts.insert(drafts.end(), it.consents.begin(), it.consents.end());
    return it.proposal;
  }
  std::vector<Draft> votes(const Draft& proposal, const std::string& vote) {
    std::vector<Draft> drafts;
    for (const std::string& member : cast_.members())
      drafts.push_back(cast_.ballot(member, proposal.id_text(), vote));
    return drafts;
  }
  void pass(Kind kind, bool founding = false) {
    std::vector<Draft> drafts;
    const Draft proposal = motion(kind, founding, drafts);
    std::ranges::copy(votes(proposal, proposal.value("class") == "U" ? "attest" : "yes"),
                      std::back_inserter(drafts));
    play(600, drafts);
  }
  /// Runs everything due within the days, a block each.
  void wait(std::uint64_t days) {
    const base::EpochSeconds until = registry_->time() + base::Seconds(days * actors::kDay);
    for (auto due = registry_->next_due(); due && *due <= until; due = registry_->next_due())
      play(due->value() - std::min(due->value(), registry_->time().value()), {});
    play(until.value() - registry_->time().value(), {});
  }
  /// A key that nobody holds, made on the log; its shares sign from then on.
  void make_key(const std::string& use, std::uint64_t seed) {
    ceremony::Players players(*this, seed);
    begin(600);
    share_out(players, players.complete("generate " + use));
    end();
  }
  /// The same while one deals wrongly and one's private part is missed; whoever was left out gets a share later.
  void make_key_among_liars(const std::string& use, std::uint64_t seed) {
    ceremony::Players players(*this, seed);
    begin(600);
    const std::string id = players.begin("generate " + use);
    players.lie("MEMBER-C", "MEMBER-A");
    players.deal_all(id);
    end();
    begin(600);
    CHECK(!play(players.missing(id, "MEMBER-B", "MEMBER-D")));
    CHECK(!play(players.private_part(id, "MEMBER-D", "MEMBER-D")));
    CHECK(!play(players.complaint(id, "MEMBER-A", "MEMBER-C")));
    CHECK(players.entry(id)->excluded == std::vector<std::string>{"MEMBER-C"});
    players.deal_all(id);
    players.certify_all(id);
    end();
    begin(600);
    const std::string key = resource::serialize_key(state().group_keys().front());
    share_out(players, players.complete("reshare " + key));
    end();
  }
  /// Signs the batches that are open, and those that follow from them; each time by others.
  void sign_releases(int batches = 2) {
    signer_.rotate();
    for (int i = 0; i < batches; ++i) {
      const auto leaves = signer_.leaves(*registry_, submitter());
      CHECK(leaves.has_value());
      begin(600);
      for (const std::string& leaf : *leaves) CHECK(add(leaf));
      end();
    }
  }
  /// If a zone is held, the majority lets it go.
  void publish_held() {
    const charter::ReleaseEntry* entry = registry_->charter().release(".");
    CHECK(entry != nullptr);
    if (!entry->held) return;
    const std::string batch = codec::serialize_base64(entry->held->batch.view());
    const Draft proposal = cast_.proposal("MEMBER-A", "A", {}, {{"publish", batch}});
    std::vector<Draft> drafts{proposal};
    std::ranges::copy(votes(proposal, "yes"), std::back_inserter(drafts));
    play(600, drafts);
  }
  /// The standby key takes over; the lock of class G passes first.
  void roll(const std::string& use) {
    const Draft proposal = cast_.proposal("MEMBER-A", "G", {}, {{"ceremony", "roll " + use}});
    std::vector<Draft> drafts{proposal};
    std::ranges::copy(votes(proposal, "yes"), std::back_inserter(drafts));
    play(600, drafts);
    wait(15);
  }
  const registry::Registry& registry() const { return *registry_; }

  const actors::Cast& cast() const override { return cast_; }
  const charter::State& state() const override { return registry_->charter(); }
  std::optional<std::string> play(const Draft& draft) override {
    const auto added = add(draft.leaf());
    return added ? std::nullopt : std::optional(added.error().message());
  }
  actors::Cast& cast() { return cast_; }
  std::vector<StoryBlock> take() { return std::move(blocks_); }

 private:
  void share_out(ceremony::Players& players, const std::string& id) {
    auto made = players.take_shares(id);
    signer_.add(std::move(made.first), std::move(made.second));
  }
  registry::Submitter submitter() const {
    return {"MEMBER-A", &operator_key_, registry_->time() + base::Seconds(actors::kDay)};
  }

  charter::DirectChecker checker_;
  actors::Cast cast_;
  ceremony::SeededRandom random_;
  registry_tests::GroupSigner signer_;
  note::Signer operator_key_{
      "MEMBER-A", note::KeyType::kEd25519,
      crypto::SecretKey::from_seed(crypto::sha256(base::as_bytes("MEMBER-A/operator/1")).view())};
  std::optional<registry::Registry> registry_;
  std::vector<StoryBlock> blocks_;
};

// The zone is released, held and let go, renewed; the rest of the story finds a release under way at times, which nobody
// signs and which is given up.
void first_releases(Teller& story) {
  story.make_key_among_liars("zsk", 21);
  story.make_key("ksk", 22);
  story.sign_releases();
  CHECK(story.registry().releases().published(".") != nullptr);
  story.pass(Kind::kU, true);
  story.make_key("ksk", 23);
  story.sign_releases(4);
  story.publish_held();
}

// Endings that no vote brings about.
void endings(Teller& story) {
  std::vector<Draft> drafts;
  const Draft cancelled = story.motion(Kind::kH2Transfer, false, drafts);
  std::ranges::copy(story.votes(cancelled, "yes"), std::back_inserter(drafts));
  drafts.push_back(story.cast().cancellation("ORG-ALFA", cancelled.id_text()));
  story.play(600, drafts);
  const Draft rejected = story.motion(Kind::kVDelete, false, drafts);
  std::ranges::copy(story.votes(rejected, "no"), std::back_inserter(drafts));
  story.play(600, drafts);
  const Draft withdrawn = story.motion(Kind::kADomain, false, drafts);
  story.play(600, drafts);
  story.play(600, {story.cast().withdrawal("MEMBER-A", withdrawn.id_text())});
  story.cast().expires_after = actors::kDay;
  story.motion(Kind::kVChange, false, drafts);
  story.play(600, drafts);
  story.cast().expires_after = 13 * actors::kDay;
  story.wait(2);
}

// Two changes of one value are locked; the second finds it changed.
void failure(Teller& story) {
  for (const char* recipient : {"ORG-BETA", "ORG-GAMMA"}) {
    const Draft transfer = story.cast().proposal(
        "ORG-DELTA", "H2",
        {actors::change("domain", "alfa.", {"- holder: ORG-DELTA", "+ holder: " + std::string(recipient)})});
    std::vector<Draft> drafts{transfer, story.cast().acceptance(recipient, transfer)};
    std::ranges::copy(story.votes(transfer, "yes"), std::back_inserter(drafts));
    story.play(600, drafts);
  }
  story.wait(4);
}

}  // namespace

std::vector<StoryBlock> tell_story() {
  Teller story;
  story.play(3'600, actors::standard_world(story.cast()));
  std::vector<Draft> drafts;
  const Draft claim = story.motion(Kind::kK, true, drafts);
  std::ranges::copy(story.votes(claim, "yes"), std::back_inserter(drafts));
  story.play(600, drafts);
  story.pass(Kind::kU, true);
  first_releases(story);
  story.pass(Kind::kAOrganisation, true);
  story.play(600, actors::close_founding(story.cast()));
  story.play(600, {story.cast().objection("MEMBER-A", claim.id_text()),
                   story.cast().objection("MEMBER-B", claim.id_text())});
  story.pass(Kind::kH1);
  story.pass(Kind::kH1Dependants);
  story.pass(Kind::kADomain);
  endings(story);
  story.pass(Kind::kK);
  story.pass(Kind::kH2OwnKey);
  story.pass(Kind::kEOrganisation);
  story.wait(4);
  const Draft involuntary = story.motion(Kind::kVChange, false, drafts);
  std::ranges::copy(story.votes(involuntary, "yes"), std::back_inserter(drafts));
  story.play(600, drafts);
  story.play(600, {story.cast().objection("ORG-ALFA", involuntary.id_text())});
  story.pass(Kind::kCTighten);
  story.wait(20);
  story.sign_releases();
  story.play(600, {story.cast().dispute("ORG-BETA", "domain beta.", "MEMBER-C")});
  story.pass(Kind::kMJoin);
  story.wait(15);
  story.pass(Kind::kMGovernance);
  story.wait(15);
  story.cast().party("MEMBER-A").keys["governance"] = {"MEMBER-A/governance/2"};
  story.pass(Kind::kRHolder);
  story.wait(40);
  story.roll("ksk");
  story.sign_releases(4);
  story.publish_held();
  story.pass(Kind::kMRemove);
  story.wait(15);
  story.pass(Kind::kEMember);
  story.wait(4);
  failure(story);
  story.sign_releases(4);
  return story.take();
}

}  // namespace determinism
