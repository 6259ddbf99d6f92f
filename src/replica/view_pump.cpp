#include "replica/view_pump.h"

namespace replica {

ViewPump::ViewPump(View& view, std::chrono::milliseconds interval)
    : view_(&view), interval_(interval), thread_([this](const std::stop_token& stop) { run(stop); }) {}

void ViewPump::wake() {
  {
    const std::scoped_lock guard(mutex_);
    awake_ = true;
  }
  woken_.notify_one();
}

std::optional<base::Error> ViewPump::last_error() const {
  const std::scoped_lock guard(mutex_);
  return last_error_;
}

void ViewPump::run(const std::stop_token& stop) {
  while (!stop.stop_requested()) {
    {
      std::unique_lock lock(mutex_);
      woken_.wait_for(lock, stop, interval_, [&] { return awake_; });
      if (stop.stop_requested()) return;
      awake_ = false;
    }
    const auto advanced = view_->advance();
    const std::scoped_lock guard(mutex_);
    last_error_ = advanced ? std::nullopt : std::optional(advanced.error());
  }
}

}  // namespace replica
