// The machine's clock behind base::Clock. Only replicas and engines are handed one; no rule reads it.
#pragma once

#include "base/clock.h"

namespace os {

/// POSIX time, UTC. May jump when the machine's clock is set.   Threads: any.
class SystemClock final : public base::Clock {
 public:
  base::EpochSeconds now() const override;
};

}  // namespace os
