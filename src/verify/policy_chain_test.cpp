// Aim: a client with an old policy walks to the present one, and nobody walks it anywhere else.
// Method: rotations and membership changes of the tiny registry; every byte of a step altered; the known
// attacks, above all invented keys that cosign a genuine checkpoint.
#include "verify/policy_chain.h"

#include <algorithm>

#include <gtest/gtest.h>

#include "resource/values.h"
#include "verify/sample_registry.h"
#include "verify/walk.h"

namespace verify {
namespace {

// A step from `before` to `after`, cosigned by `old_count` of the old and `new_count` of the new members.
PolicyStep make_step(const SampleMembers& before, const SampleMembers& after, std::size_t old_count,
                     std::size_t new_count) {
  SampleRegistry registry;
  registry.rules = {
      {"policy:current", after.entry()}, {"epoch:current", "epoch: current\n"}, {"kept:x", "kept: x\n"}};
  std::vector<const note::Signer*> cosigners = before.first(old_count);
  for (const note::Signer* const signer : after.first(new_count)) {
    const bool is_there =
        std::ranges::any_of(cosigners, [&](const auto* other) { return other->id() == signer->id(); });
    if (!is_there) cosigners.push_back(signer);
  }
  PolicyStep step;
  step.origin = registry.origin;
  step.from = before.policy.header->epoch;
  step.to = after.policy.header->epoch;
  step.policy = note::serialize_policy(after.policy);
  step.entry = after.entry();
  step.state_proof = registry.prove(Trie::kRules, "policy:current");
  step.block_record = registry.block_record();
  step.log_proof = registry.log_proof(registry.leaves.size(), registry.signed_checkpoint(cosigners));
  return step;
}

struct World {
  SampleMembers before{"ABCD", 10, base::Epoch(1), 3};
  SampleMembers after{"ABCE", 10, base::Epoch(2), 3};  // D left, E joined
  PolicyStep step = make_step(before, after, 3, 4);

  base::ErrorKind reason(const PolicyStep& wrong) const {
    const auto policy = verify_policy_step(serialize_policy_step(wrong), before.policy);
    CHECK(!policy.has_value());
    return policy.error().kind();
  }
};

TEST(PolicyStep, LeadsToTheNewPolicy) {
  const World world;
  const std::string text = serialize_policy_step(world.step);
  const auto policy = verify_policy_step(text, world.before.policy);
  ASSERT_TRUE(policy) << policy.error().message();
  EXPECT_EQ(*policy, world.after.policy);
  EXPECT_EQ(serialize_policy_step(*parse_policy_step(text)), text);
}

TEST(PolicyStep, NoByteMayChange) {
  World world;
  world.step = make_step(world.before, world.after, 3, 3);  // A, B, C: exactly the quorum of both
  const std::string right = serialize_policy_step(world.step);
  ASSERT_TRUE(verify_policy_step(right, world.before.policy));
  for (std::size_t i = 0; i < right.size(); ++i) {
    for (const char flip : {'\x01', '\x20'}) {
      std::string wrong = right;
      wrong[i] = static_cast<char>(wrong[i] ^ flip);
      ASSERT_FALSE(verify_policy_step(wrong, world.before.policy)) << i;
    }
    ASSERT_FALSE(verify_policy_step(right.substr(0, i), world.before.policy)) << i;
  }
}

TEST(PolicyStep, InventedKeysOnAGenuineCheckpointLeadNowhere) {
  const World world;
  const SampleMembers attackers("ABCE", 90, base::Epoch(2), 3);
  PolicyStep forged =
      make_step(world.before, attackers, 3, 4);  // the state of the attackers' own registry ...
  const PolicyStep genuine = world.step;
  forged.state_proof = genuine.state_proof;  // ... with the genuine block, state and old quorum
  forged.block_record = genuine.block_record;
  SampleRegistry registry;
  registry.rules = {{"policy:current", world.after.entry()},
                    {"epoch:current", "epoch: current\n"},
                    {"kept:x", "kept: x\n"}};
  std::vector<const note::Signer*> cosigners = world.before.first(3);
  for (const auto* signer : attackers.first(4)) cosigners.push_back(signer);
  forged.log_proof = registry.log_proof(registry.leaves.size(), registry.signed_checkpoint(cosigners));
  EXPECT_EQ(world.reason(forged), kNotProven);
  forged.entry = genuine.entry;
  EXPECT_EQ(world.reason(forged), kWrongStep);
}

TEST(PolicyStep, NeedsBothQuorums) {
  const World world;
  EXPECT_EQ(world.reason(make_step(world.before, world.after, 2, 0)), note::kNoQuorum);
  const SampleMembers replaced("EFGH", 10, base::Epoch(2), 3);
  EXPECT_EQ(world.reason(make_step(world.before, replaced, 2, 4)), note::kNoQuorum);
  const auto no_new =
      verify_policy_step(serialize_policy_step(make_step(world.before, replaced, 3, 2)), world.before.policy);
  ASSERT_FALSE(no_new);
  EXPECT_EQ(no_new.error().kind(), note::kNoQuorum);
  EXPECT_NE(no_new.error().detail().find("by the new policy"), std::string::npos);
  EXPECT_TRUE(verify_policy_step(serialize_policy_step(make_step(world.before, replaced, 3, 3)),
                                 world.before.policy));
}

TEST(PolicyStep, ThresholdAndMembersAreTheStates) {
  const World world;
  PolicyStep lower = world.step;
  note::Policy policy = world.after.policy;
  policy.groups[0].threshold = 1;
  lower.policy = note::serialize_policy(policy);
  EXPECT_EQ(world.reason(lower), kWrongStep);
  PolicyStep fewer = world.step;
  fewer.policy = note::serialize_policy(SampleMembers("ABC", 10, base::Epoch(2), 3).policy);
  EXPECT_EQ(world.reason(fewer), kWrongStep);
  PolicyStep other_genesis = world.step;
  policy = world.after.policy;
  policy.header->genesis.bytes[0] = 1;
  other_genesis.policy = note::serialize_policy(policy);
  EXPECT_EQ(world.reason(other_genesis), kWrongStep);
}

TEST(PolicyStep, RefusesOtherPlaces) {
  const World world;
  PolicyStep backward = world.step;
  backward.to = base::Epoch(1);
  EXPECT_EQ(world.reason(backward), kWrongStep);
  PolicyStep from_elsewhere = world.step;
  from_elsewhere.from = base::Epoch(0);
  EXPECT_EQ(world.reason(from_elsewhere), kWrongStep);
  PolicyStep too_far = world.step;
  too_far.to = base::Epoch(3);
  EXPECT_EQ(world.reason(too_far), kWrongStep);
  PolicyStep other_origin = world.step;
  other_origin.origin = "registry.example/other";
  EXPECT_EQ(world.reason(other_origin), kWrongStep);
  note::Policy no_header = world.before.policy;
  no_header.header.reset();
  EXPECT_FALSE(verify_policy_step(serialize_policy_step(world.step), no_header));
}

TEST(PolicyEntry, RefusesDisorderAndRepetition) {
  const std::string key = resource::serialize_key(sample_member_signer("MEMBER-A", 10).verifier_key().key);
  const std::string head = "policy: current\nnumber: 2\nheight: 7\n";
  EXPECT_TRUE(parse_policy_entry(head + "cosigner: MEMBER-A " + key + "\n"));
  for (const std::string& bad : {head, head + "cosigner: MEMBER-A\n", head + "cosigner: MEMBER-A " + key,
                                 head + "cosigner: MEMBER-A  " + key + "\n",
                                 head + "cosigner: MEMBER-B " + key + "\ncosigner: MEMBER-A " + key + "\n",
                                 head + "cosigner: MEMBER-A " + key + "\ncosigner: MEMBER-A " + key + "\n",
                                 std::string("policy: current\nnumber: 02\nheight: 7\n"),
                                 "policy: next\nnumber: 2\nheight: 7\ncosigner: MEMBER-A " + key + "\n",
                                 head + "cosigner: MEMBER-A " + key + "\nmore: x\n"}) {
    EXPECT_FALSE(parse_policy_entry(bad)) << bad;
  }
}

TEST(CosignerQuorum, IsAllButAThird) {
  const std::size_t expected[] = {1, 2, 3, 3, 4, 5, 5, 6, 7, 7, 8, 9, 9};
  for (std::size_t n = 1; n <= 13; ++n) EXPECT_EQ(cosigner_quorum(n), expected[n - 1]) << n;
}

TEST(WalkSteps, WalksAndSkipsWhatIsBehind) {
  const World world;
  const SampleMembers third("ABCE", 30, base::Epoch(3), 3);  // all keys rotated
  const std::vector<std::string> steps = {serialize_policy_step(world.step),
                                          serialize_policy_step(make_step(world.after, third, 3, 3))};
  for (const note::Policy& start : {world.before.policy, world.after.policy, third.policy}) {
    const auto walk = walk_steps(start, steps);
    ASSERT_TRUE(walk) << walk.error().message();
    EXPECT_EQ(walk->present, third.policy);
    EXPECT_TRUE(walk->ended.empty());
  }
  const std::vector<std::string> gap = {steps[1]};
  const auto refused = walk_steps(world.before.policy, gap);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().kind(), kWrongStep);
  EXPECT_EQ(walk_steps(world.before.policy, {})->present, world.before.policy);
}

}  // namespace
}  // namespace verify
