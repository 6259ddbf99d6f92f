// The follower's part of a member's promise to those who hand records in at its machine: the record gets onto
// the log, or the hub is shown to have held it back. See follower.h.
#include <algorithm>
#include <utility>
#include <vector>

#include "note/checkpoint.h"
#include "registry/replay.h"
#include "replica/follower.h"

namespace replica {

using base::Result;
using record::Record;

namespace {

/// A record that the hub has not put on the log is handed to it again after this long.
constexpr base::Seconds kForwardAgain{60};

}  // namespace

// A crash may have come between a block that held a pledged record and the pledge's removal.
Result<void> Follower::strike_known() {
  if (pledges_.pledges().empty()) return {};
  const storage::LogFolder log = replica_->log();
  std::uint64_t begin = log.size().value();
  for (const auto& [id, pledge] : pledges_.pledges()) {
    ASSIGN_OR_RETURN(const auto then, note::parse_signed_checkpoint(pledge.checkpoint));
    begin = std::min(begin, then.checkpoint.size.value());
  }
  std::vector<record::RecordId> there;
  TRY(log.read_leaves(base::LeafIndex(begin), base::LeafIndex(log.size().value()),
                      [&](base::LeafIndex, base::ByteView leaf) -> Result<void> {
                        const auto record = Record::parse(base::as_text(leaf));
                        if (record && pledges_.pledges().contains(record->id()))
                          there.push_back(record->id());
                        return {};
                      }));
  for (const record::RecordId& id : there) TRY(pledges_.remove(id));
  return {};
}

Result<void> Follower::hand_in(const std::string& leaf, const std::optional<std::string>& annex) {
  ASSIGN_OR_RETURN(const Record record, Record::parse(std::string_view(leaf)));
  {
    const std::scoped_lock lock(mutex_);
    if (is_broken_) return base::fail(kMustReopen, "what is in memory is not what is on the disk; ask again");
    if (!published_) return base::fail(kNothingCounts, "no checkpoint counts here yet");
    TRY(replica_->check(leaf));
    TRY(pledges_.add(record.id(),
                     {options_.origin, options_.replica.clock->now(), leaf, annex, published_->text}));
    forwarded_[record.id()] = options_.replica.clock->now();
  }
  const std::scoped_lock lock(forwarding_);
  return source_.forward(leaf, annex);
}

Result<void> Follower::hold_to_pledges() {
  const base::EpochSeconds now = options_.replica.clock->now();
  std::vector<std::pair<record::RecordId, Pledge>> due;
  {
    const std::scoped_lock lock(mutex_);
    std::erase_if(forwarded_, [&](const auto& one) { return !pledges_.pledges().contains(one.first); });
    for (const auto& [id, pledge] : pledges_.pledges()) {
      const auto last = forwarded_.find(id);
      if (last == forwarded_.end() || now >= last->second + kForwardAgain) due.emplace_back(id, pledge);
    }
  }
  for (const auto& [id, pledge] : due) {
    // A hub that does not answer is asked again in a later step; step() tells of it in its own way.
    const Result<void> held = hold_to(id, pledge);
    if (!held && held.error().kind() == kHubUnreachable) return {};
    if (!held) return held;
  }
  return {};
}

// The hub is to blame only if it worked: what it published speaks for a time after the patience ended, and
// the record would be taken in the state of then.
Result<void> Follower::hold_to(const record::RecordId& id, const Pledge& pledge) {
  const base::EpochSeconds until = pledge.since + options_.patience;
  bool is_held_back = false;
  {
    const std::scoped_lock lock(mutex_);
    if (!replica_->check(pledge.leaf)) return pledges_.remove(id);  // expired, or overtaken by others
    forwarded_[id] = options_.replica.clock->now();
    // A block that changed the cosigners took no records after that: the next one may hold it.
    const bool took_records = replica_->info().quorums.size() == 1;
    is_held_back = took_records && published_ && published_->checkpoint.size == replica_->size() && as_of_ &&
                   *as_of_ >= until && replica_->registry().time() >= until;
  }
  if (!is_held_back) {
    const std::scoped_lock lock(forwarding_);
    return source_.forward(pledge.leaf, pledge.annex);
  }
  verify::Evidence evidence;
  evidence.kind = verify::EvidenceKind::kHeldBack;
  evidence.since = pledge.since;
  evidence.first = pledge.checkpoint;
  evidence.second = published_->text;
  evidence.leaves = {pledge.leaf};
  const Result<void> accused =
      accuse(std::move(evidence), "handed in, valid, and not on the log", Verdict::kHalt);
  if (!accused && accused.error().kind() == kNotSound) {
    const std::scoped_lock lock(mutex_);
    TRY(pledges_.remove(id));
  }
  return accused;
}

}  // namespace replica
