// One thread of the server: its io_context, the sessions that live on it, and the one timer that looks after their
// deadlines. A private header of the room: it shows Asio.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/basic_waitable_timer.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "net/exchange.h"
#include "net/peer_table.h"
#include "net/server.h"

namespace net {

namespace asio = boost::asio;
using boost::system::error_code;

// Named executors: the type-erased default costs an allocation or two for each operation.
using Executor = asio::io_context::executor_type;
using Socket = asio::basic_stream_socket<asio::ip::tcp, Executor>;
using Acceptor = asio::basic_socket_acceptor<asio::ip::tcp, Executor>;
using Time = std::chrono::steady_clock::time_point;
using Timer = asio::basic_waitable_timer<std::chrono::steady_clock,
                                         asio::wait_traits<std::chrono::steady_clock>, Executor>;
template <typename T>
using Task = asio::awaitable<T, Executor>;
/// co_await gives (error code, result): nothing is thrown.
inline constexpr auto kAwait = asio::as_tuple(asio::use_awaitable_t<Executor>{});

/// One loop's share of ServerCounters. Written by its thread, read by any.
struct LoopCounters {
  using Number = std::atomic<std::uint64_t>;
  Number connections{0}, connections_open{0}, connections_refused{0}, tls_refused{0};
  Number requests{0}, requests_malformed{0}, requests_limited{0}, timeouts{0};
  Number answers_2xx{0}, answers_3xx{0}, answers_4xx{0}, answers_5xx{0};
  Number streams_open{0}, streams_cut{0}, bytes_received{0}, bytes_sent{0};
  void add_to(ServerCounters& sum) const;
  void count_answer(unsigned status);
};

/// What all loops of a server share.   Threads: any.
struct Shared {
  Shared(const ServerLimits& the_limits, Handler the_handler)
      : limits(the_limits),
        handler(std::move(the_handler)),
        peers({the_limits.connections_per_peer_max, the_limits.requests_per_second_per_peer,
               the_limits.requests_burst_per_peer}) {}
  const ServerLimits limits;
  const Handler handler;
  PeerTable peers;
  std::atomic<std::size_t> connections{0};
  std::atomic<std::size_t> bodies_bytes{0};
};

/// A session as its loop sees it.   Threads: the loop's; wake() any.
class LoopSession : public Waker, public std::enable_shared_from_this<LoopSession> {
 public:
  /// Ends what has lasted too long.
  virtual void look_at_the_time(Time now) = 0;
  /// The server stops: ends now if nobody is being answered, else after the answer; `at_once` in any case.
  virtual void stop(bool at_once) = 0;

 private:
  friend class Loop;
  std::size_t seat_ = 0;  // in the loop's list
};

/// Threads: run() the loop's own; post() and counters any; everything else the loop's.
class Loop {
 public:
  Loop(Shared& the_shared, std::chrono::milliseconds tick);
  /// Serves until stop() and the end of the last session.
  void run();
  void join(LoopSession& session);
  void leave(LoopSession& session);
  /// Again with `at_once`: harder.
  void stop(bool at_once);
  bool is_stopping() const { return is_stopping_; }
  /// The value of a Date header.
  std::string_view date();

  asio::io_context io{1};
  Shared& shared;
  LoopCounters counters;

 private:
  Task<void> keep_time();

  Timer timer_{io};
  const std::chrono::milliseconds tick_;
  std::vector<LoopSession*> sessions_;
  bool is_stopping_ = false;
  std::int64_t date_of_ = -1;
  std::string date_;
};

/// For co_spawn: our coroutines throw nothing, so what arrives here is a bug or the end of memory.
void check_ended(const std::exception_ptr& thrown);

}  // namespace net
