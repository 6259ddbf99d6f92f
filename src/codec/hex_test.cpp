// Aim: hexadecimal has one text per value, and every other text is refused where it goes wrong.
// Method: RFC 4648's vectors in lower case, every byte, every wrong character.
#include "codec/hex.h"

#include <array>

#include <gtest/gtest.h>

namespace codec {
namespace {

TEST(Hex, RefusesEveryOtherCharacterAtItsOffset) {
  for (unsigned c = 0; c < 256; ++c) {
    const char letter = static_cast<char>(c);
    if (std::string_view("0123456789abcdef").find(letter) != std::string_view::npos) continue;
    const auto high = parse_hex(std::string("00") + letter + "0");
    ASSERT_FALSE(high.has_value()) << c;
    EXPECT_EQ(high.error().kind(), kBadHex);
    EXPECT_EQ(high.error().detail(), "offset 2");
    EXPECT_EQ(parse_hex(std::string("000") + letter).error().detail(), "offset 3");
  }
}

TEST(Hex, RefusesWrongLengths) {
  EXPECT_EQ(parse_hex("0").error().detail(), "length 1");
  EXPECT_FALSE(parse_hex("000").has_value());
  std::array<base::Byte, 2> out{};
  EXPECT_EQ(parse_hex_into("00", out).error().detail(), "length 2, not 4");
  EXPECT_FALSE(parse_hex_into("000000", out).has_value());
  EXPECT_TRUE(parse_hex_into("beef", out).has_value());
  EXPECT_EQ(out[0], 0xbe);
}

TEST(Hex, VectorsOfTheRfcInLowerCase) {
  EXPECT_EQ(serialize_hex({}), "");
  EXPECT_EQ(serialize_hex(base::as_bytes("foobar")), "666f6f626172");
  EXPECT_EQ(base::as_text(*parse_hex("666f6f626172")), "foobar");
  EXPECT_TRUE(parse_hex("")->empty());
}

TEST(Hex, EveryByteComesBack) {
  for (unsigned value = 0; value < 256; ++value) {
    const base::Bytes bytes{static_cast<base::Byte>(value)};
    EXPECT_EQ(*parse_hex(serialize_hex(bytes)), bytes);
  }
}

}  // namespace
}  // namespace codec
