// Aim: names outside the alphabet or the lengths of RFC 1035 are refused; kinship and order are those of
// labels, not of characters. Method: refused and accepted spellings at the limits; RFC 4034's own ordering
// example, restricted to our alphabet.
#include "codec/dns_name.h"

#include <algorithm>
#include <random>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace codec {
namespace {

std::string long_name(std::size_t last_label) {
  std::string name;
  for (int i = 0; i < 3; ++i) name += std::string(63, 'a') + ".";
  return name + std::string(last_label, 'b') + ".";
}

TEST(DnsName, RefusesWhatIsNotCanonical) {
  for (const std::string& bad :
       {std::string(), std::string("ru"), std::string("RU."), std::string(".."), std::string("a..b."),
        std::string(".a."), std::string("a b."), std::string("a*."), std::string("a\\046b."),
        std::string(64, 'a') + ".", long_name(62)}) {
    EXPECT_FALSE(is_dns_name(bad)) << bad;
  }
}

TEST(DnsName, AcceptsTheLimits) {
  EXPECT_TRUE(is_dns_name("."));
  EXPECT_TRUE(is_dns_name("xn--p1ai."));
  EXPECT_TRUE(is_dns_name("_dns.a-b.0."));
  EXPECT_TRUE(is_dns_name(std::string(63, 'a') + "."));
  EXPECT_EQ(long_name(61).size() + 1, 255U);
  EXPECT_TRUE(is_dns_name(long_name(61)));
}

TEST(DnsName, WireIsReadStrictly) {
  const auto read = [](std::string_view wire) { return dns_name_from_wire(base::as_bytes(wire)); };
  EXPECT_FALSE(read({}));
  EXPECT_FALSE(read({"\2ru", 3}));      // no root label
  EXPECT_FALSE(read({"\5ru\0", 4}));    // label past the end
  EXPECT_FALSE(read({"\2ru\0x", 5}));   // more after the root
  EXPECT_FALSE(read({"\100aa\0", 4}));  // a label type, not a length
  EXPECT_FALSE(read({"\3r.u\0", 5}));   // a dot inside a label
  EXPECT_FALSE(read({"\2r*\0", 4}));
  EXPECT_EQ(*read({"\0", 1}), ".");
  EXPECT_EQ(*read({"\1B\2rU\0", 6}), "b.ru.");
}

TEST(DnsName, KinshipGoesByLabels) {
  EXPECT_EQ(parent_of("ru."), ".");
  EXPECT_EQ(parent_of("a.b.ru."), "b.ru.");
  EXPECT_TRUE(is_at_or_below("ru.", "."));
  EXPECT_TRUE(is_at_or_below(".", "."));
  EXPECT_TRUE(is_at_or_below("ru.", "ru."));
  EXPECT_TRUE(is_at_or_below("a.ru.", "ru."));
  EXPECT_FALSE(is_at_or_below("aru.", "ru."));
  EXPECT_FALSE(is_at_or_below("ru.", "a.ru."));
  EXPECT_FALSE(is_at_or_below(".", "ru."));
}

TEST(DnsName, OrderIsCanonical) {
  const std::vector<std::string> sorted = {
      ".",          "example.",    "a.example.", "yljkjljk.a.example.", "z.a.example.",
      "z.example.", "z-.example.", "example-."};
  std::vector<std::string> names = sorted;
  std::shuffle(names.begin(), names.end(), std::mt19937(7));
  std::sort(names.begin(), names.end(),
            [](const auto& a, const auto& b) { return dns_order_key(a) < dns_order_key(b); });
  EXPECT_EQ(names, sorted);
}

}  // namespace
}  // namespace codec
