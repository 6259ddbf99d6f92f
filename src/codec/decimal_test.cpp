// Aim: one text per number, nothing beyond the limit.
// Method: the borders of the syntax and of several limits, and every value up to a few thousand.
#include "codec/decimal.h"

#include <string>

#include <gtest/gtest.h>

namespace codec {
namespace {

TEST(Decimal, RefusesWhatIsNoCanonicalNumber) {
  for (const std::string_view bad : {"", "00", "01", "+1", "-1", " 1", "1 ", "1a", "0x1",
                                     "18446744073709551616", "99999999999999999999", "\xD9\xA1"}) {
    EXPECT_FALSE(parse_decimal(bad)) << bad;
  }
}

TEST(Decimal, KeepsTheLimit) {
  EXPECT_EQ(parse_decimal("18446744073709551615"), UINT64_MAX);
  for (std::uint64_t largest = 0; largest < 120; ++largest) {
    for (std::uint64_t value = 0; value < 1200; ++value) {
      const auto parsed = parse_decimal(std::to_string(value), largest);
      ASSERT_EQ(parsed.has_value(), value <= largest) << value << " " << largest;
      ASSERT_EQ(parsed.value_or(value), value);
    }
  }
}

}  // namespace
}  // namespace codec
