// Aim: keys of notes are read strictly and written canonically, and no mangled key is taken for another.
// Method: the key pair printed in the documentation of golang.org/x/mod/sumdb/note; every substring and every
// bumped byte of it.
#include "note/key.h"

#include <gtest/gtest.h>

#include "codec/base64.h"

namespace note {
namespace {

constexpr std::string_view kPublic = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW";
constexpr std::string_view kSecret =
    "PRIVATE+KEY+PeterNeumann+c74f20a3+AYEKFALVFGyNhPJEMzD1QIDr+Y7hfZx09iUvxdXHKDFz\n";

TEST(VerifierKey, RefusesEverySubstringAndEveryBumpedByte) {
  for (std::size_t first = 0; first < kPublic.size(); ++first) {
    for (std::size_t count = 0; first + count <= kPublic.size(); ++count) {
      if (count == kPublic.size()) continue;
      EXPECT_FALSE(parse_verifier_key(kPublic.substr(first, count)).has_value()) << first << " " << count;
    }
  }
  for (std::size_t i = 0; i < kPublic.size(); ++i) {
    std::string bumped(kPublic);
    ++bumped[i];
    EXPECT_FALSE(parse_verifier_key(bumped).has_value()) << bumped;
  }
}

TEST(VerifierKey, RefusesAFittingIdOverAWrongLengthOrType) {
  EXPECT_FALSE(
      parse_verifier_key("PeterNeumann+cc469956+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TWBADKEY=="));
  const auto unknown =
      parse_verifier_key("PeterNeumann+173116ae+ZRpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW");
  ASSERT_FALSE(unknown);
  EXPECT_EQ(unknown.error().kind(), kUnknownKeyType);
}

TEST(VerifierKey, RefusesASmallOrderPoint) {
  VerifierKey identity{"x", KeyType::kEd25519, {}};
  identity.key.bytes[0] = 1;
  const auto parsed = parse_verifier_key(serialize_verifier_key(identity));
  ASSERT_FALSE(parsed);
  EXPECT_EQ(parsed.error().kind(), kBadKey);
}

TEST(VerifierKey, ReadsThePublishedKeyAndWritesItBack) {
  const auto key = parse_verifier_key(kPublic);
  ASSERT_TRUE(key) << key.error().message();
  EXPECT_EQ(key->name, "PeterNeumann");
  EXPECT_EQ(key->id(), 0xc74f20a3U);
  EXPECT_EQ(serialize_verifier_key(*key), kPublic);
}

TEST(SecretKeyFile, RefusesEveryBumpedByteAndSaysNothingOfIt) {
  for (std::size_t i = 0; i < kSecret.size(); ++i) {
    std::string bumped(kSecret);
    ++bumped[i];
    const auto signer = parse_secret_key(bumped);
    ASSERT_FALSE(signer) << i;
    EXPECT_EQ(signer.error().message().find("AYEK"), std::string::npos);
  }
  for (std::size_t count = 0; count < kSecret.size(); ++count)
    EXPECT_FALSE(parse_secret_key(kSecret.substr(0, count)));
  EXPECT_FALSE(parse_secret_key(std::string(kSecret) + "\n"));
}

TEST(SecretKeyFile, ReadsThePublishedKeyAndWritesItBack) {
  const auto signer = parse_secret_key(kSecret);
  ASSERT_TRUE(signer) << signer.error().message();
  EXPECT_EQ(serialize_verifier_key(signer->verifier_key()), kPublic);
  EXPECT_EQ(base::as_text(serialize_secret_key(*signer).view()), kSecret);
}

TEST(KeyName, RefusesSpacesPlusControlsBadUtf8AndLength) {
  for (const std::string_view bad :
       {"", "a b", "a+b", "a\nb", "a\x7f", "\xff", "a\xC2\xA0", "\xE2\x80\xA8", "\xE3\x80\x80", "\xC0\xAF",
        "\xED\xA0\x80", "\xF4\x90\x80\x80", "\xE2\x80", "\xC2\x9B!"}) {
    EXPECT_FALSE(check_key_name(bad)) << bad;
  }
  EXPECT_FALSE(check_key_name(std::string(kKeyNameBytesMax + 1, 'a')));
  EXPECT_TRUE(check_key_name(std::string(kKeyNameBytesMax, 'a')));
  EXPECT_TRUE(check_key_name("registry.example/root/MEMBER-A"));
  EXPECT_TRUE(
      check_key_name("\xC3\xA9"
                     "d"));
}

}  // namespace
}  // namespace note
