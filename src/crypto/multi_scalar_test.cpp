// Aim: our own arithmetic gives libsodium's results, byte for byte, and lets no point in that libsodium refuses.
// Method: random sums and edge cases side by side with libsodium (COMITY_NIGHT: millions of them); every kind of bad
// point, alone and hidden in large batches.
#include "crypto/multi_scalar.h"

#include <algorithm>
#include <array>
#include <cstdlib>
#include <string>
#include <utility>
#include <vector>

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

// A seeded stream; a failing run prints the seed.
class Stream {
 public:
  Stream() {
    std::uint32_t chosen = randombytes_random();
    if (const char* text = std::getenv("COMITY_SEED"); text != nullptr) {
      chosen = static_cast<std::uint32_t>(std::strtoul(text, nullptr, 10));
    }
    seed_ = chosen;
  }
  std::string seed() const { return "COMITY_SEED=" + std::to_string(seed_); }
  void fill(std::span<Byte> out) {
    std::array<Byte, randombytes_SEEDBYTES> key{};
    for (std::size_t i = 0; i < 4; ++i) key[i] = static_cast<Byte>(seed_ >> (8 * i));
    for (std::size_t i = 0; i < 8; ++i) key[8 + i] = static_cast<Byte>(drawn_ >> (8 * i));
    ++drawn_;
    randombytes_buf_deterministic(out.data(), out.size(), key.data());
  }
  std::uint64_t below(std::uint64_t limit) {
    std::array<Byte, 8> bytes;
    fill(bytes);
    std::uint64_t value = 0;
    for (const Byte byte : bytes) value = value << 8U | byte;
    return value % limit;
  }
  PublicScalar scalar() {
    Hash512 wide;
    fill(wide.bytes);
    return PublicScalar::reduce(wide);
  }

 private:
  std::uint32_t seed_ = 0;
  std::uint64_t drawn_ = 0;
};

std::uint64_t rounds(std::uint64_t each_change, std::uint64_t at_night) {
  return std::getenv("COMITY_NIGHT") != nullptr ? at_night : each_change;
}

Bytes unhex(std::string_view text) {
  Bytes bytes(text.size() / 2);
  std::size_t size = 0;
  EXPECT_EQ(sodium_hex2bin(bytes.data(), bytes.size(), text.data(), text.size(), nullptr, &size, nullptr), 0);
  return bytes;
}

// Scalars whose digits carry, repeat, vanish or reach the top.
std::vector<PublicScalar> edge_scalars() {
  std::vector<PublicScalar> out;
  for (const unsigned small : {0U, 1U, 2U, 3U, 15U, 16U, 17U, 31U, 32U, 33U, 127U, 128U, 129U, 255U, 256U}) {
    out.emplace_back(small);
    out.push_back(-PublicScalar(small));
  }
  const PublicScalar two(2);
  PublicScalar power(1);
  for (int bit = 0; bit < 252; ++bit) {
    power = power * two;
    if (bit % 9 == 0 || bit > 245) {
      out.push_back(power);
      out.push_back(power - PublicScalar(1));
      out.push_back(-power);
    }
  }
  return out;
}

Point through_libsodium(std::span<const Term> terms) {
  Point sum;
  for (const Term& term : terms) {
    sum = sum + (term.point == nullptr ? multiply_generator(term.scalar)
                                       : multiply(term.scalar, term.point->point()));
  }
  return sum;
}

TEST(MultiScalar, EdgeScalarsOnEdgePoints) {
  const PublicScalar minus_one = -PublicScalar(1);
  const std::vector<DecodedPoint> points{
      DecodedPoint(), DecodedPoint(Point::generator()), DecodedPoint(-Point::generator()),
      DecodedPoint(multiply_generator(PublicScalar(0x1234'5678'9abc'def0)))};
  for (const PublicScalar& scalar : edge_scalars()) {
    for (const DecodedPoint& point : points) {
      const std::array<Term, 1> one{Term{scalar, &point}};
      ASSERT_EQ(multi_scalar(one), through_libsodium(one));
      const std::array<Term, 3> cancel{Term{scalar, &point}, Term{scalar * minus_one, &point},
                                       Term{scalar, nullptr}};
      ASSERT_EQ(multi_scalar(cancel), multiply_generator(scalar));
      const std::array<Term, 2> doubled{Term{scalar, &point}, Term{scalar, &point}};
      ASSERT_EQ(multi_scalar(doubled), multiply(scalar + scalar, point.point()));
    }
  }
}

TEST(MultiScalar, TheEmptySumIsNeutral) {
  EXPECT_TRUE(multi_scalar({}).is_neutral());
  EXPECT_TRUE(multi_scalar_many({}).empty());
  const std::vector<std::vector<Term>> sums(2);
  for (const Point& point : multi_scalar_many(sums)) EXPECT_TRUE(point.is_neutral());
}

// libsodium takes 100 us for each term, so the bulk of the hundred thousand terms goes through the identity
// a (b B) + c B = (a b + c) B, where it multiplies once.
TEST(MultiScalar, RandomSumsAreLibsodiums) {
  Stream stream;
  const std::vector<PublicScalar> edges = edge_scalars();
  const auto draw = [&] {
    return stream.below(8) == 0 ? edges[stream.below(edges.size())] : stream.scalar();
  };
  for (std::uint64_t round = 0; round < rounds(300, 30'000); ++round) {
    std::vector<DecodedPoint> points;
    std::vector<Term> terms;
    for (std::uint64_t i = 0; i < 1 + round % 7; ++i) points.emplace_back(multiply_generator(draw()));
    for (const DecodedPoint& point : points) terms.push_back({draw(), &point});
    terms.push_back({draw(), nullptr});
    ASSERT_EQ(multi_scalar(terms), through_libsodium(terms)) << stream.seed() << " round " << round;
  }
}

TEST(MultiScalar, ManySumsAtOnceAreTheSums) {
  Stream stream;
  constexpr std::size_t kTerms = 100;
  constexpr std::size_t kSums = 50;
  for (std::uint64_t round = 0; round < rounds(20, 1'000); ++round) {
    std::vector<PublicScalar> logarithms;
    std::vector<DecodedPoint> points;
    for (std::size_t i = 0; i < kTerms; ++i) {
      logarithms.push_back(stream.scalar());
      points.emplace_back(multiply_generator(logarithms.back()));
    }
    std::vector<std::vector<Term>> sums(kSums);
    std::vector<PublicScalar> want(kSums);
    for (std::size_t i = 0; i < kSums; ++i) {
      for (std::size_t j = 0; j < kTerms; ++j) {
        const PublicScalar factor = j % 3 == 0 ? PublicScalar(1) : stream.scalar();
        sums[i].push_back({factor, &points[j]});
        want[i] = want[i] + factor * logarithms[j];
      }
    }
    const std::vector<Point> got = multi_scalar_many(sums);
    ASSERT_EQ(got.size(), kSums);
    for (std::size_t i = 0; i < kSums; ++i) {
      ASSERT_EQ(got[i], multiply_generator(want[i])) << stream.seed() << " round " << round << " sum " << i;
    }
  }
}

TEST(Decode, IsLibsodiumsOnRandomBytes) {
  Stream stream;
  std::size_t points = 0;
  for (std::uint64_t round = 0; round < rounds(20'000, 2'000'000); ++round) {
    std::array<Byte, 32> bytes;
    stream.fill(bytes);
    if (round % 4 == 1) std::fill(bytes.begin() + 1, bytes.end(), static_cast<Byte>(0xff));  // near p
    if (round % 8 == 1) bytes[31] = 0x7f;
    if (round % 4 == 2) std::fill(bytes.begin() + 1, bytes.end() - 1, static_cast<Byte>(0));
    std::array<Byte, 32> sum;
    const bool on_curve = crypto_core_ed25519_add(sum.data(), bytes.data(), bytes.data()) == 0;
    const auto affine = decode(bytes);
    if (!affine) {
      // libsodium's addition takes second encodings; those we refuse.
      const auto parsed = Point::parse(bytes);
      ASSERT_FALSE(parsed.has_value()) << stream.seed() << " round " << round;
      if (on_curve) {
        ASSERT_EQ(parsed.error().detail(), "not in canonical form") << stream.seed();
      }
      continue;
    }
    ++points;
    ASSERT_TRUE(on_curve) << stream.seed() << " round " << round;
    ASSERT_EQ(encode(*affine), bytes);
    const std::array<Extended, 1> doubled{twice(extend(*affine))};
    ASSERT_EQ(encode(normalize(doubled).front()), sum) << stream.seed() << " round " << round;
    if (round % 16 == 0 && bytes != Point().bytes()) {
      ASSERT_EQ(has_prime_order_or_one(*affine), Point::parse(bytes).has_value()) << stream.seed();
    }
  }
  EXPECT_GT(points, rounds(20'000, 2'000'000) / 8);
}

// ---- points from outside

constexpr std::array<std::string_view, 5> kBadPoints{
    "0100000000000000000000000000000000000000000000000000000000000000",   // neutral
    "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",   // order 2
    "9599999999999999999999999999999999999999999999999999999999999999",   // B plus order 2
    "98519eadf35b995233b51b5cd23e9cc5a28b639b5a4af0ec903cb960d81b7819",   // B plus order 8
    "0200000000000000000000000000000000000000000000000000000000000000"};  // no point

Bytes good_points(std::size_t count) {
  Bytes out;
  for (std::size_t i = 0; i < count; ++i) {
    const Point point = multiply_generator(PublicScalar(1'000 + i));
    out.insert(out.end(), point.bytes().begin(), point.bytes().end());
  }
  return out;
}

TEST(ParsePoints, NamesTheFirstBadPointHoweverManyThereAre) {
  SystemRandom random;
  for (const std::size_t count : {1U, 5U, 99U, 100U, 1'000U}) {
    const Bytes good = good_points(count);
    for (const std::string_view bad : kBadPoints) {
      for (const std::size_t place : {std::size_t{0}, count / 2, count - 1}) {
        Bytes bytes = good;
        std::ranges::copy(unhex(bad), bytes.begin() + static_cast<std::ptrdiff_t>(place * kPointBytes));
        const auto points = parse_points(bytes, random);
        ASSERT_FALSE(points.has_value()) << bad << " at " << place << " of " << count;
        EXPECT_TRUE(points.error().detail().starts_with("point " + std::to_string(place) + ": "))
            << points.error().message();
      }
    }
  }
}

// Two bad points whose small-order parts cancel in the sum of all.
TEST(ParsePoints, SeesPartsOfSmallOrderThatCancel) {
  SystemRandom random;
  Bytes bytes = good_points(200);
  const Bytes bad = unhex(kBadPoints[2]);
  std::ranges::copy(bad, bytes.begin());
  std::ranges::copy(bad, bytes.begin() + 32);
  for (int i = 0; i < 20; ++i) EXPECT_FALSE(parse_points(bytes, random).has_value());
}

TEST(ParsePoints, KeepsBytesAndOrder) {
  SystemRandom random;
  for (const std::size_t count : {0U, 1U, 99U, 100U, 257U}) {
    const Bytes bytes = good_points(count);
    const auto points = parse_points(bytes, random);
    ASSERT_TRUE(points.has_value()) << points.error().message();
    ASSERT_EQ(points->size(), count);
    for (std::size_t i = 0; i < count; ++i) {
      EXPECT_EQ((*points)[i].point(), multiply_generator(PublicScalar(1'000 + i)));
      EXPECT_EQ(encode((*points)[i].affine()), (*points)[i].point().bytes());
    }
  }
}

}  // namespace
}  // namespace crypto
