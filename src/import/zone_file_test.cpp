// Aim: a zone file that the registry cannot keep whole is refused or reported with its line; a good one comes
// in completely, any apex. Method: small files written here, one fault each; the counts of the real root zone
// against grep's, if the data is there.
#include "import/zone_file.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace import {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Pair;

constexpr std::string_view kHead =
    "$TTL 172800\n"
    "example. 86400 IN SOA ns1.example. hostmaster.example. 7 1800 900 604800 3600\n"
    "example. 518400 IN NS ns1.example.\n"
    "ns1.example. 518400 IN A 192.0.2.1\n";

base::Result<ParsedZone> parse(const std::string& text, std::string_view origin = ".") {
  return parse_zone(base::as_bytes(text), origin);
}
base::Result<ParsedZone> parse_after_head(const std::string& text) {
  return parse(std::string(kHead) + text);
}

std::string refusal(const base::Result<ParsedZone>& result) {
  return result ? "accepted" : result.error().message();
}

TEST(ZoneFile, RefusesBrokenSyntaxWithItsLine) {
  EXPECT_THAT(refusal(parse_after_head("a.example. IN NS\n")), HasSubstr("bad-zone-file: line 5:"));
  EXPECT_THAT(refusal(parse_after_head("a.example. IN NS b.example. (\n")), HasSubstr("line "));
  EXPECT_THAT(refusal(parse_after_head("a.example. IN A 192.0.2.300\n")), HasSubstr("line 5:"));
  EXPECT_THAT(refusal(parse_after_head("a.example. IN A 192.0.2.3\n$INCLUDE /etc/passwd\n")),
              HasSubstr("line 6: $INCLUDE is not followed"));
  EXPECT_THAT(refusal(parse_after_head("a.example. 2147483648 IN A 192.0.2.3\n")),
              HasSubstr("line 5: a TTL above"));
  EXPECT_THAT(refusal(parse_after_head("a.example. CH NS b.example.\n")), HasSubstr("line 5:"));
  EXPECT_THAT(refusal(parse_after_head(std::string("a.example. IN NS b\0.example.\n", 29))),
              HasSubstr("line 5:"));
  EXPECT_THAT(refusal(parse_after_head(std::string(64, 'a') + ".example. IN NS b.example.\n")),
              HasSubstr("line 5:"));
}

TEST(ZoneFile, RefusesWhatIsNoZone) {
  EXPECT_THAT(refusal(parse("")), HasSubstr("no SOA"));
  EXPECT_THAT(refusal(parse("; nothing\n")), HasSubstr("no SOA"));
  EXPECT_THAT(refusal(parse("example. 60 IN NS ns1.example.\n")), HasSubstr("no SOA"));
  EXPECT_THAT(refusal(parse("example. 60 IN SOA a. b. 1 1 1 1 1\n")),
              HasSubstr("line 1: example. has no NS"));
  EXPECT_THAT(
      refusal(parse_after_head("example. IN SOA ns1.example. hostmaster.example. 8 1800 900 604800 3600\n")),
      HasSubstr("line 5: a second SOA"));
  EXPECT_THAT(refusal(parse(std::string(kHead), "Example.")), HasSubstr("origin"));
  EXPECT_THAT(refusal(parse(std::string(kHead), "")), HasSubstr("origin"));
}

TEST(ZoneFile, RefusesNamesThatNoObjectCanHave) {
  EXPECT_THAT(refusal(parse_after_head("*.example. IN NS ns1.example.\n")),
              HasSubstr("line 5: the delegation *.example."));
  EXPECT_THAT(refusal(parse_after_head("a.example. IN NS n\\@s.example.\n")),
              HasSubstr("line 5: the name server"));
  EXPECT_THAT(refusal(parse("a. 60 IN SOA a. first\\.last.a. 1 1 1 1 1\n")),
              HasSubstr("line 1: the SOA's mailbox"));
}

TEST(ZoneFile, RefusesMoreThanAnObjectHolds) {
  std::string nservers;
  std::string addresses;
  std::string ds = "a.example. IN NS ns1.example.\n";
  for (int i = 0; i < 17; ++i) {
    const std::string n = std::to_string(i);
    if (i < 14) nservers += "a.example. IN NS n" + n + ".example.\n";
    if (i < 13) ds += "a.example. IN DS " + n + " 8 2 " + std::string(64, 'A') + "\n";
    addresses += "ns1.example. IN AAAA 2001:db8::" + n + "\n";
  }
  EXPECT_THAT(refusal(parse_after_head(nservers)), HasSubstr("line 18: a.example. has more than 13"));
  EXPECT_THAT(refusal(parse_after_head(addresses)), HasSubstr("has more than 16 addresses"));
  EXPECT_THAT(refusal(parse_after_head(ds)), HasSubstr("line 18: a.example. has more than 12"));
  EXPECT_THAT(refusal(parse_after_head("a.example. IN DS 1 8 2 AAAA\n")),
              HasSubstr("line 5: a DS digest of type 2"));
}

TEST(ZoneFile, ListsWhatItLeavesOut) {
  const auto zone = parse_after_head(
      "example. IN TXT \"hello\"\n"
      "*.example. IN A 192.0.2.9\n"
      "www.example. IN A 192.0.2.9\n"
      "a.other. IN NS ns1.example.\n"
      "a.example. IN NS ns.a.example.\n"
      "ns.a.example. IN A 192.0.2.10\n"
      "b.a.example. IN NS ns.b.a.example.\n"
      "ns.b.a.example. IN A 192.0.2.11\n"
      "c.example. IN DS 1 8 2 " +
      std::string(64, 'a') +
      "\n"
      "d.example. IN TYPE65280 \\# 1 00\n"
      "example. IN NSEC a.example. NS\n"
      "example. IN DNSKEY 256 3 8 AwEAAQ==\n"
      "e.example. IN NS ns.far.\n"
      "ns.far. IN A 192.0.2.12\n");
  ASSERT_TRUE(zone) << zone.error().message();
  std::vector<std::string> listed;
  for (const LeftOut& item : zone->left_out) {
    listed.push_back(std::to_string(item.line) + " " + item.owner + " " + item.type + ": " + item.reason);
  }
  EXPECT_THAT(listed,
              ElementsAre("5 example. TXT: no object holds it", "6 *.example. A: no object holds it",
                          "7 www.example. A: no NS record names this host", "8 a.other. NS: outside the zone",
                          "11 b.a.example. NS: below the delegation of a.example.",
                          "12 ns.b.a.example. A: no NS record names this host",
                          "13 c.example. DS: no delegation here",
                          "14 d.example. TYPE65280: no object holds it", "18 ns.far. A: outside the zone"));
  EXPECT_EQ(zone->left_out_count, 9U);
  EXPECT_THAT(zone->skipped, ElementsAre(Pair("DNSKEY", 1U), Pair("NSEC", 1U)));
  EXPECT_THAT(zone->hosts,
              ElementsAre(Pair("ns.a.example.", ElementsAre("192.0.2.10")), Pair("ns.far.", IsEmpty()),
                          Pair("ns1.example.", ElementsAre("192.0.2.1"))));
}

TEST(ZoneFile, ReadsRelativeNamesUnderAnyApex) {
  const std::string text =
      "@ IN SOA NS1 Hostmaster ( 7 ; serial\n 1800 900 604800 3600 )\n"
      "  IN NS ns1\n"
      "ns1 IN AAAA 2001:DB8:0:0:0:0:0:1\n"
      "A NS ns1\n  NS NS.A\n  NS ns1\n"
      "ns.a A 192.0.2.7\nns.A A 192.0.2.7\n"
      "a DS 60485 8 2 " +
      std::string(64, 'f') + "\n";
  for (const std::string origin : {"example.", "deep.er.example."}) {
    const auto zone = parse(text, origin);
    ASSERT_TRUE(zone) << zone.error().message();
    EXPECT_EQ(zone->apex, origin);
    EXPECT_EQ(zone->soa.mname, "ns1." + origin);
    EXPECT_EQ(zone->soa.rname, "hostmaster." + origin);
    EXPECT_EQ(zone->soa.serial, 7U);
    EXPECT_THAT(zone->nservers, ElementsAre("ns1." + origin));
    ASSERT_EQ(zone->delegations.size(), 1U);
    const Delegation& delegation = zone->delegations.at("a." + origin);
    EXPECT_THAT(delegation.nservers, ElementsAre("ns.a." + origin, "ns1." + origin));
    EXPECT_THAT(delegation.ds, ElementsAre("60485 8 2 " + std::string(64, 'F')));
    EXPECT_EQ(delegation.line, 5U);
    EXPECT_THAT(zone->hosts.at("ns.a." + origin), ElementsAre("192.0.2.7"));
    EXPECT_THAT(zone->hosts.at("ns1." + origin), ElementsAre("2001:db8::1"));
    EXPECT_EQ(zone->ttls.apex, 3600U) << "without a TTL anywhere the SOA's minimum serves";
    EXPECT_EQ(zone->left_out_count, 0U);
  }
  const auto root = parse(
      ". 60 IN SOA a.ns. b. 1 1 1 1 1\n. 60 IN NS a.ns.\nns. 60 IN NS a.ns.\n. 60 IN SOA a.ns. b. 1 1 1 1 "
      "1\n");
  ASSERT_TRUE(root) << root.error().message();
  EXPECT_EQ(root->apex, ".");
}

TEST(ZoneFile, TtlsAreTheCommonestAndOthersAreNoted) {
  const auto zone = parse_after_head(
      "a.example. IN NS ns1.example.\n"
      "b.example. IN NS ns.b.example.\n"
      "c.example. 60 IN NS ns1.example.\n"
      "c.example. 60 IN NS ns.b.example.\n"
      "a.example. 86400 IN DS 1 8 2 " +
      std::string(64, 'a') +
      "\n"
      "b.example. 300 IN DS 1 8 2 " +
      std::string(64, 'a') +
      "\n"
      "b.example. 300 IN NS ns1.example.\n"
      "ns.b.example. 60 IN A 192.0.2.2\n");
  ASSERT_TRUE(zone) << zone.error().message();
  EXPECT_EQ(zone->ttls.apex, 518400U);
  EXPECT_EQ(zone->ttls.delegation, 60U) << "the smallest of equals";
  EXPECT_EQ(zone->ttls.signed_data, 86400U);
  std::vector<std::string> notes;
  for (const TtlNote& note : zone->ttl_notes) {
    notes.push_back(note.owner + " " + note.type + " line " + std::to_string(note.line) + " " +
                    std::to_string(note.ttl) + " as " + std::to_string(note.published));
  }
  EXPECT_THAT(notes, ElementsAre("a.example. NS line 5 172800 as 60", "b.example. NS line 6 172800 as 60",
                                 "b.example. DS line 10 300 as 86400"));
  EXPECT_EQ(zone->ttl_note_count, 3U);
}

}  // namespace
}  // namespace import
