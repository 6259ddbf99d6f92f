#include "os/system_clock.h"

#include <ctime>

#include "base/check.h"

namespace os {

base::EpochSeconds SystemClock::now() const {
  timespec time{};
  CHECK(::clock_gettime(CLOCK_REALTIME, &time) == 0);
  CHECK(time.tv_sec >= 0);  // a machine that lives before 1970 cannot cosign anything sensible
  return base::EpochSeconds(static_cast<std::uint64_t>(time.tv_sec));
}

}  // namespace os
