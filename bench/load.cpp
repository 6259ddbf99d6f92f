#include "bench/load.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <chrono>
#include <cstring>
#include <ctime>
#include <deque>
#include <memory>
#include <optional>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/check.h"

namespace bench {
namespace {

using Clock = std::chrono::steady_clock;

constexpr std::size_t kReadBytes = 256 << 10;

double seconds_between(Clock::time_point begin, Clock::time_point end) {
  return std::chrono::duration<double>(end - begin).count();
}

double thread_seconds() {
  timespec now{};
  ::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) + 1e-9 * static_cast<double>(now.tv_nsec);
}

sockaddr_in parse_address(const std::string& text) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  const std::size_t colon = text.rfind(':');
  CHECK(colon != std::string::npos);
  CHECK(::inet_pton(AF_INET, text.substr(0, colon).c_str(), &address.sin_addr) == 1);
  address.sin_port = htons(static_cast<std::uint16_t>(std::stoul(text.substr(colon + 1))));
  return address;
}

/// One answer out of the bytes of a connection.
struct Answer {
  unsigned status = 0;
  std::size_t bytes = 0;  // head and body
  bool closes = false;
};

std::optional<Answer> take_answer(std::string_view bytes) {
  const std::size_t end = bytes.find("\r\n\r\n");
  if (end == std::string_view::npos) return std::nullopt;
  std::string head(bytes.substr(0, end + 2));
  std::ranges::transform(head, head.begin(),
                         [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  Answer answer;
  CHECK(head.size() > 12 && head.starts_with("http/1.1 "));
  std::from_chars(head.data() + 9, head.data() + 12, answer.status);
  std::size_t length = 0;
  const std::size_t at = head.find("\r\ncontent-length: ");
  if (at != std::string::npos) std::from_chars(head.data() + at + 18, head.data() + head.size(), length);
  answer.closes = head.find("\r\nconnection: close") != std::string::npos;
  answer.bytes = end + 4 + length;
  if (bytes.size() < answer.bytes) return std::nullopt;
  return answer;
}

class Load {
 public:
  Load(const LoadOptions& options, const std::function<std::string_view()>& next)
      : options_(options),
        next_(next),
        address_(parse_address(options.address)),
        lines_(options.connections),
        epoll_(::epoll_create1(EPOLL_CLOEXEC)) {
    CHECK(epoll_ >= 0);
    for (std::size_t i = 0; i < lines_.size(); ++i) {
      connect(i);
      idle_.push_back(i);
    }
  }
  Load(const Load&) = delete;
  Load& operator=(const Load&) = delete;
  ~Load() {
    for (const Line& line : lines_) ::close(line.socket);
    ::close(epoll_);
  }

  LoadReport run() {
    const double processor = thread_seconds();
    begin_ = Clock::now();
    while (true) {
      give_work();
      if (idle_.size() == lines_.size() && is_over_) break;
      wait();
    }
    report_.seconds = seconds_between(begin_, Clock::now());
    report_.processor = thread_seconds() - processor;
    return std::move(report_);
  }

 private:
  struct Line {
    int socket = -1;
    std::string_view unsent;
    std::string received;
    Clock::time_point due;
    bool is_asking = false;
  };

  void connect(std::size_t index) {
    Line& line = lines_[index];
    if (line.socket >= 0) ::close(line.socket);
    line.socket = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    CHECK(line.socket >= 0);
    const int on = 1;
    ::setsockopt(line.socket, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    CHECK(::connect(line.socket, reinterpret_cast<const sockaddr*>(&address_), sizeof address_) == 0);
    epoll_event event{};
    event.events = EPOLLIN;
    event.data.u64 = index;
    CHECK(::epoll_ctl(epoll_, EPOLL_CTL_ADD, line.socket, &event) == 0);
  }

  // What is due by now is sent, as far as there are free connections.
  void give_work() {
    const auto now = Clock::now();
    if (options_.seconds > 0 && seconds_between(begin_, now) >= options_.seconds) is_over_ = true;
    if (options_.rate > 0) {
      while (!is_over_ && next_due() <= now) {
        due_.push_back(next_due());
        ++scheduled_;
        if (idle_.size() < due_.size()) ++report_.late;
      }
    }
    while (!idle_.empty() && (options_.rate > 0 ? !due_.empty() : !is_over_)) {
      const std::string_view request = next_();
      if (request.empty()) {
        is_over_ = true;
        due_.clear();
        return;
      }
      const std::size_t index = idle_.back();
      idle_.pop_back();
      lines_[index].due = options_.rate > 0 ? due_.front() : now;
      if (options_.rate > 0) due_.pop_front();
      lines_[index].unsent = request;
      lines_[index].is_asking = true;
      send(index);
    }
  }

  Clock::time_point next_due() const {
    return begin_ + std::chrono::duration_cast<Clock::duration>(
                        std::chrono::duration<double>(static_cast<double>(scheduled_) / options_.rate));
  }

  // Requests are small: a socket without room for one is waited for.
  void send(std::size_t index) {
    Line& line = lines_[index];
    while (!line.unsent.empty()) {
      const ssize_t count = ::send(line.socket, line.unsent.data(), line.unsent.size(), MSG_NOSIGNAL);
      CHECK(count > 0 || errno == EINTR);
      if (count > 0) line.unsent.remove_prefix(static_cast<std::size_t>(count));
    }
  }

  void wait() {
    std::array<epoll_event, 256> events;
    timespec pause{.tv_sec = 1, .tv_nsec = 0};
    if (options_.rate > 0 && !is_over_) {
      const auto left =
          std::chrono::duration_cast<std::chrono::nanoseconds>(next_due() - Clock::now()).count();
      pause = {.tv_sec = 0, .tv_nsec = std::clamp<long>(left, 0, 999'999'999)};
    }
    const int count = ::epoll_pwait2(epoll_, events.data(), events.size(), &pause, nullptr);
    CHECK(count >= 0 || errno == EINTR);
    for (int i = 0; i < count; ++i) receive(events[static_cast<std::size_t>(i)].data.u64);
  }

  void receive(std::size_t index) {
    Line& line = lines_[index];
    const ssize_t count = ::recv(line.socket, buffer_.data(), buffer_.size(), MSG_DONTWAIT);
    if (count < 0 && (errno == EAGAIN || errno == EINTR)) return;
    CHECK(count > 0 || !line.is_asking);  // a server that hangs up on a question fails the run
    if (count <= 0) return connect(index);
    line.received.append(buffer_.data(), static_cast<std::size_t>(count));
    const auto answer = take_answer(line.received);
    if (!answer) return;
    report_.bytes += answer->bytes;
    if (answer->status == 200) {
      ++report_.good;
      report_.latencies.push_back(seconds_between(line.due, Clock::now()));
    } else {
      if (report_.bad++ == 0) report_.first_bad = line.received.substr(0, answer->bytes);
    }
    line.received.erase(0, answer->bytes);
    line.is_asking = false;
    if (answer->closes) connect(index);
    idle_.push_back(index);
  }

  const LoadOptions& options_;
  const std::function<std::string_view()>& next_;
  sockaddr_in address_;
  std::vector<Line> lines_;
  std::vector<std::size_t> idle_;
  std::deque<Clock::time_point> due_;
  std::vector<char> buffer_ = std::vector<char>(kReadBytes);
  std::uint64_t scheduled_ = 0;
  Clock::time_point begin_;
  LoadReport report_;
  int epoll_;
  bool is_over_ = false;
};

}  // namespace

LoadReport run_load(const LoadOptions& options, const std::function<std::string_view()>& next) {
  return Load(options, next).run();
}

std::string get_request(const std::string& path, const std::string& further_headers) {
  return "GET " + path + " HTTP/1.1\r\nhost: localhost\r\n" + further_headers + "\r\n";
}

std::string post_request(const std::string& path, std::string_view content_type, std::string_view body) {
  std::string request = "POST " + path + " HTTP/1.1\r\nhost: localhost\r\ncontent-type: ";
  request.append(content_type).append("\r\ncontent-length: ").append(std::to_string(body.size()));
  return request.append("\r\n\r\n").append(body);
}

}  // namespace bench
