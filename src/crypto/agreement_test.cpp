// Aim: both sides agree, nobody else does, and a changed byte opens nothing.
// Method: both sides computed for random keys and compared; every byte of a sealed message altered.
#include "crypto/agreement.h"

#include <algorithm>

#include <gtest/gtest.h>
#include <sodium.h>

namespace crypto {
namespace {

using base::Byte;
using base::Bytes;
using base::ByteView;

class SystemRandom final : public base::Random {
 public:
  void fill(std::span<Byte> out) override { randombytes_buf(out.data(), out.size()); }
};

TEST(Agree, GivesBothSidesTheSame) {
  SystemRandom random;
  SecretScalars places(3);
  for (std::size_t i = 0; i < 3; ++i) places[i].set_random(random);
  const base::SecretBytes ours = agree(places[0], multiply_generator(places[1]));
  const base::SecretBytes theirs = agree(places[1], multiply_generator(places[0]));
  const base::SecretBytes others = agree(places[2], multiply_generator(places[0]));
  EXPECT_TRUE(std::ranges::equal(ours.view(), theirs.view()));
  EXPECT_FALSE(std::ranges::equal(ours.view(), others.view()));
  // The encoding of the point itself: what a complaint reveals, and what the published vectors hash.
  EXPECT_TRUE(std::ranges::equal(ours.view(), multiply(places[0], multiply_generator(places[1])).bytes()));
}

TEST(Agree, WithNothingIsOurBug) {
  SystemRandom random;
  SecretScalars places(2);
  places[0].set_random(random);
  EXPECT_DEATH(agree(places[0], Point()), "CHECK failed");
  EXPECT_DEATH(agree(places[1], Point::generator()), "CHECK failed");
}

TEST(Seal, OpensOnlyUnaltered) {
  const Bytes key(kSealKeyBytes, 1);
  const Bytes nonce(kSealNonceBytes, 2);
  const Bytes associated{3, 4};
  const Bytes sealed = seal(key, nonce, associated, base::as_bytes("a share"));
  const auto opened = unseal(key, nonce, associated, sealed);
  ASSERT_TRUE(opened.has_value());
  EXPECT_EQ(base::as_text(opened->view()), "a share");
  for (std::size_t i = 0; i < sealed.size(); ++i) {
    Bytes altered = sealed;
    altered[i] ^= 1U;
    EXPECT_FALSE(unseal(key, nonce, associated, altered).has_value()) << i;
  }
  EXPECT_FALSE(unseal(key, nonce, {}, sealed).has_value());
  EXPECT_FALSE(unseal(Bytes(kSealKeyBytes, 9), nonce, associated, sealed).has_value());
  EXPECT_FALSE(unseal(key, Bytes(kSealNonceBytes, 9), associated, sealed).has_value());
  EXPECT_FALSE(unseal(key, nonce, associated, ByteView(sealed).first(15)).has_value());
}

}  // namespace
}  // namespace crypto
