// Being told to stop: SIGINT and SIGTERM, taken by one thread that asks for them instead of by a handler in the
// middle of anything.
#pragma once

#include <chrono>

namespace os {

/// Blocks SIGINT, SIGTERM and SIGPIPE for this thread and all that it starts from now on: make one before any
/// thread. Threads: the one that made it.
class StopSignal {
 public:
  StopSignal();
  ~StopSignal();  ///< the signals do again what they did before
  StopSignal(const StopSignal&) = delete;
  StopSignal& operator=(const StopSignal&) = delete;

  /// Waits until told to stop or `wait` is over; true if told.
  [[nodiscard]] bool wait_for(std::chrono::milliseconds wait);
};

}  // namespace os
