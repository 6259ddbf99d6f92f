#include "net/session_in_memory.h"

#include <utility>

#include <boost/asio/async_result.hpp>

#include "net/session_flow.h"

namespace net {
namespace {

/// As much of a stream socket as a session uses.
class MemoryStream {
 public:
  using executor_type = Executor;
  MemoryStream(Executor executor, std::string_view input, std::size_t piece_bytes, std::string& output)
      : executor_(std::move(executor)), input_(input), piece_bytes_(piece_bytes), output_(output) {}

  executor_type get_executor() const { return executor_; }

  template <typename Buffers, typename Token>
  auto async_read_some(const Buffers& buffers, Token&& token) {
    error_code error;
    std::size_t count = 0;
    if (is_closed_) {
      error = asio::error::operation_aborted;
    } else if (input_.empty()) {
      error = asio::error::eof;
    } else {
      count = asio::buffer_copy(buffers, asio::buffer(input_.substr(0, piece_bytes_)));
      input_.remove_prefix(count);
    }
    return complete(error, count, std::forward<Token>(token));
  }

  template <typename Buffers, typename Token>
  auto async_write_some(const Buffers& buffers, Token&& token) {
    error_code error;
    if (is_closed_ || has_shut_down_) error = asio::error::operation_aborted;
    std::size_t count = 0;
    for (auto at = asio::buffer_sequence_begin(buffers); !error && at != asio::buffer_sequence_end(buffers);
         ++at) {
      const asio::const_buffer buffer(*at);
      output_.append(static_cast<const char*>(buffer.data()), buffer.size());
      count += buffer.size();
    }
    return complete(error, count, std::forward<Token>(token));
  }

  static int native_handle() { return -1; }
  void cancel(error_code& error) { error = {}; }
  void close(error_code& error) {
    error = {};
    is_closed_ = true;
  }
  void shutdown(asio::socket_base::shutdown_type /*what*/, error_code& error) {
    error = {};
    has_shut_down_ = true;
  }

 private:
  template <typename Token>
  auto complete(error_code error, std::size_t count, Token&& token) {
    return asio::async_initiate<Token, void(error_code, std::size_t)>(
        [executor = executor_, error, count](auto handler) {
          asio::post(executor, [held = std::move(handler), error, count]() mutable { held(error, count); });
        },
        token);
  }

  Executor executor_;
  std::string_view input_;
  std::size_t piece_bytes_;
  std::string& output_;
  bool is_closed_ = false;
  bool has_shut_down_ = false;
};

}  // namespace

std::string serve_in_memory(std::string_view input, std::size_t piece_bytes, const ServerLimits& limits,
                            const Handler& handler) {
  CHECK(piece_bytes > 0);
  std::string output;
  Shared shared(limits, handler);
  shared.connections = 1;
  Loop loop(shared, std::chrono::milliseconds(1'000));
  using MemorySession = Session<MemoryStream>;
  MemorySession::begin(std::make_shared<MemorySession>(loop, PeerTable::Ticket(), loop.io.get_executor(),
                                                       input, piece_bytes, output),
                       0);
  // Everything is ready when it is asked for, so this ends when the session waits for nothing any more.
  while (shared.connections > 0 && loop.io.run_one() > 0) {
  }
  loop.stop(true);
  loop.run();
  CHECK(shared.bodies_bytes == 0);
  return output;
}

}  // namespace net
