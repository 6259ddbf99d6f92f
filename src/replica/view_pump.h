// The thread that keeps a view at the published checkpoint. Whoever publishes wakes it; without a call it
// looks by itself.
#pragma once

#include <chrono>
#include <condition_variable>
#include <mutex>
#include <optional>
#include <thread>

#include "base/result.h"
#include "replica/view.h"

namespace replica {

/// Threads: any.   Lifetime: keeps a reference to the view; the destructor waits for an advance under way.
class ViewPump {
 public:
  explicit ViewPump(View& view, std::chrono::milliseconds interval = std::chrono::seconds(1));

  /// There may be a new checkpoint. Returns at once.
  void wake();
  /// Why the last advance failed, if it did.
  std::optional<base::Error> last_error() const;

 private:
  void run(const std::stop_token& stop);

  View* view_;
  std::chrono::milliseconds interval_;
  mutable std::mutex mutex_;
  std::condition_variable_any woken_;
  bool awake_ = true;
  std::optional<base::Error> last_error_;
  std::jthread thread_;
};

}  // namespace replica
