#include "verify/evidence.h"

#include <algorithm>
#include <array>
#include <optional>
#include <utility>

#include "base/check.h"
#include "base/limits.h"
#include "codec/base64.h"
#include "codec/time_text.h"
#include "merkle/log_tree.h"
#include "record/record.h"
#include "verify/line_reader.h"
#include "verify/receipt.h"

namespace verify {
namespace {

using base::Result;

constexpr std::string_view kHead = "comity/1 evidence ";
/// The rule of a block that is ahead of the clocks; the other one of kWrongTime is that effects are late.
constexpr std::string_view kAheadRule = "wrong-time";
constexpr std::size_t kReasonBytesMax = 1'024;
constexpr std::size_t kRuleBytesMax = 64;
constexpr std::size_t kHashesMax = 128;

constexpr std::array kKinds = {EvidenceKind::kFork, EvidenceKind::kRollback, EvidenceKind::kBrokenRule,
                               EvidenceKind::kWrongTime, EvidenceKind::kHeldBack};

bool is_about_leaf(EvidenceKind kind) {
  return kind == EvidenceKind::kBrokenRule || kind == EvidenceKind::kWrongTime;
}

bool has_second(EvidenceKind kind) {
  return !is_about_leaf(kind);
}

bool is_printable(char letter) {
  return letter >= 0x20 && letter <= 0x7E;
}

Result<base::EpochSeconds> take_time(LineReader& lines, std::string_view name) {
  ASSIGN_OR_RETURN(const std::string_view value, lines.take_value(name));
  const auto time = codec::parse_time(value);
  if (!time) return lines.refuse(time.error().message());
  return *time;
}

Result<base::Hash> take_hash(LineReader& lines, std::string_view name) {
  ASSIGN_OR_RETURN(const std::string_view value, lines.take_value(name));
  const auto hash = codec::parse_base64_hash(value);
  if (!hash) return lines.refuse(hash.error().message());
  return *hash;
}

Result<void> take_proof(LineReader& lines, Evidence& evidence) {
  while (lines.is_next("hash: ")) {
    if (evidence.proof.size() == kHashesMax) return lines.refuse("too many hashes");
    ASSIGN_OR_RETURN(const base::Hash hash, take_hash(lines, "hash"));
    evidence.proof.push_back(hash);
  }
  return {};
}

Result<void> take_rule(LineReader& lines, Evidence& evidence) {
  ASSIGN_OR_RETURN(const std::string_view rule, lines.take_value("rule"));
  const auto is_letter = [](char letter) { return (letter >= 'a' && letter <= 'z') || letter == '-'; };
  if (rule.size() > kRuleBytesMax || !std::ranges::all_of(rule, is_letter)) {
    return lines.refuse("the name of a rule expected");
  }
  evidence.rule = rule;
  ASSIGN_OR_RETURN(const std::uint64_t before, lines.take_number("before", base::kTreeSizeMax));
  ASSIGN_OR_RETURN(const std::uint64_t offending, lines.take_number("offending", base::kTreeSizeMax));
  evidence.before = base::TreeSize(before);
  evidence.offending = base::LeafIndex(offending);
  return take_proof(lines, evidence);
}

Result<void> take_claim(LineReader& lines, Evidence& evidence) {
  switch (evidence.kind) {
    case EvidenceKind::kFork: {
      if (!lines.is_next("implied: ")) return {};
      ASSIGN_OR_RETURN(evidence.implied, take_hash(lines, "implied"));
      return take_proof(lines, evidence);
    }
    case EvidenceKind::kRollback: {
      ASSIGN_OR_RETURN(evidence.cosigner, lines.take_value("cosigner"));
      return {};
    }
    case EvidenceKind::kBrokenRule:
    case EvidenceKind::kWrongTime:
      return take_rule(lines, evidence);
    case EvidenceKind::kHeldBack: {
      ASSIGN_OR_RETURN(evidence.since, take_time(lines, "since"));
      return {};
    }
  }
  return {};
}

Result<std::string> take_part(LineReader& lines, std::string_view name, std::size_t bytes_max) {
  ASSIGN_OR_RETURN(const std::uint64_t bytes, lines.take_number(name, base::kTreeSizeMax));
  if (bytes > bytes_max) return lines.refuse("too long");
  ASSIGN_OR_RETURN(const std::string_view part, lines.take_bytes(bytes));
  return std::string(part);
}

Result<void> take_parts(LineReader& lines, Evidence& evidence) {
  ASSIGN_OR_RETURN(evidence.first, take_part(lines, "checkpoint", base::kCheckpointBytesMax));
  if (has_second(evidence.kind)) {
    ASSIGN_OR_RETURN(evidence.second, take_part(lines, "checkpoint", base::kCheckpointBytesMax));
  }
  while (lines.is_next("leaf: ")) {
    if (evidence.leaves.size() > base::kBlockRecordsMax) return lines.refuse("too many leaves");
    ASSIGN_OR_RETURN(std::string leaf, take_part(lines, "leaf", base::kRecordBytesMax));
    evidence.leaves.push_back(std::move(leaf));
  }
  const bool wants_leaf = is_about_leaf(evidence.kind) || evidence.kind == EvidenceKind::kHeldBack;
  if (wants_leaf == evidence.leaves.empty())
    return lines.refuse(wants_leaf ? "a leaf expected" : "no leaf expected");
  if (evidence.kind == EvidenceKind::kHeldBack && evidence.leaves.size() != 1) {
    return lines.refuse("one record expected");
  }
  if (!lines.rest().empty()) return lines.refuse("nothing more expected below");
  return {};
}

void append_line(std::string& text, std::string_view name, std::string_view value) {
  text.append(name).append(": ").append(value).append("\n");
}

void append_part(std::string& text, std::string_view name, std::string_view part) {
  append_line(text, name, std::to_string(part.size()));
  text.append(part).append("\n");
}

void append_claim(std::string& text, const Evidence& evidence) {
  if (evidence.kind == EvidenceKind::kFork && !evidence.implied.is_zero()) {
    append_line(text, "implied", codec::serialize_base64(evidence.implied.view()));
  }
  if (evidence.kind == EvidenceKind::kRollback) append_line(text, "cosigner", evidence.cosigner);
  if (evidence.kind == EvidenceKind::kHeldBack) {
    append_line(text, "since", codec::serialize_time(evidence.since));
  }
  if (is_about_leaf(evidence.kind)) {
    append_line(text, "rule", evidence.rule);
    append_line(text, "before", std::to_string(evidence.before.value()));
    append_line(text, "offending", std::to_string(evidence.offending.value()));
  }
  for (const base::Hash& hash : evidence.proof) {
    append_line(text, "hash", codec::serialize_base64(hash.view()));
  }
}

std::unexpected<base::Error> proves_nothing(const std::string& why) {
  return base::fail(kNotEvidence, why);
}

// A checkpoint that bears a good signature of the policy's log key.
Result<note::Checkpoint> signed_by_log(std::string_view text, const std::string& origin,
                                       const note::Policy& policy) {
  ASSIGN_OR_RETURN(const note::SignedCheckpoint parsed, note::parse_signed_checkpoint(text));
  if (parsed.checkpoint.origin != origin) {
    return base::fail(kWrongOrigin, "a checkpoint of " + parsed.checkpoint.origin);
  }
  for (const note::PolicyLog& log : policy.logs) {
    if (log.key.name != origin) continue;
    TRY(note::verify_note(parsed.note, log.key));
    TRY(verified_cosigners(text, policy));  // a bad line of a known key spoils the whole note
    return parsed.checkpoint;
  }
  return base::fail(kWrongOrigin, "the policy knows no log " + origin);
}

struct Pair {
  note::Checkpoint first;
  note::Checkpoint second;
};

Result<Pair> signed_pair(const Evidence& evidence, const note::Policy& policy) {
  ASSIGN_OR_RETURN(note::Checkpoint first, signed_by_log(evidence.first, evidence.origin, policy));
  ASSIGN_OR_RETURN(note::Checkpoint second, signed_by_log(evidence.second, evidence.origin, policy));
  return Pair{std::move(first), std::move(second)};
}

std::string size_text(const note::Checkpoint& checkpoint) {
  return std::to_string(checkpoint.size.value());
}

Result<EvidenceVerdict> verify_fork(Evidence evidence, const note::Policy& policy) {
  ASSIGN_OR_RETURN(const Pair pair, signed_pair(evidence, policy));
  if (pair.first.size == pair.second.size) {
    if (!evidence.implied.is_zero()) return proves_nothing("logs of one size need no proof");
    if (pair.first.root == pair.second.root) return proves_nothing("both checkpoints have the same root");
    std::string claim = "the log key signed two roots for " + size_text(pair.first) + " leaves";
    return EvidenceVerdict{std::move(evidence), Standing::kProven, std::move(claim), {}};
  }
  if (pair.first.size > pair.second.size) return proves_nothing("the larger log stands second");
  if (evidence.implied == pair.first.root) return proves_nothing("the second log extends the first");
  TRY(merkle::verify_consistency(pair.first.size, evidence.implied, pair.second.size, pair.second.root,
                                 evidence.proof));
  std::string claim = "the log key signed " + size_text(pair.first) + " leaves, and then " +
                      size_text(pair.second) + " that do not extend them";
  return EvidenceVerdict{std::move(evidence), Standing::kProven, std::move(claim), {}};
}

Result<EvidenceVerdict> verify_rollback(Evidence evidence, const note::Policy& policy) {
  ASSIGN_OR_RETURN(const Pair pair, signed_pair(evidence, policy));
  if (pair.first.size >= pair.second.size) return proves_nothing("the larger log stands second");
  ASSIGN_OR_RETURN(const auto small, verified_cosigners(evidence.first, policy));
  ASSIGN_OR_RETURN(const auto large, verified_cosigners(evidence.second, policy));
  const auto time_in = [&](const std::vector<note::Cosigner>& cosigners) {
    const auto found = std::ranges::find(cosigners, evidence.cosigner, &note::Cosigner::name);
    return found == cosigners.end() ? std::nullopt : std::optional(found->time);
  };
  const auto small_time = time_in(small);
  const auto large_time = time_in(large);
  if (!small_time || !large_time) return proves_nothing(evidence.cosigner + " did not cosign both");
  if (*small_time <= *large_time) return proves_nothing("the smaller log was not cosigned later");
  std::string claim = evidence.cosigner + " cosigned " + size_text(pair.first) + " leaves at " +
                      codec::serialize_time(*small_time) + ", after " + size_text(pair.second) + " at " +
                      codec::serialize_time(*large_time);
  return EvidenceVerdict{std::move(evidence), Standing::kProven, std::move(claim), {}};
}

// All leaves behind `before`, on the subtrees that the proof names.
Result<void> verify_whole_block(const Evidence& evidence, const note::Checkpoint& checkpoint) {
  merkle::Frontier frontier;
  std::size_t next = 0;
  for (unsigned height = 62; height-- > 0;) {
    if (((evidence.before.value() >> height) & 1U) == 0) continue;
    if (next == evidence.proof.size()) return proves_nothing("a subtree's root is missing");
    frontier.append_subtree(height, evidence.proof[next++]);
  }
  if (next != evidence.proof.size()) return proves_nothing("too many roots of subtrees");
  for (const std::string& leaf : evidence.leaves) frontier.append(merkle::leaf_hash(base::as_bytes(leaf)));
  if (frontier.root() == checkpoint.root) return {};
  return base::fail(merkle::kBadLogProof, "the leaves do not lead to the signed root");
}

Result<void> verify_offence(const Evidence& evidence, const note::Checkpoint& checkpoint) {
  if (evidence.offending.value() >= checkpoint.size.value() ||
      evidence.offending.value() < evidence.before.value()) {
    return proves_nothing("the offending leaf is not between 'before' and the end of the log");
  }
  if (holds_whole_block(evidence, checkpoint)) return verify_whole_block(evidence, checkpoint);
  if (evidence.leaves.size() != 1) return proves_nothing("neither one leaf nor all of them");
  return merkle::verify_inclusion(merkle::leaf_hash(base::as_bytes(evidence.leaves.front())),
                                  evidence.offending, checkpoint.size, checkpoint.root, evidence.proof);
}

const std::string& offending_leaf(const Evidence& evidence) {
  if (evidence.leaves.size() == 1) return evidence.leaves.front();
  return evidence.leaves[evidence.offending.value() - evidence.before.value()];
}

Result<EvidenceVerdict> verify_broken_rule(Evidence evidence, const note::Policy& policy) {
  ASSIGN_OR_RETURN(const note::Checkpoint checkpoint, signed_by_log(evidence.first, evidence.origin, policy));
  TRY(verify_offence(evidence, checkpoint));
  std::string claim = "the log key signed leaf " + std::to_string(evidence.offending.value()) +
                      ", which the rules refuse: " + evidence.rule;
  // What is no record at all needs no rules.
  const bool is_record = record::Record::parse(std::string_view(offending_leaf(evidence))).has_value();
  return EvidenceVerdict{
      std::move(evidence), is_record ? Standing::kNeedsLog : Standing::kProven, std::move(claim), {}};
}

Result<EvidenceVerdict> verify_wrong_time(Evidence evidence, const note::Policy& policy,
                                          base::EpochSeconds now) {
  ASSIGN_OR_RETURN(const note::Checkpoint checkpoint, signed_by_log(evidence.first, evidence.origin, policy));
  TRY(verify_offence(evidence, checkpoint));
  ASSIGN_OR_RETURN(const record::Record record,
                   record::Record::parse(std::string_view(offending_leaf(evidence))));
  const auto block = record.block();
  if (!block) return proves_nothing("the offending leaf is no block record");
  ASSIGN_OR_RETURN(const auto cosigners, verified_cosigners(evidence.first, policy));
  EvidenceVerdict verdict;
  for (const note::Cosigner& cosigner : cosigners) {
    verdict.cosigned = std::min(verdict.cosigned.value_or(cosigner.time), cosigner.time);
  }
  verdict.claim = "the log key signed a block of " + codec::serialize_time(block->time) + " by " +
                  codec::serialize_time(evidence.observed);
  const bool is_ahead = block->time > evidence.observed + kBlockAheadMax;
  // Whoever cosigned it while it was in the future is convicted by that time; a reader, by the present one.
  const bool is_proven = (verdict.cosigned && block->time > *verdict.cosigned + kBlockAheadMax) ||
                         block->time > now + kBlockAheadMax;
  if (evidence.rule != kAheadRule) {
    verdict.claim += ", which leaves effects undone";
    verdict.standing = Standing::kNeedsLog;
  } else if (!is_ahead) {
    return proves_nothing("by the writer's own clock the block is not ahead");
  } else {
    verdict.standing = is_proven ? Standing::kProven : Standing::kWitnessed;
  }
  verdict.evidence = std::move(evidence);
  return verdict;
}

Result<EvidenceVerdict> verify_held_back(Evidence evidence, const note::Policy& policy) {
  ASSIGN_OR_RETURN(const Pair pair, signed_pair(evidence, policy));
  if (pair.first.size >= pair.second.size) return proves_nothing("the log has not grown since");
  ASSIGN_OR_RETURN(const note::CheckedCheckpoint later, note::check_checkpoint(policy, evidence.second));
  if (!later.as_of || *later.as_of <= evidence.since) {
    return proves_nothing("the later checkpoint speaks for no time after the record was handed in");
  }
  ASSIGN_OR_RETURN(const record::Record record,
                   record::Record::parse(std::string_view(evidence.leaves.front())));
  if (record.origin() != evidence.origin) return base::fail(kWrongOrigin, "the record's is another one");
  std::string claim = "record " + codec::serialize_base64(record.id().view()) + ", handed in at " +
                      codec::serialize_time(evidence.since) + ", is not on the log of " +
                      codec::serialize_time(*later.as_of);
  return EvidenceVerdict{std::move(evidence), Standing::kNeedsLog, std::move(claim), {}};
}

}  // namespace

std::string_view evidence_kind_name(EvidenceKind kind) {
  switch (kind) {
    case EvidenceKind::kFork:
      return "fork";
    case EvidenceKind::kRollback:
      return "rollback";
    case EvidenceKind::kBrokenRule:
      return "broken-rule";
    case EvidenceKind::kWrongTime:
      return "wrong-time";
    case EvidenceKind::kHeldBack:
      return "held-back";
  }
  CHECK(false);
  return "";
}

std::string_view standing_name(Standing standing) {
  switch (standing) {
    case Standing::kProven:
      return "proven";
    case Standing::kNeedsLog:
      return "needs-log";
    case Standing::kWitnessed:
      return "witnessed";
  }
  CHECK(false);
  return "";
}

std::string reason_line(std::string_view text) {
  std::string line(text.substr(0, kReasonBytesMax));
  for (char& letter : line) letter = is_printable(letter) ? letter : '?';
  while (line.ends_with(' ')) line.pop_back();
  return line.empty() ? "none given" : line;
}

bool is_evidence(std::string_view text) {
  return text.starts_with(kHead);
}

bool holds_whole_block(const Evidence& evidence, const note::Checkpoint& first) {
  return evidence.before <= first.size &&
         evidence.leaves.size() == first.size.value() - evidence.before.value();
}

Result<std::vector<note::Cosigner>> verified_cosigners(std::string_view checkpoint,
                                                       const note::Policy& policy) {
  ASSIGN_OR_RETURN(const note::SignedCheckpoint parsed, note::parse_signed_checkpoint(checkpoint));
  std::vector<note::Cosigner> cosigners;
  for (const note::PolicyWitness& witness : policy.witnesses) {
    const note::AnySignatureLine* const line = note::find_signature(parsed.note, witness.key);
    if (line == nullptr) continue;
    ASSIGN_OR_RETURN(const base::EpochSeconds time,
                     note::verify_cosignature(parsed.note.text, *line, witness.key));
    cosigners.push_back({witness.name, time});
  }
  return cosigners;
}

Result<Evidence> parse_evidence(std::string_view text) {
  LineReader lines(text, kBadEvidence);
  if (text.size() > kEvidenceBytesMax) return lines.refuse("too long");
  Evidence evidence;
  ASSIGN_OR_RETURN(const std::string_view head, lines.take_line());
  if (!head.starts_with(kHead)) return lines.refuse("'comity/1 evidence' and an origin expected");
  evidence.origin = head.substr(kHead.size());
  if (!note::check_key_name(evidence.origin)) return lines.refuse("not an origin");
  ASSIGN_OR_RETURN(const std::string_view name, lines.take_value("kind"));
  const auto kind = std::ranges::find(kKinds, name, evidence_kind_name);
  if (kind == kKinds.end()) return lines.refuse("an unknown kind");
  evidence.kind = *kind;
  ASSIGN_OR_RETURN(evidence.observed, take_time(lines, "observed"));
  TRY(take_claim(lines, evidence));
  ASSIGN_OR_RETURN(evidence.reason, lines.take_value("reason"));
  if (evidence.reason != reason_line(evidence.reason)) return lines.refuse("not a printable line");
  TRY(lines.take_empty_line());
  TRY(take_parts(lines, evidence));
  if (serialize_evidence(evidence) != text) return lines.refuse("not in its one form");
  return evidence;
}

std::string serialize_evidence(const Evidence& evidence) {
  std::string text = std::string(kHead) + evidence.origin + "\n";
  append_line(text, "kind", evidence_kind_name(evidence.kind));
  append_line(text, "observed", codec::serialize_time(evidence.observed));
  append_claim(text, evidence);
  append_line(text, "reason", evidence.reason);
  text.append("\n");
  append_part(text, "checkpoint", evidence.first);
  if (has_second(evidence.kind)) append_part(text, "checkpoint", evidence.second);
  for (const std::string& leaf : evidence.leaves) append_part(text, "leaf", leaf);
  return text;
}

Result<EvidenceVerdict> verify_evidence(std::string_view text, const note::Policy& policy,
                                        base::EpochSeconds now) {
  ASSIGN_OR_RETURN(Evidence evidence, parse_evidence(text));
  switch (evidence.kind) {
    case EvidenceKind::kFork:
      return verify_fork(std::move(evidence), policy);
    case EvidenceKind::kRollback:
      return verify_rollback(std::move(evidence), policy);
    case EvidenceKind::kBrokenRule:
      return verify_broken_rule(std::move(evidence), policy);
    case EvidenceKind::kWrongTime:
      return verify_wrong_time(std::move(evidence), policy, now);
    case EvidenceKind::kHeldBack:
      return verify_held_back(std::move(evidence), policy);
  }
  CHECK(false);
  return proves_nothing("unknown");
}

}  // namespace verify
