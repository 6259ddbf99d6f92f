#include "net/server.h"

#include <algorithm>
#include <charconv>
#include <condition_variable>
#include <csignal>
#include <mutex>
#include <thread>
#include <utility>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/ip/address.hpp>
#include <boost/asio/ip/v6_only.hpp>
#include <boost/asio/post.hpp>
#include <sys/socket.h>
#include <unistd.h>

#include "base/check.h"
#include "net/loop.h"
#include "net/session.h"
#include "net/tls.h"

namespace net {
namespace {

using asio::ip::tcp;
using base::Result;
using TlsContext = std::shared_ptr<asio::ssl::context>;

constexpr unsigned kThreadsMax = 64;
constexpr int kBacklog = 1'024;
/// Connections beyond connections_max that are told so; further ones are closed without a word.
constexpr std::size_t kRefusalsAtOnceMax = 64;
constexpr std::chrono::milliseconds kAcceptPause{50};
/// The deadlines are looked at eight times in the shortest of them.
constexpr int kTicksInLimit = 8;
constexpr milliseconds kTickMin{5};
constexpr milliseconds kTickMax{500};

/// "127.0.0.1:80" or "[::1]:80".
Result<tcp::endpoint> parse_listen_address(const std::string& text) {
  const auto refuse = [&text] {
    return base::fail(kBadListenAddress, text + ": want 127.0.0.1:8480 or [::1]:8480");
  };
  const std::size_t colon = text.rfind(':');
  if (colon == std::string::npos) return refuse();
  std::uint16_t port = 0;
  const char* const end = text.data() + text.size();
  const auto read = std::from_chars(text.data() + colon + 1, end, port);
  if (read.ec != std::errc() || read.ptr != end) return refuse();
  std::string host = text.substr(0, colon);
  const bool is_bracketed = host.starts_with('[') && host.ends_with(']');
  if (is_bracketed) host = host.substr(1, host.size() - 2);
  error_code error;
  const auto address = asio::ip::make_address(host, error);
  if (error || address.is_v6() != is_bracketed) return refuse();
  return tcp::endpoint(address, port);
}

std::string address_text(const tcp::endpoint& endpoint) {
  const std::string host = endpoint.address().to_string();
  return (endpoint.address().is_v6() ? "[" + host + "]" : host) + ":" + std::to_string(endpoint.port());
}

PeerKey key_of(const tcp::endpoint& peer) {
  const auto address = peer.address().is_v6()
                           ? peer.address().to_v6()
                           : asio::ip::make_address_v6(asio::ip::v4_mapped, peer.address().to_v4());
  PeerKey octets{};
  std::ranges::copy(address.to_bytes(), octets.begin());
  return peer_of(octets);
}

Result<void> check_limits(const ServerLimits& limits) {
  const bool has_times =
      std::ranges::all_of(std::array{limits.header_timeout, limits.body_timeout, limits.idle_timeout,
                                     limits.answer_timeout, limits.write_timeout},
                          [](milliseconds time) { return time > milliseconds(0); });
  const bool has_counts = limits.headers_max > 0 && limits.connections_max > 0 &&
                          limits.connections_per_peer_max > 0 && limits.requests_per_connection_max > 0 &&
                          limits.stream_queue_bytes_max > 0 &&
                          limits.body_bytes_max <= limits.bodies_bytes_max;
  const bool has_header = limits.header_bytes_max >= 64 && limits.header_bytes_max <= (std::size_t{1} << 20);
  const bool has_rates = limits.requests_per_second_per_peer >= 0 && limits.requests_burst_per_peer >= 1;
  if (has_times && has_counts && has_header && has_rates) return {};
  return base::fail(kBadServerLimits,
                    !has_times ? "every time must be positive"
                    : !has_counts
                        ? "every count must be positive, and bodies_bytes_max at least body_bytes_max"
                    : !has_header ? "header_bytes_max is from 64 to 1048576"
                                  : "a rate is not negative, a burst at least 1");
}

milliseconds tick_of(const ServerLimits& limits) {
  const auto shortest = std::min({limits.header_timeout, limits.body_timeout, limits.idle_timeout,
                                  limits.answer_timeout, limits.write_timeout});
  return std::clamp(shortest / kTicksInLimit, kTickMin, kTickMax);
}

/// Signals are the program's own affair: none is delivered to threads started while this lives.
class SignalsBlocked {
 public:
  SignalsBlocked() {
    sigset_t all;
    ::sigfillset(&all);
    CHECK(::pthread_sigmask(SIG_SETMASK, &all, &before_) == 0);
  }
  SignalsBlocked(const SignalsBlocked&) = delete;
  SignalsBlocked& operator=(const SignalsBlocked&) = delete;
  ~SignalsBlocked() { ::pthread_sigmask(SIG_SETMASK, &before_, nullptr); }

 private:
  sigset_t before_{};
};

class ServerOfLoops final : public Server {
 public:
  ServerOfLoops(const ServerLimits& limits, Handler handler, TlsContext tls, unsigned threads)
      : shared_(limits, std::move(handler)), tls_(std::move(tls)) {
    for (unsigned i = 0; i < threads; ++i) loops_.push_back(std::make_unique<Loop>(shared_, tick_of(limits)));
  }
  ~ServerOfLoops() override { stop(base::Seconds(0)); }

  Result<void> listen(const tcp::endpoint& endpoint);
  Result<void> inherit(int descriptor);
  void begin();

  std::vector<std::string> addresses() const override { return addresses_; }
  ServerCounters counters() const override;
  Result<void> replace_certificate(TlsIdentity identity) override;
  void stop(base::Seconds grace) override;

 private:
  Task<void> accept_all(Acceptor& acceptor);
  void admit(Socket socket, const tcp::endpoint& peer, Loop& loop);
  Loop& front() { return *loops_.front(); }
  bool wait_for_end(base::Seconds grace);

  Shared shared_;
  std::mutex tls_mutex_;
  TlsContext tls_;  // under tls_mutex_; null: plain HTTP
  std::vector<std::unique_ptr<Loop>> loops_;
  std::vector<std::unique_ptr<Acceptor>> acceptors_;  // on the first loop; destroyed before it
  std::vector<std::string> addresses_;
  std::size_t next_loop_ = 0;
  std::mutex stop_mutex_;  // one stop() at a time
  std::vector<std::thread> threads_;
  std::mutex end_mutex_;
  std::condition_variable ended_;
  std::size_t ended_count_ = 0;  // under end_mutex_
};

Result<void> ServerOfLoops::listen(const tcp::endpoint& endpoint) {
  auto acceptor = std::make_unique<Acceptor>(front().io);
  error_code error;
  acceptor->open(endpoint.protocol(), error);
  if (!error) acceptor->set_option(asio::socket_base::reuse_address(true), error);
  // So that [::] and 0.0.0.0 may stand side by side, and an IPv4 peer never comes in disguise.
  if (!error && endpoint.address().is_v6()) acceptor->set_option(asio::ip::v6_only(true), error);
  if (!error) acceptor->bind(endpoint, error);
  if (!error) acceptor->listen(kBacklog, error);
  if (error) return base::fail(kCannotListen, address_text(endpoint) + ": " + error.message());
  addresses_.push_back(address_text(acceptor->local_endpoint(error)));
  acceptors_.push_back(std::move(acceptor));
  return {};
}

Result<void> ServerOfLoops::inherit(int descriptor) {
  const std::string name = "inherited socket " + std::to_string(descriptor);
  int listens = 0;
  socklen_t listens_bytes = sizeof listens;
  sockaddr_storage address{};
  socklen_t address_bytes = sizeof address;
  if (::getsockopt(descriptor, SOL_SOCKET, SO_ACCEPTCONN, &listens, &listens_bytes) != 0 ||
      ::getsockname(descriptor, reinterpret_cast<sockaddr*>(&address), &address_bytes) != 0) {
    return base::fail(kCannotListen, name + ": not a socket");
  }
  const bool is_ip = address.ss_family == AF_INET || address.ss_family == AF_INET6;
  if (listens == 0 || !is_ip) return base::fail(kCannotListen, name + ": does not listen on TCP");
  error_code error;
  auto acceptor = std::make_unique<Acceptor>(front().io);
  acceptor->assign(address.ss_family == AF_INET ? tcp::v4() : tcp::v6(), descriptor, error);
  if (error) return base::fail(kCannotListen, name + ": " + error.message());
  addresses_.push_back(address_text(acceptor->local_endpoint(error)));
  acceptors_.push_back(std::move(acceptor));
  return {};
}

void ServerOfLoops::begin() {
  for (const auto& acceptor : acceptors_) asio::co_spawn(front().io, accept_all(*acceptor), check_ended);
  const SignalsBlocked blocked;
  for (const auto& loop : loops_) {
    threads_.emplace_back([this, &loop = *loop] {
      loop.run();
      const std::scoped_lock lock(end_mutex_);
      ++ended_count_;
      ended_.notify_all();
    });
  }
}

/// Connections go to the loops in turn: each stays on one thread for life.
Task<void> ServerOfLoops::accept_all(Acceptor& acceptor) {
  Timer pause(front().io);
  while (!front().is_stopping()) {
    Loop& loop = *loops_[next_loop_++ % loops_.size()];
    tcp::endpoint peer;
    auto [error, socket] = co_await acceptor.async_accept(loop.io, peer, kAwait);
    if (front().is_stopping()) break;
    if (!error) {
      admit(std::move(socket), peer, loop);
    } else if (error != asio::error::connection_aborted) {
      // Out of descriptors, most likely: trying at once again would only burn the processor.
      pause.expires_after(kAcceptPause);
      co_await pause.async_wait(kAwait);
    }
  }
}

void ServerOfLoops::admit(Socket socket, const tcp::endpoint& peer, Loop& loop) {
  ++front().counters.connections;
  error_code ignored;
  socket.set_option(tcp::no_delay(true), ignored);
  TlsContext tls;
  {
    const std::scoped_lock lock(tls_mutex_);
    tls = tls_;
  }
  const std::size_t open = ++shared_.connections;
  auto ticket = shared_.peers.enter(key_of(peer), std::chrono::steady_clock::now());
  const bool is_full = open > shared_.limits.connections_max;
  if (!is_full && ticket) {
    asio::post(loop.io, [&loop, tls = std::move(tls), held = std::move(*ticket),
                         passed = std::move(socket)]() mutable {
      begin_session(loop, std::move(passed), std::move(held), tls);
    });
    return;
  }
  ++front().counters.connections_refused;
  // Over TLS there is nobody yet to whom one could say so.
  if (tls != nullptr || open > shared_.limits.connections_max + kRefusalsAtOnceMax) {
    --shared_.connections;
    socket.close(ignored);
    return;
  }
  const unsigned status = is_full ? 503 : 429;
  asio::post(loop.io, [&loop, status, passed = std::move(socket)]() mutable {
    begin_refusal(loop, std::move(passed), status);
  });
}

ServerCounters ServerOfLoops::counters() const {
  ServerCounters sum;
  for (const auto& loop : loops_) loop->counters.add_to(sum);
  return sum;
}

Result<void> ServerOfLoops::replace_certificate(TlsIdentity identity) {
  ASSIGN_OR_RETURN(TlsContext context, server_tls(identity));
  const std::scoped_lock lock(tls_mutex_);
  if (tls_ == nullptr) return base::fail(kBadTlsMaterial, "the server was started without TLS");
  tls_ = std::move(context);
  return {};
}

bool ServerOfLoops::wait_for_end(base::Seconds grace) {
  std::unique_lock lock(end_mutex_);
  return ended_.wait_for(lock, std::chrono::seconds(grace.value()),
                         [this] { return ended_count_ == threads_.size(); });
}

void ServerOfLoops::stop(base::Seconds grace) {
  const std::scoped_lock one_at_a_time(stop_mutex_);
  if (threads_.empty()) return;
  // The acceptors belong to the first loop; once it is stopping, no connection is handed to another one any more.
  asio::post(front().io, [this, at_once = grace.value() == 0] {
    error_code ignored;
    for (const auto& acceptor : acceptors_) acceptor->close(ignored);
    for (const auto& loop : loops_) {
      asio::post(loop->io, [&loop = *loop, at_once] { loop.stop(at_once); });
    }
  });
  if (!wait_for_end(grace)) {
    for (const auto& loop : loops_) {
      asio::post(loop->io, [&loop = *loop] { loop.stop(true); });
    }
  }
  for (std::thread& thread : threads_) thread.join();
  threads_.clear();
}

}  // namespace

Result<void> check_listen_address(const std::string& text) {
  TRY(parse_listen_address(text));
  return {};
}

Result<void> check_tls_identity(const TlsIdentity& identity) {
  TRY(server_tls(identity));
  return {};
}

Result<std::unique_ptr<Server>> Server::start(ServerOptions options, Handler handler) {
  CHECK(handler != nullptr);
  // What cannot be used below is closed on the way out.
  struct Inherited {
    std::vector<int> sockets;
    ~Inherited() {
      for (const int socket : sockets) ::close(socket);
    }
  } inherited{std::move(options.inherited_sockets)};
  TRY(check_limits(options.limits));
  TlsContext tls;
  if (options.tls) {
    ASSIGN_OR_RETURN(tls, server_tls(*options.tls));
  }
  const unsigned wanted = options.threads == 0 ? std::thread::hardware_concurrency() : options.threads;
  auto server = std::make_unique<ServerOfLoops>(options.limits, std::move(handler), std::move(tls),
                                                std::clamp(wanted, 1U, kThreadsMax));
  for (const std::string& address : options.listen) {
    ASSIGN_OR_RETURN(const tcp::endpoint endpoint, parse_listen_address(address));
    TRY(server->listen(endpoint));
  }
  while (!inherited.sockets.empty()) {
    TRY(server->inherit(inherited.sockets.front()));
    inherited.sockets.erase(inherited.sockets.begin());
  }
  if (server->addresses().empty()) return base::fail(kBadListenAddress, "nothing to listen on");
  server->begin();
  return server;
}

}  // namespace net
