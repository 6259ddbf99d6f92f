// Aim: a stop that is asked for is heard, once, and nothing else ends the process. Method: this process sends
// the signals to itself.
#include "os/stop_signal.h"

#include <csignal>

#include <gtest/gtest.h>
#include <unistd.h>

namespace os {
namespace {

using std::chrono::milliseconds;

TEST(StopSignal, WaitsInVainWhenNobodyAsks) {
  StopSignal signal;
  EXPECT_FALSE(signal.wait_for(milliseconds(5)));
}

TEST(StopSignal, HearsBothSignalsOnce) {
  StopSignal signal;
  for (const int number : {SIGTERM, SIGINT}) {
    ASSERT_EQ(kill(getpid(), number), 0);
    EXPECT_TRUE(signal.wait_for(milliseconds(1'000)));
    EXPECT_FALSE(signal.wait_for(milliseconds(1)));
  }
}

TEST(StopSignal, KeepsABrokenPipeFromEndingTheProcess) {
  StopSignal signal;
  ASSERT_EQ(raise(SIGPIPE), 0);
  EXPECT_FALSE(signal.wait_for(milliseconds(1)));
  // Taken off again, or the destructor would let it through.
  sigset_t pipe;
  sigemptyset(&pipe);
  sigaddset(&pipe, SIGPIPE);
  const timespec now{0, 0};
  EXPECT_EQ(sigtimedwait(&pipe, nullptr, &now), SIGPIPE);
}

}  // namespace
}  // namespace os
