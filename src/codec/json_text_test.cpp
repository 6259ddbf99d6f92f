// Aim: any well-formed text becomes one JSON string, and nothing else does.
// Method: texts with every character that JSON treats in its own way, against their written forms.
#include "codec/json_text.h"

#include <gtest/gtest.h>

namespace codec {
namespace {

TEST(JsonText, QuotesWhatNeedsIt) {
  EXPECT_EQ(*serialize_json_string(""), "\"\"");
  EXPECT_EQ(*serialize_json_string("a\n\"b\"\\\t"), R"("a\n\"b\"\\\t")");
  EXPECT_EQ(*serialize_json_string(std::string_view("\0\x1f", 2)), R"("\u0000\u001f")");
  EXPECT_EQ(*serialize_json_string("\u2014 MEMBER-A"), "\"\u2014 MEMBER-A\"");
}

TEST(JsonText, RefusesWhatIsNoText) {
  const auto refused = serialize_json_string("\xC3\x28");
  ASSERT_FALSE(refused);
  EXPECT_TRUE(refused.error().kind() == kNotUtf8);
}

}  // namespace
}  // namespace codec
