#include "determinism/story.h"

#include <algorithm>
#include <optional>

#include "base/check.h"
#include "charter/motions.h"
#include "registry/registry.h"
#include "registry/replay.h"
#include "support/world.h"

namespace determinism {
namespace {

using actors::Draft;
using oracle::Kind;

class Teller {
 public:
  Teller() : cast_(4) {
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
    cast_.now = registry_->time() + base::Seconds(seconds);
    StoryBlock block{cast_.now, {}};
    registry_->begin_block(cast_.now);
    for (const Draft& draft : drafts) {
      const std::string leaf = draft.leaf();
      const auto record = record::Record::parse(leaf);
      CHECK(record);
      if (registry_->apply(*record, checker_)) block.leaves.push_back(leaf);
    }
    block.leaves.push_back(registry_->end_block());
    blocks_.push_back(std::move(block));
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
    for (auto due = registry_->charter().next_due(); due && *due <= until;
         due = registry_->charter().next_due())
      play(due->value() - std::min(due->value(), registry_->time().value()), {});
    play(until.value() - registry_->time().value(), {});
  }
  actors::Cast& cast() { return cast_; }
  std::vector<StoryBlock> take() { return std::move(blocks_); }

 private:
  charter::DirectChecker checker_;
  actors::Cast cast_;
  std::optional<registry::Registry> registry_;
  std::vector<StoryBlock> blocks_;
};

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
  story.play(600, {story.cast().dispute("ORG-BETA", "domain beta.", "MEMBER-C")});
  story.pass(Kind::kMJoin);
  story.wait(15);
  story.pass(Kind::kMGovernance);
  story.wait(15);
  story.cast().party("MEMBER-A").keys["governance"] = {"MEMBER-A/governance/2"};
  story.pass(Kind::kRHolder);
  story.wait(40);
  story.pass(Kind::kMRemove);
  story.wait(15);
  story.pass(Kind::kEMember);
  story.wait(4);
  failure(story);
  return story.take();
}

}  // namespace determinism
