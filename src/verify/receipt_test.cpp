// Aim: a receipt is believed only if every link from the object to the policy's quorum holds, and no byte of
// it may change. Method: a tiny registry whose proofs are made by the plain definitions; every byte altered
// in several ways; false claims with genuine proofs (another object, another leaf, another checkpoint,
// another policy).
#include "verify/receipt.h"

#include <algorithm>

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "record/record.h"
#include "verify/sample_registry.h"

namespace verify {
namespace {

const Freshness kAnyAge{};

resource::ObjectId id_of(std::string_view text) {
  const auto id = resource::parse_object_id(text);
  CHECK(id.has_value());
  return *id;
}

struct World {
  SampleRegistry registry;
  SampleMembers members{"ABCD", 10, base::Epoch(1), 3};

  Receipt object_receipt(std::string_view id_text, const std::optional<std::string>& text,
                         std::size_t cosigners = 3) const {
    const auto id = id_of(id_text);
    return make_object_receipt(registry.origin, id, text, registry.prove(Trie::kObjects, id.trie_name()),
                               registry.block_record(), log_proof(registry.leaves.size(), cosigners));
  }
  Receipt record_receipt(std::size_t index) const {
    return make_record_receipt(registry.origin, registry.all_leaves()[index], log_proof(index, 3));
  }
  note::TlogProof log_proof(std::size_t index, std::size_t cosigners) const {
    return registry.log_proof(index, registry.signed_checkpoint(members.first(cosigners)));
  }
  Receipt value() const { return object_receipt("domain ru.", resource::sample_domain()); }
  Receipt deleted() const { return object_receipt("domain su.", registry.tombstone); }
  Receipt nothing() const { return object_receipt("domain xx.", std::nullopt); }
  std::vector<Receipt> all() const { return {value(), deleted(), nothing(), record_receipt(1)}; }

  base::Result<Verdict> verify(const Receipt& receipt) const {
    return verify_receipt(serialize_receipt(receipt), members.policy, kAnyAge);
  }
  base::ErrorKind reason(const Receipt& receipt) const {
    const auto verdict = verify(receipt);
    CHECK(!verdict.has_value());
    return verdict.error().kind();
  }
};

TEST(Receipt, ProvesValueTombstoneNothingAndRecord) {
  const World world;
  for (const Receipt& receipt : world.all()) {
    const auto verdict = world.verify(receipt);
    ASSERT_TRUE(verdict) << found_name(receipt.found) << ": " << verdict.error().message();
    EXPECT_EQ(verdict->receipt.found, receipt.found);
    EXPECT_EQ(verdict->checkpoint.as_of, base::EpochSeconds(kSampleTime + 10));  // the third of three
    EXPECT_EQ(verdict->block_time.has_value(), receipt.found != Found::kRecord);
    const std::string text = serialize_receipt(receipt);
    EXPECT_EQ(serialize_receipt(*parse_receipt(text)), text);
  }
  EXPECT_EQ(world.verify(world.value())->receipt.object_text, resource::sample_domain());
  EXPECT_EQ(world.verify(world.value())->height, base::Height(7));
}

// With exactly a quorum of cosignatures every byte matters: there is no byte whose change leaves the receipt
// valid.
TEST(Receipt, NoByteMayChange) {
  const World world;
  for (const Receipt& receipt : world.all()) {
    const std::string right = serialize_receipt(receipt);
    for (std::size_t i = 0; i < right.size(); ++i) {
      for (const char flip : {'\x01', '\x20', '\x80'}) {
        std::string wrong = right;
        wrong[i] = static_cast<char>(wrong[i] ^ flip);
        const auto verdict = verify_receipt(wrong, world.members.policy, kAnyAge);
        ASSERT_FALSE(verdict) << found_name(receipt.found) << " offset " << i << " of\n" << wrong;
      }
    }
  }
}

TEST(Receipt, NoByteMayBeMissingOrAdded) {
  const World world;
  for (const Receipt& receipt : world.all()) {
    const std::string right = serialize_receipt(receipt);
    for (std::size_t i = 0; i <= right.size(); ++i) {
      EXPECT_FALSE(verify_receipt(right.substr(0, i) + "\n" + right.substr(i), world.members.policy, kAnyAge))
          << i;
      EXPECT_FALSE(verify_receipt(right.substr(0, i) + " " + right.substr(i), world.members.policy, kAnyAge))
          << i;
      if (i == right.size()) continue;
      EXPECT_FALSE(verify_receipt(right.substr(0, i), world.members.policy, kAnyAge)) << i;
      EXPECT_FALSE(verify_receipt(right.substr(0, i) + right.substr(i + 1), world.members.policy, kAnyAge))
          << i;
    }
  }
}

// A fourth cosignature may be damaged into one of an unknown key; then the rest decides, and can only be
// older.
TEST(Receipt, BeyondTheQuorumAChangeOnlyLosesACosigner) {
  const World world;
  const Receipt receipt = world.object_receipt("domain ru.", resource::sample_domain(), 4);
  const std::string right = serialize_receipt(receipt);
  const auto whole = verify_receipt(right, world.members.policy, kAnyAge);
  ASSERT_TRUE(whole);
  ASSERT_EQ(whole->checkpoint.cosigners.size(), 4U);
  const std::size_t signatures = right.rfind("\n\n");
  for (std::size_t i = 0; i < right.size(); ++i) {
    std::string wrong = right;
    wrong[i] = static_cast<char>(wrong[i] ^ 1);
    const auto verdict = verify_receipt(wrong, world.members.policy, kAnyAge);
    if (!verdict) continue;
    EXPECT_GT(i, signatures);
    EXPECT_EQ(verdict->receipt.object_text, resource::sample_domain());
    EXPECT_EQ(verdict->checkpoint.cosigners.size(), 3U);
    EXPECT_LE(verdict->checkpoint.as_of, whole->checkpoint.as_of);
  }
}

RC_GTEST_PROP(ReceiptProperty, AnyMixtureOfTwoReceiptsIsRefusedOrIsOneOfThem, ()) {
  static const World world;
  static const std::vector<std::string> texts = [] {
    std::vector<std::string> made;
    for (const Receipt& receipt : world.all()) made.push_back(serialize_receipt(receipt));
    return made;
  }();
  const std::string& first = texts[*rc::gen::inRange<std::size_t>(0, texts.size())];
  const std::string& second = texts[*rc::gen::inRange<std::size_t>(0, texts.size())];
  const auto cut = *rc::gen::inRange<std::size_t>(0, first.size());
  const auto join = *rc::gen::inRange<std::size_t>(0, second.size());
  const std::string mixed = first.substr(0, cut) + second.substr(join);
  const bool is_genuine = std::ranges::find(texts, mixed) != texts.end();
  RC_ASSERT(verify_receipt(mixed, world.members.policy, kAnyAge).has_value() == is_genuine);
}

TEST(Receipt, RefusesFalseClaimsWithGenuineProofs) {
  const World world;
  Receipt other_text = world.value();
  other_text.object_text.replace(other_text.object_text.find("version: 7"), 10, "version: 8");
  EXPECT_EQ(world.reason(other_text), kNotProven);

  Receipt hidden = world.value();  // says that ru. does not exist
  hidden.found = Found::kNothing;
  hidden.object_text.clear();
  EXPECT_EQ(world.reason(hidden), merkle::kBadTrieProof);

  Receipt absent_elsewhere = world.nothing();  // the absence of xx. for ru.
  absent_elsewhere.object = id_of("domain ru.");
  EXPECT_FALSE(world.verify(absent_elsewhere));

  Receipt rules_as_objects = world.value();
  std::swap(rules_as_objects.state_proof.roots.objects, rules_as_objects.state_proof.roots.rules);
  EXPECT_EQ(world.reason(rules_as_objects), kNotProven);

  Receipt not_deleted = world.value();
  not_deleted.found = Found::kTombstone;
  EXPECT_EQ(world.reason(not_deleted), kBadReceipt);
}

TEST(Receipt, RefusesAStateThatIsNotTheCheckpoints) {
  World world;
  // A block record inside the log, not at its end: genuine, but of a former state.
  const std::string former = world.registry.block_record();
  World later;
  later.registry.leaves.push_back(former);
  later.registry.objects["domain:ru."] = later.registry.tombstone;
  Receipt stale = world.value();
  stale.log_proof = later.log_proof(later.registry.leaves.size() - 1, 3);
  EXPECT_EQ(later.reason(stale), kNotTheLastLeaf);

  // A log that ends with another record.
  Receipt no_block = world.value();
  no_block.leaf = sample_ballot();
  EXPECT_EQ(world.reason(no_block), kBadReceipt);  // a signed record has an empty line, a block record none
  Receipt record = world.record_receipt(1);
  record.found = Found::kNothing;
  record.object = id_of("domain xx.");
  record.state_proof = world.nothing().state_proof;
  EXPECT_FALSE(world.verify(record));
}

TEST(Receipt, RefusesAnotherOriginAnotherPolicyAndTooFewCosigners) {
  const World world;
  Receipt other_origin = world.value();
  other_origin.origin = "registry.example/other";
  EXPECT_EQ(world.reason(other_origin), kWrongOrigin);

  const SampleMembers strangers("ABCD", 90, base::Epoch(1), 3);
  const auto verdict = verify_receipt(serialize_receipt(world.value()), strangers.policy, kAnyAge);
  ASSERT_FALSE(verdict);
  EXPECT_EQ(verdict.error().kind(), note::kNoQuorum);

  EXPECT_EQ(world.reason(world.object_receipt("domain ru.", resource::sample_domain(), 2)), note::kNoQuorum);
}

TEST(Receipt, RefusesExtraDataAndAnotherIndex) {
  const World world;
  Receipt extra = world.value();
  extra.log_proof.extra = base::Bytes{1};
  EXPECT_EQ(world.reason(extra), kBadReceipt);
  std::string text = serialize_receipt(world.record_receipt(1));
  text.replace(text.find("index: 1"), 8, "index: 2");
  EXPECT_FALSE(verify_receipt(text, world.members.policy, kAnyAge));
}

TEST(Receipt, AgeIsCountedFromTheQuorumsTime) {
  const World world;
  const std::string text = serialize_receipt(world.value());
  const std::uint64_t as_of = kSampleTime + 10;
  const auto at = [&](std::uint64_t now, std::uint64_t age_max) {
    return verify_receipt(text, world.members.policy, {base::EpochSeconds(now), base::Seconds(age_max)});
  };
  EXPECT_TRUE(at(as_of + 60, 60));
  ASSERT_FALSE(at(as_of + 61, 60));
  EXPECT_EQ(at(as_of + 61, 60).error().kind(), kTooOld);
  EXPECT_TRUE(at(as_of - 300, 60));
  ASSERT_FALSE(at(as_of - 301, 60));
  EXPECT_EQ(at(as_of - 301, 60).error().kind(), kFromTheFuture);
}

TEST(Receipt, WithoutAQuorumThereIsNoAge) {
  World world;
  world.members.policy.quorum = "none";
  const std::string text =
      serialize_receipt(world.object_receipt("domain ru.", resource::sample_domain(), 0));
  EXPECT_TRUE(verify_receipt(text, world.members.policy, kAnyAge));
  const auto aged =
      verify_receipt(text, world.members.policy, {base::EpochSeconds(kSampleTime), base::Seconds(1'000'000)});
  ASSERT_FALSE(aged);
  EXPECT_EQ(aged.error().kind(), kTooOld);
}

}  // namespace
}  // namespace verify
