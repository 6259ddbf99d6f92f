// Aim: a policy means what tlog-policy says, and only a checkpoint that satisfies it counts, with the right
// as-of time. Method: refused texts one reason each; then every subset of a quorum, nested groups, bad lines,
// against small oracles.
#include "note/policy.h"

#include <algorithm>

#include <gtest/gtest.h>

namespace note {
namespace {

constexpr std::string_view kOrigin = "registry.example/root";

Signer make_signer(std::string name, KeyType type, base::Byte seed) {
  const base::Bytes bytes(32, seed);
  return {std::move(name), type, crypto::SecretKey::from_seed(bytes)};
}

struct Registry {
  Signer log = make_signer(std::string(kOrigin), KeyType::kEd25519, 1);
  std::vector<Signer> members;
  Policy policy;
  Checkpoint checkpoint{std::string(kOrigin), base::TreeSize(12), {}};

  explicit Registry(std::size_t count, std::size_t threshold) {
    std::vector<PolicyMember> list;
    for (std::size_t i = 0; i < count; ++i) {
      const std::string handle = std::string("MEMBER-") + static_cast<char>('A' + i);
      members.push_back(make_signer(cosigner_name(kOrigin, handle), KeyType::kCosignature,
                                    static_cast<base::Byte>(10 + i)));
      list.push_back({handle, members.back().verifier_key().key});
    }
    std::ranges::reverse(list);  // make_policy sorts
    policy = make_policy(base::Epoch(3), {}, log.verifier_key(), list, threshold);
  }

  std::string note(const std::vector<std::pair<std::size_t, std::uint64_t>>& cosigned) const {
    std::string text = serialize_checkpoint(checkpoint) + "\n" + sign_checkpoint(checkpoint, log);
    for (const auto& [who, time] : cosigned) {
      text += cosign_checkpoint(checkpoint, members[who], base::EpochSeconds(time));
    }
    return text;
  }
};

std::string key_of(const std::string& name, KeyType type, base::Byte seed) {
  return serialize_verifier_key(make_signer(name, type, seed).verifier_key());
}
const std::string kLogKey = key_of("l", KeyType::kEd25519, 1);
const std::string kA = key_of("a", KeyType::kCosignature, 2);
const std::string kB = key_of("b", KeyType::kCosignature, 3);
const std::string kC = key_of("c", KeyType::kCosignature, 4);
const std::string kWitnesses =
    "log " + kLogKey + "\nwitness A " + kA + "\nwitness B " + kB + "\nwitness C " + kC + "\n";

TEST(ParsePolicy, RefusesEachBreach) {
  const std::string zeros = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=";
  for (const std::string& bad : {
           std::string(),                   // no quorum
           std::string("\n"),               //
           std::string("quorum none"),      // no LF
           std::string("quorum none\r\n"),  // control character
           std::string("# \xC2\x9B"
                       "2J\nquorum none\n"),                 // one that terminals obey too
           std::string("# \xFF\nquorum none\n"),             // not UTF-8
           std::string("quorum none\n\x7f\n"),               //
           std::string("quorum none\nquorum none\n"),        // twice
           std::string("quorum\n"),                          //
           std::string("quorum none none\n"),                //
           std::string("quorum A\n"),                        // not defined
           "quorum A\n" + kWitnesses,                        // not defined before
           kWitnesses,                                       // none
           kWitnesses + "quorum D\n",                        //
           kWitnesses + "Quorum A\n",                        // unknown word
           kWitnesses + "witness D " + kA + "\nquorum A\n",  // same key
           kWitnesses + "witness D " + key_of("z", KeyType::kCosignature, 2) +
               "\nquorum A\n",  // same key, other name
           kWitnesses + "witness A " + key_of("z", KeyType::kCosignature, 9) + "\nquorum A\n",  // same name
           kWitnesses + "witness none " + key_of("z", KeyType::kCosignature, 9) + "\nquorum A\n",
           kWitnesses + "witness D " + key_of("z", KeyType::kEd25519, 9) + "\nquorum A\n",  // type
           kWitnesses + "witness D " + key_of("z", KeyType::kCosignature, 9) + " u v\nquorum A\n",
           kWitnesses + "witness D\nquorum A\n",
           kWitnesses + "log " + kLogKey + "\nquorum A\n",  // same log
           kWitnesses + "log " + key_of("z", KeyType::kCosignature, 9) + "\nquorum A\n",
           kWitnesses + "log\nquorum A\n",
           kWitnesses + "group g 2 A\nquorum g\n",                   // threshold over n
           kWitnesses + "group g 0 A B\nquorum g\n",                 //
           kWitnesses + "group g 01 A B\nquorum g\n",                //
           kWitnesses + "group g 1\nquorum g\n",                     // nobody
           kWitnesses + "group g most A B\nquorum g\n",              //
           kWitnesses + "group g all A A\nquorum g\n",               // member twice
           kWitnesses + "group g any A D\nquorum g\n",               // not defined
           kWitnesses + "group g any A none\nquorum g\n",            //
           kWitnesses + "group g any g\nquorum g\n",                 // itself
           kWitnesses + "group A any B\nquorum A\n",                 // name taken
           kWitnesses + "group none any B\nquorum none\n",           //
           kWitnesses + "group g any A\ngroup h any A\nquorum g\n",  // in two groups
           "# comity/1 policy l\n" + kWitnesses + "quorum A\n",      // header cut
           "# comity/1 policy l\n# epoch: 03\n# genesis: " + zeros + "\n" + kWitnesses + "quorum A\n",
           "# comity/1 policy l\n# epoch: 3\n# genesis: " + zeros.substr(4) + "\n" + kWitnesses +
               "quorum A\n",
           "# comity/1 policy l \n# epoch: 3\n# genesis: " + zeros + "\n" + kWitnesses + "quorum A\n",
           "# comity/1 policy other\n# epoch: 3\n# genesis: " + zeros + "\n" + kWitnesses + "quorum A\n",
           "# comity/1 policy l\n# epoch: 3\n# genesis: " + zeros + "\n" + kWitnesses + "log " +
               key_of("m", KeyType::kEd25519, 9) + "\nquorum A\n",
       }) {
    const auto policy = parse_policy(bad);
    ASSERT_FALSE(policy) << bad;
    EXPECT_EQ(policy.error().kind(), kBadPolicy);
  }
  EXPECT_FALSE(parse_policy("quorum none\n" + std::string(70'000, '\n')));
}

TEST(ParsePolicy, TakesTheLooseFormsOfTheStandard) {
  const auto policy = parse_policy("\n # a comment \xC3\xA9\n\t log\t" + kLogKey + "  https://l.example/ \n" +
                                   "witness K\xC3\xA9 " + kA + " \t\nwitness B " + kB +
                                   "\ngroup g all K\xC3\xA9 B\n#\n quorum g\n\n");
  ASSERT_TRUE(policy) << policy.error().message();
  EXPECT_FALSE(policy->header);
  EXPECT_EQ(policy->logs[0].url, "https://l.example/");
  EXPECT_EQ(policy->groups[0].threshold, 2U);
  EXPECT_EQ(parse_policy(serialize_policy(*policy)), *policy);
  EXPECT_TRUE(parse_policy("quorum none\n"));
}

TEST(MakePolicy, WritesTheDocumentedText) {
  const Registry registry(4, 3);
  const std::string text = serialize_policy(registry.policy);
  EXPECT_TRUE(
      text.starts_with("# comity/1 policy registry.example/root\n# epoch: 3\n# genesis: "
                       "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\nlog registry.example/root+"))
      << text;
  EXPECT_TRUE(text.ends_with("\ngroup members 3 MEMBER-A MEMBER-B MEMBER-C MEMBER-D\nquorum members\n"))
      << text;
  EXPECT_EQ(parse_policy(text), registry.policy);
}

TEST(CheckCheckpoint, RefusesWithoutTheLog) {
  const Registry registry(4, 3);
  std::string text = serialize_checkpoint(registry.checkpoint) + "\n";
  for (std::size_t i = 0; i < 4; ++i)
    text += cosign_checkpoint(registry.checkpoint, registry.members[i], base::EpochSeconds(5));
  const auto checked = check_checkpoint(registry.policy, text);
  ASSERT_FALSE(checked);
  EXPECT_EQ(checked.error().kind(), kNoLogSignature);
}

TEST(CheckCheckpoint, RefusesAnotherOriginSignedByTheSameKeys) {
  Registry registry(4, 3);
  const Signer same_key = make_signer("registry.example/other", KeyType::kEd25519, 1);
  registry.checkpoint.origin = same_key.name();
  std::string text =
      serialize_checkpoint(registry.checkpoint) + "\n" + sign_checkpoint(registry.checkpoint, same_key);
  for (std::size_t i = 0; i < 4; ++i)
    text += cosign_checkpoint(registry.checkpoint, registry.members[i], base::EpochSeconds(5));
  EXPECT_EQ(check_checkpoint(registry.policy, text).error().kind(), kNoLogSignature);
}

TEST(CheckCheckpoint, OneBadLineOfAKnownKeySpoilsTheNote) {
  const Registry registry(4, 3);
  Checkpoint other = registry.checkpoint;
  other.size = base::TreeSize(13);
  const std::string text = registry.note({{0, 1}, {1, 2}, {2, 3}}) +
                           cosign_checkpoint(other, registry.members[3], base::EpochSeconds(4));
  const auto checked = check_checkpoint(registry.policy, text);
  ASSERT_FALSE(checked);
  EXPECT_EQ(checked.error().kind(), kBadSignature);
}

TEST(CheckCheckpoint, NamesWhoIsMissing) {
  const Registry registry(4, 3);
  const auto checked = check_checkpoint(registry.policy, registry.note({{0, 1}, {2, 2}}));
  ASSERT_FALSE(checked);
  EXPECT_EQ(checked.error().kind(), kNoQuorum);
  EXPECT_NE(checked.error().detail().find("cosigned by MEMBER-A MEMBER-C; missing MEMBER-B MEMBER-D"),
            std::string::npos)
      << checked.error().detail();
}

TEST(CheckCheckpoint, IgnoresUnknownCosigners) {
  const Registry registry(4, 3);
  const Signer stranger =
      make_signer(cosigner_name(kOrigin, "MEMBER-D"), KeyType::kCosignature, 99);  // same name, other key
  const std::string text = registry.note({{0, 1}, {1, 2}}) +
                           cosign_checkpoint(registry.checkpoint, stranger, base::EpochSeconds(9));
  EXPECT_EQ(check_checkpoint(registry.policy, text).error().kind(), kNoQuorum);
}

TEST(CheckCheckpoint, AsOfIsTheKthLargestTimeForEverySubset) {
  constexpr std::size_t kCount = 5;
  constexpr std::size_t kThreshold = 4;
  const Registry registry(kCount, kThreshold);
  const std::uint64_t times[kCount] = {500, 100, 300, 300, 200};
  for (unsigned subset = 0; subset < (1U << kCount); ++subset) {
    std::vector<std::pair<std::size_t, std::uint64_t>> cosigned;
    std::vector<std::uint64_t> sorted;
    for (std::size_t i = 0; i < kCount; ++i) {
      if ((subset >> i & 1U) == 0) continue;
      cosigned.emplace_back(i, times[i]);
      sorted.push_back(times[i]);
    }
    std::ranges::sort(sorted, std::greater{});
    const auto checked = check_checkpoint(registry.policy, registry.note(cosigned));
    ASSERT_EQ(checked.has_value(), sorted.size() >= kThreshold) << subset;
    if (!checked) continue;
    EXPECT_EQ(checked->as_of, base::EpochSeconds(sorted[kThreshold - 1])) << subset;
    EXPECT_EQ(checked->cosigners.size(), sorted.size());
    EXPECT_EQ(checked->checkpoint, registry.checkpoint);
  }
}

TEST(CheckCheckpoint, NestedGroupsTakeTheirTimesFromTheirMembers) {
  Registry registry(5, 4);
  registry.policy.groups = {{"x", 2, {"MEMBER-A", "MEMBER-B", "MEMBER-C"}},
                            {"y", 1, {"MEMBER-D", "MEMBER-E"}},
                            {"both", 2, {"x", "y"}}};
  registry.policy.quorum = "both";
  ASSERT_EQ(parse_policy(serialize_policy(registry.policy)), registry.policy);
  EXPECT_FALSE(check_checkpoint(registry.policy, registry.note({{0, 1}, {1, 2}, {2, 3}})));
  EXPECT_FALSE(check_checkpoint(registry.policy, registry.note({{0, 1}, {3, 2}, {4, 3}})));
  const auto checked = check_checkpoint(registry.policy, registry.note({{0, 10}, {1, 20}, {2, 30}, {3, 15}}));
  ASSERT_TRUE(checked) << checked.error().message();
  EXPECT_EQ(checked->as_of, base::EpochSeconds(15));  // x held at 20, y at 15
}

TEST(CheckCheckpoint, QuorumNoneStillNeedsTheLog) {
  Registry registry(4, 3);
  registry.policy.quorum = "none";
  const auto checked = check_checkpoint(registry.policy, registry.note({}));
  ASSERT_TRUE(checked) << checked.error().message();
  EXPECT_FALSE(checked->as_of);
}

}  // namespace
}  // namespace note
