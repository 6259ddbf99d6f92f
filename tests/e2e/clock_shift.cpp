// Lets a test move the wall clock of the processes it starts: preloaded, it adds to every reading of the real-time clock
// the nanoseconds that stand in the file COMITY_CLOCK_SHIFT, eight bytes in the machine's order. All who share the file
// see a change at once. Other clocks, and so all timeouts, stay as they are; but where COMITY_CLOCK_TIMERS is set, the
// monotonic clock moves too: a program that wakes after a move of a day finds that its daily work is due.
#include <atomic>
#include <bit>
#include <cstdint>
#include <cstdlib>
#include <ctime>

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <unistd.h>

namespace {

constexpr std::int64_t kNanoseconds = 1'000'000'000;
constexpr std::int64_t kNanosecondsInMicro = 1'000;

using Shift = std::atomic<std::int64_t>;

constinit const Shift kNoShift{0};
constinit std::atomic<const Shift*> known_shift{nullptr};

// Without the file the clock is left alone. By system calls alone: a sanitizer's own calls read the clock, also while it
// starts, and would wait here for themselves.
const Shift* map_shift() {
  const char* const path = std::getenv("COMITY_CLOCK_SHIFT");
  const long file = path == nullptr ? -1 : ::syscall(SYS_openat, AT_FDCWD, path, O_RDONLY | O_CLOEXEC, 0);
  if (file < 0) return &kNoShift;
  const long shared = ::syscall(SYS_mmap, nullptr, sizeof(std::int64_t), PROT_READ, MAP_SHARED, file, 0);
  ::syscall(SYS_close, file);
  return shared == -1 ? &kNoShift : std::bit_cast<const Shift*>(shared);
}

// Two threads may both be the first: one mapping is then left unused.
const Shift& shift() {
  const Shift* known = known_shift.load(std::memory_order_acquire);
  if (known == nullptr) {
    known = map_shift();
    known_shift.store(known, std::memory_order_release);
  }
  return *known;
}

// CLOCK_*_COARSE are those that event loops read.
bool is_moved(clockid_t clock) {
  if (clock == CLOCK_REALTIME || clock == CLOCK_REALTIME_COARSE) return true;
  return (clock == CLOCK_MONOTONIC || clock == CLOCK_MONOTONIC_COARSE || clock == CLOCK_BOOTTIME) &&
         std::getenv("COMITY_CLOCK_TIMERS") != nullptr;
}

}  // namespace

extern "C" int clock_gettime(clockid_t clock, timespec* time) noexcept {
  const int failed = static_cast<int>(::syscall(SYS_clock_gettime, clock, time));
  if (failed != 0 || !is_moved(clock)) return failed;
  const std::int64_t sum =
      time->tv_sec * kNanoseconds + time->tv_nsec + shift().load(std::memory_order_relaxed);
  time->tv_sec = sum / kNanoseconds;
  time->tv_nsec = sum % kNanoseconds;
  return 0;
}

extern "C" int gettimeofday(timeval* time, void* /*zone*/) noexcept {
  timespec now{};
  const int failed = clock_gettime(CLOCK_REALTIME, &now);
  *time = {.tv_sec = now.tv_sec, .tv_usec = now.tv_nsec / kNanosecondsInMicro};
  return failed;
}

extern "C" time_t time(time_t* out) noexcept {
  timespec now{};
  clock_gettime(CLOCK_REALTIME, &now);
  if (out != nullptr) *out = now.tv_sec;
  return now.tv_sec;
}
