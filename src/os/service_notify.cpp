#include "os/service_notify.h"

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <system_error>
#include <utility>

#include <fcntl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

namespace os {
namespace {

using base::Result;
using std::chrono::microseconds;

constexpr int kFirstInherited = 3;
constexpr std::uint64_t kInheritedMax = 64;

/// The variable's value, taken out of the environment; "" if it is not set.
std::string take_variable(const char* name) {
  // NOLINTNEXTLINE(concurrency-mt-unsafe): called before other threads start
  const char* const value = std::getenv(name);
  if (value == nullptr) return "";
  std::string text = value;
  ::unsetenv(name);
  return text;
}

std::optional<std::uint64_t> number(std::string_view text) {
  std::uint64_t value = 0;
  const auto read = std::from_chars(text.data(), text.data() + text.size(), value);
  if (read.ec != std::errc() || read.ptr != text.data() + text.size()) return std::nullopt;
  return value;
}

bool is_for_us(std::string_view process) {
  return number(process) == static_cast<std::uint64_t>(::getpid());
}

}  // namespace

ServiceNotify::ServiceNotify(std::string socket_path, std::optional<microseconds> watchdog)
    : socket_path_(std::move(socket_path)), watchdog_(watchdog) {}

ServiceNotify ServiceNotify::from_environment() {
  std::string path = take_variable("NOTIFY_SOCKET");
  const auto limit = number(take_variable("WATCHDOG_USEC"));
  const std::string process = take_variable("WATCHDOG_PID");
  std::optional<microseconds> watchdog;
  if (limit && *limit > 0 && *limit <= static_cast<std::uint64_t>(INT64_MAX) &&
      (process.empty() || is_for_us(process))) {
    watchdog = microseconds(static_cast<std::int64_t>(*limit));
  }
  return ServiceNotify(std::move(path), watchdog);
}

std::optional<microseconds> ServiceNotify::alive_every() const {
  if (!watchdog_ || !is_heard()) return std::nullopt;
  return *watchdog_ / 2;
}

Result<void> ServiceNotify::ready() const {
  return say("READY=1\n");
}

Result<void> ServiceNotify::stopping() const {
  return say("STOPPING=1\n");
}

Result<void> ServiceNotify::alive() const {
  return say("WATCHDOG=1\n");
}

Result<void> ServiceNotify::status(std::string_view line) const {
  std::string text = "STATUS=" + std::string(line);
  std::ranges::replace_if(text, [](char c) { return c == '\n' || c == '\r'; }, ' ');
  return say(text + "\n");
}

/// One datagram each: nothing stays open, so nothing breaks when systemd is restarted.
Result<void> ServiceNotify::say(const std::string& text) const {
  if (!is_heard()) return {};
  const auto failed = [this](const std::string& why) {
    return base::fail(kNotifyFailed, socket_path_ + ": " + why);
  };
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  const bool is_abstract = socket_path_[0] == '@';
  if (socket_path_[0] != '/' && !is_abstract) return failed("neither a path nor an abstract name");
  if (socket_path_.size() >= sizeof address.sun_path) return failed("too long a name");
  std::ranges::copy(socket_path_, address.sun_path);
  if (is_abstract) address.sun_path[0] = '\0';
  const int channel = ::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  if (channel < 0) return failed(std::generic_category().message(errno));
  const auto bytes = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + socket_path_.size());
  ssize_t sent = -1;
  do {
    sent = ::sendto(channel, text.data(), text.size(), MSG_NOSIGNAL,
                    reinterpret_cast<const sockaddr*>(&address), bytes);
  } while (sent < 0 && errno == EINTR);
  const int code = errno;
  ::close(channel);
  if (sent < 0) return failed(std::generic_category().message(code));
  return {};
}

Result<std::vector<int>> inherited_sockets() {
  const std::string process = take_variable("LISTEN_PID");
  const std::string count_text = take_variable("LISTEN_FDS");
  take_variable("LISTEN_FDNAMES");
  if (count_text.empty() || !is_for_us(process)) return std::vector<int>();
  const auto count = number(count_text);
  if (!count || *count > kInheritedMax) return base::fail(kBadInheritance, "LISTEN_FDS=" + count_text);
  std::vector<int> sockets;
  for (int i = 0; i < static_cast<int>(*count); ++i) {
    const int descriptor = kFirstInherited + i;
    const int flags = ::fcntl(descriptor, F_GETFD);
    if (flags < 0)
      return base::fail(kBadInheritance, "descriptor " + std::to_string(descriptor) + " is not open");
    ::fcntl(descriptor, F_SETFD, flags | FD_CLOEXEC);
    sockets.push_back(descriptor);
  }
  return sockets;
}

}  // namespace os
