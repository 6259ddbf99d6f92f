// A member's machine, or a mirror's: follows a hub. It takes what the hub proposes, checks that the leaves
// lead to the root that the hub signed, executes them itself, makes them durable, and only then cosigns; it
// publishes what counts by its policy, walking from policy to policy. What proves that the hub lied it
// writes down as evidence, and stops cosigning until its operator says otherwise. It also holds the hub to
// records that were handed in here. Crash story: docs/formats/hub.md, "Order of writes".
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "note/key.h"
#include "note/policy.h"
#include "note/proposed.h"
#include "replica/evidence_book.h"
#include "replica/hub_log.h"
#include "replica/hub_source.h"
#include "replica/pledges.h"
#include "replica/policy_keeper.h"
#include "replica/read_ahead.h"
#include "replica/replica.h"

namespace replica {

struct FollowerOptions {
  ReplicaOptions replica;
  std::string origin;
  std::string policy_file;      ///< read at the start, replaced as the policy is walked on
  std::string policies_folder;  ///< receives the steps
  std::string succeeded_file;   ///< receives the mark that the log has ended (storage/succession_memory.h)
  std::string member;           ///< handle; empty for a mirror
  /// The member's operator keys on this machine (type 0x04), those not yet or no longer in force as well.
  std::function<base::Result<std::vector<note::Signer>>()> operator_keys;
  base::Seconds patience{3'600};  ///< how long the hub may leave a pledged record off the log
  /// Further behind than this the log is read ahead (read_ahead.h): nearer, a block's own threads do, and a look at all
  /// parties' keys would cost more than it gives.
  std::uint64_t near_leaves = 8'192;
};

/// What one step did.
struct FollowerStep {
  bool advanced = false;   ///< blocks were executed
  bool cosigned = false;   ///< a cosignature was posted
  bool published = false;  ///< another checkpoint, or a fresher one, lies published here
  bool is_waiting =
      true;  ///< the hub kept us waiting for news; if not, the caller waits before the next step
};

struct FollowerStatus {
  registry::ApplicationInfo info;
  base::TreeSize counted;                   ///< of the checkpoint published here
  std::optional<base::EpochSeconds> as_of;  ///< the time for which it counts
  std::optional<std::string> halted;        ///< why it does not cosign
  std::size_t pledges = 0;
};

/// Threads: step and with_replica from one thread; hand_in and status from any.
/// Order: open, then step over and over. After an error for which must_reopen() holds: open again. All other
/// errors pass, and the caller waits a little before the next step.
class Follower {
 public:
  /// Opens the replica in its folders. A mirror without one founds it from the hub's first leaf, which must
  /// be the genesis that the policy names; a member's is founded by hand (docs/operations). Lifetime: keeps
  /// a reference to the source.
  /// Errors: those of Replica and of PolicyKeeper; kWrongGenesis; those of the source.
  static base::Result<std::unique_ptr<Follower>> open(FollowerOptions options, HubSource& source);

  /// One round: asks the hub (waiting up to `wait` for news), mirrors what counts, cosigns what is right.
  /// Errors: kHubUnreachable; kBadProposal (what it says makes no sense, yet proves nothing); kNotSound
  /// (evidence was written; detail: its path); kSucceeded (the hub shows that this log has ended; no later step
  /// does more); kWrongTime, kLateEffects; those of the disk; kMustReopen.
  base::Result<FollowerStep> step(base::Seconds wait);

  /// A record that was handed in here: checked, kept durably, forwarded to the hub, and the hub held to it.
  /// `annex`: the text of its annex's file. Errors: the rules' refusal; kNothingCounts; those of the disk; kMustReopen
  /// (as step); kHubUnreachable (it is kept, and forwarded again by step).
  base::Result<void> hand_in(const std::string& leaf, const std::optional<std::string>& annex);

  FollowerStatus status() const;
  bool must_reopen() const { return is_broken_; }
  std::string evidence_folder() const { return evidence_.folder(); }
  /// For what is done between two steps (snapshots).
  base::Result<void> with_replica(const std::function<base::Result<void>(Replica&)>& work);

 private:
  Follower(FollowerOptions options, HubSource& source, PolicyKeeper policy, PledgeBook pledges);

  // A checkpoint that bears the log key's signature, and its text.
  struct Signed {
    std::string text;
    note::Checkpoint checkpoint;
  };
  // Leaves of the block that is being read, and those that were executed and are not durable yet.
  struct Batch {
    std::vector<ReadLeaf> leaves;
    std::vector<std::vector<ReadLeaf>> spent;  // executed
    std::uint64_t uncommitted_bytes = 0;
    std::vector<record::RecordId> ids;  // of records that may be pledged
  };

  base::Result<void> found_from_hub();
  base::Result<void> load_kept();
  base::Result<void> strike_known();
  base::Result<Signed> parse_signed(std::string text) const;
  base::Result<std::optional<note::Proposed>> ask(base::Seconds wait, FollowerStep& done);

  base::Result<void> mirror(FollowerStep& done);
  base::Result<void> publish(const Signed& counted, const note::CheckedCheckpoint& checked,
                             FollowerStep& done);
  base::Result<void> advance(const Signed& counted, FollowerStep& done);
  base::Result<void> read_near(const Signed& counted, const HubLog& hub, Batch& batch);
  base::Result<void> read_far(const Signed& counted, const HubLog& hub, Batch& batch);
  base::Result<void> take_leaf(const Signed& counted, const HubLog& hub, Batch& batch, base::LeafIndex index,
                               ReadLeaf leaf);
  base::Result<void> take_block(const Signed& signed_by, const HubLog& hub, Batch& batch);
  base::Result<void> commit(Batch& batch);

  base::Result<void> consider(const note::Proposed& proposed, FollowerStep& done);
  base::Result<void> execute_offered(const Signed& offered);
  base::Result<std::vector<std::string>> fetch_block(const HubLog& hub);
  base::Result<void> check_clock(const Signed& offered, const HubLog& hub,
                                 const std::vector<std::string>& leaves);
  base::Result<void> cosign(const Signed& offered, FollowerStep& done);

  base::Result<void> compare(const Signed& seen);
  base::Result<void> compare_with(const Signed& held, const Signed& seen);
  base::Result<std::optional<HubLog::Prefix>> prefix_in(const Signed& large, base::TreeSize size);
  base::Result<void> check_times(const Signed& small, const Signed& large);
  std::vector<Signed> held() const;
  base::Result<base::Hash> own_root_at(base::TreeSize size) const;

  base::Result<void> hold_to_pledges();
  base::Result<void> hold_to(const record::RecordId& id, const Pledge& pledge);
  // Write evidence down, after trying it as others will. If it halts, the error is kNotSound.
  base::Result<void> accuse(verify::Evidence evidence, const std::string& reason, Verdict verdict);
  base::Result<void> accuse_leaf(verify::EvidenceKind kind, const Signed& signed_by, const HubLog& hub,
                                 const Offence& offence, std::vector<std::string> leaves,
                                 base::TreeSize before);

  base::Files& files() const { return *options_.replica.files; }
  std::string offered_path() const { return options_.replica.own_folder + "/offered"; }

  FollowerOptions options_;
  HubSource& source_;
  PolicyKeeper policy_;
  EvidenceBook evidence_;
  std::mutex forwarding_;
  mutable std::mutex mutex_;  // the replica's state, the pledges, and what status() shows
  std::unique_ptr<Replica> replica_;
  PledgeBook pledges_;
  std::map<record::RecordId, base::EpochSeconds> forwarded_;
  std::optional<Signed> published_;  // what lies published here
  std::optional<Signed> offered_;    // the last that the hub signed and this replica relied upon
  std::optional<base::EpochSeconds> as_of_;
  std::optional<std::string> halted_;
  std::optional<note::Round> after_;
  std::optional<std::pair<note::Offer, std::string>> answered_;
  std::optional<base::EpochSeconds> late_taken_;
  bool is_broken_ = false;  // written by step, under mutex_
};

inline constexpr base::ErrorKind kBadProposal{"bad-proposal", base::Category::kUnavailable,
                                              "docs/formats/hub.md"};
inline constexpr base::ErrorKind kNotSound{"not-sound", base::Category::kDenied, "docs/formats/evidence.md"};
inline constexpr base::ErrorKind kWrongGenesis{"wrong-genesis", base::Category::kDenied,
                                               "docs/formats/hub.md"};
inline constexpr base::ErrorKind kNothingCounts{"nothing-counts", base::Category::kUnavailable,
                                                "docs/formats/hub.md"};
inline constexpr base::ErrorKind kMustReopen{"must-reopen", base::Category::kUnavailable,
                                             "docs/formats/hub.md"};
inline constexpr base::ErrorKind kNoBlockEnd{"no-block-end", base::Category::kCorrupt, "docs/formats/log.md"};

}  // namespace replica
