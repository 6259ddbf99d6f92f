// Aim: both sides agree, nobody else does, and a changed byte opens nothing.
// Method: RFC 9496's multiples of the generator; libsodium as the judge on random points; every byte altered.
#include "crypto/agreement.h"

#include <algorithm>
#include <array>
#include <string>
#include <string_view>

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

std::string hex(ByteView bytes) {
  std::string text(bytes.size() * 2 + 1, '\0');
  sodium_bin2hex(text.data(), text.size(), bytes.data(), bytes.size());
  text.pop_back();
  return text;
}

// RFC 9496 appendix A.1
TEST(RistrettoBytes, OfMultiplesOfTheGenerator) {
  const std::array<std::string_view, 4> want{
      "0000000000000000000000000000000000000000000000000000000000000000",
      "e2f2ae0a6abc4e71a884a961c500515f58e30b6aa582dd8db6a65945e08d2d76",
      "6a493210f7499cd17fecb510ae0cea23a110e8d5b901f8acadd3095c73a3b919",
      "94741f5d5d52755ece4f23f044ee27d5d1ea1e2bd196b462166b16152a9d0259"};
  for (std::size_t i = 0; i < want.size(); ++i) {
    EXPECT_EQ(hex(ristretto_bytes(multiply_generator(PublicScalar(i)))), want[i]) << i;
  }
}

TEST(RistrettoBytes, AsLibsodiumMultipliesItsGenerator) {
  SystemRandom random;
  SecretScalars places(1);
  for (int i = 0; i < 500; ++i) {
    places[0].set_random(random);
    std::array<Byte, 32> want;
    ASSERT_EQ(crypto_scalarmult_ristretto255_base(want.data(), places[0].secret_bytes().data()), 0);
    ASSERT_EQ(ristretto_bytes(multiply_generator(places[0])), want) << hex(places[0].secret_bytes());
  }
}

TEST(Agree, GivesBothSidesTheSame) {
  SystemRandom random;
  SecretScalars places(3);
  for (std::size_t i = 0; i < 3; ++i) places[i].set_random(random);
  const base::SecretBytes ours = agree(places[0], multiply_generator(places[1]));
  const base::SecretBytes theirs = agree(places[1], multiply_generator(places[0]));
  const base::SecretBytes others = agree(places[2], multiply_generator(places[0]));
  EXPECT_TRUE(std::ranges::equal(ours.view(), theirs.view()));
  EXPECT_FALSE(std::ranges::equal(ours.view(), others.view()));
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
