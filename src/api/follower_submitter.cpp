#include "api/follower_submitter.h"

#include <utility>

#include "replica/hub_source.h"

namespace api {
namespace {

constexpr std::size_t kWaitingMax = 256;

base::Error busy() {
  return base::Error(kTooBusy, "too many records wait; submit it again in a moment");
}

}  // namespace

FollowerSubmitter::FollowerSubmitter(HandIn hand_in)
    : hand_in_(std::move(hand_in)), thread_([this](const std::stop_token& stop) { run(stop); }) {}

FollowerSubmitter::~FollowerSubmitter() {
  std::deque<Waiting> left;
  {
    const std::scoped_lock guard(mutex_);
    is_stopped_ = true;
    left.swap(waiting_);
  }
  thread_.request_stop();
  thread_.join();
  for (const Waiting& waiting : left) waiting.done(std::unexpected(busy()));
}

void FollowerSubmitter::submit(std::string leaf, std::optional<storage::Annex> annex, Done done) {
  {
    const std::scoped_lock guard(mutex_);
    if (!is_stopped_ && waiting_.size() < kWaitingMax) {
      waiting_.push_back({std::move(leaf), std::move(annex), std::move(done)});
      changed_.notify_one();
      return;
    }
  }
  done(std::unexpected(busy()));
}

void FollowerSubmitter::run(const std::stop_token& stop) {
  while (true) {
    Waiting next;
    {
      std::unique_lock lock(mutex_);
      if (!changed_.wait(lock, stop, [&] { return !waiting_.empty(); })) return;
      next = std::move(waiting_.front());
      waiting_.pop_front();
    }
    std::optional<std::string> annex;
    if (next.annex) annex = storage::serialize_annex(*next.annex);
    const auto handed = hand_in_(next.leaf, annex);
    if (handed) {
      next.done(base::fail(kHandedOn, "kept here and handed to the hub; ask again whether it is on the log"));
    } else if (handed.error().kind() == replica::kHubUnreachable) {
      next.done(base::fail(kHandedOn, "kept here; the hub gets it once it answers"));
    } else {
      next.done(std::unexpected(handed.error()));
    }
  }
}

}  // namespace api
