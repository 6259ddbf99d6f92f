// Aim: the machine's clock and random numbers are the machine's.
// Method: against std::chrono, and by the odds (a run that fails by chance happens once in 2^128).
#include <algorithm>
#include <chrono>
#include <set>

#include <gtest/gtest.h>

#include "os/system_clock.h"
#include "os/system_random.h"

namespace os {
namespace {

TEST(SystemClock, AgreesWithTheStandardLibrary) {
  const auto seconds = [] {
    return static_cast<std::uint64_t>(
        std::chrono::floor<std::chrono::seconds>(std::chrono::system_clock::now())
            .time_since_epoch()
            .count());
  };
  const std::uint64_t before = seconds();
  const std::uint64_t now = SystemClock().now().value();
  EXPECT_LE(before, now + 1);  // the coarse and the fine clock may differ by a tick
  EXPECT_LE(now, seconds() + 1);
}

TEST(SystemRandom, FillsEveryByteOfEverySize) {
  SystemRandom random;
  random.fill({});
  std::set<base::Bytes> seen;
  for (int i = 0; i < 100; ++i) {
    base::Bytes bytes(16);
    random.fill(bytes);
    EXPECT_TRUE(seen.insert(bytes).second);
  }
  base::Bytes large(100'000);  // more than one getrandom call promises to give
  random.fill(large);
  for (std::size_t i = 0; i + 16 <= large.size(); i += 16) {
    EXPECT_TRUE(std::any_of(large.begin() + static_cast<std::ptrdiff_t>(i),
                            large.begin() + static_cast<std::ptrdiff_t>(i + 16),
                            [](base::Byte b) { return b != 0; }));
  }
}

}  // namespace
}  // namespace os
