// Aim: field arithmetic is right at the borders of what its limbs may hold, where random numbers never come.
// Method: numbers with every limb at its limit against the same numbers reduced first; algebraic identities.
#include "crypto/field25519.h"

#include <array>
#include <vector>

#include <gtest/gtest.h>
#include <sodium.h>

namespace crypto {
namespace {

constexpr std::uint64_t kLooseMax = (std::uint64_t{1} << 54) - 1;

Field reduced(const Field& a) {
  return load_field(store_field(a));
}

// Limbs at zero, at one below and at what "tight" and "loose" allow, in every mixture.
std::vector<Field> border_numbers() {
  constexpr std::array<std::uint64_t, 4> kLimbs{0, kLimbMask, kLimbMask + (1U << 14U), kLooseMax};
  std::vector<Field> out;
  for (unsigned choice = 0; choice < 1U << 10U; ++choice) {
    Field number;
    for (std::size_t i = 0; i < 5; ++i) number.limb[i] = kLimbs[(choice >> (2 * i)) & 3U];
    out.push_back(number);
  }
  return out;
}

TEST(Field, ProductsOfBorderNumbers) {
  const std::vector<Field> numbers = border_numbers();
  for (std::size_t i = 0; i < numbers.size(); ++i) {
    const Field& a = numbers[i];
    const Field& b = numbers[(i * 613) % numbers.size()];
    ASSERT_TRUE(equal(a * b, reduced(a) * reduced(b))) << i;
    ASSERT_TRUE(equal(a * b, b * a)) << i;
    ASSERT_TRUE(equal(square(a), a * a)) << i;
    for (const Field& tight : {a * b, square(a)}) {
      for (const std::uint64_t limb : tight.limb) ASSERT_LE(limb, kLimbMask + (1U << 14U)) << i;
    }
  }
}

TEST(Field, EncodingIsBelowP) {
  std::array<base::Byte, 32> p;
  p.fill(0xff);
  p[0] = 0xed;
  p[31] = 0x7f;
  EXPECT_TRUE(is_zero(load_field(p)));
  EXPECT_TRUE(is_zero(load_field(p) + load_field(p)));
  p[0] = 0xee;
  EXPECT_EQ(store_field(load_field(p)), store_field(kFieldOne));
  p[0] = 0xec;
  EXPECT_EQ(store_field(load_field(p)), p);
  EXPECT_TRUE(is_zero(load_field(p) + kFieldOne));
  EXPECT_TRUE(equal(negate(kFieldOne), load_field(p)));
  EXPECT_TRUE(is_negative(kFieldOne));
  EXPECT_FALSE(is_negative(negate(kFieldOne)));  // p - 1 is even
}

TEST(Field, InversesAndRoots) {
  std::size_t squares = 0;
  for (int i = 0; i < 1'000; ++i) {
    std::array<base::Byte, 32> bytes;
    randombytes_buf(bytes.data(), bytes.size());
    const Field a = load_field(bytes);
    randombytes_buf(bytes.data(), bytes.size());
    const Field b = load_field(bytes);
    ASSERT_TRUE(equal(a * invert(a), kFieldOne));
    ASSERT_TRUE(equal((a + b) * (a - b), square(a) - square(b)));
    const Root root = square_root_of_ratio(square(a), square(b));
    ASSERT_TRUE(root.square);
    ASSERT_TRUE(equal(square(root.value) * square(b), square(a)));
    ASSERT_FALSE(is_negative(root.value));
    const Root other = square_root_of_ratio(a, b);
    ASSERT_EQ(equal(square(other.value) * b, a), other.square);
    squares += other.square ? 1 : 0;
  }
  EXPECT_GT(squares, 300U);
  EXPECT_LT(squares, 700U);
  EXPECT_TRUE(is_zero(invert(Field{})));
  EXPECT_TRUE(square_root_of_ratio(Field{}, kFieldOne).square);
  EXPECT_FALSE(square_root_of_ratio(kFieldOne, Field{}).square);
}

}  // namespace
}  // namespace crypto
