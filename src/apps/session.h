// Writing to a registry's folder: the lock, one replica a member, the embedded engine over them, and what has
// to follow a block (the policy, its steps, snapshots). Reading needs none of this: see apps/reading.h.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "apps/operator_keys.h"
#include "apps/redactions.h"
#include "apps/registry_folder.h"
#include "apps/zone_output.h"
#include "base/clock.h"
#include "base/files.h"
#include "base/result.h"
#include "engine/embedded/embedded_engine.h"
#include "replica/replica.h"

namespace apps {

class Session;

/// How `comity serve` opens a session; every other verb leaves it as it is.
struct SessionOptions {
  unsigned threads = 1;
  /// The folder may be that of a hub, whose other members run elsewhere and answer here.
  engine::RemoteCosigners* remote = nullptr;
  /// Called after each published checkpoint, once the policy is written, on the thread that published it.
  std::function<void()> published = {};
  /// Called at each stop of `advance`: what members do when something has become due.
  std::function<void(Session&)> settled = {};
  /// Told why a published zone could not be written; without it, warnings() say so.
  std::function<void(const base::Error&)> zone_trouble = {};
  /// Zone signatures that this process has verified: all its members share them. Null: made with `threads`.
  std::shared_ptr<publish::VerifiedSignatures> verified = {};
};

/// Order: open, then submit and advance in any order, then close.   Threads: one.
class Session {
 public:
  /// Locks the folder, loads every member's replica whose operator key lies in it, brings those that are
  /// behind up to the sequencer's, and publishes a block that a crash left unpublished. Errors: kGoesToHub (the
  /// folder is one member's of several, and nothing in `options` speaks to the others), base::kFileLocked;
  /// those of load and replay.
  static base::Result<std::unique_ptr<Session>> open(base::Files& files, std::string dir,
                                                     SessionOptions options);

  std::vector<base::Result<registry::Submission>> submit(std::vector<std::string> leaves);
  /// Moves virtual time, stopping at each due moment on the way. Errors: kRealClock.
  base::Result<void> advance(base::Seconds duration);
  /// Snapshots if the tail has grown long, and the clock. Later calls are refused.
  base::Result<void> close();

  /// Erases the annexes that redactions ordered since the last call name; a start does it for what a crash
  /// left.
  base::Result<void> apply_redactions();
  /// Writes snapshots where a start would have to replay more than `tail_max` leaves. Between two blocks.
  base::Result<void> store_long_tails(std::uint64_t tail_max);
  /// For what a hub does beside submitting (engine/hub/keeper.h).
  engine::EmbeddedEngine& engine() { return *engine_; }

  const registry::Registry& registry() const { return sequencer().registry(); }
  const replica::Replica& sequencer() const { return *replicas_.front(); }
  const RegistryFolder& folder() const { return folder_; }
  const base::Clock& clock() const { return *clock_; }
  base::Files& files() const { return *files_; }
  std::vector<engine::EmbeddedEngine::StoppedSeat> stopped() const { return engine_->stopped(); }
  /// What start-up had to pass over or found out of place.
  const std::vector<std::string>& warnings() const { return warnings_; }

 private:
  Session() = default;
  base::Result<void> open_replicas();
  base::Result<void> open_seat(const std::string& member, OperatorKeys& keys);
  base::Result<void> start_engine();
  base::Result<void> after_checkpoint(const std::string& checkpoint);
  base::Result<void> store_clock();
  void write_zones();

  base::Files* files_ = nullptr;
  SessionOptions options_;
  RegistryFolder folder_;
  std::unique_ptr<base::FileLock> lock_;
  std::unique_ptr<base::Clock> clock_;
  std::vector<std::unique_ptr<replica::Replica>> replicas_;  // the sequencer's first
  std::vector<std::string> members_;                         // handles, beside replicas_
  std::unique_ptr<engine::EmbeddedEngine> engine_;
  note::VerifierKey log_key_;
  base::Epoch policy_epoch_;
  std::optional<Redactions> redactions_;
  std::optional<ZoneOutput> zones_;
  std::vector<std::string> warnings_;
};

inline constexpr base::ErrorKind kGoesToHub{"goes-to-hub", base::Category::kDenied,
                                            "docs/operations/founding.md"};
inline constexpr base::ErrorKind kRealClock{"real-clock", base::Category::kDenied,
                                            "docs/operations/demo-registry.md"};

}  // namespace apps
