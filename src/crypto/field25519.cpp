#include "crypto/field25519.h"

#include "base/check.h"

namespace crypto {
namespace {

using base::Byte;

// sqrt(-1) = 2^((p - 1) / 4)
constexpr Field kRootOfMinusOne{
    {1718705420411056, 234908883556509, 2233514472574048, 2117202627021982, 765476049583133}};

// What all the exponents begin with: a^(2^250 - 1), and a^11 for the end of the inversion.
struct Ladder {
  Field to_11;
  Field ones_250;
};

Ladder climb(const Field& a) {
  const Field to_2 = square(a);
  const Field to_9 = square_times(to_2, 2) * a;
  const Field to_11 = to_9 * to_2;
  const Field ones_5 = square(to_11) * to_9;
  const Field ones_10 = square_times(ones_5, 5) * ones_5;
  const Field ones_20 = square_times(ones_10, 10) * ones_10;
  const Field ones_40 = square_times(ones_20, 20) * ones_20;
  const Field ones_50 = square_times(ones_40, 10) * ones_10;
  const Field ones_100 = square_times(ones_50, 50) * ones_50;
  const Field ones_200 = square_times(ones_100, 100) * ones_100;
  return {to_11, square_times(ones_200, 50) * ones_50};
}

}  // namespace

Field square_times(Field a, int times) {
  for (int i = 0; i < times; ++i) a = square(a);
  return a;
}

Field invert(const Field& a) {
  const Ladder ladder = climb(a);  // p - 2 = (2^250 - 1) 2^5 + 11
  return square_times(ladder.ones_250, 5) * ladder.to_11;
}

Field power_for_root(const Field& a) {
  return square_times(climb(a).ones_250, 2) * a;  // (p - 5) / 8 = (2^250 - 1) 2^2 + 1
}

Field load_field(base::ByteView bytes32) {
  CHECK(bytes32.size() == 32);
  const auto word = [&](std::size_t at) {
    std::uint64_t value = 0;
    for (std::size_t i = 0; i < 8; ++i) value |= std::uint64_t{bytes32[at + i]} << (8 * i);
    return value;
  };
  return {{word(0) & kLimbMask, (word(6) >> 3U) & kLimbMask, (word(12) >> 6U) & kLimbMask,
           (word(19) >> 1U) & kLimbMask, (word(24) >> 12U) & kLimbMask}};
}

std::array<Byte, 32> store_field(const Field& a) {
  Field t = carry(a.limb[0], a.limb[1], a.limb[2], a.limb[3], a.limb[4]);
  t = carry(t.limb[0], t.limb[1], t.limb[2], t.limb[3], t.limb[4]);
  // Now t < 2^255 + 2^65, so below 2p. It reaches p if t + 19 reaches 2^255; then p goes off, by the same 19.
  std::uint64_t over = (t.limb[0] + 19) >> 51U;
  for (std::size_t i = 1; i < 5; ++i) over = (t.limb[i] + over) >> 51U;
  t.limb[0] += 19 * over;
  for (std::size_t i = 0; i + 1 < 5; ++i) {
    t.limb[i + 1] += t.limb[i] >> 51U;
    t.limb[i] &= kLimbMask;
  }
  t.limb[4] &= kLimbMask;
  const std::array<std::uint64_t, 4> words{
      t.limb[0] | (t.limb[1] << 51U), (t.limb[1] >> 13U) | (t.limb[2] << 38U),
      (t.limb[2] >> 26U) | (t.limb[3] << 25U), (t.limb[3] >> 39U) | (t.limb[4] << 12U)};
  std::array<Byte, 32> out;
  for (std::size_t i = 0; i < 32; ++i) out[i] = static_cast<Byte>(words[i / 8] >> (8 * (i % 8)));
  return out;
}

bool equal(const Field& a, const Field& b) {
  return store_field(a) == store_field(b);
}

bool is_zero(const Field& a) {
  return store_field(a) == std::array<Byte, 32>{};
}

bool is_negative(const Field& a) {
  return (store_field(a)[0] & 1U) != 0;
}

Root square_root_of_ratio(const Field& u, const Field& v) {
  const Field v3 = square(v) * v;
  const Field v7 = square(v3) * v;
  Field root = u * v3 * power_for_root(u * v7);
  const Field check = v * square(root);
  const Field minus_u = negate(u * kFieldOne);  // the product makes it tight
  const bool right = equal(check, u);
  const bool flipped = equal(check, minus_u);
  const bool flipped_root = equal(check, minus_u * kRootOfMinusOne);
  if (flipped || flipped_root) root = root * kRootOfMinusOne;
  if (is_negative(root)) root = negate(root) * kFieldOne;
  return {right || flipped, root};
}

}  // namespace crypto
