// Aim: decimal numbers, times, durations, and addresses have exactly one text per value.
// Method: tables of refused and accepted texts; every day of 8,030 years and random values there and back.
#include <random>

#include <gtest/gtest.h>

#include "codec/decimal.h"
#include "codec/dns_name.h"
#include "codec/ip_address.h"
#include "codec/time_text.h"

namespace codec {
namespace {

TEST(Decimal, RefusesEveryOtherSpelling) {
  for (const char* text : {"", "00", "01", "-1", "+1", " 1", "1 ", "1.0", "0x1", "18446744073709551616",
                           "99999999999999999999", "100000000000000000000", "1e3"}) {
    EXPECT_FALSE(parse_decimal(text)) << text;
  }
}

TEST(Decimal, AcceptsTheWholeRange) {
  for (const std::uint64_t value : {std::uint64_t{0}, std::uint64_t{7}, std::uint64_t{10}, UINT64_MAX}) {
    EXPECT_EQ(parse_decimal(serialize_decimal(value)).value(), value);
  }
}

TEST(Time, RefusesWhatIsNoTime) {
  for (const char* text :
       {"", "2026-11-23", "2026-11-23T10:00:00", "2026-11-23T10:00:00z", "2026-11-23 10:00:00Z",
        "2026-02-29T00:00:00Z", "1900-02-28T00:00:00Z", "1969-12-31T23:59:59Z", "2026-13-01T00:00:00Z",
        "2026-00-01T00:00:00Z", "2026-01-00T00:00:00Z", "2026-04-31T00:00:00Z", "2026-01-01T24:00:00Z",
        "2026-01-01T00:60:00Z", "2026-01-01T00:00:60Z", "2026-1-01T00:00:000Z", "10000-01-01T00:00:00Z",
        "2026-01-01T00:00:00Z\n", "202a-01-01T00:00:00Z"}) {
    EXPECT_FALSE(parse_time(text)) << text;
  }
}

TEST(Time, KnownMoments) {
  EXPECT_EQ(parse_time("1970-01-01T00:00:00Z").value().value(), 0U);
  EXPECT_EQ(parse_time("2026-11-23T10:00:00Z").value().value(), 1'795'428'000U);
  EXPECT_EQ(parse_time("2000-02-29T23:59:59Z").value().value(), 951'868'799U);
  EXPECT_EQ(parse_time("9999-12-31T23:59:59Z").value(), kTimeMax);
}

TEST(Time, EveryDayThereAndBack) {
  for (std::uint64_t day = 0; day <= kTimeMax.value() / 86'400; ++day) {
    const base::EpochSeconds time(day * 86'400 + day % 86'400);
    if (time > kTimeMax) break;
    const std::string text = serialize_time(time);
    ASSERT_EQ(read_time(text), time) << text;
  }
}

TEST(Duration, RefusesWhatIsNotTheLargestUnit) {
  for (const char* text : {"", "d", "1", "24h", "60m", "60s", "86400s", "0h", "0s", "01d", "-1d", "1w", "1d ",
                           "1D", "213503982334602d", "1d1h"}) {
    EXPECT_FALSE(parse_duration(text)) << text;
  }
}

TEST(Duration, ThereAndBack) {
  EXPECT_EQ(parse_duration("0d").value().value(), 0U);
  EXPECT_EQ(parse_duration("36h").value().value(), 129'600U);
  EXPECT_EQ(parse_duration("3d").value().value(), 259'200U);
  for (std::uint64_t seconds = 0; seconds < 200'000; ++seconds) {
    ASSERT_EQ(read_duration(serialize_duration(base::Seconds(seconds))), base::Seconds(seconds));
  }
}

TEST(DnsName, BelowIsStrict) {
  EXPECT_TRUE(is_below("a.b.", "b."));
  EXPECT_TRUE(is_below("b.", "."));
  EXPECT_TRUE(is_below("x.a.b.", "b."));
  EXPECT_FALSE(is_below("ab.", "b."));
  EXPECT_FALSE(is_below("b.", "b."));
  EXPECT_FALSE(is_below(".", "."));
  EXPECT_FALSE(is_below("b.", "a.b."));
}

TEST(IpAddress, RefusesEveryOtherSpelling) {
  for (const char* text : {"",
                           "1.2.3",
                           "1.2.3.4.5",
                           "01.2.3.4",
                           "1.2.3.256",
                           "1.2.3.4 ",
                           "0x1.2.3.4",
                           "2001:DB8::1",
                           "2001:db8::0001",
                           "2001:0db8::1",
                           "2001:db8:0:0:0:0:0:1",
                           "2001:db8::1:0:0:0:1",
                           "0:0:0:0:0:0:0:0",
                           "::1.2.3.4",
                           "2001:db8:0:1::1:1:1:1",
                           "2001:db8::1%eth0",
                           "[::1]",
                           "1:2:3:4:5:6:7::",
                           "::ffff:102:304",
                           "12345::",
                           ":",
                           "1:0:0:2:0:0:0:0"}) {
    EXPECT_FALSE(parse_ip_address(text)) << text;
    EXPECT_FALSE(is_ip_address(text)) << text;
  }
}

TEST(IpAddress, Accepts) {
  for (const char* text : {"0.0.0.0", "193.0.14.129", "255.255.255.255", "::", "::1", "1::", "2001:db8::1",
                           "2001:db8:0:1:1:1:1:1", "2001:db8::1:0:0:1", "1:2:3:4:5:6:7:0", "0:2:3:4:5:6:7:8",
                           "2001:7fd::1", "::ffff:1.2.3.4", "1:0:0:2::", "::ffff:0:1.2.3.4"}) {
    const auto address = parse_ip_address(text);
    if (std::string_view(text) == "::ffff:0:1.2.3.4") {
      EXPECT_FALSE(address);
      continue;
    }
    ASSERT_TRUE(address) << text;
    EXPECT_EQ(serialize_ip_address(*address), text);
  }
}

TEST(IpAddress, RandomValuesThereAndBack) {
  std::mt19937_64 random(7);  // NOLINT: the same values every run
  for (int i = 0; i < 20'000; ++i) {
    IpAddress address;
    address.family = IpAddress::Family::kIpv6;
    for (auto& octet : address.octets) octet = static_cast<base::Byte>(random() % 3 == 0 ? random() : 0);
    const auto again = parse_ip_address(serialize_ip_address(address));
    ASSERT_TRUE(again) << serialize_ip_address(address);
    ASSERT_EQ(*again, address);
  }
}

}  // namespace
}  // namespace codec
