// Aim: numbers with different meanings do not mix, and cost and behave as plain ones otherwise.
// Method: what must not compile is asked of the type system.
#include "base/strong.h"

#include <concepts>
#include <type_traits>
#include <unordered_set>

#include <gtest/gtest.h>

namespace base {
namespace {

static_assert(!std::convertible_to<std::uint64_t, LeafIndex>);
static_assert(!std::convertible_to<LeafIndex, std::uint64_t>);
static_assert(!std::constructible_from<LeafIndex, TreeSize>);
static_assert(!std::equality_comparable_with<LeafIndex, TreeSize>);
static_assert(!std::assignable_from<LeafIndex&, TreeSize>);
static_assert(sizeof(LeafIndex) == sizeof(std::uint64_t) && std::is_trivially_copyable_v<LeafIndex>);

template <typename A, typename B>
concept Addable = requires(A a, B b) { a + b; };
static_assert(Addable<EpochSeconds, Seconds>);
static_assert(!Addable<EpochSeconds, EpochSeconds> && !Addable<LeafIndex, LeafIndex>);

TEST(Strong, OrdersCountsAndHashesAsItsNumber) {
  EXPECT_EQ(LeafIndex().value(), 0U);
  EXPECT_LT(LeafIndex(3), LeafIndex(4));
  EXPECT_EQ(LeafIndex(3).next(), LeafIndex(4));
  EXPECT_EQ(EpochSeconds(100) + Seconds(20), EpochSeconds(120));
  const std::unordered_set<Height> heights{Height(1), Height(2), Height(1)};
  EXPECT_EQ(heights.size(), 2U);
}

}  // namespace
}  // namespace base
