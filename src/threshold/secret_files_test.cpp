// Aim: a share or an encryption key comes back from its file exactly as it was, or not at all; announcements are good
// for what they bind. Method: every single character altered or left out; then files that are well-formed and wrong.
#include "threshold/secret_files.h"

#include <gtest/gtest.h>

#include "codec/base64.h"
#include "threshold/ceremony_for_test.h"

namespace threshold {
namespace {

using base::Bytes;
using base::ByteView;

std::string text_of(const base::SecretBytes& file) {
  return std::string(base::as_text(file.view()));
}

class SecretFiles : public ::testing::Test {
 protected:
  void SetUp() override { ASSERT_TRUE(crypto::start()); }
  std::string share_text(std::size_t index = 1) const {
    return text_of(serialize_share("root/3/zsk", base::Epoch(7), outcome_.transcript.commitments(), 4,
                                   outcome_.shares[index]));
  }
  // With another text in one place, and the hash of the lines made anew.
  std::string replaced(std::string_view from, std::string_view to) const {
    std::string text = share_text();
    text.replace(text.find(from), from.size(), to);
    const std::size_t check = text.find("check: ");
    const base::Hash hash = crypto::sha256(base::as_bytes(text.substr(0, check)));
    text.replace(check + 7, 44, codec::serialize_base64(hash.view()));
    return text;
  }

  SeededRandom random_{3};
  std::vector<EncryptionKey> keys_ = keys_for_test(4, random_);
  OutcomeForTest outcome_ = finish_for_test(generate_for_test(Bytes{1}, 3, keys_, random_), keys_);
};

TEST_F(SecretFiles, NoAlteredShareIsLoaded) {
  const std::string good = share_text();
  for (std::size_t i = 0; i < good.size(); ++i) {
    for (const char other : {'0', '3', 'A', 'z', '/', ' ', '\n', '\x7f'}) {
      if (good[i] == other) continue;
      std::string bad = good;
      bad[i] = other;
      EXPECT_FALSE(parse_share(bad).has_value()) << i << other;
    }
    EXPECT_FALSE(parse_share(good.substr(0, i)).has_value()) << i;
  }
  EXPECT_FALSE(parse_share(good + "\n").has_value());
  EXPECT_FALSE(parse_share(good + good).has_value());
}

TEST_F(SecretFiles, WellFormedButWrongSharesAreRefused) {
  const auto why = [](const std::string& text) {
    const auto stored = parse_share(text);
    return stored ? "accepted" : stored.error().detail();
  };
  EXPECT_EQ(why(replaced("identifier: 2", "identifier: 1")),
            "the secret is not the share that the commitments have");
  EXPECT_EQ(why(replaced("identifier: 2", "identifier: 5")), "identifier");
  EXPECT_EQ(why(replaced("identifier: 2", "identifier: 0")), "identifier");
  EXPECT_EQ(why(replaced("identifier: 2", "identifier: 02")), "identifier");
  EXPECT_EQ(why(replaced("members: 4", "members: 32")), "members");
  EXPECT_EQ(why(replaced("members: 4", "members: 2")), "no line 'check' where it belongs");
  EXPECT_EQ(why(replaced("ceremony: root/3/zsk", "ceremony: ")), "ceremony");
  EXPECT_EQ(why(replaced("ceremony: root/3/zsk", "ceremony: a b")), "ceremony");
  EXPECT_EQ(why(replaced("key-share", "encryption-key")), "another first line");
  std::string members = share_text();
  members.replace(members.find("members: 4"), 10, "members: 3");
  EXPECT_EQ(why(members), "the lines above are not those that were written");
  EXPECT_EQ(why(std::string(kSecretFileBytesMax + 1, 'x')), "too long");
  // Another member's secret, and none.
  const std::string other = share_text(2);
  const std::string secret = other.substr(other.find("secret: "));
  const std::string own = share_text().substr(share_text().find("secret: "));
  EXPECT_EQ(why(replaced(own, secret)), "the secret is not the share that the commitments have");
  EXPECT_EQ(why(replaced(own, "secret: " + std::string(43, 'A') + "=\n")), "secret");
  EXPECT_EQ(why(replaced(own, "secret: " + std::string(42, '/') + "8=\n")), "secret");
}

TEST_F(SecretFiles, ShareComesBack) {
  const auto stored = parse_share(share_text());
  ASSERT_TRUE(stored.has_value()) << stored.error().message();
  EXPECT_EQ(stored->ceremony, "root/3/zsk");
  EXPECT_EQ(stored->epoch, base::Epoch(7));
  EXPECT_EQ(stored->keys.group(), outcome_.transcript.keys().group());
  EXPECT_EQ(stored->keys.threshold(), 3U);
  EXPECT_EQ(text_of(serialize_share(stored->ceremony, stored->epoch, stored->commitments,
                                    stored->keys.shares().size(), stored->share)),
            share_text());
}

TEST_F(SecretFiles, NoAlteredEncryptionKeyIsLoaded) {
  const std::string good = text_of(serialize_encryption_key("root/3/zsk", keys_[0]));
  for (std::size_t i = 0; i < good.size(); ++i) {
    for (const char other : {'0', '3', 'A', 'z', '/', ' ', '\n'}) {
      if (good[i] == other) continue;
      std::string bad = good;
      bad[i] = other;
      EXPECT_FALSE(parse_encryption_key(bad).has_value()) << i << other;
    }
    EXPECT_FALSE(parse_encryption_key(good.substr(0, i)).has_value()) << i;
  }
  const auto stored = parse_encryption_key(good);
  ASSERT_TRUE(stored.has_value());
  EXPECT_TRUE(stored->key.secret().equals(keys_[0].secret()));
  EXPECT_EQ(text_of(serialize_encryption_key(stored->ceremony, stored->key)), good);
}

TEST_F(SecretFiles, AnnouncementsHoldForTheirBindingOnly) {
  const ByteView binding = base::as_bytes("registry.example/root, MEMBER-A");
  const Bytes good = announce(keys_[0], binding);
  EXPECT_EQ(parse_announcement(good, binding).value(), keys_[0].public_key());
  EXPECT_EQ(parse_announcement(good, base::as_bytes("registry.example/root, MEMBER-B")).error().kind(),
            kBadAnnouncement);
  for (std::size_t i = 0; i < good.size(); ++i) {
    Bytes bad = good;
    bad[i] ^= 1;
    EXPECT_FALSE(parse_announcement(bad, binding).has_value()) << i;
    EXPECT_FALSE(parse_announcement(ByteView(good).first(i), binding).has_value()) << i;
  }
}

// The key of another member plus one's own: whose secret nobody knows.
TEST_F(SecretFiles, AKeyMadeOfAnothersCannotBeAnnounced) {
  const ByteView binding = base::as_bytes("MEMBER-B");
  const crypto::Point mixed = keys_[0].public_key() + keys_[1].public_key();
  const Proof proof = schnorr_sign(keys_[1].secret(), mixed, {binding});
  Bytes forged(mixed.bytes().begin(), mixed.bytes().end());
  append(forged, proof.bytes);
  EXPECT_EQ(parse_announcement(forged, binding).error().kind(), kBadAnnouncement);
}

TEST_F(SecretFiles, NoSecretKeyIsZero) {
  EXPECT_FALSE(EncryptionKey::parse(Bytes(32)).has_value());
  EXPECT_FALSE(EncryptionKey::parse(Bytes(32, 0xff)).has_value());
  EXPECT_FALSE(EncryptionKey::parse(Bytes(31, 1)).has_value());
}

}  // namespace
}  // namespace threshold
