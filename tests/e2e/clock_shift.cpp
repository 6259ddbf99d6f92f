// Lets a test move the wall clock of the processes it starts: preloaded, it adds to every reading of the real-time clock
// the nanoseconds that stand in the file COMITY_CLOCK_SHIFT, eight bytes in the machine's order. All who share the file
// see a change at once. Other clocks, and so all timeouts, stay as they are; but where COMITY_CLOCK_TIMERS is set, the
// monotonic clock moves too: a program that wakes after a move of a day finds that its daily work is due.
#include <atomic>
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

// Null without the file: then the clock is left alone.
const std::atomic<std::int64_t>* map_shift() {
  const char* const path = std::getenv("COMITY_CLOCK_SHIFT");
  const int file = path == nullptr ? -1 : ::open(path, O_RDONLY | O_CLOEXEC);
  if (file < 0) return nullptr;
  void* const shared = ::mmap(nullptr, sizeof(std::int64_t), PROT_READ, MAP_SHARED, file, 0);
  ::close(file);
  return shared == MAP_FAILED ? nullptr : static_cast<const std::atomic<std::int64_t>*>(shared);
}

// CLOCK_*_COARSE are those that event loops read.
bool is_moved(clockid_t clock) {
  static const bool moves_timers = std::getenv("COMITY_CLOCK_TIMERS") != nullptr;
  if (clock == CLOCK_REALTIME || clock == CLOCK_REALTIME_COARSE) return true;
  return moves_timers &&
         (clock == CLOCK_MONOTONIC || clock == CLOCK_MONOTONIC_COARSE || clock == CLOCK_BOOTTIME);
}

}  // namespace

extern "C" int clock_gettime(clockid_t clock, timespec* time) noexcept {
  static const std::atomic<std::int64_t>* const shift = map_shift();
  const int failed = static_cast<int>(::syscall(SYS_clock_gettime, clock, time));
  if (failed != 0 || !is_moved(clock) || shift == nullptr) return failed;
  const std::int64_t sum =
      time->tv_sec * kNanoseconds + time->tv_nsec + shift->load(std::memory_order_relaxed);
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
