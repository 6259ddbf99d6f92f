// Aim: the defaults are those of the document; tightening is exactly what the document calls so; keys are
// found under their scopes with admin as the substitute where it serves. Method: every single number of the
// charter moved one way and the other; keys of sample parties.
#include "resource/charter_numbers.h"

#include <cstdint>

#include <gtest/gtest.h>

#include "resource/keys.h"
#include "resource/sample_objects.h"

namespace resource {
namespace {

constexpr std::uint64_t kDay = 86'400;

Object charter_with(std::string_view from, std::string_view to) {
  std::string text = default_charter();
  const auto at = text.find(from);
  EXPECT_NE(at, std::string::npos) << from;
  text.replace(at, from.size(), to);
  auto charter = Object::parse(text);
  EXPECT_TRUE(charter) << charter.error().message();
  return std::move(*charter);
}

TEST(CharterNumbers, Defaults) {
  const CharterNumbers numbers = CharterNumbers::parse(Object::parse(default_charter()).value());
  EXPECT_EQ(numbers.lock("V"), base::Seconds(30 * kDay));
  EXPECT_EQ(numbers.lock("U"), base::Seconds(0));
  EXPECT_EQ(numbers.lock("C-loosening"), base::Seconds(60 * kDay));
  EXPECT_EQ(numbers.period("open"), base::Seconds(14 * kDay));
  EXPECT_EQ(numbers.quorum("A"), Quorum::kMajority);
  EXPECT_EQ(numbers.quorum("V"), Quorum::kSupermajority);
  EXPECT_EQ(numbers.budget("organisation"), (Budget{100, 1'000'000, 5}));
  EXPECT_FALSE(numbers.checks_required());
  EXPECT_EQ(numbers.controller(), "");
  EXPECT_EQ(CharterNumbers::parse(charter_with("checks: off\n", "checks: off\ncontroller: MEMBER-A\n"))
                .controller(),
            "MEMBER-A");
}

TEST(CharterNumbers, BudgetsAtTheirFloors) {
  const Object charter = charter_with("budget: member 1000 16000000 20", "budget: member 3 65535 1");
  EXPECT_EQ(CharterNumbers::parse(charter).budget("member"), (Budget{3, 65'535, 1}));
  charter_with("member-reserve 1000 2000000 0", "member-reserve 3 65535 0");
}

TEST(CharterNumbers, EveryLockTightensWhenLongerOnly) {
  const Object before = Object::parse(default_charter()).value();
  const CharterNumbers numbers = CharterNumbers::parse(before);
  for (const std::string_view name : kLockNames) {
    const auto days = numbers.lock(name).value() / 86'400;
    const std::string line = "lock: " + std::string(name) + " ";
    const std::string now = line + std::to_string(days) + "d\n";
    EXPECT_TRUE(is_tightening(before, charter_with(now, line + std::to_string(days + 1) + "d\n"))) << name;
    if (days == 0 || name == "V") continue;
    EXPECT_FALSE(is_tightening(before, charter_with(now, line + std::to_string(days - 1) + "d\n"))) << name;
  }
}

TEST(CharterNumbers, QuorumsBudgetsChecksPeriods) {
  const Object before = Object::parse(default_charter()).value();
  EXPECT_TRUE(is_tightening(before, before));
  EXPECT_TRUE(is_tightening(before, charter_with("quorum: A majority", "quorum: A all")));
  EXPECT_TRUE(is_tightening(before, charter_with("checks: off", "checks: required")));
  EXPECT_TRUE(is_tightening(before, charter_with("member 1000 16000000 20", "member 999 16000000 19")));
  EXPECT_FALSE(is_tightening(before, charter_with("quorum: V supermajority", "quorum: V majority")));
  EXPECT_FALSE(is_tightening(charter_with("checks: off", "checks: required"), before));
  EXPECT_FALSE(is_tightening(before, charter_with("member 1000 16000000 20", "member 999 16000001 20")));
  EXPECT_FALSE(is_tightening(before, charter_with("member 1000 16000000 20", "member 3 65535 21")));
  EXPECT_FALSE(is_tightening(before, charter_with("period: open 14d", "period: open 13d")));
  EXPECT_FALSE(is_tightening(before, charter_with("period: dispute 60d", "period: dispute 61d")));
  EXPECT_FALSE(is_tightening(before, charter_with("checks: off\n", "checks: off\ncontroller: MEMBER-A\n")));
}

TEST(Keys, ScopesAndSubstitutes) {
  const Object organisation = Object::parse(sample_organisation()).value();
  EXPECT_EQ(party_keys(organisation).size(), 3U);
  const RoleKeys admin = keys_for(organisation, Role::kAdmin);
  EXPECT_EQ(admin.keys.size(), 2U);
  EXPECT_EQ(admin.threshold, 2U);
  const RoleKeys dns = keys_for(organisation, Role::kDns);
  EXPECT_EQ(dns.role, Role::kDns);
  ASSERT_EQ(dns.keys.size(), 1U);
  EXPECT_EQ(dns.keys[0].text, sample_key(3));
  EXPECT_EQ(dns.keys[0].key.bytes[0], 3);
  EXPECT_EQ(dns.threshold, 1U);
  const RoleKeys ds = keys_for(organisation, Role::kDs);
  EXPECT_EQ(ds.role, Role::kAdmin);
  EXPECT_EQ(ds.threshold, 2U);
  EXPECT_TRUE(keys_for(organisation, Role::kLock).keys.empty());
  EXPECT_TRUE(keys_for(organisation, Role::kGovernance).keys.empty());
}

TEST(Keys, MembersAndOthers) {
  const Object member = Object::parse(sample_member()).value();
  EXPECT_EQ(party_keys(member).size(), 4U);
  EXPECT_EQ(keys_for(member, Role::kGovernance).threshold, 2U);
  EXPECT_EQ(keys_for(member, Role::kOperator).keys.size(), 1U);
  EXPECT_TRUE(keys_for(member, Role::kEngine).keys.empty());
  EXPECT_TRUE(keys_for(member, Role::kAdmin).keys.empty());
  EXPECT_TRUE(party_keys(Object::parse(sample_host()).value()).empty());
  EXPECT_TRUE(party_keys(Object::tombstone(member.id(), base::Version(2))).empty());
}

TEST(Keys, KeyIdIsTheSignedNoteOne) {
  // The example of golang.org/x/mod/sumdb/note:
  // PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW
  crypto::PublicKey key;
  const auto bytes = codec::parse_base64("ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW").value();
  std::copy(bytes.begin() + 1, bytes.end(), key.bytes.begin());
  EXPECT_EQ(key_id("PeterNeumann", key), 0xc74f20a3U);
}

}  // namespace
}  // namespace resource
