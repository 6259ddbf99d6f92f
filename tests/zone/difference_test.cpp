// Aim: an import changes exactly the UNCLAIMED objects that differ, never a claimed one, lists every
// divergence, and its proposals keep the invariants one by one. Method: small zones followed in a registry of
// maps that checks the invariants naively after every batch; random pairs of zones in random batch sizes.
#include "import/difference.h"

#include <algorithm>
#include <random>
#include <set>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "publish/dns/zone_text.h"
#include "zone/map_registry.h"

namespace zone_tests {
namespace {

using resource::ObjectClass;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

constexpr std::string_view kApex =
    "$TTL 172800\n"
    ". 86400 IN SOA a.srv. b. 1 1800 900 604800 86400\n"
    ". 518400 IN NS a.srv.\n"
    "a.srv. 518400 IN A 192.0.2.1\n";
const std::string kDs = " DS 1 8 2 " + std::string(64, 'A') + "\n";

import::ParsedZone zone_of(const std::string& text, std::string_view head = kApex) {
  auto zone = import::parse_zone(base::as_bytes(std::string(head) + text), ".");
  EXPECT_TRUE(zone) << zone.error().message();
  return zone ? std::move(*zone) : import::ParsedZone{};
}

std::vector<std::string> shown(const std::vector<import::PlannedChange>& changes) {
  std::vector<std::string> lines;
  for (const import::PlannedChange& change : changes) {
    lines.push_back(change.paragraph.substr(0, change.paragraph.find('\n')));
  }
  return lines;
}

std::vector<std::string> shown(const std::vector<import::Divergence>& divergences) {
  std::vector<std::string> lines;
  for (const import::Divergence& d : divergences) {
    lines.push_back(d.id.trie_name() + " " + d.attribute + ": " + d.ours + " | " + d.upstream + " | " +
                    d.reason);
  }
  return lines;
}

void claim(MapRegistry& registry, const std::string& domain, const std::string& holder = "ORG-HOLDER") {
  const auto claimed =
      registry.apply({"change domain: " + domain + "\n+ holder: " + holder + "\n- holder: UNCLAIMED\n"});
  ASSERT_TRUE(claimed) << claimed.error().message();
}

TEST(Difference, RefusesAZoneThatCannotStand) {
  MapRegistry registry;
  const auto no_address =
      import::difference(zone_of("", ". 60 IN SOA a. b. 1 1 1 1 1\n. 60 IN NS lost.srv.\n"), registry, {});
  ASSERT_FALSE(no_address);
  EXPECT_THAT(no_address.error().message(),
              HasSubstr("unrepresentable: the zone .: no address for lost.srv. in the file"));

  registry.put("host: bare.example.\nversion: 1\n");
  const auto stranded = import::difference(zone_of(""), registry, {});
  ASSERT_FALSE(stranded);
  EXPECT_THAT(stranded.error().message(), HasSubstr("the host bare.example. has no address"));
}

TEST(Difference, RefusesAParagraphLargerThanABatch) {
  MapRegistry registry;
  const auto difference = import::difference(zone_of(""), registry, {});
  ASSERT_TRUE(difference);
  EXPECT_FALSE(import::make_batches(difference->changes, 20));
  EXPECT_THAT(*import::make_batches({}), IsEmpty());
}

TEST(Difference, ADelegationWithoutAddressesIsReportedNotInvented) {
  MapRegistry registry;
  const std::string good = "ok. NS a.srv.\n";
  const auto first = follow(registry, zone_of(good + "bad. NS ns.bad.\nbad." + kDs));
  EXPECT_THAT(shown(first.changes),
              ElementsAre("create host: a.srv.", "create zone: .", "create domain: ok."));
  EXPECT_THAT(shown(first.divergences),
              ElementsAre("domain:bad. nserver: absent | ns.bad. | no address for ns.bad. in the file"));
  // A known delegation keeps its servers and follows in the rest.
  const auto second = follow(registry, zone_of("ok. NS ns.bad.\nok." + kDs));
  EXPECT_THAT(shown(second.changes), ElementsAre("change domain: ok."));
  EXPECT_EQ(registry.value_text(ObjectClass::kDomain, "ok.", "nserver"), "a.srv.");
  EXPECT_NE(registry.value_text(ObjectClass::kDomain, "ok.", "ds-rdata"), "");
  // A known host keeps its addresses if the file forgets them.
  const auto third = follow(registry, zone_of("ok. NS ns.ok.\nns.ok. A 192.0.2.9\n"));
  EXPECT_THAT(third.divergences, IsEmpty());
  const auto fourth = follow(registry, zone_of("ok. NS ns.ok.\n"));
  EXPECT_THAT(fourth.changes, IsEmpty());
  EXPECT_THAT(shown(fourth.divergences),
              ElementsAre("host:ns.ok. address: 192.0.2.9 | absent | no address for it in the file"));
}

TEST(Difference, ClaimedDomainsAndTheirHostsStay) {
  MapRegistry registry;
  follow(registry, zone_of("one. NS ns.one.\none. NS shared.two.\nns.one. A 192.0.2.11\n"
                           "two. NS shared.two.\nshared.two. A 192.0.2.12\ntwo." +
                           kDs + "gone. NS ns.one.\n"));
  claim(registry, "one.");
  claim(registry, "gone.", "ORG-OTHER");
  const auto difference = follow(registry, zone_of("one. NS other.two.\none." + kDs +
                                                   "other.two. A 192.0.2.20\n"
                                                   "two. NS ns.one.\nns.one. A 192.0.2.99\n"
                                                   "new. NS fresh.one.\nfresh.one. A 192.0.2.21\n"));
  EXPECT_THAT(
      shown(difference.divergences),
      ElementsAre("domain:gone. : active | absent | claimed by ORG-OTHER",
                  "domain:new. nserver: absent | fresh.one. | no host fresh.one., which is below one., "
                  "claimed by ORG-HOLDER",
                  "domain:one. ds-rdata: absent | 1 8 2 " + std::string(64, 'A') + " | claimed by ORG-HOLDER",
                  "domain:one. nserver: ns.one., shared.two. | other.two. | claimed by ORG-HOLDER",
                  "host:ns.one. address: 192.0.2.11 | 192.0.2.99 | below one., claimed by ORG-HOLDER"));
  EXPECT_THAT(shown(difference.changes), ElementsAre("change domain: two."));
  EXPECT_EQ(registry.value_text(ObjectClass::kDomain, "one.", "nserver"), "ns.one., shared.two.");
  EXPECT_EQ(registry.value_text(ObjectClass::kDomain, "two.", "nserver"), "ns.one.");
  EXPECT_EQ(registry.value_text(ObjectClass::kHost, "shared.two.", "address"), "192.0.2.12")
      << "one. still uses it";
}

TEST(Difference, AHostUsedByAClaimedDomainFollowsIfItIsNotTheirs) {
  MapRegistry registry;
  const std::string domains = "one. NS shared.two.\ntwo. NS shared.two.\n";
  follow(registry, zone_of(domains + "shared.two. A 192.0.2.12\n"));
  claim(registry, "one.");
  const auto difference = follow(registry, zone_of(domains + "shared.two. AAAA 2001:db8::12\n"));
  EXPECT_THAT(difference.divergences, IsEmpty());
  EXPECT_EQ(registry.value_text(ObjectClass::kHost, "shared.two.", "address"), "2001:db8::12");
}

TEST(Difference, ReleasedHostsGoAfterTheirDomainsAndOthersStay) {
  MapRegistry registry;
  follow(registry, zone_of("one. NS x.one.\nx.one. A 192.0.2.11\ntwo. NS x.two.\nx.two. A 192.0.2.12\n"));
  ASSERT_TRUE(registry.apply({"create host: prepared.two.\n+ address: 192.0.2.77\n"}));
  const auto difference = follow(registry, zone_of("one. NS y.one.\ny.one. A 192.0.2.13\n"));
  EXPECT_THAT(shown(difference.changes),
              ElementsAre("create host: y.one.", "change domain: one.", "delete domain: two.",
                          "delete host: x.one.", "delete host: x.two."));
  EXPECT_THAT(difference.unused_hosts, ElementsAre("prepared.two."));
  // Coming back continues the versions of the tombstones.
  follow(registry, zone_of("one. NS y.one.\ny.one. A 192.0.2.13\ntwo. NS x.two.\nx.two. A 192.0.2.12\n"));
  EXPECT_EQ(registry.find({ObjectClass::kDomain, "two."})->version().value(), 3U);
}

TEST(Difference, InactiveUnclaimedDomainsBecomeActiveAndLocksStay) {
  MapRegistry registry;
  follow(registry, zone_of("one. NS a.srv.\n"));
  registry.put(
      "domain: one.\nversion: 4\nholder: UNCLAIMED\nstatus: inactive\nregistry-lock: on\nnserver: a.srv.\n");
  follow(registry, zone_of("one. NS a.srv.\n"));
  EXPECT_EQ(registry.value_text(ObjectClass::kDomain, "one.", "status"), "active");
  EXPECT_EQ(registry.value_text(ObjectClass::kDomain, "one.", "registry-lock"), "on");
}

TEST(Difference, ZonesSideBySideKeepTheirOwn) {
  MapRegistry registry;
  follow(registry,
         zone_of(
             "example. NS ns1.example.\nns1.example. A 192.0.2.50\nfar. NS ns.far.\nns.far. A 192.0.2.60\n"));
  const std::string head = "$TTL 3600\n@ SOA ns1 admin 1 2 3 4 5\n@ NS ns1\n@ NS ns.far.\nns1 A 192.0.2.50\n";
  auto inner = import::parse_zone(base::as_bytes(head + "sub NS ns.sub\nns.sub A 192.0.2.51\n"), "example.");
  ASSERT_TRUE(inner) << inner.error().message();
  const auto made = follow(registry, *inner);
  EXPECT_THAT(shown(made.changes), ElementsAre("create zone: example.", "create host: ns.sub.example.",
                                               "create domain: sub.example."));
  EXPECT_THAT(made.divergences, IsEmpty());
  // The root's own file leaves the inner zone's objects alone, and is not nearest to its hosts.
  const auto root =
      follow(registry, zone_of("example. NS ns1.example.\nns1.example. A 192.0.2.99\nfar. NS a.srv.\n"));
  EXPECT_THAT(shown(root.changes), ElementsAre("change domain: far."));
  EXPECT_THAT(
      shown(root.divergences),
      ElementsAre("host:ns1.example. address: 192.0.2.50 | 192.0.2.99 | the zone example. is nearer"));
  const auto text = publish::zone_text(registry, "example.", 9);
  ASSERT_TRUE(text);
  EXPECT_EQ(*text,
            "example. 3600 IN SOA ns1.example. admin.example. 9 2 3 4 5\n"
            "example. 3600 IN NS ns.far.\n"
            "example. 3600 IN NS ns1.example.\n"
            "ns1.example. 3600 IN A 192.0.2.50\n"
            "sub.example. 3600 IN NS ns.sub.example.\n"
            "ns.sub.example. 3600 IN A 192.0.2.51\n");
}

TEST(Difference, HostsOutsideEveryZoneNeedNoAddressUntilAZoneComes) {
  MapRegistry registry;
  const auto inner = import::parse_zone(
      base::as_bytes("$TTL 60\n@ SOA ns.far. admin 1 2 3 4 5\n@ NS ns.far.\n"), "example.");
  ASSERT_TRUE(inner);
  EXPECT_THAT(shown(follow(registry, *inner).changes),
              ElementsAre("create host: ns.far.", "create zone: example."));
  EXPECT_FALSE(import::difference(zone_of(""), registry, {}))
      << "ns.far. would lie in the root without an address";
  const auto root = follow(registry, zone_of("far. NS ns.far.\nns.far. A 192.0.2.60\n"), 200);
  EXPECT_THAT(shown(root.changes), ElementsAre("create host: a.srv.", "change host: ns.far.",
                                               "create zone: .", "create domain: far."));
}

TEST(Difference, MakesNoCutAboveWhatSomebodyHoldsAndKeepsWhatItWouldSwallow) {
  MapRegistry registry;
  const std::string host = "far. NS ns.far.\nns.far. A 192.0.2.60\n";
  follow(registry, zone_of(host + "held.se. NS ns.far.\nother.se. NS ns.far.\ngone. NS ns.far.\n"));
  claim(registry, "held.se.");
  const auto difference = follow(registry, zone_of(host + "se. NS ns.se.\nns.se. A 192.0.2.61\n"));
  EXPECT_THAT(shown(difference.changes), ElementsAre("delete domain: gone."));
  EXPECT_THAT(
      shown(difference.divergences),
      ElementsAre("domain:held.se. : active | absent | claimed by ORG-HOLDER",
                  "domain:other.se. : active | absent | upstream has it below se., which is not made here",
                  "domain:se. : absent | active | above held.se., claimed by ORG-HOLDER"));
  // Given up by its holder, it stands in nobody's way.
  registry.put("domain: held.se.\nversion: 3\nholder: UNCLAIMED\nstatus: active\nnserver: ns.far.\n");
  EXPECT_THAT(follow(registry, zone_of(host + "se. NS ns.se.\nns.se. A 192.0.2.61\n")).divergences,
              IsEmpty());
  EXPECT_EQ(registry.live_count(ObjectClass::kDomain), 2U);
}

TEST(Difference, MakesNothingBelowWhatSomebodyHolds) {
  MapRegistry registry;
  const std::string host = "far. NS ns.far.\nns.far. A 192.0.2.60\n";
  follow(registry, zone_of(host + "se. NS ns.far.\n"));
  claim(registry, "se.");
  const auto difference = follow(registry, zone_of(host + "new.se. NS ns.far.\n"));
  EXPECT_THAT(difference.changes, IsEmpty());
  EXPECT_THAT(shown(difference.divergences),
              ElementsAre("domain:new.se. : absent | active | below se., claimed by ORG-HOLDER",
                          "domain:se. : active | absent | claimed by ORG-HOLDER"));
  const auto inner =
      import::parse_zone(base::as_bytes("$TTL 60\n@ SOA ns.far. admin 1 2 3 4 5\n@ NS ns.far.\n"), "x.se.");
  ASSERT_TRUE(inner);
  const auto zone = import::difference(*inner, registry, {});
  ASSERT_FALSE(zone);
  EXPECT_THAT(zone.error().message(), HasSubstr("it would stand below se., claimed by ORG-HOLDER"));
}

TEST(Difference, WhatTheRulesHoldFastStaysAndIsListed) {
  MapRegistry registry;
  const std::string rest = "far. NS ns.far.\nns.far. A 192.0.2.60\n";
  follow(registry, zone_of(rest + "voted. NS ns.voted.\nns.voted. A 192.0.2.61\nargued. NS ns.far.\n" +
                           "lost. NS ns.lost.\nns.lost. A 192.0.2.62\n"));
  const import::Restraints restraints{
      {{ObjectClass::kDomain, "voted."}, true, "under vote"},
      {{ObjectClass::kDomain, "voted."}, false, "disputed as well"},
      {{ObjectClass::kDomain, "argued."}, false, "disputed"},
      {{ObjectClass::kHost, "ns.lost."}, false, "disputed"},
  };
  const auto zone = zone_of(rest + "sub.argued. NS ns.far.\nx.voted. NS ns.far.\n" +
                            "new. NS ns2.voted.\nns2.voted. A 192.0.2.63\n");
  const auto difference = follow(registry, zone, import::kBatchBytesMax, restraints);
  EXPECT_THAT(shown(difference.changes), ElementsAre("delete domain: lost."));
  EXPECT_THAT(shown(difference.divergences),
              ElementsAre("domain:argued. : active | absent | disputed",
                          "domain:new. nserver: absent | ns2.voted. | no host ns2.voted., which is below "
                          "voted., under vote",
                          "domain:sub.argued. : absent | active | below argued., which stays: disputed",
                          "domain:voted. : active | absent | under vote",
                          "domain:x.voted. : absent | active | below voted., under vote",
                          "host:ns.lost. : present | absent | disputed"));
  EXPECT_EQ(registry.value_text(ObjectClass::kHost, "ns.voted.", "address"), "192.0.2.61") << "still in use";
  // With nothing in the way the same file is followed to the end.
  EXPECT_THAT(follow(registry, zone).divergences, IsEmpty());
  EXPECT_EQ(registry.value_text(ObjectClass::kDomain, "voted.", "nserver"), "tombstone");
  EXPECT_EQ(registry.live_count(ObjectClass::kDomain), zone.delegations.size());
}

TEST(Difference, AStandingZoneWhoseServersCannotBeMadeKeepsItsOwn) {
  MapRegistry registry;
  follow(registry, zone_of("one. NS a.srv.\n"));
  claim(registry, "one.");
  const std::string head = ". 86400 IN SOA a.srv. b. 1 1800 900 604800 86400\n. 518400 IN NS new.one.\n";
  const auto difference = follow(registry, zone_of("new.one. 518400 A 192.0.2.9\ntwo. 172800 NS a.srv.\n"
                                                   "a.srv. 518400 IN A 192.0.2.1\none. 172800 NS a.srv.\n",
                                                   head));
  EXPECT_THAT(
      shown(difference.divergences),
      ElementsAre("zone:. nserver: a.srv. | new.one. | no host new.one., which is below one., claimed "
                  "by ORG-HOLDER"));
  EXPECT_EQ(registry.value_text(ObjectClass::kZone, ".", "nserver"), "a.srv.");
  EXPECT_EQ(registry.value_text(ObjectClass::kDomain, "two.", "nserver"), "a.srv.");
}

TEST(Difference, HostsThatFallToAHolderWithADeletionAreLeftToThem) {
  MapRegistry registry;
  const std::string rest = "far. NS ns.far.\nns.far. A 192.0.2.60\n";
  follow(registry, zone_of(rest + "x.se. NS ns.x.se.\nns.x.se. A 192.0.2.61\n"));
  registry.put("domain: se.\nversion: 1\nholder: ORG-HOLDER\nstatus: active\nnserver: ns.far.\n");
  const auto difference = follow(registry, zone_of(rest + "se. NS ns.far.\n"));
  EXPECT_THAT(shown(difference.changes), ElementsAre("delete domain: x.se."));
  EXPECT_EQ(registry.value_text(ObjectClass::kHost, "ns.x.se.", "address"), "192.0.2.61");
}

/// Domains and hosts drawn from a small pool, so that pairs of zones share, swap and drop them.
std::string random_zone(std::mt19937& random) {
  const auto below = [&random](unsigned bound) { return static_cast<unsigned>(random() % bound); };
  std::string text;
  std::set<std::string> hosts;
  for (char name = 'a'; name <= 'h'; ++name) {
    if (below(4) == 0) continue;
    const std::string domain = std::string(1, name) + ".";
    for (unsigned i = 0; i <= below(3); ++i) {
      const std::string host =
          "ns" + std::to_string(below(2)) + "." + std::string(1, static_cast<char>('a' + below(8))) + ".";
      hosts.insert(host);
      text.append(domain).append(" NS ").append(host) += '\n';
    }
    if (below(2) == 0) text += domain + " DS " + std::to_string(below(3)) + kDs.substr(5);
  }
  for (const std::string& host : hosts) text += host + " A 192.0.2." + std::to_string(2 + below(3)) + "\n";
  return text;
}

TEST(Difference, RandomPairsInRandomBatches) {
  for (unsigned seed = 0; seed < 300; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    std::mt19937 random(seed);
    MapRegistry registry;
    for (int step = 0; step < 4; ++step) {
      const import::ParsedZone zone = zone_of(random_zone(random));
      const import::Difference difference = follow(registry, zone, 400 + random() % 1500);
      EXPECT_THAT(difference.divergences, IsEmpty());
      EXPECT_EQ(registry.live_count(ObjectClass::kHost), zone.hosts.size());
      EXPECT_EQ(registry.live_count(ObjectClass::kDomain), zone.delegations.size());
      EXPECT_THAT(import::difference(zone, registry, {})->changes, IsEmpty());
    }
    if (HasFailure()) return;
  }
}

/// Claimed objects must be the same texts after any import.
TEST(Difference, RandomImportsNeverTouchAClaimedDomainOrItsHosts) {
  for (unsigned seed = 0; seed < 300; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    std::mt19937 random(seed);
    MapRegistry registry;
    follow(registry, zone_of("c. NS ns0.c.\nc. NS ns0.e.\nns0.c. A 192.0.2.9\nns0.e. A 192.0.2.8\n" +
                             std::string("d. NS ns0.c.\n")));
    claim(registry, "c.");
    const std::string domain(registry.find({ObjectClass::kDomain, "c."})->text());
    const std::string host(registry.find({ObjectClass::kHost, "ns0.c."})->text());
    for (int step = 0; step < 3; ++step) {
      const import::ParsedZone zone = zone_of(random_zone(random));
      const import::Difference difference = follow(registry, zone, 400 + random() % 1500);
      EXPECT_EQ(registry.find({ObjectClass::kDomain, "c."})->text(), domain);
      EXPECT_EQ(registry.find({ObjectClass::kHost, "ns0.c."})->text(), host);
      const auto theirs = zone.delegations.find("c.");
      const bool same = theirs != zone.delegations.end() && theirs->second.ds.empty() &&
                        theirs->second.nservers == std::vector<std::string>{"ns0.c.", "ns0.e."};
      const bool listed = std::ranges::any_of(difference.divergences, [](const import::Divergence& d) {
        return d.id == resource::ObjectId{ObjectClass::kDomain, "c."};
      });
      EXPECT_NE(same, listed);
    }
    if (HasFailure()) return;
  }
}

}  // namespace
}  // namespace zone_tests
