// Lets a test move the wall clock of the processes it starts: preloaded, it adds to every reading of the real-time clock
// the nanoseconds that stand in the file COMITY_CLOCK_SHIFT, eight bytes in the machine's order. All who share the file
// see a change at once. Other clocks, and so all timeouts, stay as they are.
#include <atomic>
#include <cstdint>
#include <cstdlib>
#include <ctime>

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

namespace {

constexpr std::int64_t kNanoseconds = 1'000'000'000;

// Null without the file: then the clock is left alone.
const std::atomic<std::int64_t>* map_shift() {
  const char* const path = std::getenv("COMITY_CLOCK_SHIFT");
  const int file = path == nullptr ? -1 : ::open(path, O_RDONLY | O_CLOEXEC);
  if (file < 0) return nullptr;
  void* const shared = ::mmap(nullptr, sizeof(std::int64_t), PROT_READ, MAP_SHARED, file, 0);
  ::close(file);
  return shared == MAP_FAILED ? nullptr : static_cast<const std::atomic<std::int64_t>*>(shared);
}

}  // namespace

extern "C" int clock_gettime(clockid_t clock, timespec* time) noexcept {
  static const std::atomic<std::int64_t>* const shift = map_shift();
  const int failed = static_cast<int>(::syscall(SYS_clock_gettime, clock, time));
  if (failed != 0 || clock != CLOCK_REALTIME || shift == nullptr) return failed;
  const std::int64_t sum =
      time->tv_sec * kNanoseconds + time->tv_nsec + shift->load(std::memory_order_relaxed);
  time->tv_sec = sum / kNanoseconds;
  time->tv_nsec = sum % kNanoseconds;
  return 0;
}
