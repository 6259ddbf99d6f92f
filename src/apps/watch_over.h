// What a serving process says while it runs: to people on standard error, to systemd by its datagrams. It names
// what changed and what is wrong, never who asked for what.
#pragma once

#include <chrono>
#include <mutex>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "apps/console.h"
#include "apps/registry_folder.h"
#include "base/result.h"
#include "os/service_notify.h"

namespace apps {

/// How often the main thread looks around.
inline constexpr std::chrono::milliseconds kWatchPause{1'000};

/// Threads: any.
class Reporter {
 public:
  Reporter(Console& console, os::ServiceNotify service) : console_(&console), service_(std::move(service)) {}
  void ready(const RegistryFolder& folder, const std::vector<std::string>& addresses);
  void alive();
  void stopping();
  void say(std::string_view text);
  /// The same trouble again is said once a minute.
  void trouble(std::string_view where, const base::Error& error);

 private:
  void notify(const base::Result<void>& told);

  Console* console_;
  os::ServiceNotify service_;
  std::mutex mutex_;
  std::string last_trouble_;
  std::chrono::steady_clock::time_point last_said_;
};

}  // namespace apps
