// Where time comes from. Rules never read a clock: they see block time only. Clocks are for replicas and
// engines.
#pragma once

#include "base/strong.h"

namespace base {

/// Threads: any.
class Clock {
 public:
  virtual ~Clock() = default;
  virtual EpochSeconds now() const = 0;
};

}  // namespace base
