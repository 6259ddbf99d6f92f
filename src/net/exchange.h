// What stands between a session, which lives on one thread, and the answer to its request, which may come from any: the
// sink behind a Reply, and the queue behind an EventStream. No sockets here: a Waker stands for the session.
#pragma once

#include <cstddef>
#include <deque>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "net/reply.h"

namespace net {

/// The session as the other threads see it.   Threads: any.
class Waker {
 public:
  virtual ~Waker() = default;
  /// Makes the session look again, soon, on its own thread.
  virtual void wake() = 0;
};

/// The bytes of one event stream on their way from any thread to the session's.
/// Threads: those of EventStream any; take and detach the session's.
class StreamQueue final : public EventStream {
 public:
  /// `waker` null: closed from the start.   Lifetime: `waker` lives until detach().
  StreamQueue(Waker* waker, std::size_t bytes_max) : waker_(waker), bytes_max_(bytes_max) {}

  using EventStream::send;
  bool send(std::shared_ptr<const std::string> chunk) override;
  bool is_open() const override;
  void close() override;

  struct Taken {
    std::vector<std::shared_ptr<const std::string>> chunks;
    bool is_last = false;  ///< nothing will follow
    bool is_cut = false;   ///< the reader did not keep up: send nothing more
  };
  /// Everything queued. If that is nothing and more may come, the next send wakes the session.
  Taken take();
  bool is_cut() const;
  /// The session ends: later sends return false.
  void detach();

 private:
  void wake_locked();

  mutable std::mutex mutex_;
  Waker* waker_;  // null once the session is gone
  std::size_t bytes_max_;
  std::size_t bytes_ = 0;
  std::deque<std::shared_ptr<const std::string>> chunks_;
  bool is_closed_ = false;
  bool is_cut_ = false;
  bool is_waited_for_ = false;
};

/// One request's answer on its way.   Threads: those of ReplySink any; take and detach the session's.
class Exchange final : public ReplySink {
 public:
  /// Lifetime: `waker` lives until detach().
  Exchange(Waker& waker, bool is_head, std::size_t stream_bytes_max)
      : waker_(&waker), is_head_(is_head), stream_bytes_max_(stream_bytes_max) {}

  void send(Response response) override;
  std::shared_ptr<EventStream> stream(Response head) override;
  bool is_gone() const override;

  struct Answer {
    Response response;
    std::shared_ptr<StreamQueue> stream;  ///< null: `response` is all of it
  };
  /// The answer if it is here. If not, its arrival wakes the session.
  std::optional<Answer> take();
  /// Nobody waits any more: is_gone() from now on.
  void detach();

 private:
  void put(Answer answer);

  mutable std::mutex mutex_;
  Waker* waker_;  // null once nobody waits
  const bool is_head_;
  const std::size_t stream_bytes_max_;
  bool is_waited_for_ = false;
  std::optional<Answer> answer_;
};

}  // namespace net
