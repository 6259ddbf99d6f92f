#include "crypto/multi_scalar.h"

#include <algorithm>
#include <string>

#include "base/check.h"
#include "crypto/point_access.h"

namespace crypto {

class DecodeAccess {
 public:
  static DecodedPoint make(base::ByteView bytes32, const Affine& affine) {
    DecodedPoint out;
    std::ranges::copy(bytes32, PointAccess::bytes(out.point_).begin());
    out.affine_ = affine;
    return out;
  }
};

namespace {

using base::Byte;
using base::Bytes;
using base::ByteView;

// ---- digits

// A scalar as odd digits between -limit and limit with at least `width` - 1 zeros between any two: few additions.
// L < 2^253, and a carry may need one place more.
constexpr std::size_t kDigits = 256;
using Digits = std::array<std::int8_t, kDigits>;

// Bits [at, at + width) of the scalar, zeros above.
unsigned window_at(const std::array<Byte, kScalarBytes>& bytes, std::size_t at, unsigned width) {
  std::uint32_t word = 0;
  for (std::size_t i = 0; i < 3 && at / 8 + i < bytes.size(); ++i) {
    word |= static_cast<std::uint32_t>(bytes[at / 8 + i]) << (8 * i);
  }
  return (word >> (at % 8)) & ((1U << width) - 1);
}

// Returns how many digits are in use.
std::size_t to_digits(const PublicScalar& scalar, unsigned width, Digits& digits) {
  digits.fill(0);
  std::size_t used = 0;
  unsigned carried = 0;
  for (std::size_t at = 0; at < kDigits;) {
    const unsigned window = carried + window_at(scalar.bytes(), at, width);
    if ((window & 1U) == 0) {
      ++at;  // an even window: this bit, with what was carried, is zero, and the carry stays as it is
      continue;
    }
    const auto half = 1U << (width - 1);
    carried = window >= half ? 1 : 0;
    const int digit = static_cast<int>(window) - (carried == 1 ? static_cast<int>(2 * half) : 0);
    digits[at] = static_cast<std::int8_t>(digit);
    used = at + 1;
    at += width;
  }
  return used;
}

// ---- tables of odd multiples

constexpr unsigned kPointWidth = 5;      // digits up to 15: 1, 3, ..., 15 times each point
constexpr unsigned kGeneratorWidth = 8;  // digits up to 127: a table made once
constexpr std::size_t kPointMultiples = std::size_t{1} << (kPointWidth - 2);
constexpr std::size_t kGeneratorMultiples = std::size_t{1} << (kGeneratorWidth - 2);

std::vector<Extended> odd_multiples(const Affine& point, std::size_t count) {
  std::vector<Extended> out{extend(point)};
  if (count == 1) return out;
  const Cached two = cache(twice(out.front()));
  while (out.size() < count) out.push_back(add(out.back(), two));
  return out;
}

const std::array<CachedAffine, kGeneratorMultiples>& generator_table() {
  static const std::array<CachedAffine, kGeneratorMultiples> table = [] {
    const std::vector<Affine> multiples = normalize(odd_multiples(base_point(), kGeneratorMultiples));
    std::array<CachedAffine, kGeneratorMultiples> out;
    std::ranges::transform(multiples, out.begin(), [](const Affine& point) { return cache(point); });
    return out;
  }();
  return table;
}

// One term, ready for the common loop of doublings.
struct Track {
  Digits digits;
  bool generator = false;
  std::array<Cached, kPointMultiples> multiples;  // as many as the digits ask for
};

std::size_t start_track(const Term& term, Track& track) {
  track.generator = term.point == nullptr;
  const std::size_t used =
      to_digits(term.scalar, track.generator ? kGeneratorWidth : kPointWidth, track.digits);
  if (track.generator) return used;
  int largest = 0;
  for (std::size_t i = 0; i < used; ++i) largest = std::max(largest, std::abs(int{track.digits[i]}));
  Extended multiple = extend(term.point->affine());
  track.multiples[0] = cache(multiple);
  if (largest == 1) return used;
  const Cached two = cache(twice(multiple));
  for (std::size_t i = 1; i <= static_cast<std::size_t>(largest) / 2; ++i) {
    multiple = add(multiple, two);
    track.multiples[i] = cache(multiple);
  }
  return used;
}

template <typename Table>
Extended apply(const Extended& sum, int digit, const Table& table) {
  const auto index = static_cast<std::size_t>(std::abs(digit)) / 2;
  return digit > 0 ? add(sum, table[index]) : subtract(sum, table[index]);
}

// Straus: all terms share the doublings.
Extended sum_of(std::span<const Term> terms, std::vector<Track>& tracks) {
  tracks.resize(std::max(tracks.size(), terms.size()));
  std::size_t used = 0;
  for (std::size_t i = 0; i < terms.size(); ++i) used = std::max(used, start_track(terms[i], tracks[i]));
  Extended sum;
  for (std::size_t at = used; at-- > 0;) {
    if (at + 1 < used) sum = twice(sum);
    for (std::size_t i = 0; i < terms.size(); ++i) {
      const int digit{tracks[i].digits[at]};
      if (digit == 0) continue;
      sum =
          tracks[i].generator ? apply(sum, digit, generator_table()) : apply(sum, digit, tracks[i].multiples);
    }
  }
  return sum;
}

Point to_point(const Affine& affine) {
  Point out;
  PointAccess::bytes(out) = encode(affine);
  return out;
}

// ---- the order of many points at once

constexpr std::size_t kBatchMin = 100;
constexpr std::size_t kSubsets = 128;
constexpr std::size_t kSubsetsAtOnce = 8;
constexpr std::size_t kBuckets = std::size_t{1} << kSubsetsAtOnce;

// A point with a part of small order changes the small-order part of a subset's sum by being in it or not, so
// for each subset at most one of the two choices hides it: all 128 do with probability 2^-128. Eight subsets
// at once: a point goes to the bucket that its random byte names, and subset j is the sum of the buckets with
// bit j set.
bool subsets_have_prime_order(std::span<const Affine> points, ByteView choices) {
  std::vector<CachedAffine> cached;
  cached.reserve(points.size());
  for (const Affine& point : points) cached.push_back(cache(point));
  for (std::size_t group = 0; group < kSubsets / kSubsetsAtOnce; ++group) {
    std::array<Extended, kBuckets> buckets;
    for (std::size_t i = 0; i < points.size(); ++i) {
      Extended& bucket = buckets[choices[group * points.size() + i]];
      bucket = add(bucket, cached[i]);
    }
    std::vector<Extended> sums(kSubsetsAtOnce);
    for (std::size_t i = 0; i < kBuckets; ++i) {
      const Cached bucket = cache(buckets[i]);
      for (std::size_t j = 0; j < kSubsetsAtOnce; ++j) {
        if (((i >> j) & 1U) != 0) sums[j] = add(sums[j], bucket);
      }
    }
    if (!std::ranges::all_of(normalize(sums), has_prime_order_or_one)) return false;
  }
  return true;
}

bool all_have_prime_order(std::span<const Affine> points, base::Random& random) {
  if (points.size() < kBatchMin) return std::ranges::all_of(points, has_prime_order_or_one);
  Bytes choices(points.size() * (kSubsets / kSubsetsAtOnce));
  random.fill(choices);
  return subsets_have_prime_order(points, choices);
}

// Something is wrong with some encoding: libsodium, one by one, says with which and what.
base::Error first_bad(ByteView encodings) {
  for (std::size_t i = 0; i < encodings.size() / kPointBytes; ++i) {
    const auto point = Point::parse(encodings.subspan(i * kPointBytes, kPointBytes));
    if (!point) return point.error().at("point " + std::to_string(i));
  }
  CHECK(false);  // our own check refused what libsodium accepts
}

}  // namespace

DecodedPoint::DecodedPoint(const Point& point) : point_(point) {
  const std::optional<Affine> affine = decode(point.bytes());
  CHECK(affine.has_value());
  affine_ = *affine;
}

base::Result<std::vector<DecodedPoint>> parse_points(ByteView encodings, base::Random& random) {
  CHECK(encodings.size() % kPointBytes == 0);
  const Point neutral;
  std::vector<Affine> affines;
  affines.reserve(encodings.size() / kPointBytes);
  for (std::size_t at = 0; at < encodings.size(); at += kPointBytes) {
    const ByteView bytes = encodings.subspan(at, kPointBytes);
    const std::optional<Affine> affine = decode(bytes);
    if (!affine || std::ranges::equal(bytes, neutral.bytes())) return std::unexpected(first_bad(encodings));
    affines.push_back(*affine);
  }
  if (!all_have_prime_order(affines, random)) return std::unexpected(first_bad(encodings));
  std::vector<DecodedPoint> out;
  out.reserve(affines.size());
  for (std::size_t i = 0; i < affines.size(); ++i) {
    out.push_back(DecodeAccess::make(encodings.subspan(i * kPointBytes, kPointBytes), affines[i]));
  }
  return out;
}

Point multi_scalar(std::span<const Term> terms) {
  std::vector<Track> tracks;
  const Extended sum = sum_of(terms, tracks);
  return to_point(normalize(std::span(&sum, 1)).front());
}

std::vector<Point> multi_scalar_many(std::span<const std::vector<Term>> sums) {
  std::vector<Track> tracks;
  std::vector<Extended> results;
  results.reserve(sums.size());
  for (const std::vector<Term>& terms : sums) results.push_back(sum_of(terms, tracks));
  std::vector<Point> out;
  out.reserve(sums.size());
  for (const Affine& affine : normalize(results)) out.push_back(to_point(affine));
  return out;
}

}  // namespace crypto
