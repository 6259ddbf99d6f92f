// One connection, from its first byte to its last: read a request, have it answered, write the answer, again. The order
// is fixed: the next request is not read before the present answer is sent, so a flood of requests waits in the sender's
// own kernel. A private header of the room, a template over plain sockets, TLS and memory.
//
// Every wait has a deadline, kept as a field; the loop's timer looks at it a few times in the shortest limit. When one
// passes, the operation under way is cancelled, and the flow finds `is_expired_` where it resumes.
#pragma once

#include <algorithm>
#include <array>
#include <cstdio>
#include <memory>
#include <optional>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/asio/write.hpp>
#include <poll.h>

#include "base/check.h"
#include "net/exchange.h"
#include "net/loop.h"
#include "net/request_reader.h"
#include "net/response_head.h"

namespace net {

using TlsStream = asio::ssl::stream<Socket>;

/// Waits for the end of a connection that we want to close: so long, and so much is read away.
inline constexpr std::chrono::seconds kLingerTime{2};
inline constexpr std::size_t kLingerBytesMax = std::size_t{1} << 20;
/// A reader must take so much within write_timeout.
inline constexpr std::size_t kWriteStep = std::size_t{256} << 10;
inline constexpr std::size_t kBufferBytesFirst = 2'048;
/// How often a connection on which nothing moves is looked at for its end.
inline constexpr std::chrono::seconds kProbeEvery{2};

/// Whether the peer's end of a connection is known to be gone; with `half`, also if it only stopped sending.
bool is_hung_up(int descriptor, bool half);

inline Response refusal_response(unsigned status, std::string_view reason) {
  Response response = text_response(status, "text/plain; charset=utf-8", std::string(reason) + "\n");
  if (status == 429 || status == 503) response.headers.push_back({"retry-after", "1"});
  return response;
}

template <typename Stream>
class Session final : public LoopSession {
 public:
  template <typename... StreamArguments>
  Session(Loop& loop, PeerTable::Ticket ticket, StreamArguments&&... stream)
      : loop_(loop),
        limits_(loop.shared.limits),
        ticket_(std::move(ticket)),
        stream_(std::forward<StreamArguments>(stream)...),
        reader_({limits_.header_bytes_max, limits_.headers_max, limits_.body_bytes_max}) {}

  /// `refuse_status` 0: serves; else answers that and ends. Either way the connection counts until the end.
  static void begin(const std::shared_ptr<Session>& session, unsigned refuse_status) {
    asio::co_spawn(session->loop_.io, run(session, refuse_status), check_ended);
  }

  // LoopSession

  void wake() override {
    asio::post(loop_.io, [self = this->shared_from_this()] { static_cast<Session*>(self.get())->on_wake(); });
  }

  void look_at_the_time(Time now) override {
    if ((wait_ == Wait::kAnswer || wait_ == Wait::kStream) && now >= probe_at_) {
      probe_at_ = now + kProbeEvery;
      if (is_hung_up(raw().native_handle(), wait_ == Wait::kStream)) return cut();
    }
    if (now < deadline_) return;
    deadline_ = Time::max();
    is_expired_ = true;
    wake_.cancel();
    error_code ignored;
    raw().cancel(ignored);
  }

  void stop(bool at_once) override {
    is_stopped_ = true;
    if (at_once || wait_ == Wait::kIdle || wait_ == Wait::kHandshake || wait_ == Wait::kLinger) return cut();
    if (queue_ != nullptr) queue_->close();
  }

 private:
  static constexpr bool kIsTls = std::is_same_v<Stream, TlsStream>;
  enum class Wait : std::uint8_t {
    kNone,
    kHandshake,
    kIdle,
    kHeader,
    kBody,
    kAnswer,
    kWrite,
    kStream,
    kLinger
  };
  enum class Got : std::uint8_t { kRequest, kRefused, kEnd };
  using Phase = RequestReader::Phase;

  /// Bytes of bodies that this session may hold, taken from what all sessions may hold together.
  class BodyClaim {
   public:
    explicit BodyClaim(Shared& shared) : shared_(shared) {}
    BodyClaim(const BodyClaim&) = delete;
    BodyClaim& operator=(const BodyClaim&) = delete;
    ~BodyClaim() { release(); }
    bool claim(std::size_t bytes) {
      release();
      bytes_ = bytes;
      return shared_.bodies_bytes.fetch_add(bytes) + bytes <= shared_.limits.bodies_bytes_max;
    }
    void release() { shared_.bodies_bytes.fetch_sub(std::exchange(bytes_, 0)); }

   private:
    Shared& shared_;
    std::size_t bytes_ = 0;
  };

  auto& raw() {
    if constexpr (kIsTls) {
      return stream_.next_layer();
    } else {
      return stream_;
    }
  }

  void begin_wait(Wait wait, std::chrono::milliseconds limit) {
    wait_ = wait;
    is_expired_ = false;
    deadline_ = std::chrono::steady_clock::now() + limit;
  }

  /// Ends everything under way; the flow sees `is_cut_` where it resumes.
  void cut() {
    if (std::exchange(is_cut_, true)) return;
    error_code ignored;
    raw().close(ignored);
    wake_.cancel();
  }

  /// The reader of this stream did not keep up. Whoever sees it first ends it: on_wake() or pump().
  void cut_slow_reader() {
    if (is_cut_) return;
    ++loop_.counters.streams_cut;
    cut();
  }

  void on_wake() {
    if (queue_ != nullptr && queue_->is_cut()) cut_slow_reader();
    wake_.cancel();
  }

  bool may_go_on() const { return !is_cut_ && !is_expired_; }

  static Task<void> run(std::shared_ptr<Session> self, unsigned refuse_status) {
    Session& session = *self;
    session.loop_.join(session);
    ++session.loop_.counters.connections_open;
    bool goes_on = co_await session.greet();
    if (goes_on && refuse_status != 0) {
      co_await session.refuse(refuse_status, "no room for another connection");
      goes_on = false;
    }
    while (goes_on) goes_on = co_await session.serve_one();
    session.cut();
    --session.loop_.counters.connections_open;
    --session.loop_.shared.connections;
    session.loop_.leave(session);
  }

  Task<bool> greet() {
    if constexpr (kIsTls) {
      begin_wait(Wait::kHandshake, limits_.header_timeout);
      const auto [error] = co_await stream_.async_handshake(asio::ssl::stream_base::server, kAwait);
      if (is_expired_) ++loop_.counters.timeouts;
      const bool is_greeted = !error && may_go_on();
      if (!is_greeted) ++loop_.counters.tls_refused;
      co_return is_greeted;
    } else {
      co_return !is_cut_;
    }
  }

  /// Whether the connection may carry another request.
  Task<bool> serve_one() {
    const Got got = co_await read_request();
    if (got == Got::kRefused) {
      const Refusal refusal = reader_.refusal();
      ++loop_.counters.requests_malformed;
      co_await refuse(refusal.status, refusal.reason);
    }
    if (got != Got::kRequest) co_return false;
    ++requests_;
    if (!ticket_.take_request(std::chrono::steady_clock::now())) {
      ++loop_.counters.requests_limited;
      co_await refuse(429, "too many requests");
      co_return false;
    }
    ++loop_.counters.requests;
    keeps_alive_ =
        reader_.keeps_alive() && !reader_.is_http_1_0() && requests_ < limits_.requests_per_connection_max;
    Request request = reader_.take();
    is_head_ = request.method == "HEAD";
    const auto exchange = std::make_shared<Exchange>(*this, is_head_, limits_.stream_queue_bytes_max);
    loop_.shared.handler(std::move(request), Reply(exchange));
    auto answer = exchange->take();
    if (!answer) answer = co_await wait_for(*exchange);
    exchange->detach();
    claim_.release();
    if (!answer) co_return false;
    if (answer->stream != nullptr) {
      co_await write_stream(answer->response, answer->stream);
      co_return false;
    }
    co_return co_await write_answer(std::move(answer->response));
  }

  // Reading

  std::string_view unread() const { return {buffer_.data() + begin_, end_ - begin_}; }

  /// Room for more bytes, moving or growing the buffer. False if it is full and may not grow: somebody sends a line
  /// that does not end.
  bool make_room() {
    if (begin_ == end_) begin_ = end_ = 0;
    if (end_ < buffer_.size()) return true;
    if (begin_ > 0) {
      std::copy(buffer_.begin() + static_cast<std::ptrdiff_t>(begin_),
                buffer_.begin() + static_cast<std::ptrdiff_t>(end_), buffer_.begin());
      end_ -= std::exchange(begin_, 0);
      return true;
    }
    const std::size_t bytes_max = limits_.header_bytes_max + 2;
    if (buffer_.size() >= bytes_max) return false;
    buffer_.resize(std::min(bytes_max, std::max(kBufferBytesFirst, buffer_.size() * 2)));
    return true;
  }

  Task<Got> read_request() {
    wait_ = Wait::kNone;
    is_head_ = false;
    bool has_claimed = false;
    while (true) {
      begin_ += reader_.read(unread());
      const Phase phase = reader_.phase();
      if (phase == Phase::kDone) co_return Got::kRequest;
      if (phase == Phase::kRefused) co_return Got::kRefused;
      if (phase == Phase::kBody && !has_claimed) {
        has_claimed = true;
        const bool is_welcome = co_await welcome_body();
        if (!is_welcome) co_return Got::kEnd;
      }
      if (phase == Phase::kIdle && (is_stopped_ || loop_.is_stopping())) co_return Got::kEnd;
      wait_for_phase(phase);
      if (!make_room()) {
        ++loop_.counters.requests_malformed;
        co_await refuse(400, "a line of the request does not end");
        co_return Got::kEnd;
      }
      const auto [error, count] = co_await stream_.async_read_some(
          asio::buffer(buffer_.data() + end_, buffer_.size() - end_), kAwait);
      end_ += count;
      loop_.counters.bytes_received += count;
      if (is_expired_ && !is_cut_) co_await say_too_slow();
      if (error || !may_go_on()) co_return Got::kEnd;
    }
  }

  /// A phase's time begins once, however often bytes come.
  void wait_for_phase(Phase phase) {
    if (phase == Phase::kIdle && wait_ != Wait::kIdle) begin_wait(Wait::kIdle, limits_.idle_timeout);
    if (phase == Phase::kHeader && wait_ != Wait::kHeader) begin_wait(Wait::kHeader, limits_.header_timeout);
    if (phase == Phase::kBody && wait_ != Wait::kBody) begin_wait(Wait::kBody, limits_.body_timeout);
  }

  Task<bool> welcome_body() {
    if (!claim_.claim(reader_.body_bytes_max())) {
      co_await refuse(503, "too many bodies at once");
      co_return false;
    }
    if (reader_.expects_continue() && begin_ == end_) {
      head_ = "HTTP/1.1 100 Continue\r\n\r\n";
      co_return co_await write_all(asio::buffer(head_));
    }
    co_return true;
  }

  Task<void> say_too_slow() {
    if (wait_ != Wait::kHeader && wait_ != Wait::kBody) co_return;
    ++loop_.counters.timeouts;
    co_await refuse(408, "the request came too slowly");
  }

  // Answering

  Task<std::optional<Exchange::Answer>> wait_for(Exchange& exchange) {
    begin_wait(Wait::kAnswer, limits_.answer_timeout);
    probe_at_ = std::chrono::steady_clock::now() + kProbeEvery;
    std::optional<Exchange::Answer> answer;
    while (may_go_on()) {
      wake_.expires_at(Time::max());
      co_await wake_.async_wait(kAwait);
      answer = exchange.take();
      if (answer) co_return answer;
    }
    exchange.detach();
    if (!is_cut_) {
      ++loop_.counters.timeouts;
      co_await refuse(503, "the answer took too long");
    }
    co_return std::nullopt;
  }

  template <typename Buffers>
  Task<bool> write_all(const Buffers& buffers) {
    begin_wait(Wait::kWrite, limits_.write_timeout);
    const auto [error, count] = co_await asio::async_write(stream_, buffers, kAwait);
    wait_ = Wait::kNone;
    deadline_ = Time::max();
    loop_.counters.bytes_sent += count;
    if (!is_cut_ && is_expired_) {
      ++loop_.counters.timeouts;
      cut();
    }
    co_return !error && may_go_on();
  }

  /// Head and the first of the body leave in one write. Whether the connection may carry another request.
  Task<bool> write_answer(Response response) {
    if (!is_sendable(response)) response = refusal_response(500, "an answer that cannot be sent");
    if (is_stopped_ || loop_.is_stopping()) keeps_alive_ = false;
    HeadFacts facts{loop_.date(), BodyForm::kLength, response.text().size(), !keeps_alive_};
    if (response.status == 204 || response.status == 304) facts.form = BodyForm::kNone;
    head_.clear();
    append_head(head_, response, facts);
    loop_.counters.count_answer(response.status);
    std::string_view body;
    if (!is_head_ && facts.form == BodyForm::kLength) body = response.text();
    std::string_view head = head_;
    while (!head.empty() || !body.empty()) {
      const std::string_view step = body.substr(0, kWriteStep);
      const std::array<asio::const_buffer, 2> buffers{asio::buffer(head), asio::buffer(step)};
      const bool is_written = co_await write_all(buffers);
      if (!is_written) co_return false;
      head = {};
      body.remove_prefix(step.size());
    }
    if (!keeps_alive_) co_await linger();
    co_return keeps_alive_;
  }

  Task<void> refuse(unsigned status, std::string_view reason) {
    keeps_alive_ = false;
    is_expired_ = false;
    Response response = refusal_response(status, reason);
    co_await write_answer(std::move(response));
  }

  /// Sends the rest, says that nothing follows, and waits for the peer to do the same: closing with bytes unread would
  /// reset the connection, and the answer could be lost on the way.
  Task<void> linger() {
    begin_wait(Wait::kLinger, kLingerTime);
    if (is_stopped_)
      deadline_ = std::min(deadline_, std::chrono::steady_clock::now() + std::chrono::milliseconds(200));
    if constexpr (kIsTls) {
      co_await stream_.async_shutdown(kAwait);  // fails where the peer does not say good-bye: no matter
      if (!may_go_on()) co_return;
    }
    error_code ignored;
    raw().shutdown(asio::socket_base::shutdown_send, ignored);
    if (buffer_.empty()) buffer_.resize(kBufferBytesFirst);
    std::size_t read_away = 0;
    while (may_go_on() && read_away < kLingerBytesMax) {
      const auto [error, count] = co_await raw().async_read_some(asio::buffer(buffer_), kAwait);
      if (error) co_return;
      read_away += count;
    }
  }

  // Streaming

  Task<void> write_stream(const Response& response, std::shared_ptr<StreamQueue> queue) {
    queue_ = queue;
    ++loop_.counters.streams_open;
    co_await pump(response, *queue);
    --loop_.counters.streams_open;
    queue_ = nullptr;
    queue->detach();
    if (!is_cut_) co_await linger();
  }

  Task<void> pump(const Response& response, StreamQueue& queue) {
    const bool is_fine = is_sendable(response);
    const bool is_chunked = !reader_.is_http_1_0();
    Response bad;
    if (!is_fine) bad = refusal_response(500, "");
    const Response& head = is_fine ? response : bad;
    head_.clear();
    append_head(head_, head,
                {loop_.date(), is_chunked ? BodyForm::kChunked : BodyForm::kUntilClose, 0, true});
    loop_.counters.count_answer(head.status);
    bool goes_on = co_await write_all(asio::buffer(head_));
    if (is_head_) co_return;
    if (!is_fine || is_stopped_) queue.close();
    while (goes_on) {
      const StreamQueue::Taken taken = queue.take();
      if (taken.is_cut) co_return cut_slow_reader();
      if (!taken.chunks.empty()) goes_on = co_await write_chunks(taken.chunks, is_chunked);
      if (taken.is_last) break;
      if (taken.chunks.empty() && goes_on) goes_on = co_await wait_for_chunks();
    }
    if (goes_on && is_chunked) {
      head_ = "0\r\n\r\n";
      co_await write_all(asio::buffer(head_));
    }
  }

  Task<bool> write_chunks(const std::vector<std::shared_ptr<const std::string>>& chunks, bool is_chunked) {
    std::vector<asio::const_buffer> buffers;
    std::size_t bytes = 0;
    for (const auto& chunk : chunks) bytes += chunk->size();
    std::array<char, 24> size_line{};
    const int line_bytes = std::snprintf(size_line.data(), size_line.size(), "%zx\r\n", bytes);
    if (is_chunked) buffers.push_back(asio::buffer(size_line.data(), static_cast<std::size_t>(line_bytes)));
    for (const auto& chunk : chunks) buffers.push_back(asio::buffer(*chunk));
    if (is_chunked) buffers.push_back(asio::buffer("\r\n", 2));
    co_return co_await write_all(buffers);
  }

  Task<bool> wait_for_chunks() {
    wait_ = Wait::kStream;
    is_expired_ = false;
    deadline_ = Time::max();
    probe_at_ = std::chrono::steady_clock::now() + kProbeEvery;
    wake_.expires_at(Time::max());
    co_await wake_.async_wait(kAwait);
    co_return !is_cut_;
  }

  Loop& loop_;
  const ServerLimits& limits_;
  PeerTable::Ticket ticket_;
  Stream stream_;
  RequestReader reader_;
  Timer wake_{loop_.io};
  std::vector<char> buffer_;
  std::size_t begin_ = 0;  // of what is unread in buffer_
  std::size_t end_ = 0;
  std::string head_;
  BodyClaim claim_{loop_.shared};
  std::uint64_t requests_ = 0;
  Wait wait_ = Wait::kNone;
  Time deadline_ = Time::max();
  Time probe_at_ = Time::max();
  bool is_expired_ = false;
  bool is_cut_ = false;
  bool is_stopped_ = false;
  bool keeps_alive_ = false;
  bool is_head_ = false;
  std::shared_ptr<StreamQueue> queue_;  // while streaming
};

}  // namespace net
