// Members' replicas around an embedded engine, each with its own folders on one disk, all in this process:
// what the tests of replica, engine, audit and the simulation sit at. Keys come from the cast's labels. A
// Table is one life of the process: it opens (or founds) every replica, brings those that are behind up to
// the first one's log, and publishes what a crash left unpublished, as the program does.
#pragma once

#include <atomic>
#include <memory>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/files.h"
#include "base/result.h"
#include "engine/embedded/embedded_engine.h"
#include "note/policy.h"
#include "replica/replica.h"
#include "support/actors.h"

namespace sim {

/// A clock that stands until it is moved.   Threads: any.
class StandingClock final : public base::Clock {
 public:
  explicit StandingClock(base::EpochSeconds start) : now_(start.value()) {}
  base::EpochSeconds now() const override { return base::EpochSeconds(now_.load()); }
  void move_to(base::EpochSeconds time) { now_ = time.value(); }

 private:
  std::atomic<std::uint64_t> now_;
};

note::Signer log_signer();
/// Of type 0x04, with the key of this label.
note::Signer cosigner(const std::string& handle, const std::string& label);
/// What readers hold who know the state's cosigners.
note::Policy policy_of(const charter::State& state);
replica::ReplicaOptions folders_of(base::Files& files, const base::Clock& clock, const std::string& handle);
/// Opens the replica in the member's folders, or founds it; seats it with the operator key in force.
base::Result<std::unique_ptr<replica::Replica>> open_replica(const replica::ReplicaOptions& options,
                                                             const actors::Cast& cast,
                                                             const std::string& handle);

/// Order: open, then anything.   Threads: one, but for the engine's own.
class Table {
 public:
  using Published = std::function<base::Result<void>(const std::string&)>;
  Table(base::Files& files, StandingClock& clock, actors::Cast& cast)
      : files_(files), clock_(clock), cast_(cast) {}

  /// The first handle is the sequencer's. A replica that cannot follow stays away and is named in absent().
  /// Everything runs on this thread, so that a run repeats exactly.
  base::Result<void> open(const std::vector<std::string>& handles, const Published& published = nullptr);

  std::vector<base::Result<registry::Submission>> submit(std::vector<std::string> leaves) {
    return engine_->submit(std::move(leaves));
  }
  std::vector<base::Result<registry::Submission>> submit(const std::vector<actors::Draft>& drafts);
  /// As the program's `advance`: stops at each due moment on the way.
  base::Result<void> advance_to(base::EpochSeconds time);
  base::Result<void> store_snapshots();

  engine::EmbeddedEngine& engine() { return *engine_; }
  replica::Replica& replica(std::size_t seat) { return *replicas_[seat]; }
  std::size_t seats() const { return replicas_.size(); }
  const std::string& handle(std::size_t seat) const { return handles_[seat]; }
  const registry::Registry& registry() const { return replicas_.front()->registry(); }
  const std::vector<std::string>& absent() const { return absent_; }

 private:
  void reseat(std::size_t seat);

  base::Files& files_;
  StandingClock& clock_;
  actors::Cast& cast_;
  std::vector<std::unique_ptr<replica::Replica>> replicas_;
  std::vector<std::string> handles_;
  std::vector<std::string> absent_;
  std::unique_ptr<engine::EmbeddedEngine> engine_;
};

}  // namespace sim
