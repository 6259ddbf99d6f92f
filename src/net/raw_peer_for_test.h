// A peer without manners, for this room's tests: it sends any bytes over a loopback socket and says what came back. And a
// server with limits short enough to be waited for.
#pragma once

#include <cerrno>
#include <chrono>
#include <string>
#include <string_view>
#include <thread>
#include <utility>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/check.h"
#include "net/server.h"

namespace net {

class RawPeer {
 public:
  using Clock = std::chrono::steady_clock;

  /// Connects to "127.0.0.1:port". `receive_buffer` 0: the system's.
  explicit RawPeer(const std::string& address, int receive_buffer = 0) {
    socket_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    CHECK(socket_ >= 0);
    if (receive_buffer > 0)
      ::setsockopt(socket_, SOL_SOCKET, SO_RCVBUF, &receive_buffer, sizeof receive_buffer);
    const int on = 1;
    ::setsockopt(socket_, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    sockaddr_in to{};
    to.sin_family = AF_INET;
    to.sin_port = htons(static_cast<std::uint16_t>(std::stoi(address.substr(address.rfind(':') + 1))));
    to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    is_connected_ = ::connect(socket_, reinterpret_cast<sockaddr*>(&to), sizeof to) == 0;
  }
  RawPeer(RawPeer&& other) noexcept
      : socket_(std::exchange(other.socket_, -1)), is_connected_(other.is_connected_) {}
  RawPeer& operator=(RawPeer&&) = delete;
  ~RawPeer() {
    if (socket_ >= 0) ::close(socket_);
  }

  bool is_connected() const { return is_connected_; }

  /// False once the other side has reset the connection.
  bool send(std::string_view bytes) {
    while (!bytes.empty()) {
      const ssize_t count = ::send(socket_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
      if (count < 0 && errno == EINTR) continue;
      if (count <= 0) return false;
      bytes.remove_prefix(static_cast<std::size_t>(count));
    }
    return true;
  }

  void stop_sending() { ::shutdown(socket_, SHUT_WR); }

  /// Ends the connection rudely.
  void reset() {
    const linger none{1, 0};
    ::setsockopt(socket_, SOL_SOCKET, SO_LINGER, &none, sizeof none);
    ::close(std::exchange(socket_, -1));
  }

  /// What comes until `mark` has come `times` times, the end, or the patience runs out.
  std::string read_until(std::string_view mark, int times = 1,
                         std::chrono::milliseconds patience = kPatience) {
    const Clock::time_point deadline = Clock::now() + patience;
    while (count_of(mark) < times && read_some(deadline)) {
    }
    return std::exchange(received_, "");
  }

  /// What comes until the end of the connection; is_ended() says whether it was reached.
  std::string read_to_end(std::chrono::milliseconds patience = kPatience) {
    const Clock::time_point deadline = Clock::now() + patience;
    while (read_some(deadline)) {
    }
    return std::exchange(received_, "");
  }

  bool is_ended() const { return is_ended_; }

  static constexpr std::chrono::milliseconds kPatience{8'000};

 private:
  int count_of(std::string_view mark) const {
    int count = 0;
    for (std::size_t at = received_.find(mark); at != std::string::npos; at = received_.find(mark, at + 1))
      ++count;
    return count;
  }

  bool read_some(Clock::time_point deadline) {
    const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(deadline - Clock::now()).count();
    pollfd look{socket_, POLLIN, 0};
    if (left <= 0 || ::poll(&look, 1, static_cast<int>(left)) <= 0) return false;
    char bytes[65'536];
    const ssize_t count = ::recv(socket_, bytes, sizeof bytes, 0);
    if (count <= 0) {
      is_ended_ = true;
      return false;
    }
    received_.append(bytes, static_cast<std::size_t>(count));
    return true;
  }

  int socket_ = -1;
  bool is_connected_ = false;
  bool is_ended_ = false;
  std::string received_;
};

/// Answers with the method, path, query and body, so that a test sees what arrived.
inline void echo(const Request& request, Reply reply) {
  std::string body = request.method + " " + request.path + " [" + request.query + "] ";
  body += request.body.size() > 100 ? std::to_string(request.body.size()) + " bytes" : request.body;
  reply.send(text_response(200, "text/plain", std::move(body)));
}

inline ServerOptions test_options() {
  ServerOptions options;
  options.listen = {"127.0.0.1:0"};
  options.threads = 2;
  return options;
}

inline std::unique_ptr<Server> start_for_test(ServerOptions options, Handler handler) {
  auto server = Server::start(std::move(options), std::move(handler));
  CHECK(server.has_value());
  return std::move(*server);
}

inline std::unique_ptr<Server> start_for_test(const ServerLimits& limits, Handler handler = echo) {
  ServerOptions options = test_options();
  options.limits = limits;
  return start_for_test(std::move(options), std::move(handler));
}

/// Waits until `holds`, up to some seconds.
template <typename Predicate>
bool eventually(const Predicate& holds) {
  for (int i = 0; i < 8'000; ++i) {
    if (holds()) return true;
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
  return false;
}

}  // namespace net
