// Aim: only well-formed UTF-8 passes, and each code point comes out as it went in.
// Method: the borders of Unicode's table 3-7 (overlong forms, surrogates, too large, cut), and every code
// point once.
#include "codec/utf8.h"

#include <string>

#include <gtest/gtest.h>

namespace codec {
namespace {

std::string encode(char32_t point) {
  std::string text;
  const auto put = [&text](char32_t byte) { text += static_cast<char>(static_cast<unsigned char>(byte)); };
  if (point < 0x80) {
    put(point);
  } else if (point < 0x800) {
    put(0xC0 | (point >> 6)), put(0x80 | (point & 0x3F));
  } else if (point < 0x10000) {
    put(0xE0 | (point >> 12)), put(0x80 | ((point >> 6) & 0x3F)), put(0x80 | (point & 0x3F));
  } else {
    put(0xF0 | (point >> 18)), put(0x80 | ((point >> 12) & 0x3F));
    put(0x80 | ((point >> 6) & 0x3F)), put(0x80 | (point & 0x3F));
  }
  return text;
}

TEST(Utf8, RefusesMalformedSequences) {
  for (const std::string_view bad :
       {"\x80", "\xBF", "\xC0\x80", "\xC1\xBF", "\xC2", "\xC2\x41", "\xE0\x9F\xBF", "\xE2\x80",
        "\xED\xA0\x80", "\xED\xBF\xBF", "\xF0\x8F\xBF\xBF", "\xF4\x90\x80\x80", "\xF5\x80\x80\x80", "\xFF",
        "a\xFE"}) {
    EXPECT_FALSE(is_utf8(bad)) << bad;
  }
  std::string_view rest = "\xE2\x80";
  EXPECT_FALSE(take_code_point(rest));
  EXPECT_EQ(rest.size(), 2U);
}

TEST(Utf8, TakesEveryCodePointOnce) {
  for (char32_t point = 0; point <= 0x10FFFF; ++point) {
    const std::string text = encode(point);
    std::string_view rest = text;
    const auto taken = take_code_point(rest);
    const bool surrogate = point >= 0xD800 && point <= 0xDFFF;
    ASSERT_EQ(taken.has_value(), !surrogate) << static_cast<unsigned>(point);
    if (!surrogate) {
      ASSERT_EQ(*taken, point);
      ASSERT_TRUE(rest.empty());
    }
  }
}

}  // namespace
}  // namespace codec
