// Aim: signatures are RFC 8032's, and only points of prime order may become registered keys.
// Method: the RFC's vectors; bad points made from the base point and every point of small order. The edge
// cases of verification are in tests/vectors, where every verifier of the project runs them.
#include "crypto/ed25519.h"

#include <algorithm>
#include <array>
#include <type_traits>
#include <utility>

#include <gtest/gtest.h>
#include <sodium.h>

namespace crypto {
namespace {

static_assert(!std::is_copy_constructible_v<SecretKey> && !std::is_copy_assignable_v<SecretKey>);

base::Bytes unhex(std::string_view text) {
  base::Bytes bytes(text.size() / 2);
  if (text.empty()) return bytes;  // libsodium takes no null pointers
  std::size_t size = 0;
  EXPECT_EQ(sodium_hex2bin(bytes.data(), bytes.size(), text.data(), text.size(), nullptr, &size, nullptr), 0);
  EXPECT_EQ(size, bytes.size());
  return bytes;
}

template <typename T>
T from_hex(std::string_view text) {
  const base::Bytes bytes = unhex(text);
  T value;
  EXPECT_EQ(bytes.size(), value.bytes.size());
  std::ranges::copy(bytes, value.bytes.begin());
  return value;
}

// The eight points whose order divides 8, as multiples 0 to 7 of one of order 8.
constexpr std::array<std::string_view, 8> kSmallOrder{
    "0100000000000000000000000000000000000000000000000000000000000000",
    "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a",
    "0000000000000000000000000000000000000000000000000000000000000080",
    "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",
    "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
    "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc85",
    "0000000000000000000000000000000000000000000000000000000000000000",
    "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac03fa"};

/// Counts up in every byte: enough for tests that need many different keys.
class CountingRandom final : public base::Random {
 public:
  void fill(std::span<base::Byte> out) override {
    for (base::Byte& byte : out) byte = next_++;
  }

 private:
  base::Byte next_ = 1;
};

TEST(Ed25519, StartsAndStartsAgain) {
  for (int i = 0; i < 2; ++i) {
    const auto started = start();
    EXPECT_TRUE(started.has_value()) << started.error().message();
  }
}

TEST(Ed25519, NoPointOfSmallOrderMayBeRegistered) {
  for (const std::string_view point : kSmallOrder)
    EXPECT_FALSE(is_prime_order_key(from_hex<PublicKey>(point)));
}

TEST(Ed25519, NoPointWithASmallOrderPartMayBeRegistered) {
  CountingRandom random;
  for (int i = 0; i < 20; ++i) {
    const PublicKey good = SecretKey::generate(random).public_key();
    EXPECT_TRUE(is_prime_order_key(good));
    for (std::size_t torsion = 1; torsion < kSmallOrder.size(); ++torsion) {
      PublicKey mixed;
      ASSERT_EQ(
          crypto_core_ed25519_add(mixed.bytes.data(), good.bytes.data(), unhex(kSmallOrder[torsion]).data()),
          0);
      EXPECT_FALSE(is_prime_order_key(mixed)) << "key " << i << " plus small point " << torsion;
    }
  }
}

TEST(Ed25519, NoSecondEncodingMayBeRegistered) {
  // y + p for y = 0 to 18 fits into 255 bits and means y; with either sign of x.
  for (unsigned y = 0; y < 19; ++y) {
    for (const base::Byte top : {base::Byte{0x7f}, base::Byte{0xff}}) {
      PublicKey key;
      key.bytes.fill(0xff);
      key.bytes.front() = static_cast<base::Byte>(0xed + y);
      key.bytes.back() = top;
      EXPECT_FALSE(is_prime_order_key(key)) << y;
    }
  }
}

TEST(Ed25519, NoByteStringOffTheCurveMayBeRegistered) {
  // About half of all strings are no point, and one point in eight has prime order: one string in sixteen
  // passes.
  std::array<base::Byte, randombytes_SEEDBYTES> seed{};
  int passed = 0;
  for (base::Byte i = 0; i < 200; ++i) {
    seed.front() = i;
    PublicKey key;
    randombytes_buf_deterministic(key.bytes.data(), key.bytes.size(), seed.data());
    key.bytes.back() &= 0x7fU;
    passed += is_prime_order_key(key) ? 1 : 0;
  }
  EXPECT_GT(passed, 2);
  EXPECT_LT(passed, 30);
}

struct Vector {
  std::string_view seed, key, message, signature;
};
// RFC 8032 section 7.1, tests 1, 2, 3 and SHA(abc).
constexpr std::array<Vector, 4> kVectors{
    {{"9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60",
      "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a", "",
      "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46bd25bf5"
      "f0595bbe"
      "24655141438e7a100b"},
     {"4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb",
      "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c", "72",
      "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c387b2e"
      "aeb4302a"
      "eeb00d291612bb0c00"},
     {"c5aa8df43f9f837bedb7442f31dcb7b166d38535076f094b85ce3a2e0b4458f7",
      "fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025", "af82",
      "6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac18ff9b538d16f290ae67f760984dc6594a7c15"
      "e9716ed2"
      "8dc027beceea1ec40a"},
     {"833fe62409237b9d62ec77587520911e9a759cec1d19755b7da901b96dca3d42",
      "ec172b93ad5e563bf4932c70e1245034c35467ef2efd4d64ebf819683467e2bf",
      "ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a2192992a274fc1a836ba3c23a3feebbd454d44"
      "23643ce8"
      "0e2a9ac94fa54ca49f",
      "dc2a4459e7369633a52b1bf277839a00201009a3efbf3ecb69bea2186c26b58909351fc9ac90b3ecfdfbc7c66431e0303dca17"
      "9c138ac1"
      "7ad9bef1177331a704"}}};

TEST(Ed25519, VectorsOfTheRfc) {
  for (const Vector& vector : kVectors) {
    const SecretKey key = SecretKey::from_seed(unhex(vector.seed));
    const base::Bytes message = unhex(vector.message);
    const auto signature = from_hex<Signature>(vector.signature);
    EXPECT_EQ(key.public_key(), from_hex<PublicKey>(vector.key));
    EXPECT_EQ(key.sign(message), signature);
    EXPECT_TRUE(verify_signature(key.public_key(), message, signature));
    std::array<base::Byte, 32> seed{};
    key.export_seed(seed);
    EXPECT_EQ(base::Bytes(seed.begin(), seed.end()), unhex(vector.seed));
  }
}

TEST(Ed25519, EveryAlteredBitIsRefused) {
  const base::Bytes message = unhex(kVectors[2].message);
  const auto key = from_hex<PublicKey>(kVectors[2].key);
  const auto signature = from_hex<Signature>(kVectors[2].signature);
  const auto flip = [](auto value, std::size_t bit) {
    value.bytes[bit / 8] ^= static_cast<base::Byte>(1U << (bit % 8));
    return value;
  };
  for (std::size_t bit = 0; bit < 512; ++bit)
    EXPECT_FALSE(verify_signature(key, message, flip(signature, bit))) << bit;
  for (std::size_t bit = 0; bit < 256; ++bit)
    EXPECT_FALSE(verify_signature(flip(key, bit), message, signature)) << bit;
  EXPECT_FALSE(verify_signature(key, base::as_bytes("other"), signature));
  EXPECT_FALSE(verify_signature(key, {}, signature));
}

TEST(SecretKey, MovesAndIsReplaced) {
  CountingRandom random;
  SecretKey first = SecretKey::generate(random);
  SecretKey second = SecretKey::generate(random);
  const PublicKey second_public = second.public_key();
  EXPECT_NE(first.public_key(), second_public);
  first = std::move(second);
  EXPECT_EQ(first.public_key(), second_public);
  const SecretKey third = std::move(first);
  EXPECT_TRUE(verify_signature(second_public, {}, third.sign({})));
}

TEST(SecretKeyDeathTest, ASeedHasThirtyTwoBytes) {
  EXPECT_DEATH(SecretKey::from_seed(base::Bytes(31)), "CHECK failed");
}

}  // namespace
}  // namespace crypto
