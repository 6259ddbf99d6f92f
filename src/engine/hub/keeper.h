// What a hub does while nobody submits anything: gets an uncounted block its quorum, offers the newest
// checkpoint again so that its times stay fresh, publishes cosignatures that come late, and makes a block
// every ten minutes so that block time moves. Format: docs/formats/hub.md
#pragma once

#include <chrono>
#include <functional>
#include <optional>
#include <thread>

#include "base/clock.h"
#include "base/result.h"
#include "engine/embedded/embedded_engine.h"
#include "engine/hub/cosign_desk.h"

namespace engine {

struct KeeperOptions {
  const base::Clock* clock = nullptr;
  base::Seconds refresh{300};
  base::Seconds tick{600};
  /// The earliest moment at which the rules have something to do, if any: a block is made then. Called
  /// between two blocks.
  std::function<std::optional<base::EpochSeconds>()> next_due;
  /// Something went wrong and will be tried again. Called from the keeper's thread.
  std::function<void(const base::Error&)> report;
};

/// Order: create, then ( step* | start stop ).   Threads: step from one; start, stop from the owner.
class HubKeeper {
 public:
  /// All outlive the keeper.
  HubKeeper(EmbeddedEngine& engine, CosignDesk& desk, KeeperOptions options);
  ~HubKeeper();

  /// Does what is due now, without waiting longer than the desk's patience.
  /// Errors: those of publish_checkpoint and tick; all of them pass.
  base::Result<void> step();
  /// Steps on a thread of its own: at least once a second, at once when lines come in.
  void start();
  void stop();

 private:
  void run(const std::stop_token& stop);

  EmbeddedEngine& engine_;
  CosignDesk& desk_;
  KeeperOptions options_;
  base::EpochSeconds offered_;  // when the checkpoint was offered last
  std::jthread thread_;
};

}  // namespace engine
