#include "os/stop_signal.h"

#include <cerrno>
#include <csignal>
#include <ctime>

#include "base/check.h"

namespace os {
namespace {

sigset_t stop_signals() {
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, SIGINT);
  sigaddset(&set, SIGTERM);
  return set;
}

// A peer that goes away while it is written to must be an error of that write, not the end of the process.
sigset_t blocked_signals() {
  sigset_t set = stop_signals();
  sigaddset(&set, SIGPIPE);
  return set;
}

}  // namespace

StopSignal::StopSignal() {
  const sigset_t set = blocked_signals();
  CHECK(pthread_sigmask(SIG_BLOCK, &set, nullptr) == 0);
}

StopSignal::~StopSignal() {
  const sigset_t set = blocked_signals();
  CHECK(pthread_sigmask(SIG_UNBLOCK, &set, nullptr) == 0);
}

bool StopSignal::wait_for(std::chrono::milliseconds wait) {
  const sigset_t set = stop_signals();
  const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(wait);
  const timespec timeout{
      seconds.count(),
      static_cast<long>(std::chrono::duration_cast<std::chrono::nanoseconds>(wait - seconds).count())};
  for (;;) {
    if (sigtimedwait(&set, nullptr, &timeout) > 0) return true;
    if (errno == EAGAIN) return false;
    CHECK(errno == EINTR);
  }
}

}  // namespace os
