// Aim: the brake holds at its exact bounds, and no change without an effect behind it goes unseen. Method:
// zones of a hundred delegations, one step below, at and above each bound.
#include "publish/dns/zone_difference.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "publish/dns/objects_for_test.h"
#include "publish/dns/signing_for_test.h"

namespace publish {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

constexpr std::uint64_t kNoon = 1'787'400'000;

std::string name(int i) {
  return "t" + std::to_string(i) + ".";
}

Objects hundred() {
  Objects objects;
  objects.put(zone_object(".", "nserver: a.srv.\n"));
  objects.put(host_object("a.srv.", "address: 192.0.2.1\n"));
  objects.put(host_object("b.srv.", "address: 192.0.2.2\n"));
  objects.put(host_object("c.srv.", "address: 192.0.2.3\n"));
  for (int i = 0; i < 100; ++i) {
    objects.put(domain_object(name(i), i < 6 ? "nserver: a.srv.\nnserver: b.srv.\n" : "nserver: a.srv.\n"));
  }
  return objects;
}

ZoneDifference after(const Objects& objects, const SignedZone& before) {
  return difference(before, sign_zone(objects, test_release(2, kNoon + 600), &before));
}

TEST(ZoneDifference, IsNothingForAReleaseThatOnlySignsAgain) {
  const Objects objects = hundred();
  const SignedZone before = sign_zone(objects, test_release(1, kNoon));
  const ZoneDifference nothing =
      difference(before, sign_zone(objects, test_release(2, kNoon + 15LL * 86'400)));
  EXPECT_THAT(nothing.changes, IsEmpty());
  EXPECT_EQ(nothing.delegations_before, 100U);
  EXPECT_EQ(why_ballot(nothing), "");
}

TEST(ZoneDifference, AsksForABallotAboveTwoInAHundredRemoved) {
  Objects objects = hundred();
  const SignedZone before = sign_zone(objects, test_release(1, kNoon));
  for (int i = 50; i < 52; ++i) objects.put(domain_object(name(i), "nserver: a.srv.\n", "inactive"));
  EXPECT_EQ(why_ballot(after(objects, before)), "");
  objects.put(domain_object(name(52), "nserver: a.srv.\n", "inactive"));
  EXPECT_EQ(why_ballot(after(objects, before)), "3 of 100 delegations removed, over 2 %");
}

TEST(ZoneDifference, AsksForABallotAboveFiveInAHundredChanged) {
  Objects objects = hundred();
  const SignedZone before = sign_zone(objects, test_release(1, kNoon));
  for (int i = 50; i < 54; ++i) objects.put(domain_object(name(i), "nserver: c.srv.\n"));
  objects.put(domain_object("new.", "nserver: a.srv.\n"));
  EXPECT_EQ(after(objects, before).delegations_changed, 5U);
  EXPECT_EQ(why_ballot(after(objects, before)), "");
  objects.put(domain_object(name(54), "nserver: a.srv.\nds-rdata: 9 8 2 " + std::string(64, 'B') + "\n"));
  EXPECT_EQ(why_ballot(after(objects, before)), "6 of 100 delegations changed or added, over 5 %");
}

TEST(ZoneDifference, CountsEveryDelegationThatAHostServes) {
  Objects objects = hundred();
  const SignedZone before = sign_zone(objects, test_release(1, kNoon));
  objects.put(host_object("b.srv.", "address: 192.0.2.99\n"));
  const ZoneDifference moved = after(objects, before);
  EXPECT_THAT(moved.changes, ElementsAre(SetChange{"b.srv.", kTypeA, SetChangeKind::kChanged}));
  EXPECT_EQ(moved.delegations_changed, 6U);
  EXPECT_NE(why_ballot(moved), "");
}

TEST(ZoneDifference, AsksForABallotForTheApex) {
  Objects objects = hundred();
  const SignedZone before = sign_zone(objects, test_release(1, kNoon));
  Release release = test_release(2, kNoon + 600);
  release.keys.push_back({kZskFlags, test_keys()[3], KeyDuty::kStandby});
  const ZoneDifference keys = difference(before, sign_zone(objects, release, &before));
  EXPECT_THAT(why_ballot(keys), HasSubstr("apex"));
  EXPECT_THAT(unexplained(keys, ".", {}), ElementsAre(SetChange{".", kTypeDnskey, SetChangeKind::kChanged}));
  EXPECT_THAT(unexplained(keys, ".", {.cuts = {}, .hosts = {}, .keys = true}), IsEmpty());
  objects.put(zone_object(".", "nserver: a.srv.\nnserver: c.srv.\n"));
  const ZoneDifference servers = after(objects, before);
  EXPECT_THAT(why_ballot(servers), HasSubstr("apex"));
  EXPECT_THAT(servers.changes, ElementsAre(SetChange{".", kTypeNs, SetChangeKind::kChanged},
                                           SetChange{"c.srv.", kTypeA, SetChangeKind::kAdded}));
}

TEST(ZoneDifference, NeedsAnEffectBehindEveryChange) {
  Objects objects = hundred();
  const SignedZone before = sign_zone(objects, test_release(1, kNoon));
  objects.put(domain_object(name(7), "nserver: c.srv.\n"));
  objects.put(domain_object(name(8), "nserver: a.srv.\n", "inactive"));
  const ZoneDifference seen = after(objects, before);
  EXPECT_THAT(unexplained(seen, ".", {.cuts = {name(7), name(8)}, .hosts = {"a.srv.", "c.srv."}}), IsEmpty());
  EXPECT_THAT(unexplained(seen, ".", {.cuts = {name(7)}, .hosts = {"c.srv."}}),
              ElementsAre(SetChange{name(8), kTypeNs, SetChangeKind::kRemoved}));
  EXPECT_THAT(unexplained(seen, ".", {.cuts = {name(7), name(8)}, .hosts = {}}),
              ElementsAre(SetChange{"c.srv.", kTypeA, SetChangeKind::kAdded}));
}

}  // namespace
}  // namespace publish
