#include "audit/evidence.h"

#include <algorithm>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "audit/fsck.h"
#include "base/check.h"
#include "base/limits.h"
#include "codec/base64.h"
#include "codec/time_text.h"
#include "merkle/log_tree.h"
#include "note/checkpoint.h"
#include "record/kind_table.h"
#include "record/record.h"
#include "registry/replay.h"

namespace audit {

using base::Result;
using base::TreeSize;
using record::Record;
using verify::Evidence;
using verify::EvidenceVerdict;
using verify::kNotEvidence;
using verify::Standing;

namespace {

/// Effects may be late by this much (docs/formats/records.md, block records).
constexpr base::Seconds kLateMax{3'600};

std::string leaf_name(std::uint64_t index) {
  return "leaf " + std::to_string(index);
}

Result<note::Checkpoint> checkpoint_of(const std::string& text) {
  ASSIGN_OR_RETURN(const note::SignedCheckpoint parsed, note::parse_signed_checkpoint(text));
  return parsed.checkpoint;
}

Result<void> check_long_enough(const storage::LogFolder& log, TreeSize size) {
  if (log.size() >= size) return {};
  return base::fail(kLogTooShort, std::to_string(log.size().value()) + " leaves, " +
                                      std::to_string(size.value()) + " are needed");
}

Result<void> check_is_of(const storage::LogFolder& log, const note::Checkpoint& checkpoint) {
  TRY(check_long_enough(log, checkpoint.size));
  ASSIGN_OR_RETURN(const base::Hash root, merkle::root_from_tiles(checkpoint.size, log));
  if (root == checkpoint.root) return {};
  return base::fail(kNotEvidence, "the log at hand is another one than the checkpoint's of size " +
                                      std::to_string(checkpoint.size.value()));
}

// The state after the first `size` leaves, which end with a block.
Result<registry::Registry> replay_to(const storage::LogFolder& log, TreeSize size,
                                     const std::string& origin) {
  TRY(check_long_enough(log, size));
  ASSIGN_OR_RETURN(const base::Hash root, merkle::root_from_tiles(size, log));
  FsckOptions options;
  options.trust = Trust::kCheckpoint;
  ASSIGN_OR_RETURN(FsckReport report, check_log(log.at(size), {origin, size, root}, options));
  return std::move(report.registry);
}

// The leaves of one block from `evidence.before` on: from the evidence, or from a log that has them all.
Result<std::vector<std::string>> block_leaves(const Evidence& evidence, const note::Checkpoint& checkpoint,
                                              const storage::LogFolder& log) {
  if (verify::holds_whole_block(evidence, checkpoint)) {
    // verify_evidence has seen to it that the proof holds one root for each bit.
    merkle::Frontier named;
    std::size_t next = 0;
    for (unsigned height = 62; height-- > 0;) {
      if (((evidence.before.value() >> height) & 1U) == 0) continue;
      CHECK(next < evidence.proof.size());
      named.append_subtree(height, evidence.proof[next++]);
    }
    TRY(check_is_of(log, {evidence.origin, evidence.before, named.root()}));
    return evidence.leaves;
  }
  TRY(check_is_of(log, checkpoint));
  const std::uint64_t end =
      std::min(checkpoint.size.value(), evidence.before.value() + base::kBlockRecordsMax + 1);
  std::vector<std::string> leaves;
  TRY(log.read_leaves(base::LeafIndex(evidence.before.value()), base::LeafIndex(end),
                      [&](base::LeafIndex, base::ByteView leaf) -> Result<void> {
                        const bool is_over = !leaves.empty() && registry::is_block_record(leaves.back());
                        if (!is_over) leaves.emplace_back(base::as_text(leaf));
                        return {};
                      }));
  return leaves;
}

struct Found {
  std::size_t position;  ///< in the block's leaves
  std::string reason;
};

std::optional<std::string> block_offence(const registry::Registry& registry, const Record& block,
                                         const std::vector<std::string>& leaves) {
  const auto fields = block.block();
  CHECK(fields);
  std::size_t bytes = 0;
  for (std::size_t i = 0; i + 1 < leaves.size(); ++i) bytes += leaves[i].size();
  if (fields->height != registry.height().next()) return "its height does not follow";
  if (fields->time < registry.time()) return "its time goes back";
  if (fields->time > record::kBlockTimeMax) return "no block stands so late";
  if (leaves.size() > base::kBlockRecordsMax + 1) return "more than 4,096 records";
  if (bytes > base::kBlockBytesMax) return "more than 16 MiB of records";
  return std::nullopt;
}

// What the rules refuse first in this block, as a replica would find it; nothing if they allow it.
std::optional<Found> find_offence(registry::Registry& registry, const std::vector<std::string>& leaves) {
  const std::size_t last = leaves.size() - 1;
  if (!registry::is_block_record(leaves[last])) return Found{last, "a block record should stand here"};
  const auto block = Record::parse(std::string_view(leaves[last]));
  if (!block) return Found{last, block.error().message()};
  if (auto offence = block_offence(registry, *block, leaves)) return Found{last, std::move(*offence)};
  registry.begin_block(block->block()->time);
  charter::DirectChecker checker;
  for (std::size_t i = 0; i < last; ++i) {
    const auto record = Record::parse(std::string_view(leaves[i]));
    if (!record) return Found{i, record.error().message()};
    if (const auto applied = registry.apply(*record, checker); !applied)
      return Found{i, applied.error().message()};
  }
  if (registry.end_block() == leaves[last]) return std::nullopt;
  return Found{last, "the rules give another block record"};
}

Result<EvidenceVerdict> confirm_broken_rule(EvidenceVerdict verdict, const storage::LogFolder& log) {
  const Evidence& evidence = verdict.evidence;
  ASSIGN_OR_RETURN(const note::Checkpoint checkpoint, checkpoint_of(evidence.first));
  ASSIGN_OR_RETURN(const std::vector<std::string> leaves, block_leaves(evidence, checkpoint, log));
  ASSIGN_OR_RETURN(registry::Registry registry, replay_to(log, evidence.before, evidence.origin));
  const std::optional<Found> found = find_offence(registry, leaves);
  if (!found) return base::fail(kNotEvidence, "the rules allow this block");
  const std::uint64_t refused = evidence.before.value() + found->position;
  if (refused != evidence.offending.value()) {
    return base::fail(kNotEvidence, leaf_name(refused) + " is refused first: " + found->reason);
  }
  verdict.claim += "; replayed: " + found->reason;
  verdict.standing = Standing::kProven;
  return verdict;
}

Result<EvidenceVerdict> confirm_late_effects(EvidenceVerdict verdict, const storage::LogFolder& log) {
  const Evidence& evidence = verdict.evidence;
  ASSIGN_OR_RETURN(const note::Checkpoint checkpoint, checkpoint_of(evidence.first));
  ASSIGN_OR_RETURN(const std::vector<std::string> leaves, block_leaves(evidence, checkpoint, log));
  ASSIGN_OR_RETURN(const Record block, Record::parse(std::string_view(leaves.back())));
  if (!block.block()) return base::fail(kNotEvidence, "the block has no end");
  ASSIGN_OR_RETURN(const registry::Registry registry, replay_to(log, evidence.before, evidence.origin));
  const auto due = registry.next_due();
  if (!due || *due <= block.block()->time) return base::fail(kNotEvidence, "nothing was left undone");
  if (*due + kLateMax > evidence.observed)
    return base::fail(kNotEvidence, "by the writer's own clock it was not late");
  verdict.claim += "; replayed: due at " + codec::serialize_time(*due);
  const bool is_signed_late = verdict.cosigned && *due + kLateMax <= *verdict.cosigned;
  verdict.standing = is_signed_late ? Standing::kProven : Standing::kWitnessed;
  return verdict;
}

Result<EvidenceVerdict> confirm_held_back(EvidenceVerdict verdict, const storage::LogFolder& log) {
  const Evidence& evidence = verdict.evidence;
  ASSIGN_OR_RETURN(const Record record, Record::parse(std::string_view(evidence.leaves.front())));
  ASSIGN_OR_RETURN(const note::Checkpoint first, checkpoint_of(evidence.first));
  ASSIGN_OR_RETURN(const note::Checkpoint second, checkpoint_of(evidence.second));
  TRY(check_is_of(log, first));
  TRY(check_is_of(log, second));
  TRY(log.read_leaves(base::LeafIndex(0), base::LeafIndex(second.size.value()),
                      [&](base::LeafIndex index, base::ByteView leaf) -> Result<void> {
                        const auto there = Record::parse(base::as_text(leaf));
                        if (!there || there->id() != record.id()) return {};
                        return base::fail(kNotEvidence, "it is " + leaf_name(index.value()));
                      }));
  charter::DirectChecker checker;
  for (const TreeSize size : {first.size, second.size}) {
    ASSIGN_OR_RETURN(const registry::Registry registry, replay_to(log, size, evidence.origin));
    // What came after a block that changed the cosigners waited for the next; nobody is accused over such a block.
    const Result<void> valid = size == second.size ? registry.charter().check(record, checker)
                                                   : registry.charter().check_for_next_block(record, checker);
    if (valid) continue;
    return base::fail(kNotEvidence, "at size " + std::to_string(size.value()) +
                                        " the rules refuse it: " + valid.error().message());
  }
  verdict.claim += "; replayed: the rules would have taken it";
  verdict.standing = Standing::kWitnessed;
  return verdict;
}

}  // namespace

Result<EvidenceVerdict> confirm_evidence(EvidenceVerdict verdict, const storage::LogFolder& log) {
  if (verdict.standing != Standing::kNeedsLog) return verdict;
  switch (verdict.evidence.kind) {
    case verify::EvidenceKind::kBrokenRule:
      return confirm_broken_rule(std::move(verdict), log);
    case verify::EvidenceKind::kWrongTime:
      return confirm_late_effects(std::move(verdict), log);
    case verify::EvidenceKind::kHeldBack:
      return confirm_held_back(std::move(verdict), log);
    case verify::EvidenceKind::kFork:
    case verify::EvidenceKind::kRollback:
      break;
  }
  return verdict;
}

}  // namespace audit
