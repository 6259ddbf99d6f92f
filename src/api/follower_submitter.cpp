#include "api/follower_submitter.h"

#include <utility>

#include "base/limits.h"
#include "replica/hub_source.h"

namespace api {
namespace {

constexpr std::size_t kWaitingMax = 256;

}  // namespace

FollowerSubmitter::FollowerSubmitter(HandIn hand_in)
    : hand_in_(std::move(hand_in)),
      waiting_(kWaitingMax, kWaitingMax * base::kRecordBytesMax),
      thread_([this](const std::stop_token& stop) { run(stop); }) {}

FollowerSubmitter::~FollowerSubmitter() {
  waiting_.close();
}

void FollowerSubmitter::submit(std::string leaf, std::optional<storage::Annex> annex, Done done) {
  waiting_.push({std::move(leaf), std::move(annex), std::move(done)});
}

void FollowerSubmitter::run(const std::stop_token& stop) {
  while (true) {
    auto first = waiting_.pop(stop, 1);
    if (first.empty()) return;
    const SubmissionQueue::Waiting next = std::move(first.front());
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
