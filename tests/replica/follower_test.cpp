// Aim: a follower cosigns what it executed and nothing else; each lie that a hub can tell is refused, and
// written down where it can be proven; evidence convinces a verifier, and altered evidence does not; what is
// no lie (another's clock, a hub that is away, garbage on the wire) never ends cosigning for good. Method:
// one live follower, MEMBER-B, and a hub that shows what the test tells it to; honest blocks from a real
// replica of MEMBER-A.
#include "replica/follower.h"

#include <algorithm>
#include <cstdlib>

#include <gtest/gtest.h>

#include "audit/evidence.h"
#include "base/check.h"
#include "crypto/hash.h"
#include "note/checkpoint.h"
#include "sim/forgetful_files.h"
#include "sim/scripted_hub.h"
#include "sim/table.h"
#include "support/world.h"

namespace replica {
namespace {

using actors::Draft;
using base::EpochSeconds;
using base::Result;
using sim::ScriptedHub;
using verify::Standing;

constexpr base::Seconds kNow{0};

class FollowerTest : public ::testing::Test {
 protected:
  FollowerTest() : files(1), clock(actors::kGenesisTime + base::Seconds(60)), cast(4) {
    cast.now = clock.now();
    const ReplicaOptions options = sim::folders_of(files, clock, "MEMBER-A");
    auto opened = sim::open_replica(options, cast, "MEMBER-A");
    CHECK(opened);
    honest = std::move(*opened);
    policy = note::serialize_policy(sim::policy_of(honest->registry().charter()));
    CHECK(files.make_folders("B"));
    CHECK(base::replace_file(files, "B/policy", base::as_bytes(policy), base::FileMode::kPublic));
    auto founded = Replica::create(follower_options().replica, cast.genesis().leaf());
    CHECK(founded);
    if (reads_ahead()) hub.fetch_lines = 3;
    leaves = leaves_of(*honest);
    count_all();
    follower = open();
    EXPECT_TRUE(run());
    EXPECT_EQ(follower->status().counted, base::TreeSize(2));
  }

  /// Run once more so (CMakeLists.txt): whatever counts already comes over several lines and threads.
  static bool reads_ahead() { return std::getenv("COMITY_TEST_READ_AHEAD") != nullptr; }
  FollowerOptions follower_options() {
    FollowerOptions options;
    options.replica = sim::folders_of(files, clock, "B");
    options.replica.live = true;
    options.origin = std::string(actors::kOrigin);
    options.policy_file = "B/policy";
    options.policies_folder = "B/policies";
    if (reads_ahead()) options.near_leaves = 0;
    options.member = "MEMBER-B";
    options.operator_keys = []() -> Result<std::vector<note::Signer>> {
      std::vector<note::Signer> keys;
      keys.push_back(sim::cosigner("MEMBER-B", "MEMBER-B/operator/1"));
      return keys;
    };
    return options;
  }
  std::unique_ptr<Follower> open() {
    auto opened = Follower::open(follower_options(), hub);
    EXPECT_TRUE(opened) << opened.error().message();
    return opened ? std::move(*opened) : nullptr;
  }
  Result<FollowerStep> run() {
    auto done = follower->step(kNow);
    if (!done && follower->must_reopen()) follower = open();
    return done;
  }

  /// One step that may fail: the disk is about to.
  void step_or_fail() {
    const auto done = follower->step(kNow);
    last_failed = !done;
  }

  static std::vector<std::string> leaves_of(const Replica& replica) {
    std::vector<std::string> all;
    const storage::LogFolder log = replica.log();
    CHECK(log.read_leaves(base::LeafIndex(0), base::LeafIndex(log.size().value()),
                          [&](base::LeafIndex, base::ByteView leaf) -> Result<void> {
                            all.emplace_back(base::as_text(leaf));
                            return {};
                          }));
    return all;
  }
  /// One more honest block at the present time; `leaves` is the log with it.
  void play(const std::vector<Draft>& drafts, bool force = false) {
    registry::BlockInput block{honest->info().height.next(), clock.now(), {}};
    for (const Draft& draft : drafts) block.leaves.push_back(draft.leaf());
    const auto outcome = honest->finalize(block);
    ASSERT_TRUE(outcome);
    for (const auto& refusal : outcome->outcomes) ASSERT_TRUE(force || !refusal) << refusal->message();
    ASSERT_TRUE(honest->commit());
    leaves = leaves_of(*honest);
  }
  std::string by_hub(const std::vector<std::string>& of) { return hub.sign(of, {{"MEMBER-A", clock.now()}}); }
  std::string by_all(const std::vector<std::string>& of) {
    return hub.sign(of, {{"MEMBER-A", clock.now()}, {"MEMBER-C", clock.now()}, {"MEMBER-D", clock.now()}});
  }
  void propose(const std::vector<std::string>& of) { hub.propose(by_hub(of)); }
  void count_all() { hub.count(by_all(leaves)); }

  note::Policy present_policy() {
    const auto bytes = files.read("B/policy", base::kPolicyBytesMax);
    return *note::parse_policy(base::as_text(*bytes));
  }
  std::vector<std::string> evidence() {
    std::vector<std::string> texts;
    const auto names = files.list("B/evidence");
    if (!names) return texts;
    for (const std::string& name : *names) {
      const auto bytes = files.read("B/evidence/" + name, verify::kEvidenceBytesMax);
      texts.emplace_back(base::as_text(*bytes));
    }
    return texts;
  }
  // The one evidence file convinces by texts as far as `standing`; with the honest log (or `log`) it is
  // confirmed as `in_the_end`; and no change of it that says something else is believed.
  void expect_evidence(verify::EvidenceKind kind, Standing standing, Standing in_the_end) {
    const std::vector<std::string> texts = evidence();
    ASSERT_EQ(texts.size(), 1U);
    const auto verdict = verify::verify_evidence(texts[0], present_policy(), clock.now());
    ASSERT_TRUE(verdict) << verdict.error().message();
    EXPECT_EQ(verdict->evidence.kind, kind);
    EXPECT_EQ(verdict->standing, standing) << verdict->claim;
    const auto confirmed = audit::confirm_evidence(*verdict, honest->log());
    ASSERT_TRUE(confirmed) << confirmed.error().message();
    EXPECT_EQ(confirmed->standing, in_the_end) << confirmed->claim;
    expect_alterations_refused(texts[0]);
  }
  // What is signed and hashed cannot be changed. What the writer says of himself (when he saw it, and why)
  // nobody can check, and lines of keys that nobody knows say nothing.
  static std::string substance(const verify::Evidence& evidence) {
    std::string text(verify::evidence_kind_name(evidence.kind));
    for (const std::string& checkpoint : {evidence.first, evidence.second}) {
      text += checkpoint.substr(0, checkpoint.find("\n\n"));
    }
    for (const std::string& leaf : evidence.leaves) text += leaf;
    for (const base::Hash& hash : evidence.proof) text += base::as_text(hash.view());
    return text + std::string(base::as_text(evidence.implied.view())) + evidence.cosigner +
           std::to_string(evidence.before.value()) + " " + std::to_string(evidence.offending.value());
  }
  void expect_alterations_refused(const std::string& text) {
    const std::string original = substance(*verify::parse_evidence(text));
    std::size_t refused = 0;
    for (std::size_t at = 0; at < text.size(); at += 1 + text.size() / 211) {
      std::string altered = text;
      altered[at] = static_cast<char>(altered[at] ^ 1);
      const auto verdict = verify::verify_evidence(altered, present_policy(), clock.now());
      refused += verdict ? 0 : 1;
      if (!verdict || substance(verdict->evidence) == original) continue;
      EXPECT_EQ(verdict->standing, Standing::kNeedsLog) << at;
      EXPECT_FALSE(audit::confirm_evidence(*verdict, honest->log())) << at;
    }
    EXPECT_GT(refused, 100U);
  }
  void expect_silence_until_resumed() {
    ASSERT_TRUE(follower->status().halted);
    follower = open();
    ASSERT_TRUE(follower->status().halted) << "it is remembered";
    hub.posted.clear();
    play({});
    count_all();
    propose(leaves);
    ASSERT_TRUE(run());
    EXPECT_TRUE(hub.posted.empty());
    EXPECT_EQ(follower->status().counted, base::TreeSize(leaves.size())) << "it goes on to mirror";
    ASSERT_TRUE(resume_cosigning(files, "B"));
    EXPECT_FALSE(resume_cosigning(files, "B"));
    follower = open();
    ASSERT_TRUE(run());
    EXPECT_EQ(hub.posted.size(), 1U);
  }

  sim::ForgetfulFiles files;
  sim::StandingClock clock;
  actors::Cast cast;
  ScriptedHub hub;
  std::unique_ptr<Replica> honest;
  std::string policy;
  std::vector<std::string> leaves;
  std::unique_ptr<Follower> follower;
  bool last_failed = false;
};

TEST_F(FollowerTest, ExecutesCosignsAndPublishesWhatAnHonestHubOffers) {
  play(actors::standard_world(cast));
  propose(leaves);
  const auto offered = run();
  ASSERT_TRUE(offered) << offered.error().message();
  EXPECT_TRUE(offered->advanced && offered->cosigned && !offered->published);
  ASSERT_EQ(hub.posted.size(), 1U);
  const auto posted = note::parse_signed_checkpoint(hub.posted[0]);
  ASSERT_TRUE(posted);
  EXPECT_TRUE(note::verify_cosignature(posted->note.text, posted->note.signatures.at(0),
                                       sim::cosigner("MEMBER-B", "MEMBER-B/operator/1").verifier_key()));
  EXPECT_EQ(posted->checkpoint.root, honest->info().root);
  EXPECT_EQ(follower->status().counted, base::TreeSize(2)) << "not counted yet";
  ASSERT_TRUE(run());
  EXPECT_EQ(hub.posted.size(), 1U) << "asked once, answered once";

  count_all();
  const auto counted = run();
  ASSERT_TRUE(counted);
  EXPECT_TRUE(counted->published && !counted->advanced);
  EXPECT_EQ(follower->status().counted, base::TreeSize(leaves.size()));
  EXPECT_EQ(follower->status().info.state, honest->info().state);
  EXPECT_TRUE(evidence().empty());
}

TEST_F(FollowerTest, AnswersAgainWhenAskedAgainWithALaterTime) {
  play({});
  const std::string checkpoint = by_hub(leaves);
  hub.propose(checkpoint);
  ASSERT_TRUE(run());
  clock.move_to(clock.now() + base::Seconds(300));
  hub.propose(checkpoint);
  const auto again = run();
  ASSERT_TRUE(again);
  EXPECT_TRUE(again->cosigned && !again->advanced);
  ASSERT_EQ(hub.posted.size(), 2U);
  EXPECT_NE(hub.posted[0], hub.posted[1]);
}

TEST_F(FollowerTest, ComesFromFarBehindAndFromNothing) {
  play(actors::standard_world(cast));
  for (int i = 0; i < 40; ++i) {
    clock.move_to(clock.now() + base::Seconds(60));
    play({});
  }
  count_all();
  propose(leaves);
  const auto done = run();
  ASSERT_TRUE(done) << done.error().message();
  EXPECT_TRUE(done->advanced && done->published && done->cosigned);
  EXPECT_EQ(follower->status().info.state, honest->info().state);

  // A mirror knows the policy and nothing else.
  FollowerOptions options = follower_options();
  options.replica = sim::folders_of(files, clock, "mirror");
  options.policy_file = "mirror/policy";
  options.member.clear();
  ASSERT_TRUE(files.make_folders("mirror"));
  ASSERT_TRUE(base::replace_file(files, "mirror/policy", base::as_bytes(policy), base::FileMode::kPublic));
  auto mirror = Follower::open(options, hub);
  ASSERT_TRUE(mirror) << mirror.error().message();
  hub.posted.clear();
  ASSERT_TRUE((*mirror)->step(kNow));
  EXPECT_EQ((*mirror)->status().counted, base::TreeSize(leaves.size()));
  play({});
  propose(leaves);
  ASSERT_TRUE((*mirror)->step(kNow));
  EXPECT_EQ((*mirror)->status().info.size, base::TreeSize(leaves.size() - 1)) << "only what counts";
  EXPECT_TRUE(hub.posted.empty());
}

TEST_F(FollowerTest, AMirrorIsNotFoundedOnAnotherGenesis) {
  note::Policy other = *note::parse_policy(policy);
  other.header->genesis.bytes[0] ^= 1;
  ASSERT_TRUE(files.make_folders("mirror"));
  ASSERT_TRUE(base::replace_file(files, "mirror/policy", base::as_bytes(note::serialize_policy(other)),
                                 base::FileMode::kPublic));
  FollowerOptions options = follower_options();
  options.replica = sim::folders_of(files, clock, "mirror");
  options.policy_file = "mirror/policy";
  options.member.clear();
  const auto mirror = Follower::open(options, hub);
  ASSERT_FALSE(mirror);
  EXPECT_TRUE(mirror.error().kind() == kWrongGenesis);
  options.member = "MEMBER-C";
  EXPECT_TRUE(Follower::open(options, hub).error().kind() == kNotFounded) << "a member's is founded by hand";
}

TEST_F(FollowerTest, WhatDoesNotCountIsNotPublished) {
  play({});
  hub.count(hub.sign(leaves, {{"MEMBER-A", clock.now()}, {"MEMBER-C", clock.now()}}));
  const auto done = run();
  ASSERT_FALSE(done);
  EXPECT_TRUE(done.error().kind() == note::kNoQuorum);
  EXPECT_EQ(follower->status().counted, base::TreeSize(2));
  EXPECT_EQ(follower->status().info.size, base::TreeSize(2)) << "nor executed";
}

TEST_F(FollowerTest, TwoRootsForOneSizeAreAFork) {
  play({});
  propose(leaves);
  ASSERT_TRUE(run());
  std::vector<std::string> other = leaves;
  other.back().replace(other.back().find("state: ") + 7, 4, "AAAA");
  propose(other);
  const auto done = run();
  ASSERT_FALSE(done);
  EXPECT_TRUE(done.error().kind() == kNotSound) << done.error().message();
  EXPECT_EQ(hub.posted.size(), 1U);
  expect_evidence(verify::EvidenceKind::kFork, Standing::kProven, Standing::kProven);
  expect_silence_until_resumed();
}

TEST_F(FollowerTest, AHistoryThatDoesNotGoOnIsAFork) {
  play({});
  propose(leaves);
  ASSERT_TRUE(run());
  std::vector<std::string> other = leaves;
  other.back().replace(other.back().find("state: ") + 7, 4, "AAAA");
  other.push_back(leaves.back());
  propose(other);
  const auto done = run();
  ASSERT_FALSE(done);
  EXPECT_TRUE(done.error().kind() == kNotSound) << done.error().message();
  expect_evidence(verify::EvidenceKind::kFork, Standing::kProven, Standing::kProven);
  expect_silence_until_resumed();
}

// A shorter log of another kind, and one that S members signed: whoever holds a piece of each has proof.
TEST_F(FollowerTest, AShorterOtherHistoryIsAForkEvenIfItCounts) {
  std::vector<std::string> other = leaves;
  play({});
  other.push_back(leaves.back());
  play({});
  count_all();
  ASSERT_TRUE(run());
  other.back().replace(other.back().find("state: ") + 7, 4, "AAAA");
  hub.count(by_all(other));
  const auto done = run();
  ASSERT_FALSE(done);
  EXPECT_TRUE(done.error().kind() == kNotSound) << done.error().message();
  EXPECT_EQ(follower->status().counted, base::TreeSize(leaves.size()));
  expect_evidence(verify::EvidenceKind::kFork, Standing::kProven, Standing::kProven);
}

TEST_F(FollowerTest, ASmallerLogCosignedLaterIsARollback) {
  const std::vector<std::string> before = leaves;
  play({});
  propose(leaves);
  ASSERT_TRUE(run());
  // An old proposal again proves nothing: it may have been on its way for long.
  propose(before);
  const auto stale = run();
  ASSERT_FALSE(stale);
  EXPECT_TRUE(stale.error().kind() == kBadProposal) << stale.error().message();
  EXPECT_TRUE(evidence().empty());
  clock.move_to(clock.now() + base::Seconds(1));
  propose(before);
  const auto done = run();
  ASSERT_FALSE(done);
  EXPECT_TRUE(done.error().kind() == kNotSound) << done.error().message();
  expect_evidence(verify::EvidenceKind::kRollback, Standing::kProven, Standing::kProven);
  expect_silence_until_resumed();
}

TEST_F(FollowerTest, AWrongStateRootIsRefusedAndProvenByReplay) {
  const std::vector<std::string> before = leaves;
  play({});
  std::vector<std::string> lie = leaves;
  lie.back().replace(lie.back().find("state: ") + 7, 4, "AAAA");
  propose(lie);
  const auto done = run();
  ASSERT_FALSE(done);
  EXPECT_TRUE(done.error().kind() == kNotSound) << done.error().message();
  EXPECT_TRUE(hub.posted.empty());
  EXPECT_EQ(follower->status().info.size, base::TreeSize(before.size())) << "nothing of it is kept";
  expect_evidence(verify::EvidenceKind::kBrokenRule, Standing::kNeedsLog, Standing::kProven);
}

TEST_F(FollowerTest, WhatIsHalfExecutedJudgesNoRecord) {
  play(actors::standard_world(cast));
  count_all();
  ASSERT_TRUE(run());
  const Draft record = actors::close_founding(cast)[0];
  play({record});
  std::vector<std::string> lie = leaves;
  lie.back().replace(lie.back().find("state: ") + 7, 4, "AAAA");
  propose(lie);
  step_or_fail();
  ASSERT_TRUE(follower->must_reopen());
  const auto handed = follower->hand_in(record.leaf(), std::nullopt);
  ASSERT_FALSE(handed);
  EXPECT_TRUE(handed.error().kind() == kMustReopen) << handed.error().message();
  follower = open();
  EXPECT_TRUE(follower->hand_in(record.leaf(), std::nullopt)) << "the lie is forgotten";
}

TEST_F(FollowerTest, ARecordThatTheRulesRefuseIsProvenByReplay) {
  play(actors::standard_world(cast));
  count_all();
  ASSERT_TRUE(run());
  // The block as an honest replica makes it, with a forged ballot smuggled in and counted.
  std::vector<Draft> drafts = actors::close_founding(cast);
  drafts[1].signings[0].fault = actors::Signing::Fault::kForged;
  play({drafts[0]});
  std::vector<std::string> lie = leaves;
  lie.insert(lie.end() - 1, drafts[1].leaf());
  lie.back().replace(lie.back().find("records: 1"), 10, "records: 2");
  propose(lie);
  const auto done = run();
  ASSERT_FALSE(done);
  EXPECT_TRUE(done.error().kind() == kNotSound) << done.error().message();
  expect_evidence(verify::EvidenceKind::kBrokenRule, Standing::kNeedsLog, Standing::kProven);
  // Whoever blames a block that is right finds no ear.
  auto verdict = verify::verify_evidence(evidence()[0], present_policy(), clock.now());
  ASSERT_TRUE(verdict);
  verdict->evidence.first = by_hub(leaves);
  verdict->evidence.leaves = {leaves.end() - 2, leaves.end()};
  const auto refuted = audit::confirm_evidence(*verdict, honest->log());
  ASSERT_FALSE(refuted);
  EXPECT_TRUE(refuted.error().kind() == verify::kNotEvidence) << refuted.error().message();
}

TEST_F(FollowerTest, WhatIsNoRecordIsProvenByItself) {
  play({});
  std::vector<std::string> lie = leaves;
  lie.insert(lie.end() - 1, std::string("nonsense\0\n", 10));
  propose(lie);
  ASSERT_FALSE(run());
  expect_evidence(verify::EvidenceKind::kBrokenRule, Standing::kProven, Standing::kProven);
}

TEST_F(FollowerTest, ALogThatEndsWithoutABlockRecordIsProvenByReplay) {
  std::vector<std::string> lie = leaves;
  lie.push_back(actors::standard_world(cast)[0].leaf());
  propose(lie);
  ASSERT_FALSE(run());
  expect_evidence(verify::EvidenceKind::kBrokenRule, Standing::kNeedsLog, Standing::kProven);
}

TEST_F(FollowerTest, ABlockWithoutARuleIsRefusedEvenIfOthersCountedIt) {
  play({});
  std::vector<std::string> lie = leaves;
  lie.back().replace(lie.back().find("state: ") + 7, 4, "AAAA");
  hub.count(by_all(lie));
  const auto done = run();
  ASSERT_FALSE(done);
  EXPECT_TRUE(done.error().kind() == kNotSound) << done.error().message();
  EXPECT_EQ(follower->status().counted, base::TreeSize(2));
  expect_evidence(verify::EvidenceKind::kBrokenRule, Standing::kNeedsLog, Standing::kProven);
}

TEST_F(FollowerTest, LeavesThatDoNotLeadToTheSignedRootAreNeverExecuted) {
  play(actors::standard_world(cast));
  propose(leaves);
  for (const std::string& of : {std::string("tile/entries/"), std::string("tile/0/")}) {
    hub.spoil = [&](const std::string& path, base::Bytes& bytes) {
      if (path.starts_with(of)) bytes.at(bytes.size() / 2) ^= 1;
    };
    const auto done = run();
    ASSERT_FALSE(done);
    EXPECT_FALSE(follower->must_reopen());
    EXPECT_EQ(follower->status().info.size, base::TreeSize(2)) << done.error().message();
  }
  EXPECT_TRUE(evidence().empty()) << "bytes that go wrong on their way prove nothing";
  EXPECT_FALSE(follower->status().halted);
  hub.spoil = nullptr;
  const auto done = run();
  ASSERT_TRUE(done) << done.error().message();
  EXPECT_TRUE(done->cosigned);
}

TEST_F(FollowerTest, MalformedAndEndlessAnswersAreRefused) {
  play({});
  propose(leaves);
  hub.spoil = [](const std::string&, base::Bytes& bytes) { bytes.resize(std::size_t{64} << 20, 'x'); };
  EXPECT_FALSE(run());
  hub.spoil = [](const std::string&, base::Bytes& bytes) { bytes.clear(); };
  EXPECT_FALSE(run());
  hub.spoil = nullptr;
  for (const std::string& text : {std::string("nonsense"), std::string(1 << 20, 'x'), std::string("\n")}) {
    hub.proposed_text = text;
    const auto done = run();
    ASSERT_FALSE(done);
    EXPECT_TRUE(done.error().kind() == kBadProposal) << done.error().message();
  }
  // Signed by somebody else's log key.
  const auto checkpoint = *note::parse_signed_checkpoint(by_hub(leaves));
  const note::Signer other(std::string(actors::kOrigin), note::KeyType::kEd25519,
                           crypto::SecretKey::from_seed(crypto::sha256(base::as_bytes("other")).bytes));
  const auto forged = note::assemble_checkpoint(
      checkpoint.checkpoint, std::vector<std::string>{note::sign_checkpoint(checkpoint.checkpoint, other)});
  ASSERT_TRUE(forged);
  hub.proposed_text = note::serialize_proposed(
      {std::string(actors::kOrigin), note::Round(1), note::Offer(1), base::TreeSize(2), *forged});
  EXPECT_TRUE(run().error().kind() == kBadProposal);
  hub.proposed_text.clear();
  EXPECT_TRUE(evidence().empty());
  EXPECT_TRUE(run()->cosigned);
}

TEST_F(FollowerTest, TwoBlocksBeyondWhatCountsAreNotCosigned) {
  play({});
  play({});
  propose(leaves);
  const auto done = run();
  ASSERT_FALSE(done);
  EXPECT_TRUE(done.error().kind() == kBadProposal) << done.error().message();
  EXPECT_TRUE(hub.posted.empty());
  EXPECT_EQ(follower->status().info.size, base::TreeSize(2));
}

// The hub's clock runs ahead of this member's: not cosigned, on record, and forgiven when the time has come.
TEST_F(FollowerTest, ABlockFromTheFutureWaitsForItsTime) {
  const EpochSeconds now = clock.now();
  clock.move_to(now + base::Seconds(61));
  play({});
  const std::string text = by_hub(leaves);
  clock.move_to(now);
  hub.propose(text);
  const auto done = run();
  ASSERT_FALSE(done);
  EXPECT_TRUE(done.error().kind() == kWrongTime) << done.error().message();
  EXPECT_FALSE(follower->status().halted);
  expect_evidence(verify::EvidenceKind::kWrongTime, Standing::kProven, Standing::kProven);
  clock.move_to(now + base::Seconds(2));
  const auto later = run();
  ASSERT_TRUE(later) << later.error().message();
  EXPECT_TRUE(later->cosigned);
  const auto verdict = verify::verify_evidence(evidence()[0], present_policy(), clock.now());
  ASSERT_TRUE(verdict);
  EXPECT_EQ(verdict->standing, Standing::kWitnessed) << "by now only the writer can say so";
}

// A hub that was down offers one block whose effects are late; one that makes a habit of it is refused.
TEST_F(FollowerTest, OneLateBlockAnHourIsForgiven) {
  play(actors::standard_world(cast));
  play(actors::close_founding(cast));
  const Draft create = cast.proposal("MEMBER-A", "A",
                                     {actors::create("domain", "new.",
                                                     {"+ holder: ORG-DELTA", "+ status: active",
                                                      "+ nserver: a.nic.beta.", "+ nserver: b.nic.beta."})});
  std::vector<Draft> drafts = actors::with_votes(cast, create, 3);
  drafts.push_back(cast.acceptance("ORG-DELTA", create));
  play(drafts);
  count_all();
  ASSERT_TRUE(run());
  const auto due = honest->registry().charter().next_due();
  ASSERT_TRUE(due);
  const auto late_block = [&](std::uint64_t before_due) {
    const EpochSeconds now = clock.now();
    clock.move_to(EpochSeconds(due->value() - before_due));
    play({});
    clock.move_to(now);
    propose(leaves);
  };
  clock.move_to(*due + base::Seconds(3'600));
  late_block(20);
  ASSERT_TRUE(run()) << "it may have been down";
  count_all();
  ASSERT_TRUE(run());
  late_block(10);
  const auto again = run();
  ASSERT_FALSE(again);
  EXPECT_TRUE(again.error().kind() == kLateEffects) << again.error().message();
  EXPECT_FALSE(follower->status().halted);
  expect_evidence(verify::EvidenceKind::kWrongTime, Standing::kNeedsLog, Standing::kProven);
}

TEST_F(FollowerTest, AStallingHubIsNoLiar) {
  play({});
  propose(leaves);
  hub.is_away = true;
  for (int i = 0; i < 3; ++i) EXPECT_TRUE(run().error().kind() == kHubUnreachable);
  hub.is_away = false;
  // Away in the middle of a long log: what was executed stays.
  for (int i = 0; i < 300; ++i) play({});
  count_all();
  hub.spoil = [&](const std::string& path, base::Bytes& bytes) {
    if (path == "tile/entries/001.p/" + std::to_string(leaves.size() - 256)) bytes.clear();
  };
  EXPECT_FALSE(run());
  EXPECT_FALSE(follower->must_reopen());
  EXPECT_EQ(follower->status().info.size, base::TreeSize(256));
  hub.spoil = nullptr;
  const auto done = run();
  ASSERT_TRUE(done) << done.error().message();
  EXPECT_EQ(follower->status().counted, base::TreeSize(leaves.size()));
}

TEST_F(FollowerTest, APledgedRecordThatGetsOntoTheLogIsStruckOff) {
  play(actors::standard_world(cast));
  count_all();
  ASSERT_TRUE(run());
  Draft forged = actors::close_founding(cast)[0];
  forged.signings[0].fault = actors::Signing::Fault::kForged;
  EXPECT_FALSE(follower->hand_in(forged.leaf(), std::nullopt)) << "the rules are asked first";
  EXPECT_TRUE(hub.forwarded.empty());
  const Draft record = actors::close_founding(cast)[0];
  ASSERT_TRUE(follower->hand_in(record.leaf(), std::nullopt));
  EXPECT_EQ(hub.forwarded, std::vector<std::string>{record.leaf()});
  EXPECT_EQ(follower->status().pledges, 1U);
  follower = open();
  EXPECT_EQ(follower->status().pledges, 1U) << "kept over a restart";
  play({record});
  propose(leaves);
  ASSERT_TRUE(run());
  EXPECT_EQ(follower->status().pledges, 0U);
  clock.move_to(clock.now() + base::Seconds(4'000));
  ASSERT_TRUE(run());
  EXPECT_TRUE(evidence().empty());
}

TEST_F(FollowerTest, AValidRecordThatIsHeldBackIsProven) {
  play(actors::standard_world(cast));
  count_all();
  ASSERT_TRUE(run());
  const Draft record = actors::close_founding(cast)[0];
  hub.is_away = true;
  EXPECT_TRUE(follower->hand_in(record.leaf(), std::nullopt).error().kind() == kHubUnreachable);
  hub.is_away = false;
  clock.move_to(clock.now() + base::Seconds(600));
  ASSERT_TRUE(run());
  EXPECT_EQ(hub.forwarded.size(), 1U) << "handed on once the hub answers";
  clock.move_to(clock.now() + base::Seconds(3'000));
  ASSERT_TRUE(run());
  EXPECT_TRUE(evidence().empty()) << "nothing newer counts: the hub may be stuck";
  play({});
  count_all();
  // The step that mirrors it holds the hub to it as well.
  const auto done = run();
  ASSERT_TRUE(done || done.error().kind() == kNotSound);
  clock.move_to(clock.now() + base::Seconds(60));
  if (evidence().empty()) {
    EXPECT_FALSE(run());
  }
  EXPECT_EQ(follower->status().pledges, 0U);
  expect_evidence(verify::EvidenceKind::kHeldBack, Standing::kNeedsLog, Standing::kWitnessed);
  // Had it been on the log, nobody would believe this.
  auto verdict = verify::verify_evidence(evidence()[0], present_policy(), clock.now());
  ASSERT_TRUE(verdict);
  verdict->evidence.leaves = {leaves[2]};
  EXPECT_TRUE(audit::confirm_evidence(*verdict, honest->log()).error().kind() == verify::kNotEvidence);
  expect_silence_until_resumed();
}

TEST_F(FollowerTest, APledgedRecordThatExpiredIsOwedNoMore) {
  cast.expires_after = 600;
  play(actors::standard_world(cast));
  count_all();
  ASSERT_TRUE(run());
  ASSERT_TRUE(follower->hand_in(actors::close_founding(cast)[0].leaf(), std::nullopt));
  clock.move_to(clock.now() + base::Seconds(3'700));
  play({});
  count_all();
  ASSERT_TRUE(run());
  clock.move_to(clock.now() + base::Seconds(61));
  ASSERT_TRUE(run());
  EXPECT_EQ(follower->status().pledges, 0U);
  EXPECT_TRUE(evidence().empty());
}

// Pulled at every step of the disk between an offer and its publication: after the next start it goes on, and
// never says anything else about the same size.
TEST_F(FollowerTest, ACrashBetweenAnyTwoWritesForgetsNothing) {
  for (std::uint64_t step = 0;; ++step) {
    clock.move_to(clock.now() + base::Seconds(1));
    play({});
    const std::size_t posted = hub.posted.size();
    propose(leaves);
    const std::uint64_t begin = files.steps();
    files.fault_at(begin + step, sim::Fault::kStop);
    step_or_fail();
    hub.count(by_all(leaves));
    if (!files.stopped() && !follower->must_reopen()) step_or_fail();
    const bool is_over = !files.stopped();
    if (!is_over) {
      follower.reset();
      files.crash();
      follower = open();
      ASSERT_TRUE(follower) << "step " << step;
      if (hub.posted.size() > posted) {
        EXPECT_EQ(follower->status().info.size, base::TreeSize(leaves.size()))
            << "step " << step << ": it cosigned and forgot";
      }
    } else {
      files.clear_fault();
    }
    const auto done = run();
    ASSERT_TRUE(done) << "step " << step << ": " << done.error().message();
    ASSERT_EQ(follower->status().counted, base::TreeSize(leaves.size())) << "step " << step;
    ASSERT_TRUE(evidence().empty()) << "step " << step;
    if (is_over) break;
    ASSERT_LT(step, 200U);
  }
  EXPECT_FALSE(follower->status().halted);
}

}  // namespace
}  // namespace replica
