// The follower's judgement of what the hub signed: compared with everything it signed before, and with what
// the rules say. See follower.h.
#include <algorithm>
#include <utility>

#include "replica/follower.h"

namespace replica {

using base::Result;
using base::TreeSize;
using verify::Evidence;
using verify::EvidenceKind;

std::vector<Follower::Signed> Follower::held() const {
  std::vector<Signed> texts;
  if (offered_) texts.push_back(*offered_);
  if (published_) texts.push_back(*published_);
  return texts;
}

Result<base::Hash> Follower::own_root_at(TreeSize size) const {
  if (size == replica_->size()) return replica_->root();
  return merkle::root_from_tiles(size, replica_->log());
}

// First whether two signatures of the hub contradict each other, which proves a lie; then whether what it
// shows now goes on where this replica stands, without which nothing is executed.
Result<void> Follower::compare(const Signed& seen) {
  for (const Signed& one : held()) TRY(compare_with(one, seen));
  const TreeSize mine = replica_->size();
  base::Hash shown;
  base::Hash own;
  if (seen.checkpoint.size <= mine) {
    shown = seen.checkpoint.root;
    ASSIGN_OR_RETURN(own, own_root_at(seen.checkpoint.size));
  } else {
    ASSIGN_OR_RETURN(const HubLog::Prefix prefix, HubLog(source_, seen.checkpoint).prefix(mine));
    shown = prefix.root;
    own = replica_->root();
  }
  if (shown == own) return {};
  return base::fail(kBadProposal, "size " + std::to_string(seen.checkpoint.size.value()) +
                                      ": another log than the one followed so far");
}

Result<void> Follower::compare_with(const Signed& held, const Signed& seen) {
  if (held.checkpoint == seen.checkpoint) return {};
  Evidence fork;
  fork.kind = EvidenceKind::kFork;
  const bool is_older = seen.checkpoint.size < held.checkpoint.size;
  const Signed& small = is_older ? seen : held;
  const Signed& large = is_older ? held : seen;
  fork.first = small.text;
  fork.second = large.text;
  if (small.checkpoint.size == large.checkpoint.size)
    return accuse(std::move(fork), "two roots for one size", Verdict::kHalt);

  ASSIGN_OR_RETURN(std::optional<HubLog::Prefix> prefix, prefix_in(large, small.checkpoint.size));
  if (!prefix) return {};
  if (prefix->root != small.checkpoint.root) {
    fork.implied = prefix->root;
    fork.proof = std::move(prefix->proof);
    return accuse(std::move(fork), "the larger log does not extend the smaller one", Verdict::kHalt);
  }
  return is_older ? check_times(small, large) : Result<void>();
}

// From our own tiles if it is the log that lies there, else from the hub's; nothing of what was signed once
// and is on neither.
Result<std::optional<HubLog::Prefix>> Follower::prefix_in(const Signed& large, TreeSize size) {
  if (large.checkpoint.size <= replica_->size()) {
    ASSIGN_OR_RETURN(const base::Hash own, own_root_at(large.checkpoint.size));
    if (own == large.checkpoint.root) return prefix_of(replica_->log().at(large.checkpoint.size), size);
  }
  auto served = HubLog(source_, large.checkpoint).prefix(size);
  if (served) return std::move(*served);
  if (offered_ && offered_->checkpoint == large.checkpoint) return std::nullopt;
  return std::unexpected(served.error());
}

// The smaller log was seen later. That is a lie only if somebody signed it later.
Result<void> Follower::check_times(const Signed& small, const Signed& large) {
  const auto of_small = verify::verified_cosigners(small.text, policy_.policy());
  const auto of_large = verify::verified_cosigners(large.text, policy_.policy());
  if (!of_small || !of_large) return {};
  for (const note::Cosigner& cosigner : *of_small) {
    const auto same = std::ranges::find(*of_large, cosigner.name, &note::Cosigner::name);
    if (same == of_large->end() || cosigner.time <= same->time) continue;
    Evidence rollback;
    rollback.kind = EvidenceKind::kRollback;
    rollback.cosigner = cosigner.name;
    rollback.first = small.text;
    rollback.second = large.text;
    return accuse(std::move(rollback), "a smaller log was cosigned after a larger one", Verdict::kHalt);
  }
  return {};
}

// `leaves` stand on the log from `before` on. If they reach its end, the roots of the subtrees before them
// show that all of them were signed; else the offending one alone is shown to be.
Result<void> Follower::accuse_leaf(EvidenceKind kind, const Signed& signed_by, const HubLog& hub,
                                   const Offence& offence, std::vector<std::string> leaves, TreeSize before) {
  Evidence evidence;
  evidence.kind = kind;
  evidence.rule = offence.reason.kind().name;
  evidence.before = before;
  evidence.offending = offence.leaf;
  evidence.first = signed_by.text;
  if (before.value() + leaves.size() == signed_by.checkpoint.size.value()) {
    ASSIGN_OR_RETURN(evidence.proof, hub.subtrees(before));
    evidence.leaves = std::move(leaves);
  } else {
    ASSIGN_OR_RETURN(evidence.proof, hub.inclusion(offence.leaf));
    evidence.leaves = {std::move(leaves[offence.leaf.value() - before.value()])};
  }
  const bool is_clock = kind == EvidenceKind::kWrongTime;
  return accuse(std::move(evidence), offence.reason.message(), is_clock ? Verdict::kNote : Verdict::kHalt);
}

Result<void> Follower::accuse(Evidence evidence, const std::string& reason, Verdict verdict) {
  const base::EpochSeconds now = options_.replica.clock->now();
  evidence.origin = options_.origin;
  evidence.observed = now;
  evidence.reason = verify::reason_line(reason);
  const auto tried = verify::verify_evidence(verify::serialize_evidence(evidence), policy_.policy(), now);
  if (!tried) {
    return base::fail(kBadProposal,
                      evidence.reason + "; and no evidence can be made of it: " + tried.error().message());
  }
  const std::scoped_lock lock(mutex_);
  ASSIGN_OR_RETURN(const std::string path, evidence_.add(evidence, verdict));
  if (verdict == Verdict::kNote) return {};
  ASSIGN_OR_RETURN(halted_, evidence_.halted());
  return base::fail(kNotSound, path + ": " + evidence.reason);
}

}  // namespace replica
