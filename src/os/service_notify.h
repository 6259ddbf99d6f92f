// What a process says to systemd, and what it gets from it: that it is ready, stopping, alive; and sockets that listen
// already. Without systemd every call does nothing. Own small code: the protocol is a datagram and three variables.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace os {

/// Threads: any.   Spec: sd_notify(3), "Notes"
class ServiceNotify {
 public:
  /// From NOTIFY_SOCKET, WATCHDOG_USEC and WATCHDOG_PID, and takes them out of the environment, so that no child of ours
  /// speaks in our name.   Threads: before any other starts (it changes the environment).
  static ServiceNotify from_environment();
  /// `socket_path` begins with '/', or with '@' for the abstract names; "": nobody listens.
  explicit ServiceNotify(std::string socket_path,
                         std::optional<std::chrono::microseconds> watchdog = std::nullopt);

  bool is_heard() const { return !socket_path_.empty(); }
  /// How often alive() must come; half of what systemd waits. Nothing: it does not watch.
  std::optional<std::chrono::microseconds> alive_every() const;

  /// Errors of all: kNotifyFailed (detail: the socket and the system's words). Success if nobody listens.
  base::Result<void> ready() const;
  base::Result<void> stopping() const;
  base::Result<void> alive() const;
  /// One line for `systemctl status`. Line ends become blanks.
  base::Result<void> status(std::string_view line) const;

 private:
  base::Result<void> say(const std::string& text) const;
  std::string socket_path_;
  std::optional<std::chrono::microseconds> watchdog_;
};

/// The sockets of LISTEN_FDS, if they are meant for this process (LISTEN_PID), closed on exec; takes the variables out of
/// the environment: a second call gives none. The caller owns them.
/// Threads: before any other starts.   Errors: kBadInheritance (a number that is none, or more than 64).
/// Spec: sd_listen_fds(3), "Notes"
base::Result<std::vector<int>> inherited_sockets();

inline constexpr base::ErrorKind kNotifyFailed{"notify-failed", base::Category::kUnavailable, "sd_notify(3)"};
inline constexpr base::ErrorKind kBadInheritance{"bad-inheritance", base::Category::kInvalid,
                                                 "sd_listen_fds(3)"};

}  // namespace os
