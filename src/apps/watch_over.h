// What a serving process says while it runs: to people on standard error, to systemd by its datagrams. It names
// what changed and what is wrong, never who asked for what.
#pragma once

#include <chrono>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "apps/console.h"
#include "apps/registry_folder.h"
#include "base/result.h"
#include "base/strong.h"
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
  /// What came of looking after the certificate.
  void certificate(const base::Result<bool>& renewed);

 private:
  void notify(const base::Result<void>& told);

  Console* console_;
  os::ServiceNotify service_;
  std::mutex mutex_;
  std::string last_trouble_;
  std::chrono::steady_clock::time_point last_said_;
};

/// Says so when what counts here has not been cosigned anew for long, though nothing fails: the hub answers, and
/// shows the same old checkpoint. A hub has its checkpoint cosigned again every five minutes.   Threads: one.
class AgeWatch {
 public:
  /// What to tell people now, if anything: at once when it grew too old, later once an hour.
  /// `as_of`: the time for which the newest counted checkpoint speaks; nothing: none counts yet.
  std::optional<std::string> look(std::optional<base::EpochSeconds> as_of, base::EpochSeconds now);

 private:
  base::EpochSeconds said_;  // 0: not of this checkpoint's age yet
};

}  // namespace apps
