#include "api/submission_queue.h"

#include <utility>

namespace api {
namespace {

base::Error busy() {
  return base::Error(kTooBusy, "too many records wait; submit it again in a moment");
}

}  // namespace

void SubmissionQueue::push(Waiting waiting) {
  {
    const std::scoped_lock guard(mutex_);
    if (!is_closed_ && waiting_.size() < records_max_ && bytes_ + waiting.leaf.size() <= bytes_max_) {
      bytes_ += waiting.leaf.size();
      waiting_.push_back(std::move(waiting));
      changed_.notify_one();
      return;
    }
  }
  waiting.done(std::unexpected(busy()));
}

std::deque<SubmissionQueue::Waiting> SubmissionQueue::pop(const std::stop_token& stop, std::size_t most) {
  std::deque<Waiting> first;
  std::unique_lock lock(mutex_);
  if (!changed_.wait(lock, stop, [&] { return !waiting_.empty(); })) return first;
  while (!waiting_.empty() && first.size() < most) {
    bytes_ -= waiting_.front().leaf.size();
    first.push_back(std::move(waiting_.front()));
    waiting_.pop_front();
  }
  return first;
}

void SubmissionQueue::close() {
  std::deque<Waiting> left;
  {
    const std::scoped_lock guard(mutex_);
    is_closed_ = true;
    left.swap(waiting_);
    bytes_ = 0;
  }
  for (const Waiting& waiting : left) waiting.done(std::unexpected(busy()));
}

}  // namespace api
