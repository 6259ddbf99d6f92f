#include "replica/follower.h"

#include <algorithm>
#include <utility>

#include "base/check.h"
#include "base/limits.h"
#include "note/checkpoint.h"
#include "registry/replay.h"
#include "storage/checkpoint_file.h"

namespace replica {

using base::LeafIndex;
using base::Result;
using base::TreeSize;
using record::Record;

namespace {

/// What is executed and not yet durable when a long log is followed; a crash repeats that much.
constexpr std::uint64_t kUncommittedBytesMax = std::uint64_t{32} << 20;
/// A sequencer that was down may offer one block whose effects are late, an hour after the last such.
constexpr base::Seconds kLateBlocksApart{3'600};

std::vector<std::string> texts_of(std::span<const ReadLeaf> leaves) {
  std::vector<std::string> texts;
  texts.reserve(leaves.size());
  for (const ReadLeaf& leaf : leaves) texts.emplace_back(leaf.text());
  return texts;
}

}  // namespace

Follower::Follower(FollowerOptions options, HubSource& source, PolicyKeeper policy, PledgeBook pledges)
    : options_(std::move(options)),
      source_(source),
      policy_(std::move(policy)),
      evidence_(*options_.replica.files, options_.replica.own_folder),
      pledges_(std::move(pledges)) {}

Result<std::unique_ptr<Follower>> Follower::open(FollowerOptions options, HubSource& source) {
  base::Files& files = *options.replica.files;
  ASSIGN_OR_RETURN(
      PolicyKeeper policy,
      PolicyKeeper::open(files, {options.policy_file, options.policies_folder, options.succeeded_file},
                         options.origin));
  ASSIGN_OR_RETURN(PledgeBook pledges, PledgeBook::open(files, options.replica.own_folder + "/pledges"));
  std::unique_ptr<Follower> follower(
      new Follower(std::move(options), source, std::move(policy), std::move(pledges)));
  auto replica = Replica::open(follower->options_.replica, follower->options_.origin);
  if (replica) {
    follower->replica_ = std::move(*replica);
  } else if (replica.error().kind() == kNotFounded && follower->options_.member.empty()) {
    TRY(follower->found_from_hub());
  } else {
    return std::unexpected(replica.error());
  }
  TRY(follower->load_kept());
  TRY(follower->strike_known());
  return follower;
}

// The first leaf is believed because the policy, which the operator got from people he trusts, names its id.
Result<void> Follower::found_from_hub() {
  ASSIGN_OR_RETURN(const base::Bytes text, source_.fetch("checkpoint", base::kCheckpointBytesMax));
  ASSIGN_OR_RETURN(const note::CheckedCheckpoint counted, policy_.check(base::as_text(text), source_));
  const HubLog hub(source_, counted.checkpoint);
  ASSIGN_OR_RETURN(const std::vector<std::string> founding, hub.read_founding());
  const std::string& genesis = founding.front();
  ASSIGN_OR_RETURN(const Record record, Record::parse(std::string_view(genesis)));
  if (record.id() != policy_.policy().header->genesis) {
    return base::fail(kWrongGenesis, "the hub's log begins with another record than the policy names");
  }
  ASSIGN_OR_RETURN(replica_, Replica::create(options_.replica, genesis, std::span(founding).subspan(1)));
  return {};
}

// What lies published and what was relied upon; both bear the log's signature, which was verified before.
Result<void> Follower::load_kept() {
  ASSIGN_OR_RETURN(halted_, evidence_.halted());
  const auto published = storage::load_checkpoint(files(), options_.replica.log_folder);
  if (published) {
    ASSIGN_OR_RETURN(published_, parse_signed(std::string(base::as_text(*published))));
    if (const auto counted = note::check_checkpoint(policy_.policy(), published_->text); counted)
      as_of_ = counted->as_of;
  } else if (!(published.error().kind() == base::kFileMissing)) {
    return std::unexpected(published.error());
  }
  const auto offered = files().read(offered_path(), base::kCheckpointBytesMax);
  if (offered) {
    ASSIGN_OR_RETURN(offered_, parse_signed(std::string(base::as_text(*offered))));
  } else if (!(offered.error().kind() == base::kFileMissing)) {
    return std::unexpected(offered.error());
  }
  return {};
}

Result<Follower::Signed> Follower::parse_signed(std::string text) const {
  const auto parsed = note::parse_signed_checkpoint(text);
  if (!parsed) return base::fail(kBadProposal, parsed.error().message());
  if (parsed->checkpoint.origin != options_.origin)
    return base::fail(kBadProposal, "a checkpoint of " + parsed->checkpoint.origin);
  if (parsed->checkpoint.size.value() == 0) return base::fail(kBadProposal, "a checkpoint of nothing");
  if (const auto by_log = note::verify_note(parsed->note, policy_.log_key()); !by_log)
    return base::fail(kBadProposal, by_log.error().message());
  note::Checkpoint checkpoint = parsed->checkpoint;
  return Signed{std::move(text), std::move(checkpoint)};
}

Result<FollowerStep> Follower::step(base::Seconds wait) {
  if (is_broken_) return base::fail(kMustReopen, "what is in memory is not what is on the disk");
  FollowerStep done;
  ASSIGN_OR_RETURN(const std::optional<note::Proposed> proposed, ask(wait, done));
  if (proposed || !done.is_waiting) TRY(mirror(done));
  if (proposed) {
    TRY(consider(*proposed, done));
    // A hub may tell that more counts before it serves it: then nothing but a moment is to be waited for.
    const std::uint64_t counted = published_ ? published_->checkpoint.size.value() : 0;
    done.is_waiting = proposed->counted.value() <= counted;
    if (done.is_waiting) after_ = proposed->round;
  }
  TRY(hold_to_pledges());
  TRY(policy_.walk_to(replica_->registry().charter().policy_epoch(), source_));
  return done;
}

Result<std::optional<note::Proposed>> Follower::ask(base::Seconds wait, FollowerStep& done) {
  const auto text = source_.proposed(after_, wait);
  if (!text) {
    // Whoever answers next may be another process, which numbers anew.
    after_.reset();
    answered_.reset();
    if (!(text.error().kind() == base::kFileMissing)) return std::unexpected(text.error());
    done.is_waiting = false;
    return std::nullopt;
  }
  if (!*text) {
    // Nothing new; where nothing was seen before, a hub that has offered nothing since its start may still publish.
    done.is_waiting = after_.has_value();
    return std::nullopt;
  }
  auto proposed = note::parse_proposed(**text);
  if (!proposed) return base::fail(kBadProposal, proposed.error().message());
  if (proposed->origin != options_.origin) {
    TRY(policy_.walk_on(source_));  // it may be the successor's hub, and say so
    return base::fail(kBadProposal, "of " + proposed->origin);
  }
  return std::move(*proposed);
}

Result<void> Follower::mirror(FollowerStep& done) {
  const auto bytes = source_.fetch("checkpoint", base::kCheckpointBytesMax);
  if (!bytes) {
    if (bytes.error().kind() == base::kFileMissing) return {};  // nothing counts yet
    return std::unexpected(bytes.error());
  }
  if (published_ && base::as_text(*bytes) == published_->text) return {};
  const auto parsed = parse_signed(std::string(base::as_text(*bytes)));
  if (!parsed) {
    TRY(policy_.walk_on(source_));  // as above
    return std::unexpected(parsed.error());
  }
  const Signed& counted = *parsed;
  ASSIGN_OR_RETURN(const note::CheckedCheckpoint checked, policy_.check(counted.text, source_));
  TRY(compare(counted));
  if (counted.checkpoint.size > replica_->size()) TRY(advance(counted, done));
  return publish(counted, checked, done);
}

// An older one than what this replica has executed by now is somebody's cache, and changes nothing.
Result<void> Follower::publish(const Signed& counted, const note::CheckedCheckpoint& checked,
                               FollowerStep& done) {
  if (counted.checkpoint.size != replica_->size()) return {};
  const bool is_same = published_ && published_->checkpoint == counted.checkpoint;
  if (is_same && as_of_ && checked.as_of && *checked.as_of < *as_of_) return {};
  const std::scoped_lock lock(mutex_);
  TRY(replica_->accept_checkpoint(counted.text));
  published_ = counted;
  as_of_ = checked.as_of;
  done.published = true;
  return {};
}

// Follows what counts already, however far. Blocks become durable in bulk; what was executed when the hub
// goes away is kept.
Result<void> Follower::advance(const Signed& counted, FollowerStep& done) {
  const HubLog hub(source_, counted.checkpoint);
  const TreeSize from = replica_->size();
  Batch batch;
  const bool is_far = counted.checkpoint.size.value() - from.value() > options_.near_leaves;
  Result<void> read = is_far ? read_far(counted, hub, batch) : read_near(counted, hub, batch);
  if (!is_broken_ && batch.uncommitted_bytes > 0) {
    if (const Result<void> kept = commit(batch); !kept) return kept;
  }
  done.advanced = done.advanced || replica_->size() > from;
  return read;
}

Result<void> Follower::read_near(const Signed& counted, const HubLog& hub, Batch& batch) {
  return hub.read_leaves(LeafIndex(replica_->size().value()), [&](LeafIndex index, base::ByteView leaf) {
    return take_leaf(counted, hub, batch, index, ReadLeaf::of(std::string(base::as_text(leaf))));
  });
}

// What is read ahead is found in the signed tree, as in read_near, and nothing else is taken for granted: a
// signature that was not tried, or under another key than the rules ask for, is verified when they ask.
Result<void> Follower::read_far(const Signed& counted, const HubLog& hub, Batch& batch) {
  registry::KeyDirectory keys;
  keys.learn(replica_->registry().charter());
  const LeafIndex begin(replica_->size().value());
  ReadAhead ahead(source_, counted.checkpoint, begin, std::move(keys), options_.replica.threads);
  while (std::optional<ReadChunk> chunk = ahead.next()) {
    for (ReadChunk::Bundle& bundle : chunk->bundles) {
      if (bundle.error) return std::unexpected(*bundle.error);
      hub.keep_tile(bundle.first, bundle.hashes);
      LeafIndex index = bundle.first;
      for (ReadLeaf& leaf : bundle.leaves) {
        if (index >= begin) TRY(take_leaf(counted, hub, batch, index, std::move(leaf)));
        index = index.next();
      }
    }
    for (std::vector<ReadLeaf>& spent : std::exchange(batch.spent, {})) ahead.give_back(std::move(spent));
  }
  return {};
}

// `leaf` was found in the signed tree at `index`, where the leaves of `batch` end.
Result<void> Follower::take_leaf(const Signed& counted, const HubLog& hub, Batch& batch, LeafIndex index,
                                 ReadLeaf leaf) {
  const bool is_end = registry::is_block_record(leaf.text());
  batch.leaves.push_back(std::move(leaf));
  if (is_end) {
    TRY(take_block(counted, hub, batch));
    return batch.uncommitted_bytes < kUncommittedBytesMax ? Result<void>() : commit(batch);
  }
  const bool is_last = index.next().value() == counted.checkpoint.size.value();
  if (!is_last && batch.leaves.size() <= base::kBlockRecordsMax) return {};
  return accuse_leaf(verify::EvidenceKind::kBrokenRule, counted, hub,
                     {index, base::Error(kNoBlockEnd, "a block record should stand here")},
                     texts_of(batch.leaves), replica_->size());
}

// `batch.leaves` is one whole block, each leaf found in the signed tree.
Result<void> Follower::take_block(const Signed& signed_by, const HubLog& hub, Batch& batch) {
  std::vector<ReadLeaf>& block = batch.spent.emplace_back(std::exchange(batch.leaves, {}));
  std::unique_lock lock(mutex_);
  const TreeSize before = replica_->size();
  const bool has_pledges = !pledges_.pledges().empty();
  for (const ReadLeaf& leaf : block) {
    batch.uncommitted_bytes += leaf.text().size();
    if (has_pledges) {
      if (const auto record = Record::parse(leaf.text())) batch.ids.push_back(record->id());
    }
  }
  const auto offence = replica_->take(block);
  if (!offence) {
    is_broken_ = is_broken_ || !(offence.error().kind() == kWrongTime);
    return std::unexpected(offence.error());
  }
  if (!*offence) return {};
  is_broken_ = true;
  lock.unlock();
  return accuse_leaf(verify::EvidenceKind::kBrokenRule, signed_by, hub, **offence, texts_of(block), before);
}

Result<void> Follower::commit(Batch& batch) {
  const std::scoped_lock lock(mutex_);
  if (const auto committed = replica_->commit(); !committed) {
    is_broken_ = true;
    return std::unexpected(committed.error());
  }
  batch.uncommitted_bytes = 0;
  for (const record::RecordId& id : std::exchange(batch.ids, {})) TRY(pledges_.remove(id));
  return {};
}

Result<void> Follower::consider(const note::Proposed& proposed, FollowerStep& done) {
  ASSIGN_OR_RETURN(const Signed offered, parse_signed(proposed.checkpoint));
  TRY(compare(offered));
  // A mirror shows what counts and no more; so does a member that has seen a lie.
  if (options_.member.empty() || halted_) return {};
  const std::string body = note::serialize_checkpoint(offered.checkpoint);
  if (answered_ && answered_->first == proposed.offer && answered_->second == body) return {};
  if (offered.checkpoint.size < replica_->size()) {
    // Counted and passed by while we asked: the next question shows what hangs there now.
    if (published_ && published_->checkpoint.size == replica_->size()) return {};
    return base::fail(kBadProposal, "it offers " + std::to_string(offered.checkpoint.size.value()) +
                                        " leaves after " + std::to_string(replica_->size().value()));
  }
  if (offered.checkpoint.size > replica_->size()) {
    TRY(execute_offered(offered));
    done.advanced = true;
  }
  TRY(cosign(offered, done));
  answered_ = {proposed.offer, body};
  return {};
}

// docs/formats/hub.md, order of writes: the hub's signature first, then what it signed, then our own.
Result<void> Follower::execute_offered(const Signed& offered) {
  const HubLog hub(source_, offered.checkpoint);
  ASSIGN_OR_RETURN(std::vector<std::string> leaves, fetch_block(hub));
  if (!registry::is_block_record(leaves.back())) {
    const LeafIndex last(offered.checkpoint.size.value() - 1);
    return accuse_leaf(verify::EvidenceKind::kBrokenRule, offered, hub,
                       {last, base::Error(kNoBlockEnd, "a block record should stand here")},
                       std::move(leaves), replica_->size());
  }
  TRY(check_clock(offered, hub, leaves));
  TRY(base::replace_file(files(), offered_path(), base::as_bytes(offered.text), base::FileMode::kPublic));
  offered_ = offered;
  Batch batch;
  for (std::string& leaf : leaves) batch.leaves.push_back(ReadLeaf::of(std::move(leaf)));
  TRY(take_block(offered, hub, batch));
  return commit(batch);
}

// Nothing is ordered upon a block that does not count, so what is offered beyond what was mirrored is one
// block. It is held in memory whole before any of it is executed.
Result<std::vector<std::string>> Follower::fetch_block(const HubLog& hub) {
  const std::uint64_t first = replica_->size().value();
  if (hub.checkpoint().size.value() - first > base::kBlockRecordsMax + 1) {
    return base::fail(kBadProposal, "more than one block lies beyond what counts");
  }
  std::vector<std::string> leaves;
  std::size_t bytes = 0;
  TRY(hub.read_leaves(LeafIndex(first), [&](LeafIndex, base::ByteView leaf) -> Result<void> {
    if (!leaves.empty() && registry::is_block_record(leaves.back())) {
      return base::fail(kBadProposal, "more than one block lies beyond what counts");
    }
    bytes += leaf.size();
    if (bytes > base::kBlockBytesMax + base::kRecordBytesMax)
      return base::fail(kBadProposal, "a block of more than 16 MiB");
    leaves.emplace_back(base::as_text(leaf));
    return {};
  }));
  CHECK(!leaves.empty());
  return leaves;
}

// Clocks are the one thing in which this member may be wrong itself, so a block out of time is not cosigned
// and goes on record, but ends nothing (docs/adr/0017).
Result<void> Follower::check_clock(const Signed& offered, const HubLog& hub,
                                   const std::vector<std::string>& leaves) {
  const auto block = registry::block_input({leaves.begin(), leaves.end() - 1}, leaves.back());
  if (!block) return {};  // a broken rule: found when it is executed
  Result<void> judged;
  {
    const std::scoped_lock lock(mutex_);
    judged = replica_->process(*block);
  }
  const base::EpochSeconds now = options_.replica.clock->now();
  const bool is_ahead =
      !judged && judged.error().kind() == kWrongTime && block->time > now + verify::kBlockAheadMax;
  const bool is_late = !judged && judged.error().kind() == kLateEffects;
  if (is_late && (!late_taken_ || now >= *late_taken_ + kLateBlocksApart)) {
    late_taken_ = now;
    return {};
  }
  if (!is_ahead && !is_late) return {};
  const LeafIndex last(offered.checkpoint.size.value() - 1);
  TRY(accuse_leaf(verify::EvidenceKind::kWrongTime, offered, hub, {last, judged.error()}, leaves,
                  replica_->size()));
  return judged;
}

Result<void> Follower::cosign(const Signed& offered, FollowerStep& done) {
  ASSIGN_OR_RETURN(std::vector<note::Signer> keys, options_.operator_keys());
  const std::string body = note::serialize_checkpoint(offered.checkpoint);
  std::vector<std::string> lines;
  {
    const std::scoped_lock lock(mutex_);
    for (note::Signer& key : keys) {
      replica_->seat(options_.member, std::move(key));
      auto line = replica_->cosign(body);
      if (line) {
        lines.push_back(std::move(*line));
      } else if (!(line.error().kind() == registry::kNotSeated)) {
        return std::unexpected(line.error());
      }
    }
  }
  for (const std::string& line : lines) {
    TRY(source_.post_cosignature(std::string(body).append("\n").append(line)));
    done.cosigned = true;
  }
  return {};
}

FollowerStatus Follower::status() const {
  const std::scoped_lock lock(mutex_);
  FollowerStatus status{replica_->info(), {}, as_of_, halted_, pledges_.pledges().size()};
  if (published_) status.counted = published_->checkpoint.size;
  return status;
}

Result<void> Follower::with_replica(const std::function<Result<void>(Replica&)>& work) {
  const std::scoped_lock lock(mutex_);
  return work(*replica_);
}

}  // namespace replica
