#include "replica/replica.h"

#include <algorithm>
#include <utility>

#include "base/check.h"
#include "base/limits.h"
#include "base/parallel.h"
#include "merkle/log_tree.h"
#include "note/checkpoint.h"
#include "note/policy.h"
#include "record/kind_table.h"
#include "registry/replay.h"
#include "registry/verify_ahead.h"
#include "replica/load.h"
#include "storage/checkpoint_file.h"
#include "storage/snapshot_file.h"
#include "verify/policy_chain.h"

namespace replica {

using base::Result;
using record::Record;
using registry::ApplicationInfo;
using registry::BlockInput;
using registry::BlockOutcome;

namespace {

/// A live replica takes no block from further in the future, and calls one held back that leaves due effects
/// undone for longer (FORMATS.md, block records).
constexpr base::Seconds kClockAheadMax(60);
constexpr base::Seconds kHeldBackMax(3'600);
/// Records parsed or verified by one thread at a time.
constexpr std::size_t kParseGrain = 32;

std::string memory_path(const ReplicaOptions& options) {
  return options.own_folder + "/cosigned";
}

/// The checkpoint that lies in the log's folder, if any.
Result<std::optional<note::Checkpoint>> published(const ReplicaOptions& options) {
  const auto text = storage::load_checkpoint(*options.files, options.log_folder);
  if (!text) {
    if (text.error().kind() == base::kFileMissing) return std::nullopt;
    return std::unexpected(text.error());
  }
  auto parsed = note::parse_signed_checkpoint(base::as_text(*text));
  if (!parsed) return std::unexpected(parsed.error().at(options.log_folder + "/checkpoint"));
  return std::move(parsed->checkpoint);
}

registry::CosignerQuorum quorum_of(const std::string& origin,
                                   const std::vector<charter::CosignerKey>& cosigners) {
  registry::CosignerQuorum quorum;
  for (const charter::CosignerKey& cosigner : cosigners) {
    quorum.cosigners.push_back(
        {note::cosigner_name(origin, cosigner.member), note::KeyType::kCosignature, cosigner.operator_key});
  }
  quorum.needed = verify::cosigner_quorum(cosigners.size());
  return quorum;
}

std::size_t bytes_of(std::span<const std::string> leaves) {
  std::size_t bytes = 0;
  for (const std::string& leaf : leaves) bytes += leaf.size();
  return bytes;
}

}  // namespace

Result<std::unique_ptr<Replica>> Replica::create(ReplicaOptions options, std::string_view genesis_leaf,
                                                 std::span<const std::string> carried_leaves) {
  ASSIGN_OR_RETURN(const Record genesis, Record::parse(genesis_leaf));
  std::vector<Record> carried;
  for (const std::string& leaf : carried_leaves) {
    ASSIGN_OR_RETURN(Record record, Record::parse(std::string_view(leaf)));
    carried.push_back(std::move(record));
  }
  base::Files& files = *options.files;
  TRY(files.make_folders(options.own_folder));
  TRY(files.make_folders(options.log_folder));
  ASSIGN_OR_RETURN(storage::CosignMemory memory,
                   storage::CosignMemory::open(files, memory_path(options), std::string(genesis.origin())));
  if (memory.last()) return base::fail(kOccupied, memory_path(options) + ": this replica has a log already");
  // A checkpoint of the log that was lost with its memory would be taken for one of the new memory's.
  const std::string old_checkpoint = options.log_folder + "/checkpoint";
  ASSIGN_OR_RETURN(const bool has_published, files.exists(old_checkpoint));
  if (has_published) {
    TRY(files.remove(old_checkpoint));
    TRY(files.sync_folder(options.log_folder));
  }

  std::unique_ptr<Replica> replica(new Replica(std::move(options), std::move(memory)));
  ASSIGN_OR_RETURN(replica->log_, storage::LogStore::open(files, replica->options_.log_folder,
                                                          base::TreeSize(0), merkle::empty_log_root()));
  charter::DirectChecker checker;
  std::string block_record;
  ASSIGN_OR_RETURN(registry::Registry founded,
                   registry::Registry::found(genesis, checker, block_record, carried));
  founded.set_threads(replica->options_.threads);
  if (replica->options_.verified) founded.share(replica->options_.verified);
  replica->registry_.emplace(std::move(founded));
  std::vector<base::ByteView> leaves{base::as_bytes(genesis_leaf)};
  for (const std::string& leaf : carried_leaves) leaves.push_back(base::as_bytes(leaf));
  TRY(replica->stage(std::move(leaves), {}, block_record));
  TRY(replica->commit());
  return replica;
}

Result<std::unique_ptr<Replica>> Replica::open(ReplicaOptions options, const std::string& origin) {
  base::Files& files = *options.files;
  ASSIGN_OR_RETURN(storage::CosignMemory memory,
                   storage::CosignMemory::open(files, memory_path(options), origin));
  if (!memory.last()) return base::fail(kNotFounded, memory_path(options) + " is not there");
  const storage::Cosigned last = *memory.last();
  // Whoever restores an old memory would cosign a second history.
  ASSIGN_OR_RETURN(const auto checkpoint, published(options));
  if (checkpoint &&
      (checkpoint->size > last.size || (checkpoint->size == last.size && checkpoint->root != last.root))) {
    return base::fail(kForgotten, options.log_folder + "/checkpoint speaks of size " +
                                      std::to_string(checkpoint->size.value()) + ", " + memory_path(options) +
                                      " of size " + std::to_string(last.size.value()) +
                                      ": the memory is not the one that cosigned it");
  }

  std::unique_ptr<Replica> replica(new Replica(std::move(options), std::move(memory)));
  ASSIGN_OR_RETURN(replica->log_,
                   storage::LogStore::open(files, replica->options_.log_folder, last.size, last.root));
  ASSIGN_OR_RETURN(LoadedRegistry loaded,
                   load_registry(files, replica->log_->folder(), last.root, replica->options_.snapshot_folder,
                                 replica->options_.threads));
  replica->registry_.emplace(std::move(loaded.registry));
  if (replica->options_.verified) replica->registry_->share(replica->options_.verified);
  replica->snapshot_size_ = loaded.snapshot_size;
  replica->warnings_ = std::move(loaded.passed_over);
  replica->cosigners_before_ = std::move(loaded.cosigners_before);
  return replica;
}

void Replica::seat(std::string member, note::Signer operator_key) {
  CHECK(operator_key.type() == note::KeyType::kCosignature);
  member_ = std::move(member);
  operator_key_.emplace(std::move(operator_key));
}

ApplicationInfo Replica::info() const {
  ApplicationInfo info{registry_->height(), registry_->time(), registry_->state(),
                       log_->size(),        log_->root(),      {}};
  const charter::State& state = registry_->charter();
  const std::vector<charter::CosignerKey> cosigners = state.cosigners();
  info.quorums.push_back(quorum_of(state.origin(), cosigners));
  if (!cosigners_before_.empty() && cosigners_before_ != cosigners) {
    info.quorums.push_back(quorum_of(state.origin(), cosigners_before_));
  }
  return info;
}

Result<void> Replica::check(std::string_view leaf) {
  ASSIGN_OR_RETURN(const Record record, Record::parse(leaf));
  charter::DirectChecker checker;
  return registry_->charter().check_for_next_block(record, checker);
}

std::vector<std::size_t> Replica::prepare(std::span<const std::string_view> candidates) const {
  std::vector<std::size_t> picks;
  std::size_t bytes = 0;
  for (std::size_t i = 0; i < candidates.size() && picks.size() < base::kBlockRecordsMax; ++i) {
    bytes += candidates[i].size();
    if (bytes > base::kBlockBytesMax && !picks.empty()) break;
    picks.push_back(i);
  }
  return picks;
}

Result<void> Replica::check_follows(const BlockInput& block, std::size_t count, std::size_t bytes) const {
  if (block.height != registry_->height().next()) {
    return base::fail(kBadBlock, "height " + std::to_string(block.height.value()) + " does not follow " +
                                     std::to_string(registry_->height().value()));
  }
  if (count > base::kBlockRecordsMax) return base::fail(kBadBlock, "more than 4,096 records");
  if (bytes > base::kBlockBytesMax) return base::fail(kBadBlock, "more than 16 MiB of records");
  if (block.time < registry_->time()) return base::fail(kWrongTime, "the block's time goes back");
  if (block.time > record::kBlockTimeMax) return base::fail(kWrongTime, "no block stands so late");
  return {};
}

Result<void> Replica::process(const BlockInput& block) {
  TRY(check_follows(block, block.leaves.size(), bytes_of(block.leaves)));
  if (!options_.live) return {};
  const base::EpochSeconds now = options_.clock->now();
  if (block.time > now + kClockAheadMax)
    return base::fail(kWrongTime, "the block's time is more than 60 s ahead");
  const auto due = registry_->next_due();
  if (due && *due > block.time && *due + kHeldBackMax <= now) {
    return base::fail(kLateEffects, "the block leaves effects undone that were due more than an hour ago");
  }
  return {};
}

Result<BlockOutcome> Replica::finalize(const BlockInput& block) {
  std::vector<std::optional<Record>> parsed(block.leaves.size());
  std::vector<std::optional<base::Error>> refused(block.leaves.size());
  base::parallel_for(options_.threads, block.leaves.size(), kParseGrain,
                     [&](std::size_t begin, std::size_t end) {
                       for (std::size_t i = begin; i < end; ++i) {
                         auto record = Record::parse(block.leaves[i]);
                         if (record) {
                           parsed[i].emplace(std::move(*record));
                         } else {
                           refused[i] = record.error();
                         }
                       }
                     });
  std::vector<const Record*> records;
  records.reserve(parsed.size());
  for (const auto& record : parsed) records.push_back(record ? &*record : nullptr);
  registry::RememberingChecker checker;
  registry::remember_signatures(checker, records, registry_->charter(), options_.threads);
  ASSIGN_OR_RETURN(BlockOutcome outcome, execute(block.time, records, {}, checker));
  for (std::size_t i = 0; i < refused.size(); ++i) {
    if (refused[i]) outcome.outcomes[i] = std::move(refused[i]);
  }
  return outcome;
}

// Null records are passed over; what became of them the caller knows.
Result<BlockOutcome> Replica::execute(base::EpochSeconds time, std::span<const Record* const> records,
                                      std::span<const base::Hash> hashes,
                                      charter::SignatureChecker& checker) {
  BlockOutcome outcome;
  outcome.outcomes.resize(records.size());
  cosigners_before_ = registry_->charter().cosigners();
  registry_->begin_block(time);
  std::vector<base::ByteView> accepted;
  accepted.reserve(records.size() + 1);
  std::vector<base::Hash> accepted_hashes;
  accepted_hashes.reserve(hashes.size() + 1);
  for (std::size_t i = 0; i < records.size(); ++i) {
    registry::look_ahead(registry_->charter(), records.subspan(i));
    if (records[i] == nullptr) continue;
    if (auto applied = registry_->apply(*records[i], checker); applied) {
      accepted.push_back(base::as_bytes(records[i]->leaf()));
      if (!hashes.empty()) accepted_hashes.push_back(hashes[i]);
    } else {
      outcome.outcomes[i] = std::move(applied).error();
    }
  }
  outcome.block_record = registry_->end_block();
  outcome.state = registry_->state();
  TRY(stage(std::move(accepted), std::move(accepted_hashes), outcome.block_record));
  return outcome;
}

Result<void> Replica::stage(std::vector<base::ByteView> leaves, std::vector<base::Hash> hashes,
                            const std::string& block_record) {
  leaves.push_back(base::as_bytes(block_record));
  if (hashes.size() + 1 == leaves.size()) hashes.push_back(merkle::leaf_hash(leaves.back()));
  return log_->append(leaves, hashes);
}

Result<ApplicationInfo> Replica::commit() {
  TRY(log_->sync());
  // Time in the memory never decreases, even if the clock was set back.
  const base::EpochSeconds last = memory_.last() ? memory_.last()->time : base::EpochSeconds(0);
  TRY(memory_.store(log_->size(), log_->root(), std::max(last, options_.clock->now())));
  return info();
}

bool Replica::may_cosign() const {
  if (!operator_key_) return false;
  const auto names_me = [&](const charter::CosignerKey& key) {
    return key.member == member_ && key.operator_key == operator_key_->verifier_key().key;
  };
  // The step to a new set of members needs a quorum of the old one too (docs/formats/receipts.md, policy
  // chain).
  return std::ranges::any_of(registry_->charter().cosigners(), names_me) ||
         std::ranges::any_of(cosigners_before_, names_me);
}

Result<void> Replica::check_is_mine(const note::Checkpoint& checkpoint) const {
  if (checkpoint.origin == registry_->charter().origin() && checkpoint.size == log_->durable_size() &&
      log_->size() == log_->durable_size() && checkpoint.root == log_->root()) {
    return {};
  }
  return base::fail(kForeignCheckpoint, "size " + std::to_string(checkpoint.size.value()) +
                                            ": not the log that this replica executed");
}

Result<std::string> Replica::cosign(std::string_view checkpoint_body) {
  if (!may_cosign())
    return base::fail(registry::kNotSeated, member_ + " has no seat, or another operator key");
  ASSIGN_OR_RETURN(const note::Checkpoint checkpoint, note::parse_checkpoint(checkpoint_body));
  TRY(check_is_mine(checkpoint));
  const base::EpochSeconds time = std::max(memory_.last()->time, options_.clock->now());
  if (time != memory_.last()->time) TRY(memory_.store(checkpoint.size, checkpoint.root, time));
  return note::cosign_checkpoint(checkpoint, *operator_key_, time);
}

Result<void> Replica::accept_checkpoint(std::string_view checkpoint) {
  ASSIGN_OR_RETURN(const note::SignedCheckpoint parsed, note::parse_signed_checkpoint(checkpoint));
  TRY(check_is_mine(parsed.checkpoint));
  TRY(storage::replace_checkpoint(*options_.files, options_.log_folder, base::as_bytes(checkpoint)));
  return log_->remove_superseded(log_->durable_size());
}

// What is late here was late for everybody: blocks of the past are only asked whether they follow. The clock
// still refuses those from the future.
Result<std::optional<Offence>> Replica::take(std::vector<std::string> leaves,
                                             const std::string& block_record) {
  const std::uint64_t first = log_->size().value();
  const base::LeafIndex end(first + leaves.size());
  const auto block = registry::block_input(std::move(leaves), block_record);
  if (!block) return Offence{end, block.error()};
  const std::size_t bytes = bytes_of(block->leaves);
  if (const Result<void> follows = check_follows(*block, block->leaves.size(), bytes); !follows)
    return Offence{end, follows.error()};
  if (options_.live && block->time > options_.clock->now() + kClockAheadMax)
    return base::fail(kWrongTime, "the block's time is more than 60 s ahead");
  ASSIGN_OR_RETURN(const BlockOutcome own, finalize(*block));
  return judge(own, first, block_record);
}

std::optional<Offence> Replica::judge(const BlockOutcome& own, std::uint64_t first,
                                      std::string_view block_record) const {
  for (std::size_t i = 0; i < own.outcomes.size(); ++i) {
    if (own.outcomes[i]) return Offence{base::LeafIndex(first + i), *own.outcomes[i]};
  }
  if (own.block_record == block_record) return std::nullopt;
  return Offence{
      base::LeafIndex(first + own.outcomes.size()),
      base::Error(registry::kWrongBlockRecord, "the block record differs from the one computed here")};
}

// As above, without parsing and trying signatures once more. A block with a leaf that is no record goes that way: it is
// refused there in the same words.
Result<std::optional<Offence>> Replica::take(std::span<ReadLeaf> leaves) {
  CHECK(!leaves.empty());
  if (!std::ranges::all_of(leaves, [](const ReadLeaf& leaf) { return leaf.record.has_value(); })) {
    std::vector<std::string> texts;
    for (const ReadLeaf& leaf : leaves) texts.emplace_back(leaf.text());
    const std::string block_record = std::move(texts.back());
    texts.pop_back();
    return take(std::move(texts), block_record);
  }
  const std::uint64_t first = log_->size().value();
  const base::LeafIndex end(first + leaves.size() - 1);
  const std::string_view block_record = leaves.back().text();
  const auto block = registry::block_input({}, block_record);
  if (!block) return Offence{end, block.error()};
  leaves = leaves.first(leaves.size() - 1);
  std::size_t bytes = 0;
  for (const ReadLeaf& leaf : leaves) bytes += leaf.text().size();
  if (const Result<void> follows = check_follows(*block, leaves.size(), bytes); !follows)
    return Offence{end, follows.error()};
  if (options_.live && block->time > options_.clock->now() + kClockAheadMax)
    return base::fail(kWrongTime, "the block's time is more than 60 s ahead");
  registry::RememberingChecker checker;
  std::vector<const Record*> records;
  std::vector<base::Hash> hashes;
  records.reserve(leaves.size());
  hashes.reserve(leaves.size());
  for (ReadLeaf& leaf : leaves) {
    records.push_back(&*leaf.record);
    hashes.push_back(leaf.hash);
    checker.remember(*leaf.record, std::move(leaf.tried));
  }
  ASSIGN_OR_RETURN(const BlockOutcome own, execute(block->time, records, hashes, checker));
  return judge(own, first, block_record);
}

Result<void> Replica::follow(std::vector<std::string> leaves, const std::string& block_record) {
  ASSIGN_OR_RETURN(const std::optional<Offence> offence, take(std::move(leaves), block_record));
  if (offence) {
    return std::unexpected(offence->reason.at("leaf " + std::to_string(offence->leaf.value())));
  }
  TRY(commit());
  return {};
}

Result<void> Replica::catch_up(const storage::LogFolder& source) {
  std::vector<std::string> leaves;
  const base::LeafIndex begin(log_->size().value());
  if (source.size() < log_->size()) {
    return base::fail(kBadBlock, "the log to follow has " + std::to_string(source.size().value()) +
                                     " leaves, fewer than the " + std::to_string(log_->size().value()) +
                                     " that this replica has cosigned");
  }
  return source.read_leaves(begin, base::LeafIndex(source.size().value()),
                            [&](base::LeafIndex, base::ByteView leaf) -> Result<void> {
                              if (leaves.size() > base::kBlockRecordsMax)
                                return base::fail(kBadBlock, "more than 4,096 records");
                              leaves.emplace_back(base::as_text(leaf));
                              if (!registry::is_block_record(leaves.back())) return {};
                              const std::string block_record = std::move(leaves.back());
                              leaves.pop_back();
                              return follow(std::exchange(leaves, {}), block_record);
                            });
}

}  // namespace replica
