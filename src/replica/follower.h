// A member's machine, or a mirror's: follows a hub. It takes what the hub proposes, checks that the leaves
// lead to the root that the hub signed, executes them itself, makes them durable, and only then cosigns; it
// publishes what counts by its policy, walking from policy to policy. What proves that the hub lied it
// writes down as evidence, and stops cosigning until its operator says otherwise. It also holds the hub to
// records that were handed in here. Crash story: docs/formats/hub.md, "order of writes".
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/files.h"
#include "base/result.h"
#include "note/key.h"
#include "note/policy.h"
#include "note/proposed.h"
#include "replica/hub_source.h"
#include "replica/pledges.h"
#include "replica/replica.h"
#include "storage/annex_store.h"
#include "verify/evidence.h"

namespace replica {

struct FollowerOptions {
  ReplicaOptions replica;
  std::string origin;
  std::string policy_file;      ///< read at the start, replaced as the policy is walked on
  std::string policies_folder;  ///< receives the steps
  std::string member;           ///< handle; empty for a mirror
  /// The operator key to cosign with in this state; nothing while the member has none in force. Empty for a
  /// mirror.
  std::function<base::Result<std::optional<note::Signer>>(const charter::State&)> choose_key;
  base::Seconds patience{3'600};  ///< how long the hub may leave a pledged record off the log
};

/// What one step did.
struct FollowerStep {
  bool advanced = false;   ///< blocks were executed
  bool cosigned = false;   ///< a cosignature was posted
  bool published = false;  ///< another checkpoint counts here now
  /// Evidence written in this step: its path.
  std::optional<std::string> evidence;
};

struct FollowerStatus {
  registry::ApplicationInfo info;
  base::TreeSize counted;                   ///< of the checkpoint published here
  std::optional<base::EpochSeconds> as_of;  ///< the time for which it counts
  std::optional<std::string> halted;        ///< why it does not cosign
  std::size_t pledges = 0;
};

/// Threads: step from one thread; hand_in and status from any.
/// Order: open, then step over and over. An error that says so (must_reopen) asks for open again; all others
/// pass, and the caller waits a little before the next step.
class Follower {
 public:
  /// Opens the replica in its folders. A folder without one is founded from the hub's first leaf, which must
  /// be the genesis that the policy names; nothing is believed before.
  /// Errors: kBadPolicy and its kin (the policy needs our header), those of Replica; kWrongGenesis.
  static base::Result<std::unique_ptr<Follower>> open(FollowerOptions options, HubSource& source);

  /// One round: asks the hub (waiting up to `wait` for news), mirrors what counts, cosigns what is right.
  /// Errors: kHubUnreachable; kBadProposal (what it says makes no sense, yet proves nothing); kNotSound
  /// (evidence was written; detail: its path); those of the disk and of the rules.
  base::Result<FollowerStep> step(base::Seconds wait);

  /// A record that was handed in here: checked, kept durably, forwarded to the hub, and the hub held to it.
  /// Errors: the rules' refusal; those of the disk; kHubUnreachable (it is kept and forwarded later).
  base::Result<void> hand_in(const std::string& leaf, const std::optional<std::string>& annex);

  FollowerStatus status() const;
  /// After an error of execution or of the disk the replica in memory is not the one on disk any more.
  bool must_reopen() const;
  /// Where the evidence lies.
  std::string evidence_folder() const { return options_.replica.own_folder + "/evidence"; }
  /// For what may be done between two steps (snapshots).
  base::Result<void> with_replica(const std::function<base::Result<void>(Replica&)>& work);

 private:
  Follower(FollowerOptions options, HubSource& source) : options_(std::move(options)), source_(source) {}

  FollowerOptions options_;
  HubSource& source_;
  mutable std::mutex mutex_;
  std::unique_ptr<Replica> replica_;
};

/// Lets a member that wrote evidence cosign again: its operator has looked into it.
/// Errors: kNotHalted.
base::Result<void> resume_cosigning(base::Files& files, const std::string& own_folder);
/// Why this replica does not cosign; nothing if it does.
base::Result<std::optional<std::string>> halted_reason(const base::Files& files,
                                                       const std::string& own_folder);

inline constexpr base::ErrorKind kBadProposal{"bad-proposal", base::Category::kUnavailable,
                                              "docs/formats/hub.md"};
inline constexpr base::ErrorKind kNotSound{"not-sound", base::Category::kDenied, "docs/formats/evidence.md"};
inline constexpr base::ErrorKind kWrongGenesis{"wrong-genesis", base::Category::kDenied,
                                               "docs/formats/hub.md"};
inline constexpr base::ErrorKind kNotHalted{"not-halted", base::Category::kNotFound, "docs/formats/hub.md"};

}  // namespace replica
