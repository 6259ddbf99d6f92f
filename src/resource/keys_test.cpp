// Aim: a key is read in its one text only; a paragraph gives exactly the keys of its added lines. Method: the text of a
// key spoiled in each of its parts; a paragraph with a key on every kind of line.
#include "resource/keys.h"

#include <gtest/gtest.h>

#include "resource/values.h"

namespace resource {
namespace {

TEST(KeyText, RefusesOtherTypesAndLengths) {
  const std::string right = serialize_key({});
  EXPECT_EQ(right.size(), 44U);
  EXPECT_FALSE(is_key(""));
  EXPECT_FALSE(is_key(right.substr(0, 40)));
  EXPECT_FALSE(is_key("B" + right.substr(1)));  // type 0x05
  EXPECT_FALSE(is_key(right + "AAAA"));
  crypto::PublicKey key;
  key.bytes.fill(7);
  EXPECT_TRUE(read_key(right, key));
  EXPECT_EQ(key, crypto::PublicKey{});
}

TEST(AddedKeys, AreTheLastWordsOfAddedAndSetLines) {
  std::vector<std::string> texts;
  for (base::Byte i = 1; i <= 3; ++i) {
    crypto::PublicKey key;
    key.bytes[0] = i;
    texts.push_back(serialize_key(key));
  }
  const std::string paragraph = "\nchange organisation: ORG-A\n+ auth: admin " + texts[0] +
                                "\n+ org-name: not a key\n- auth: admin " + texts[1] + "\n= country: NL\n";
  const auto changes = parse_changes(paragraph, 1);
  ASSERT_TRUE(changes) << changes.error().message();
  const auto keys = added_keys(changes->front());
  ASSERT_EQ(keys.size(), 1U);
  EXPECT_EQ(keys[0].bytes[0], 1);
  const std::string member = "\nchange member: MEMBER-A\n= operator: " + texts[2] + "\n";
  const auto setting = parse_changes(member, 1);
  ASSERT_TRUE(setting);
  EXPECT_EQ(added_keys(setting->front()).size(), 1U);
}

}  // namespace
}  // namespace resource
