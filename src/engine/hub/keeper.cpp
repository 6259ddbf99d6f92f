#include "engine/hub/keeper.h"

#include <algorithm>
#include <utility>

#include "base/check.h"

namespace engine {

using base::EpochSeconds;
using base::Result;

namespace {

/// How long the keeper sleeps at most.
constexpr std::chrono::milliseconds kPause{1'000};

}  // namespace

HubKeeper::HubKeeper(EmbeddedEngine& engine, CosignDesk& desk, KeeperOptions options)
    : engine_(engine), desk_(desk), options_(std::move(options)) {
  CHECK(options_.clock != nullptr);
}

HubKeeper::~HubKeeper() {
  stop();
}

Result<void> HubKeeper::step() {
  const EpochSeconds now = options_.clock->now();
  if (offered_ == EpochSeconds(0) || now >= offered_ + options_.refresh) {
    offered_ = now;
    TRY(engine_.publish_checkpoint());
  } else if (desk_.has_news()) {
    TRY(engine_.publish_late_lines());
  }
  // Upon a block that does not count nothing is ordered.
  if (engine_.is_waiting_for_quorum()) return {};
  EpochSeconds last;
  std::optional<EpochSeconds> due;
  engine_.between_blocks([&](registry::Application& sequencer) {
    last = sequencer.info().time;
    if (options_.next_due) due = options_.next_due();
  });
  if (now < last + options_.tick && !(due && *due <= now)) return {};
  if (now < last) return {};  // a clock that was set back: block time never is
  offered_ = now;
  TRY(engine_.tick(now));
  return {};
}

void HubKeeper::start() {
  CHECK(!thread_.joinable());
  thread_ = std::jthread([this](const std::stop_token& stop) { run(stop); });
}

void HubKeeper::stop() {
  if (!thread_.joinable()) return;
  desk_.stop();
  thread_.request_stop();
  thread_.join();
}

void HubKeeper::run(const std::stop_token& stop) {
  while (!stop.stop_requested() && !desk_.is_stopped()) {
    if (const Result<void> done = step(); !done && options_.report) options_.report(done.error());
    desk_.wait_for_news(kPause);
  }
}

}  // namespace engine
