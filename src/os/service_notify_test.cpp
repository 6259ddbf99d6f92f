// Aim: what we say to systemd arrives word for word, nothing is said where nobody listens, and sockets meant for another
// process are left alone. Method: a real datagram socket takes systemd's place; the environment is set by hand.
#include "os/service_notify.h"

#include <cstdlib>

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

namespace os {
namespace {

using std::chrono::microseconds;

/// Listens on an abstract name of its own.
class Listener {
 public:
  Listener() {
    socket_ = ::socket(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    const std::string name = "comity-test-" + std::to_string(::getpid()) + "-" + std::to_string(socket_);
    name.copy(address.sun_path + 1, name.size());
    const auto bytes = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + 1 + name.size());
    is_bound_ = ::bind(socket_, reinterpret_cast<const sockaddr*>(&address), bytes) == 0;
    path_ = "@" + name;
  }
  Listener(const Listener&) = delete;
  Listener& operator=(const Listener&) = delete;
  ~Listener() { ::close(socket_); }
  bool is_bound() const { return is_bound_; }
  const std::string& path() const { return path_; }
  std::string heard() const {
    char bytes[256];
    const ssize_t count = ::recv(socket_, bytes, sizeof bytes, 0);
    return count < 0 ? "nothing" : std::string(bytes, static_cast<std::size_t>(count));
  }

 private:
  int socket_;
  bool is_bound_;
  std::string path_;
};

void set(const char* name, const std::string& value) {
  ::setenv(name, value.c_str(), 1);
}

TEST(ServiceNotify, SaysWhyItWasNotHeard) {
  for (const std::string path : {"relative", "@nobody-listens-here", "/nobody/listens/here"}) {
    const auto said = ServiceNotify(path).ready();
    ASSERT_FALSE(said.has_value()) << path;
    EXPECT_EQ(said.error().kind(), kNotifyFailed);
    EXPECT_THAT(said.error().detail(), testing::StartsWith(path));
  }
  EXPECT_FALSE(ServiceNotify("/" + std::string(200, 'a')).ready().has_value());
}

TEST(ServiceNotify, SaysNothingToNobody) {
  const ServiceNotify notify("", microseconds(10));
  EXPECT_FALSE(notify.is_heard());
  EXPECT_FALSE(notify.alive_every().has_value());
  EXPECT_TRUE(notify.ready().has_value());
  EXPECT_TRUE(notify.alive().has_value());
}

TEST(ServiceNotify, EveryWordArrives) {
  const Listener listener;
  ASSERT_TRUE(listener.is_bound());
  const ServiceNotify notify(listener.path(), microseconds(30'000'000));
  ASSERT_TRUE(notify.ready().has_value());
  EXPECT_EQ(listener.heard(), "READY=1\n");
  ASSERT_TRUE(notify.alive().has_value());
  EXPECT_EQ(listener.heard(), "WATCHDOG=1\n");
  ASSERT_TRUE(notify.stopping().has_value());
  EXPECT_EQ(listener.heard(), "STOPPING=1\n");
  ASSERT_TRUE(notify.status("size 7\nREADY=1").has_value());
  EXPECT_EQ(listener.heard(), "STATUS=size 7 READY=1\n");
  EXPECT_EQ(listener.heard(), "nothing");
  EXPECT_EQ(notify.alive_every(), microseconds(15'000'000));
}

TEST(ServiceNotify, TakesTheEnvironmentAway) {
  const Listener listener;
  set("NOTIFY_SOCKET", listener.path());
  set("WATCHDOG_USEC", "2000000");
  set("WATCHDOG_PID", std::to_string(::getpid()));
  const ServiceNotify notify = ServiceNotify::from_environment();
  ASSERT_TRUE(notify.ready().has_value());
  EXPECT_EQ(listener.heard(), "READY=1\n");
  EXPECT_EQ(notify.alive_every(), microseconds(1'000'000));
  EXPECT_EQ(std::getenv("NOTIFY_SOCKET"), nullptr);
  EXPECT_FALSE(ServiceNotify::from_environment().is_heard());
}

TEST(ServiceNotify, DoesNotKeepWatchForAnotherProcess) {
  for (const auto& [limit, process] : std::vector<std::pair<std::string, std::string>>{
           {"2000000", "1"}, {"0", ""}, {"soon", ""}, {"18446744073709551615", ""}}) {
    set("NOTIFY_SOCKET", "@x");
    set("WATCHDOG_USEC", limit);
    set("WATCHDOG_PID", process);
    EXPECT_FALSE(ServiceNotify::from_environment().alive_every().has_value()) << limit;
  }
}

TEST(InheritedSockets, AreNoneWithoutAWordOrForAnotherProcess) {
  EXPECT_EQ(inherited_sockets().value(), std::vector<int>());
  set("LISTEN_PID", "1");
  set("LISTEN_FDS", "1");
  EXPECT_EQ(inherited_sockets().value(), std::vector<int>());
  EXPECT_EQ(std::getenv("LISTEN_FDS"), nullptr);
}

TEST(InheritedSockets, RefusesNumbersThatAreNoneAndDescriptorsThatAreNotOpen) {
  for (const std::string count : {"x", "-1", "65", "64"}) {
    set("LISTEN_PID", std::to_string(::getpid()));
    set("LISTEN_FDS", count);
    const auto sockets = inherited_sockets();
    ASSERT_FALSE(sockets.has_value()) << count;
    EXPECT_EQ(sockets.error().kind(), kBadInheritance);
  }
}

TEST(InheritedSockets, ComeFromTheThirdDescriptorOnAndCloseOnExec) {
  const int kept = ::fcntl(3, F_DUPFD_CLOEXEC, 10);  // whoever has 3 gets it back
  const int listening = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  ASSERT_TRUE(listening == 3 || ::dup2(listening, 3) == 3);
  set("LISTEN_PID", std::to_string(::getpid()));
  set("LISTEN_FDS", "1");
  EXPECT_EQ(inherited_sockets().value(), std::vector<int>{3});
  EXPECT_NE(::fcntl(3, F_GETFD) & FD_CLOEXEC, 0);
  EXPECT_EQ(inherited_sockets().value(), std::vector<int>());
  if (listening != 3) ::close(listening);
  ::close(3);
  if (kept >= 0) {
    ::dup2(kept, 3);
    ::close(kept);
  }
}

}  // namespace
}  // namespace os
