// The right to answer one request, once, from any thread, now or later. A handler that loses it has answered 500.
// What stands behind it is an interface, so that handlers can be tried without a socket.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "net/http.h"

namespace net {

/// An answer whose body grows while the reader stays: server-sent events. The queue is bounded: a reader who does
/// not keep up is cut off, so that nobody waits for him.   Threads: any.
class EventStream {
 public:
  virtual ~EventStream() = default;
  /// Queues bytes as they are. False if the stream is closed, or has just been cut because its queue is full.
  virtual bool send(std::shared_ptr<const std::string> chunk) = 0;
  bool send(std::string_view chunk) { return send(std::make_shared<const std::string>(chunk)); }
  /// False once the reader is gone or cut off, close() was called, or the server stops.
  virtual bool is_open() const = 0;
  /// What is queued is still sent.
  virtual void close() = 0;
};

/// Where an answer goes. Called at most once, with send() or stream().   Threads: any.
class ReplySink {
 public:
  virtual ~ReplySink() = default;
  virtual void send(Response response) = 0;
  virtual std::shared_ptr<EventStream> stream(Response head) = 0;
  virtual bool is_gone() const = 0;
};

/// Exactly one answer.   Order: (send | stream)?, destroyed; is_gone at any time before.
/// Threads: any, one at a time.   Lifetime: may outlive the server; the answer then goes nowhere.
class Reply {
 public:
  explicit Reply(std::shared_ptr<ReplySink> sink) : sink_(std::move(sink)) {}
  Reply(Reply&&) noexcept = default;
  /// What was held before counts as dropped.
  Reply& operator=(Reply&& other) noexcept;
  Reply(const Reply&) = delete;
  Reply& operator=(const Reply&) = delete;
  /// Unanswered: sends 500.
  ~Reply();

  void send(Response response);
  /// Sends status and headers of `head` (its body is not used) and leaves the body open. To a HEAD request, and to
  /// one who is gone, the stream comes back closed.
  std::shared_ptr<EventStream> stream(Response head);
  /// True once nobody waits for the answer any more: long work may stop. A reader who leaves silently is not
  /// noticed before something is sent to him.
  bool is_gone() const;

 private:
  std::shared_ptr<ReplySink> sink_;
};

/// Called on one of the server's threads, which serves many connections: it must not block or compute for long; work
/// that takes time moves to another thread with the Reply.   Threads: called on several at once.
using Handler = std::function<void(Request, Reply)>;

}  // namespace net
