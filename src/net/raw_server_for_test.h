// A server without manners, for tests of clients: it reads a request, keeps it, and answers with any bytes.
#pragma once

#include <algorithm>
#include <atomic>
#include <chrono>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/check.h"

namespace net {

/// Sends the same bytes on every connection once it has read a request, then closes or waits.
class RawServer {
 public:
  /// `drip`: between two bytes of the answer; 0: all at once.
  explicit RawServer(std::string answer, bool closes = true,
                     std::chrono::milliseconds drip = std::chrono::milliseconds(0))
      : answer_(std::move(answer)), closes_(closes), drip_(drip) {
    socket_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t bytes = sizeof address;
    CHECK(::bind(socket_, reinterpret_cast<sockaddr*>(&address), bytes) == 0 && ::listen(socket_, 16) == 0);
    CHECK(::getsockname(socket_, reinterpret_cast<sockaddr*>(&address), &bytes) == 0);
    url_ = "http://127.0.0.1:" + std::to_string(ntohs(address.sin_port));
    thread_ = std::thread([this] { serve(); });
  }
  RawServer(const RawServer&) = delete;
  RawServer& operator=(const RawServer&) = delete;
  ~RawServer() {
    is_stopping_ = true;
    ::shutdown(socket_, SHUT_RDWR);
    thread_.join();
    ::close(socket_);
  }
  const std::string& url() const { return url_; }
  int requests() const { return requests_; }
  /// Head and body of each request, in order.
  std::vector<std::string> seen() const {
    const std::scoped_lock lock(mutex_);
    return seen_;
  }

 private:
  static std::size_t body_bytes(const std::string& head) {
    std::string lower = head;
    std::ranges::transform(lower, lower.begin(),
                           [](char c) { return c >= 'A' && c <= 'Z' ? char(c + 32) : c; });
    const auto at = lower.find("content-length: ");
    return at == std::string::npos ? 0 : std::stoul(lower.substr(at + 16));
  }

  static std::string read_request(int peer) {
    std::string request;
    char bytes[65'536];
    while (true) {
      const auto end = request.find("\r\n\r\n");
      if (end != std::string::npos && request.size() >= end + 4 + body_bytes(request.substr(0, end + 2)))
        return request;
      const ssize_t count = ::recv(peer, bytes, sizeof bytes, 0);
      if (count <= 0) return request;
      request.append(bytes, static_cast<std::size_t>(count));
    }
  }

  void answer(int peer) const {
    if (drip_.count() == 0) {
      ::send(peer, answer_.data(), answer_.size(), MSG_NOSIGNAL);
      return;
    }
    for (const char byte : answer_) {
      if (is_stopping_ || ::send(peer, &byte, 1, MSG_NOSIGNAL) != 1) return;
      std::this_thread::sleep_for(drip_);
    }
  }

  void serve() {
    while (!is_stopping_) {
      const int peer = ::accept(socket_, nullptr, nullptr);
      if (peer < 0) return;
      std::string request = read_request(peer);
      {
        const std::scoped_lock lock(mutex_);
        seen_.push_back(std::move(request));
      }
      ++requests_;
      answer(peer);
      pollfd look{peer, POLLRDHUP, 0};
      while (!closes_ && !is_stopping_ && ::poll(&look, 1, 20) == 0) {
      }
      ::close(peer);
    }
  }

  const std::string answer_;
  const bool closes_;
  const std::chrono::milliseconds drip_;
  int socket_ = -1;
  std::string url_;
  std::atomic<bool> is_stopping_{false};
  std::atomic<int> requests_{0};
  mutable std::mutex mutex_;
  std::vector<std::string> seen_;  // guarded by mutex_
  std::thread thread_;
};

}  // namespace net
