// Aim: base64 is strict: one text per value, every other text refused.
// Method: RFC 4648's vectors; then every text of four characters over an alphabet that holds each sort of
// trouble, where parsing must succeed exactly if serializing gives the text back; random bytes both ways.
#include "codec/base64.h"

#include <array>
#include <cctype>
#include <random>

#include <gtest/gtest.h>

namespace codec {
namespace {

using base::as_bytes;
using base::as_text;

TEST(Base64, RefusesWhatIsNotCanonical) {
  for (const std::string_view text :
       {"=",        "==",       "====", "Zg",   "Zg=",   "Zg===", "Zm9=",   "Zh==",     "Zm9vYg", "Zm9v=",
        "Zm9v====", "Zg==Zg==", "Zg=a", "Z===", "Zm 9v", " Zm9v", "Zm9v\n", "Zm9v\r\n", "Zm-_",   "Z\0g="}) {
    const auto bytes = parse_base64(text);
    ASSERT_FALSE(bytes.has_value()) << text;
    EXPECT_EQ(bytes.error().kind(), kBadBase64);
  }
  EXPECT_EQ(parse_base64("Zm9vZm*v").error().detail(), "offset 6");
  EXPECT_EQ(parse_base64("Zm9vZ").error().detail(), "length 5");
}

TEST(Base64, RefusesNulAndHighBytes) {
  for (unsigned c = 0; c < 256; ++c) {
    if (std::isalnum(static_cast<int>(c)) != 0 || c == '+' || c == '/') continue;
    std::string text = "AAAA";
    for (std::size_t i = 0; i < 3; ++i) {
      text[i] = static_cast<char>(c);
      EXPECT_FALSE(parse_base64(text).has_value()) << c << " at " << i;
      text[i] = 'A';
    }
  }
}

TEST(Base64, AcceptsExactlyWhatItWrites) {
  const std::string alphabet = std::string("ABCQgwx89+/=-_ \n") + '\0' + '\xff';
  std::size_t accepted = 0;
  std::string text(4, ' ');
  for (const char a : alphabet) {
    for (const char b : alphabet) {
      for (const char c : alphabet) {
        for (const char d : alphabet) {
          text = {a, b, c, d};
          const auto bytes = parse_base64(text);
          if (!bytes) continue;
          ++accepted;
          EXPECT_EQ(serialize_base64(*bytes), text);
        }
      }
    }
  }
  // 11 letters. No padding: 11^4. One: the third letter ends in two zero bits (A, Q, g, w, 8). Two: the
  // second ends in four (A, Q, g, w).
  EXPECT_EQ(accepted, 11U * 11 * 11 * 11 + 11 * 11 * 5 + 11 * 4);
}

TEST(Base64, VectorsOfTheRfc) {
  constexpr std::array<std::pair<std::string_view, std::string_view>, 7> kVectors{{{"", ""},
                                                                                   {"f", "Zg=="},
                                                                                   {"fo", "Zm8="},
                                                                                   {"foo", "Zm9v"},
                                                                                   {"foob", "Zm9vYg=="},
                                                                                   {"fooba", "Zm9vYmE="},
                                                                                   {"foobar", "Zm9vYmFy"}}};
  for (const auto& [plain, text] : kVectors) {
    EXPECT_EQ(serialize_base64(as_bytes(plain)), text);
    const auto bytes = parse_base64(text);
    ASSERT_TRUE(bytes.has_value()) << text;
    EXPECT_EQ(as_text(*bytes), plain);
  }
}

TEST(Base64, RandomBytesComeBack) {
  std::mt19937 random(1);
  for (std::size_t size = 0; size < 300; ++size) {
    base::Bytes bytes(size);
    for (base::Byte& byte : bytes) byte = static_cast<base::Byte>(random());
    const std::string text = serialize_base64(bytes);
    EXPECT_EQ(*parse_base64(text), bytes);
    std::string appended = "x";
    append_base64(appended, bytes);
    EXPECT_EQ(appended, "x" + text);
  }
}

TEST(Base64, IntoABufferOfExactlyTheRightSize) {
  std::array<base::Byte, 3> out{};
  EXPECT_TRUE(parse_base64_into("Zm9v", out).has_value());
  EXPECT_EQ(out[2], 'o');
  EXPECT_FALSE(parse_base64_into("Zm8=", out).has_value());
  EXPECT_FALSE(parse_base64_into("Zm9vYg==", out).has_value());
  EXPECT_FALSE(parse_base64_into("", out).has_value());
}

TEST(Base64, HashesHaveThirtyTwoBytes) {
  EXPECT_FALSE(parse_base64_hash(serialize_base64(base::Bytes(31))).has_value());
  EXPECT_FALSE(parse_base64_hash(serialize_base64(base::Bytes(33))).has_value());
  base::Hash hash;
  hash.bytes[31] = 1;
  EXPECT_EQ(*parse_base64_hash(serialize_base64(hash.view())), hash);
}

TEST(Base64, TheUrlFormHasNoPaddingAndNoSlash) {
  EXPECT_EQ(serialize_base64url({}), "");
  EXPECT_EQ(serialize_base64url(as_bytes("f")), "Zg");
  EXPECT_EQ(serialize_base64url(as_bytes("fo")), "Zm8");
  EXPECT_EQ(serialize_base64url(base::Bytes{0xfb, 0xff, 0xfe}), "-__-");
}

}  // namespace
}  // namespace codec
