#include "net/exchange.h"

#include <iterator>
#include <utility>

#include "base/check.h"

namespace net {

// StreamQueue

/// Under the lock, so that the session cannot end between the look at waker_ and the call.
void StreamQueue::wake_locked() {
  if (waker_ != nullptr) waker_->wake();
}

bool StreamQueue::send(std::shared_ptr<const std::string> chunk) {
  CHECK(chunk != nullptr);
  const std::scoped_lock lock(mutex_);
  if (waker_ == nullptr || is_closed_ || is_cut_) return false;
  if (chunk->empty()) return true;  // an empty chunk would end a chunked body
  if (chunk->size() > bytes_max_ - bytes_) {
    is_cut_ = true;
    chunks_.clear();
    wake_locked();
    return false;
  }
  bytes_ += chunk->size();
  chunks_.push_back(std::move(chunk));
  if (std::exchange(is_waited_for_, false)) wake_locked();
  return true;
}

bool StreamQueue::is_open() const {
  const std::scoped_lock lock(mutex_);
  return waker_ != nullptr && !is_closed_ && !is_cut_;
}

void StreamQueue::close() {
  const std::scoped_lock lock(mutex_);
  if (std::exchange(is_closed_, true)) return;
  is_waited_for_ = false;
  wake_locked();
}

StreamQueue::Taken StreamQueue::take() {
  const std::scoped_lock lock(mutex_);
  Taken taken;
  taken.chunks.assign(std::make_move_iterator(chunks_.begin()), std::make_move_iterator(chunks_.end()));
  chunks_.clear();
  bytes_ = 0;
  taken.is_last = is_closed_;
  taken.is_cut = is_cut_;
  is_waited_for_ = taken.chunks.empty() && !is_closed_ && !is_cut_;
  return taken;
}

bool StreamQueue::is_cut() const {
  const std::scoped_lock lock(mutex_);
  return is_cut_;
}

void StreamQueue::detach() {
  const std::scoped_lock lock(mutex_);
  waker_ = nullptr;
  chunks_.clear();
}

// Exchange

void Exchange::put(Answer answer) {
  const std::scoped_lock lock(mutex_);
  CHECK(!answer_);
  if (waker_ == nullptr) return;
  answer_ = std::move(answer);
  if (std::exchange(is_waited_for_, false)) waker_->wake();
}

void Exchange::send(Response response) {
  put({std::move(response), nullptr});
}

std::shared_ptr<EventStream> Exchange::stream(Response head) {
  head.body = nullptr;
  // All under one lock: a session that lets go of the exchange either sees the queue or was seen to be gone.
  const std::scoped_lock lock(mutex_);
  CHECK(!answer_);
  auto queue = std::make_shared<StreamQueue>(is_head_ ? nullptr : waker_, stream_bytes_max_);
  if (waker_ == nullptr) return queue;
  answer_ = Answer{std::move(head), queue};
  if (std::exchange(is_waited_for_, false)) waker_->wake();
  return queue;
}

bool Exchange::is_gone() const {
  const std::scoped_lock lock(mutex_);
  return waker_ == nullptr;
}

std::optional<Exchange::Answer> Exchange::take() {
  const std::scoped_lock lock(mutex_);
  is_waited_for_ = !answer_;
  return std::exchange(answer_, std::nullopt);
}

void Exchange::detach() {
  const std::scoped_lock lock(mutex_);
  waker_ = nullptr;
  if (answer_ && answer_->stream != nullptr) answer_->stream->detach();
  answer_.reset();
}

}  // namespace net
