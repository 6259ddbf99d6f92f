// What a member's own state says is to be signed with group keys now, and what becomes of the signatures: the log's
// group key signs the published checkpoint, whose text then bears its line; zones' keys sign what releases wait for.
// Every member makes the same jobs from the same log, so a coordinator has nobody sign anything. Format: docs/formats/rounds.md, "What is signed"
#pragma once

#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "charter/state.h"
#include "note/checkpoint.h"
#include "note/key.h"
#include "registry/open_batch.h"
#include "registry/registry.h"
#include "replica/signing_part.h"

namespace replica {

/// The log's group key as a client is given it: the log's name, and the one key of use `log` that is active.
std::optional<note::VerifierKey> log_group_key(const charter::State& state);

/// A line for a checkpoint that is published.
struct LogLine {
  std::string body;  ///< of the checkpoint
  std::string line;  ///< with LF
};

/// The record that shows a wrong share to everybody.   Errors: record::kBadRecord.
base::Result<std::string> evidence_leaf(const charter::State& state, const charter::ShareProof& proof,
                                        const std::string& member, const note::Signer& signer,
                                        base::EpochSeconds now);

/// Threads: one.
class RoundJobs {
 public:
  /// `checkpoint`: the published one, under which `registry` stands. `log_begins`: kHere for whoever publishes it.
  /// Cost: nothing if nothing has changed since the last call.
  void look(const registry::Registry& registry, std::string_view checkpoint, Begins log_begins);
  std::span<const SigningJob> jobs() const { return jobs_; }

  /// The line that these signatures are, if they are for the checkpoint.
  std::optional<LogLine> log_line(const JobSignatures& done) const;
  /// The records that bring these signatures to the log, if that is where they belong.   Errors: record::kBadRecord.
  base::Result<std::vector<std::string>> leaves(const registry::Registry& registry, const JobSignatures& done,
                                                const std::string& member, const note::Signer& signer,
                                                base::EpochSeconds now);

 private:
  // Where a job's signatures belong.
  struct Place {
    base::Hash batch;
    std::vector<std::uint64_t> positions;
  };
  void add_zone_jobs(const registry::Registry& registry);
  void remember_verified(const registry::Registry& registry, const JobSignatures& done) const;

  std::string seen_;
  std::vector<SigningJob> jobs_;
  std::optional<base::Hash> log_job_;
  std::string log_body_;
  std::optional<note::VerifierKey> log_key_;
  std::map<base::Hash, Place> places_;                       // by job
  std::map<base::Hash, registry::OpenBatch> batches_;        // by the batch's hash
  std::map<base::Hash, registry::PlacedSignatures> placed_;  // what is there of each: jobs share pieces
};

}  // namespace replica
