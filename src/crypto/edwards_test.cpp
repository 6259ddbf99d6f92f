// Aim: only canonical scalars and points of prime order come in, secrets stay where they are, and the arithmetic is a
// group's.
// Method: refused encodings one by one with their reasons; identities that hold in any group, on random values.
#include "crypto/edwards.h"

#include <algorithm>
#include <type_traits>
#include <utility>
#include <vector>

#include <gtest/gtest.h>
#include <sodium.h>

namespace crypto {
namespace {

using base::Byte;
using base::Bytes;

static_assert(!std::is_copy_constructible_v<SecretScalar> && !std::is_move_constructible_v<SecretScalar>);
static_assert(!std::is_copy_assignable_v<SecretScalar> && !std::is_default_constructible_v<SecretScalar>);
static_assert(!std::is_copy_constructible_v<SecretScalars> && !std::is_copy_assignable_v<SecretScalars>);
static_assert(!std::is_constructible_v<Point, std::array<Byte, 32>> &&
              !std::is_constructible_v<Point, PublicKey>);

class SystemRandom final : public base::Random {
 public:
  void fill(std::span<Byte> out) override { randombytes_buf(out.data(), out.size()); }
};

Bytes unhex(std::string_view text) {
  Bytes bytes(text.size() / 2);
  std::size_t size = 0;
  EXPECT_EQ(sodium_hex2bin(bytes.data(), bytes.size(), text.data(), text.size(), nullptr, &size, nullptr), 0);
  return bytes;
}

constexpr std::string_view kOrderText = "edd3f55c1a631258d69cf7a2def9de1400000000000000000000000000000010";

PublicScalar random_scalar() {
  Hash512 wide;
  randombytes_buf(wide.bytes.data(), wide.bytes.size());
  return PublicScalar::reduce(wide);
}

std::string why_not_point(std::string_view text) {
  const auto point = Point::parse(unhex(text));
  EXPECT_FALSE(point.has_value());
  return point ? "accepted" : point.error().message();
}

TEST(PublicScalar, RefusesWhatIsNotBelowTheOrder) {
  for (const std::string_view text :
       {kOrderText, std::string_view("eed3f55c1a631258d69cf7a2def9de1400000000000000000000000000000010"),
        std::string_view("edd3f55c1a631258d69cf7a2def9de1400000000000000000000000000000020"),
        std::string_view("ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff")}) {
    const auto scalar = PublicScalar::parse(unhex(text));
    ASSERT_FALSE(scalar.has_value()) << text;
    EXPECT_EQ(scalar.error().message(), "bad-scalar: not below the group's order [RFC 9591 section 6.1]");
  }
  EXPECT_FALSE(PublicScalar::parse(Bytes(31)).has_value());
  EXPECT_FALSE(PublicScalar::parse(Bytes(33)).has_value());
  EXPECT_FALSE(PublicScalar::parse({}).has_value());
}

TEST(PublicScalar, AcceptsTheLargestAndZero) {
  const Bytes largest = unhex("ecd3f55c1a631258d69cf7a2def9de1400000000000000000000000000000010");
  const auto scalar = PublicScalar::parse(largest);
  ASSERT_TRUE(scalar.has_value());
  EXPECT_EQ(*scalar, -PublicScalar(1));
  EXPECT_TRUE((*scalar + PublicScalar(1)).is_zero());
  EXPECT_EQ(PublicScalar::parse(Bytes(32)).value(), PublicScalar());
  EXPECT_LT(PublicScalar(255), PublicScalar(256));
}

TEST(PublicScalar, InvertsManyAsOne) {
  std::vector<PublicScalar> scalars;
  for (int i = 0; i < 40; ++i) scalars.push_back(random_scalar());
  std::vector<PublicScalar> inverses = scalars;
  invert_all(inverses);
  for (std::size_t i = 0; i < scalars.size(); ++i) {
    EXPECT_EQ(inverses[i], scalars[i].inverse());
    EXPECT_EQ(inverses[i] * scalars[i], PublicScalar(1));
  }
}

TEST(SecretScalar, ComputesAsAPublicOneDoes) {
  const PublicScalar a = random_scalar();
  const PublicScalar b = random_scalar();
  SecretScalars places(2);
  SecretScalar& x = places[0];
  SecretScalar& y = places[1];
  x.set(a);
  y.set(b);
  EXPECT_FALSE(x.equals(y));
  x.add(y);
  EXPECT_EQ(x.reveal(), a + b);
  x.subtract(y);
  x.multiply(y);
  EXPECT_EQ(x.reveal(), a * b);
  x.multiply(b);
  x.add(a);
  EXPECT_EQ(x.reveal(), a * b * b + a);
  x.negate();
  EXPECT_EQ(x.reveal(), -(a * b * b + a));
  y.invert();
  EXPECT_EQ(y.reveal(), b.inverse());
  y.set(x);
  EXPECT_TRUE(x.equals(y));
  y.wipe();
  EXPECT_TRUE(y.is_zero());
}

TEST(SecretScalar, ParsesAsAPublicOneAndIsZeroWhenRefused) {
  SecretScalars places(1);
  places[0].set(PublicScalar(7));
  EXPECT_FALSE(places[0].parse(unhex(kOrderText)).has_value());
  EXPECT_TRUE(places[0].is_zero());
  EXPECT_TRUE(places[0].parse(PublicScalar(9).bytes()).has_value());
  EXPECT_EQ(places[0].reveal(), PublicScalar(9));
}

TEST(SecretScalar, IsDrawnAgainWhenZero) {
  class ZeroFirst final : public base::Random {
   public:
    void fill(std::span<Byte> out) override {
      std::ranges::fill(out, static_cast<Byte>(calls_++ == 0 ? 0 : 1));
    }

   private:
    int calls_ = 0;
  } random;
  SecretScalars places(1);
  places[0].set_random(random);
  EXPECT_FALSE(places[0].is_zero());
}

TEST(SecretScalars, MovesWithoutCopying) {
  SecretScalars places(6'000);
  places[5'999].set(PublicScalar(3));
  SecretScalars moved(std::move(places));
  EXPECT_EQ(places.size(), 0U);  // NOLINT(bugprone-use-after-move): that is what is tested
  EXPECT_EQ(moved[5'999].reveal(), PublicScalar(3));
  places = std::move(moved);
  EXPECT_EQ(places[5'999].reveal(), PublicScalar(3));
  EXPECT_TRUE(places[0].is_zero());
}

TEST(Point, RefusesOneByOneAndSaysWhy) {
  const std::string zeros(60, '0');
  const std::string fs(60, 'f');
  EXPECT_EQ(why_not_point("01" + zeros + "00"), "bad-point: the neutral element [RFC 9591 section 6.1]");
  EXPECT_EQ(why_not_point("01" + zeros + "80"), "bad-point: not in canonical form [RFC 9591 section 6.1]");
  EXPECT_EQ(why_not_point("ed" + fs + "7f"), "bad-point: not in canonical form [RFC 9591 section 6.1]");
  EXPECT_EQ(why_not_point("ff" + fs + "ff"), "bad-point: not in canonical form [RFC 9591 section 6.1]");
  EXPECT_EQ(why_not_point("ec" + fs + "ff"), "bad-point: not in canonical form [RFC 9591 section 6.1]");
  EXPECT_EQ(why_not_point("02" + zeros + "00"), "bad-point: not on the curve [RFC 9591 section 6.1]");
  EXPECT_EQ(why_not_point("ec" + fs + "7f"), "bad-point: not of prime order [RFC 9591 section 6.1]");
  EXPECT_EQ(why_not_point("00" + zeros + "00"), "bad-point: not of prime order [RFC 9591 section 6.1]");
  // The generator plus the point of order 2 (CVE-2025-69277), and plus one of order 8.
  EXPECT_EQ(why_not_point("9599999999999999999999999999999999999999999999999999999999999999"),
            "bad-point: not of prime order [RFC 9591 section 6.1]");
  EXPECT_EQ(why_not_point("98519eadf35b995233b51b5cd23e9cc5a28b639b5a4af0ec903cb960d81b7819"),
            "bad-point: not of prime order [RFC 9591 section 6.1]");
  EXPECT_FALSE(Point::parse(Bytes(31, 0x66)).has_value());
}

TEST(Point, AcceptsTheGenerator) {
  const auto point = Point::parse(unhex("5866666666666666666666666666666666666666666666666666666666666666"));
  ASSERT_TRUE(point.has_value()) << point.error().message();
  EXPECT_EQ(*point, Point::generator());
  EXPECT_TRUE(is_prime_order_key(point->key()));
}

TEST(Point, AddsAndMultipliesAsAGroup) {
  const PublicScalar a = random_scalar();
  const PublicScalar b = random_scalar();
  const Point p = multiply_generator(a);
  const Point q = multiply_generator(b);
  EXPECT_EQ(p + q, multiply_generator(a + b));
  EXPECT_EQ(p - q, multiply_generator(a - b));
  EXPECT_EQ(-p, multiply_generator(-a));
  EXPECT_EQ(multiply(b, p), multiply(a, q));
  SecretScalars places(1);
  places[0].set(a);
  EXPECT_EQ(multiply_generator(places[0]), p);
  EXPECT_EQ(multiply(places[0], q), multiply_generator(a * b));
}

TEST(Point, KnowsTheNeutralElement) {
  const Point p = multiply_generator(PublicScalar(5));
  SecretScalars zero(1);
  EXPECT_TRUE((p - p).is_neutral());
  EXPECT_EQ(p + Point(), p);
  EXPECT_TRUE((-Point()).is_neutral());
  EXPECT_TRUE(multiply(PublicScalar(), p).is_neutral());
  EXPECT_TRUE(multiply(PublicScalar(3), Point()).is_neutral());
  EXPECT_TRUE(multiply_generator(PublicScalar()).is_neutral());
  EXPECT_TRUE(multiply_generator(zero[0]).is_neutral());
  EXPECT_TRUE((multiply(-PublicScalar(1), p) + p).is_neutral());
}

// FIPS 180-4's example for SHA-512, in one piece and in three.
TEST(Sha512, HashesInPieces) {
  const Bytes want = unhex(
      "ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a2192992a274fc1a836ba3c23a3feebbd454d44"
      "23643ce80e"
      "2a9ac94fa54ca49f");
  EXPECT_TRUE(std::ranges::equal(sha512({base::as_bytes("abc")}).bytes, want));
  Sha512 hash;
  hash.update(base::as_bytes("a"));
  Sha512 copy = hash;
  copy.update({}).update(base::as_bytes("bc"));
  EXPECT_TRUE(std::ranges::equal(copy.finish().bytes, want));
  EXPECT_EQ(hash.finish(), sha512({base::as_bytes("a")}));
}

}  // namespace
}  // namespace crypto
