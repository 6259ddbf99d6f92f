// Aim: the zone holds exactly what its objects say, in canonical order, and a serial never goes back.
// Method: a few objects put into a map by hand and the whole text compared; serials at the seams of days and
// of the number circle.
#include "publish/dns/zone_text.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "publish/dns/objects_for_test.h"

namespace publish {
namespace {

using resource::Object;
using resource::ObjectClass;

std::string rendered(const Objects& objects, std::string_view apex, std::uint32_t serial) {
  const auto text = zone_text(objects, apex, serial);
  return text ? *text : text.error().message();
}

TEST(ZoneText, RefusesAZoneThatIsNotThere) {
  Objects objects;
  EXPECT_EQ(zone_text(objects, ".", 1).error().message(), "no-such-zone: . [docs/formats/objects.md]");
  objects.put(Object::tombstone({ObjectClass::kZone, "."}, base::Version(2)));
  EXPECT_FALSE(zone_text(objects, ".", 1));
}

TEST(ZoneText, LeavesOutInactiveDomainsTombstonesAndUnusedHosts) {
  Objects objects;
  objects.put(zone_object(".", "nserver: a.srv.\n"));
  objects.put(host_object("a.srv.", "address: 192.0.2.1\n"));
  objects.put(host_object("unused.srv.", "address: 192.0.2.2\n"));
  objects.put(host_object("sleeping.srv.", "address: 192.0.2.3\n"));
  objects.put(domain_object("asleep.", "nserver: sleeping.srv.\n", "inactive"));
  objects.put(Object::tombstone({ObjectClass::kDomain, "gone."}, base::Version(2)));
  EXPECT_EQ(rendered(objects, ".", 4294967295U),
            ". 86400 IN SOA a.srv. b. 4294967295 1800 900 604800 86400\n"
            ". 518400 IN NS a.srv.\n"
            "a.srv. 518400 IN A 192.0.2.1\n");
}

TEST(ZoneText, StandsInCanonicalOrder) {
  Objects objects;
  objects.put(zone_object(".", "nserver: bb.srv.\nnserver: c.srv.\n"));
  objects.put(host_object("bb.srv.", "address: 192.0.2.10\naddress: 192.0.2.9\naddress: 2001:db8::1\n"));
  objects.put(host_object("c.srv.", "address: 192.0.2.1\n"));
  objects.put(host_object("ns.z-.", "address: 2001:db8::10\naddress: 2001:db8::9\n"));
  objects.put(host_object("z.", "address: 192.0.2.77\n"));
  const std::string hex(64, 'A');
  objects.put(domain_object("z-.", "nserver: ns.z-.\n"));
  objects.put(domain_object(
      "z.", "nserver: bb.srv.\nnserver: c.srv.\nnserver: ns.z-.\nnserver: z.\nds-rdata: 10 8 2 " + hex +
                "\nds-rdata: 9 8 2 " + hex + "\n"));
  // Labels compare, not characters (z. before z-.); names as data by their wire form, so the shorter first
  // label is first.
  EXPECT_EQ(rendered(objects, ".", 7),
            ". 86400 IN SOA a.srv. b. 7 1800 900 604800 86400\n"
            ". 518400 IN NS c.srv.\n"
            ". 518400 IN NS bb.srv.\n"
            "bb.srv. 518400 IN A 192.0.2.9\n"
            "bb.srv. 518400 IN A 192.0.2.10\n"
            "bb.srv. 518400 IN AAAA 2001:db8::1\n"
            "c.srv. 518400 IN A 192.0.2.1\n"
            "z. 172800 IN A 192.0.2.77\n"
            "z. 172800 IN NS c.srv.\n"
            "z. 172800 IN NS z.\n"
            "z. 172800 IN NS bb.srv.\n"
            "z. 172800 IN NS ns.z-.\n"
            "z. 86400 IN DS 9 8 2 " +
                hex +
                "\n"
                "z. 86400 IN DS 10 8 2 " +
                hex +
                "\n"
                "z-. 172800 IN NS ns.z-.\n"
                "ns.z-. 172800 IN AAAA 2001:db8::9\n"
                "ns.z-. 172800 IN AAAA 2001:db8::10\n");
}

TEST(ZoneText, PrintsNoAddressOutsideTheApexAndNoDomainOfAnotherZone) {
  Objects objects;
  objects.put(zone_object("example.", "nserver: ns.far.\n"));
  objects.put(zone_object("deep.example.", "nserver: ns.far.\n"));
  objects.put(host_object("ns.far.", "address: 192.0.2.1\n"));
  objects.put(host_object("ns.a.example.", "address: 192.0.2.2\n"));
  objects.put(domain_object("a.example.", "nserver: ns.a.example.\nnserver: ns.far.\n"));
  objects.put(domain_object("b.deep.example.", "nserver: ns.far.\n"));
  objects.put(domain_object("other.", "nserver: ns.far.\n"));
  EXPECT_EQ(rendered(objects, "example.", 1),
            "example. 86400 IN SOA a.srv. b. 1 1800 900 604800 86400\n"
            "example. 518400 IN NS ns.far.\n"
            "a.example. 172800 IN NS ns.a.example.\n"
            "a.example. 172800 IN NS ns.far.\n"
            "ns.a.example. 172800 IN A 192.0.2.2\n");
}

TEST(ZoneText, LeavesOutWhatADelegationAboveHides) {
  Objects objects;
  objects.put(zone_object(".", "nserver: ns.far.\n"));
  objects.put(host_object("ns.far.", "address: 192.0.2.1\n"));
  objects.put(host_object("ns.a.top.", "address: 192.0.2.2\n"));
  objects.put(domain_object("top.", "nserver: ns.far.\n"));
  objects.put(domain_object("a.top.", "nserver: ns.a.top.\n"));
  const std::string with_top =
      ". 86400 IN SOA a.srv. b. 1 1800 900 604800 86400\n"
      ". 518400 IN NS ns.far.\n"
      "ns.far. 518400 IN A 192.0.2.1\n"
      "top. 172800 IN NS ns.far.\n";
  EXPECT_EQ(rendered(objects, ".", 1), with_top);
  objects.put(domain_object("top.", "nserver: ns.far.\n", "inactive"));
  EXPECT_EQ(rendered(objects, ".", 1),
            ". 86400 IN SOA a.srv. b. 1 1800 900 604800 86400\n"
            ". 518400 IN NS ns.far.\n"
            "ns.far. 518400 IN A 192.0.2.1\n"
            "a.top. 172800 IN NS ns.a.top.\n"
            "ns.a.top. 172800 IN A 192.0.2.2\n");
}

TEST(Serial, NeverGoesBack) {
  const base::EpochSeconds noon(1'787'400'000);  // 2026-08-22T12:00:00Z
  EXPECT_EQ(serial_for(std::nullopt, noon), 2026082200U);
  EXPECT_EQ(serial_for(2026082100U, noon), 2026082200U);
  EXPECT_EQ(serial_for(2026082199U, noon), 2026082200U);
  EXPECT_EQ(serial_for(2026082200U, noon), 2026082201U);
  EXPECT_EQ(serial_for(2026082299U, noon), 2026082300U);
  EXPECT_EQ(serial_for(2026090100U, noon), 2026090101U) << "a clock behind the last release";
  // RFC 1982: ahead by less than 2^31 is later; by exactly 2^31 is undefined, and one step is always right.
  EXPECT_EQ(serial_for(2026082200U + 0x8000'0001U, noon), 2026082200U);
  EXPECT_EQ(serial_for(2026082200U + 0x8000'0000U, noon), 2026082200U + 0x8000'0001U);
  EXPECT_EQ(serial_for(2026082200U + 0x7FFF'FFFFU, noon), 2026082200U + 0x8000'0000U);
  EXPECT_EQ(serial_for(0xFFFF'FFFFU, base::EpochSeconds(0)), 1970010100U);
}

TEST(Serial, CountsDaysAsTheCalendarDoes) {
  EXPECT_EQ(serial_for(std::nullopt, base::EpochSeconds(0)), 1970010100U);
  EXPECT_EQ(serial_for(std::nullopt, base::EpochSeconds(86'399)), 1970010100U);
  EXPECT_EQ(serial_for(std::nullopt, base::EpochSeconds(951'782'400)), 2000022900U);
  EXPECT_EQ(serial_for(std::nullopt, base::EpochSeconds(4'107'542'400)), 2100030100U);
  EXPECT_EQ(serial_for(std::nullopt, base::EpochSeconds(4'107'542'399)), 2100022800U);
  serial_for(std::nullopt, base::EpochSeconds(~std::uint64_t{0}));
}

}  // namespace
}  // namespace publish
