// The policy by which a follower judges what counts, and its walk to the next one: each step is proven by the
// policy before (verify/policy_chain.h), then kept, then the policy replaced. A crash in between leaves the
// older policy, and the step is walked again. Where the next step leads to a successor the walk of this log is over:
// that is written down for good, and the folder is a mirror of what was.
// Format: docs/formats/receipts.md#policy-chain
#pragma once

#include <string>

#include "base/files.h"
#include "base/result.h"
#include "note/policy.h"
#include "replica/hub_source.h"

namespace replica {

/// Threads: one.   Lifetime: keeps a reference to the Files.
class PolicyKeeper {
 public:
  struct Places {
    std::string policy_file;
    std::string policies_folder;
    std::string succeeded_file;  ///< storage/succession_memory.h
  };
  /// Errors: base::kFileMissing, note::kBadPolicy (one from elsewhere, without our header, or of another
  /// origin).
  static base::Result<PolicyKeeper> open(base::Files& files, Places places, const std::string& origin);

  const note::Policy& policy() const { return policy_; }
  /// The log's own key.
  const note::VerifierKey& log_key() const { return policy_.logs.front().key; }
  /// Judges a checkpoint; if it does not count yet, walks as far as `source` has steps and it counts.
  /// Errors: those of note::check_checkpoint and of verify::take_step, kHubUnreachable, those of Files; kSucceeded
  /// (the log has ended; the step to its successor lies in the folder of the steps).
  base::Result<note::CheckedCheckpoint> check(std::string_view checkpoint, HubSource& source);
  /// Walks on to the policy of this epoch, which the state names already, as far as `source` has the steps: an old
  /// policy may count new checkpoints for long, but readers of this folder take theirs from here.
  /// Errors: as of check.
  base::Result<void> walk_to(base::Epoch epoch, HubSource& source);
  /// Walks as far as `source` has steps: it shows another log than this one.   Errors: as of check.
  base::Result<void> walk_on(HubSource& source);
  /// The same with a step from elsewhere.   Errors: as of check.
  base::Result<void> walk(std::string_view step);

 private:
  base::Result<bool> take_step(HubSource& source);  // false: there is none
  PolicyKeeper(base::Files& files, Places places) : files_(&files), places_(std::move(places)) {}
  base::Result<void> store_step(base::Epoch epoch, std::string_view step);

  base::Files* files_;
  Places places_;
  note::Policy policy_;
};

inline constexpr base::ErrorKind kSucceeded{"succeeded", base::Category::kDenied,
                                            "docs/operations/successor.md"};

}  // namespace replica
