// Aim: a member that is shown the same old checkpoint for long is told so, neither too early nor all the time.
// Method: times one beside the other at each border.
#include "apps/watch_over.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace apps {
namespace {

using base::EpochSeconds;
using ::testing::HasSubstr;

constexpr EpochSeconds kThen(1'767'225'600);  // 2026-01-01T00:00:00Z

EpochSeconds later(std::uint64_t seconds) {
  return EpochSeconds(kThen.value() + seconds);
}

TEST(AgeWatch, NothingIsSaidOfWhatIsFreshOrNotThereYet) {
  AgeWatch watch;
  EXPECT_EQ(watch.look(std::nullopt, later(1'000'000)), std::nullopt);
  EXPECT_EQ(watch.look(kThen, later(899)), std::nullopt);
  EXPECT_EQ(watch.look(later(100), kThen), std::nullopt);  // a clock behind the members'
}

TEST(AgeWatch, WhatIsOldIsSaidAtOnceAndThenEachHour) {
  AgeWatch watch;
  const auto told = watch.look(kThen, later(900));
  ASSERT_TRUE(told);
  EXPECT_THAT(*told, HasSubstr("2026-01-01T00:00:00Z"));
  EXPECT_EQ(watch.look(kThen, later(901)), std::nullopt);
  EXPECT_EQ(watch.look(kThen, later(900 + 3'599)), std::nullopt);
  EXPECT_TRUE(watch.look(kThen, later(900 + 3'600)));
}

TEST(AgeWatch, AFreshCheckpointBeginsAnew) {
  AgeWatch watch;
  EXPECT_TRUE(watch.look(kThen, later(900)));
  EXPECT_EQ(watch.look(later(880), later(901)), std::nullopt);
  EXPECT_TRUE(watch.look(later(880), later(1'780)));
}

}  // namespace
}  // namespace apps
