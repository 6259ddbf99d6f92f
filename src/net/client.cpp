#include "net/client.h"

#include <algorithm>
#include <atomic>
#include <optional>
#include <utility>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/connect.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/ssl/error.hpp>
#include <boost/asio/ssl/host_name_verification.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/asio/write.hpp>

#include "base/check.h"
#include "net/loop.h"
#include "net/name_lookup.h"
#include "net/response_head.h"
#include "net/response_reader.h"
#include "net/target.h"
#include "net/tls.h"
#include "net/url.h"

namespace net {
namespace {

using asio::ip::tcp;
using base::Result;
using TlsStream = asio::ssl::stream<Socket>;
using std::chrono::milliseconds;
using std::chrono::steady_clock;

constexpr std::size_t kBufferBytes = std::size_t{64} << 10;

/// One call, as the flow below needs it.
struct Call {
  std::string bytes;  // the request
  bool is_repeatable = false;
  AnswerLimits limits;
  milliseconds timeout{0};
  bool is_endless = false;  // timeout is for each silence
  std::function<bool(std::string_view)> on_bytes;
};

class OneConnection final : public Client {
 public:
  OneConnection(BaseUrl url, ClientOptions options, std::shared_ptr<asio::ssl::context> tls)
      : url_(std::move(url)), options_(std::move(options)), tls_(std::move(tls)), buffer_(kBufferBytes) {}

  Result<Response> get(std::string_view path_and_query, CallLimits limits,
                       const std::vector<Header>& headers) override {
    Call call = make_call(limits);
    call.is_repeatable = true;
    TRY(add_head(call.bytes, "GET", path_and_query, headers));
    call.bytes += "\r\n";
    return run(call, path_and_query);
  }

  Result<Response> post(std::string_view path_and_query, std::string_view content_type, std::string_view body,
                        CallLimits limits) override {
    Call call = make_call(limits);
    TRY(add_head(call.bytes, "POST", path_and_query, {{"content-type", std::string(content_type)}}));
    call.bytes.append("content-length: ").append(std::to_string(body.size())).append("\r\n\r\n").append(body);
    return run(call, path_and_query);
  }

  Result<void> get_events(std::string_view path_and_query, CallLimits limits,
                          const std::vector<Header>& headers,
                          const std::function<bool(std::string_view)>& on_bytes) override {
    Call call = make_call(limits);
    call.is_repeatable = true;
    call.is_endless = true;
    call.on_bytes = on_bytes;
    TRY(add_head(call.bytes, "GET", path_and_query, headers));
    call.bytes += "\r\n";
    ASSIGN_OR_RETURN(const Response response, run(call, path_and_query));
    if (response.status == 200) return {};
    return base::fail(kBadAnswer, url_.text() + std::string(path_and_query) + ": status " +
                                      std::to_string(response.status));
  }

  void interrupt() override {
    is_interrupted_ = true;
    asio::post(io_, [this] { close(); });
  }

 private:
  Call make_call(const CallLimits& limits) const;
  Result<void> add_head(std::string& out, std::string_view method, std::string_view path_and_query,
                        const std::vector<Header>& headers) const;
  Result<Response> run(const Call& call, std::string_view path_and_query);
  Task<Result<Response>> converse(const Call& call);
  Task<Result<Response>> try_once(const Call& call, bool& has_begun);
  Task<Result<void>> connect(const Call& call);
  Task<Result<void>> shake_hands();
  Task<error_code> write(std::string_view bytes);
  Task<std::pair<error_code, std::size_t>> read();
  std::unexpected<base::Error> failure(const ErrorKind& kind, std::string detail) const;
  bool is_usable();
  void close();

  const BaseUrl url_;
  const ClientOptions options_;
  const std::shared_ptr<asio::ssl::context> tls_;  // null: plain HTTP
  asio::io_context io_{1};
  std::optional<Socket> socket_;  // one of the two, while connected
  std::unique_ptr<TlsStream> secured_;
  std::vector<char> buffer_;
  Time deadline_ = Time::max();
  bool is_expired_ = false;
  std::atomic<bool> is_interrupted_{false};
};

Call OneConnection::make_call(const CallLimits& limits) const {
  Call call;
  call.timeout = limits.timeout > milliseconds(0) ? limits.timeout : options_.timeout;
  call.limits.header_bytes_max = options_.header_bytes_max;
  call.limits.body_bytes_max = limits.body_bytes_max > 0 ? limits.body_bytes_max : options_.body_bytes_max;
  return call;
}

Result<void> OneConnection::add_head(std::string& out, std::string_view method,
                                     std::string_view path_and_query,
                                     const std::vector<Header>& headers) const {
  if (!split_target(path_and_query)) return base::fail(kBadUrl, url_.text() + std::string(path_and_query));
  out.append(method).append(" ").append(url_.prefix).append(path_and_query).append(" HTTP/1.1\r\n");
  out.append("host: ").append(url_.authority()).append("\r\nuser-agent: comity\r\n");
  for (const Header& header : headers) {
    if (!is_token(header.name) || !is_header_value(header.value)) {
      return base::fail(kBadUrl, url_.text() + ": a header that cannot be sent: " + header.name);
    }
    out.append(header.name).append(": ").append(header.value).append("\r\n");
  }
  return {};
}

/// Runs the conversation on the caller's thread until it ends; what takes too long is closed, and then ends by itself.
Result<Response> OneConnection::run(const Call& call, std::string_view path_and_query) {
  std::optional<Result<Response>> outcome;
  is_expired_ = false;
  deadline_ = steady_clock::now() + call.timeout;
  io_.restart();
  if (!is_interrupted_) {
    asio::co_spawn(io_, converse(call),
                   [&outcome](const std::exception_ptr& thrown, Result<Response> result) {
                     check_ended(thrown);
                     outcome = std::move(result);
                   });
    while (!outcome) {
      if (io_.run_one_until(deadline_) == 0 && !outcome) {
        is_expired_ = true;
        deadline_ = Time::max();
        close();
      }
    }
  }
  if (!outcome) outcome = failure(kInterrupted, "");
  if (!*outcome) {
    close();
    return std::unexpected(outcome->error().at(url_.text() + std::string(path_and_query)));
  }
  return std::move(*outcome);
}

/// What an operation's end means: who closed the connection under it?
std::unexpected<base::Error> OneConnection::failure(const ErrorKind& kind, std::string detail) const {
  if (is_interrupted_) return base::fail(kInterrupted, "as asked");
  if (is_expired_) return base::fail(kTimedOut, "no answer in time");
  return base::fail(kind, std::move(detail));
}

void OneConnection::close() {
  error_code ignored;
  if (secured_ != nullptr) secured_->next_layer().close(ignored);
  if (socket_) socket_->close(ignored);
}

/// Whether the connection kept from the last call is still there. Anything to read now is its end, or nonsense.
bool OneConnection::is_usable() {
  Socket* const socket = secured_ != nullptr ? &secured_->next_layer() : socket_ ? &*socket_ : nullptr;
  if (socket == nullptr || !socket->is_open()) return false;
  error_code error;
  socket->non_blocking(true, error);
  if (error) return false;
  char byte = 0;
  socket->receive(asio::buffer(&byte, 1), asio::socket_base::message_peek, error);
  return error == asio::error::would_block;
}

Task<Result<Response>> OneConnection::converse(const Call& call) {
  const bool is_kept = is_usable();
  bool has_begun = false;
  if (is_kept) {
    Result<Response> response = co_await try_once(call, has_begun);
    const bool is_worth_another =
        !response && response.error().kind() == kConnectionLost && !has_begun && call.is_repeatable;
    if (!is_worth_another) co_return response;
  }
  Result<void> connected = co_await connect(call);
  if (!connected) co_return std::unexpected(std::move(connected).error());
  co_return co_await try_once(call, has_begun);
}

Task<Result<void>> OneConnection::connect(const Call& call) {
  close();
  secured_.reset();
  socket_.reset();
  const Time call_deadline = deadline_;
  const Time connect_deadline = std::min(deadline_, steady_clock::now() + options_.connect_timeout);
  Result<std::vector<std::string>> found = look_up(url_.host, connect_deadline, is_interrupted_);
  if (!found) co_return std::unexpected(std::move(found).error());
  std::vector<tcp::endpoint> endpoints;
  for (const std::string& text : *found) {
    error_code error;
    const auto address = asio::ip::make_address(text, error);
    if (!error) endpoints.emplace_back(address, url_.port);
  }
  if (endpoints.empty()) co_return base::fail(kCannotConnect, url_.host + ": no address");
  deadline_ = connect_deadline;
  socket_.emplace(io_);
  const auto [error, endpoint] = co_await asio::async_connect(*socket_, endpoints, kAwait);
  if (error || is_interrupted_) co_return failure(kCannotConnect, error.message());
  error_code ignored;
  socket_->set_option(tcp::no_delay(true), ignored);
  if (tls_ != nullptr) {
    Result<void> shaken = co_await shake_hands();
    if (!shaken) co_return std::unexpected(std::move(shaken).error());
  }
  deadline_ = call.is_endless ? steady_clock::now() + call.timeout : call_deadline;
  co_return Result<void>();
}

Task<Result<void>> OneConnection::shake_hands() {
  secured_ = std::make_unique<TlsStream>(std::move(*socket_), *tls_);
  socket_.reset();
  error_code error;
  secured_->set_verify_callback(asio::ssl::host_name_verification(url_.host), error);
  const bool is_number =
      url_.host.contains(':') || url_.host.find_first_not_of("0123456789.") == std::string::npos;
  // RFC 6066 section 3: a server's name is sent only if it is one.
  if (!error && !is_number && SSL_set_tlsext_host_name(secured_->native_handle(), url_.host.c_str()) != 1) {
    error = error_code(asio::error::invalid_argument);
  }
  if (error) co_return base::fail(kTlsRefused, error.message());
  const auto [refused] = co_await secured_->async_handshake(asio::ssl::stream_base::client, kAwait);
  if (refused || is_interrupted_) co_return failure(kTlsRefused, refused.message());
  co_return Result<void>();
}

Task<error_code> OneConnection::write(std::string_view bytes) {
  if (secured_ != nullptr) {
    const auto [error, count] = co_await asio::async_write(*secured_, asio::buffer(bytes), kAwait);
    co_return error;
  }
  const auto [error, count] = co_await asio::async_write(*socket_, asio::buffer(bytes), kAwait);
  co_return error;
}

Task<std::pair<error_code, std::size_t>> OneConnection::read() {
  if (secured_ != nullptr) {
    const auto [error, count] = co_await secured_->async_read_some(asio::buffer(buffer_), kAwait);
    co_return std::pair(error, count);
  }
  const auto [error, count] = co_await socket_->async_read_some(asio::buffer(buffer_), kAwait);
  co_return std::pair(error, count);
}

Task<Result<Response>> OneConnection::try_once(const Call& call, bool& has_begun) {
  // A server may answer, and close, before it has read everything: an error of writing is told only if it did not.
  const error_code written = co_await write(call.bytes);
  ResponseReader reader(call.limits, call.on_bytes);
  std::string pending;  // read, but not yet used up: the beginning of a line
  while (!reader.is_done()) {
    const auto [error, count] = co_await read();
    if (error == asio::error::eof) {
      Result<void> ended = reader.read_end();
      if (!ended) co_return failure(kConnectionLost, std::string(ended.error().detail()));
      break;
    }
    if (error) co_return failure(kConnectionLost, written ? written.message() : error.message());
    if (call.is_endless) deadline_ = steady_clock::now() + call.timeout;
    pending.append(buffer_.data(), count);
    while (!pending.empty() && !reader.is_done()) {
      Result<std::size_t> used = reader.read(pending);
      has_begun = true;
      if (!used) co_return std::unexpected(std::move(used).error());
      if (*used == 0) break;
      pending.erase(0, *used);
    }
    if (pending.size() > call.limits.header_bytes_max)
      co_return base::fail(kBadAnswer, "a line without an end");
    if (is_interrupted_) co_return failure(kInterrupted, "");
  }
  // Bytes beyond the answer belong to nothing we asked for.
  if (written || !pending.empty() || !reader.keeps_alive()) close();
  co_return reader.take();
}

}  // namespace

Result<std::unique_ptr<Client>> Client::create(std::string_view base_url, ClientOptions options) {
  ASSIGN_OR_RETURN(BaseUrl url, parse_base_url(base_url));
  CHECK(options.timeout > milliseconds(0) && options.connect_timeout > milliseconds(0));
  CHECK(options.body_bytes_max > 0 && options.header_bytes_max >= 64);
  std::shared_ptr<asio::ssl::context> tls;
  if (url.is_https) {
    ASSIGN_OR_RETURN(tls, client_tls(options.trusted_certificates));
  }
  return std::make_unique<OneConnection>(std::move(url), std::move(options), std::move(tls));
}

}  // namespace net
