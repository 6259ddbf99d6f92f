#include "replica/view.h"

#include <algorithm>
#include <utility>

#include "base/check.h"
#include "base/parallel.h"
#include "merkle/log_tree.h"
#include "note/tlog_proof.h"
#include "registry/replay.h"
#include "registry/verify_ahead.h"
#include "replica/load.h"
#include "replica/record_receipts.h"
#include "replica/replica.h"
#include "storage/checkpoint_file.h"
#include "verify/receipt.h"

namespace replica {
namespace {

using base::LeafIndex;
using base::Result;
using base::TreeSize;
using record::Record;

/// Beyond this many leaves at once the view is loaded anew beside the present one: readers wait for a swap
/// only, and no more than this lies parsed in memory.
constexpr std::uint64_t kAppliedLeavesMax = 65'536;
/// Bundles that one thread parses before the index takes their records in order.
constexpr std::uint64_t kBundlesAtOnce = 16;

/// A block ready to be applied.
struct Block {
  LeafIndex first;
  std::vector<Record> records;
  std::optional<Record> end;
};

Result<Record> parse_leaf(LeafIndex index, base::ByteView leaf) {
  auto record = Record::parse(base::as_text(leaf));
  if (!record) return std::unexpected(record.error().at("leaf " + std::to_string(index.value())));
  return record;
}

/// Reads the leaves [frontier.size(), log.size()) as blocks and appends their hashes to `frontier`.
Result<std::vector<Block>> read_blocks(const storage::LogFolder& log, merkle::Frontier& frontier) {
  std::vector<Block> blocks;
  TRY(log.read_leaves(LeafIndex(frontier.size().value()), LeafIndex(log.size().value()),
                      [&](LeafIndex index, base::ByteView leaf) -> Result<void> {
                        frontier.append(merkle::leaf_hash(leaf));
                        ASSIGN_OR_RETURN(Record record, parse_leaf(index, leaf));
                        if (blocks.empty() || blocks.back().end) blocks.push_back({index, {}, {}});
                        if (record.kind() == record::Kind::kBlock) {
                          blocks.back().end.emplace(std::move(record));
                        } else {
                          blocks.back().records.push_back(std::move(record));
                        }
                        return {};
                      }));
  CHECK(!blocks.empty());
  if (!blocks.back().end)
    return base::fail(registry::kWrongBlockRecord, "the checkpoint ends inside a block");
  return blocks;
}

Result<void> replay(registry::Registry& registry, const std::vector<Block>& blocks) {
  registry::TrustingChecker checker;
  for (const Block& block : blocks) {
    TRY(registry::replay_block(registry, block.records, *block.end, block.first, checker,
                               registry::Rehash::kLater));
  }
  const Block& last = blocks.back();
  return registry::check_last_state(registry, *last.end, LeafIndex(last.first.value() + last.records.size()));
}

}  // namespace

Result<std::unique_ptr<View>> View::open(ViewOptions options) {
  std::unique_ptr<View> view(new View(std::move(options)));
  TRY(view->advance());
  return view;
}

Result<bool> View::advance() {
  const std::scoped_lock advancing(advancing_);
  const std::shared_ptr<const Published> before = published();
  ASSIGN_OR_RETURN(const bool changed, follow_checkpoint());
  if (!changed) return false;
  const std::shared_ptr<const Published> now = published();
  for (const Listener& listener : listeners_) listener(before, *now);
  return true;
}

Result<bool> View::follow_checkpoint() {
  if (stopped_) return std::unexpected(*stopped_);  // written under advancing_ only
  auto read = storage::load_checkpoint(*options_.files, options_.log_folder);
  if (!read && read.error().kind() == base::kFileMissing && !published_) return false;
  if (!read) return std::unexpected(std::move(read).error());
  std::string text(base::as_text(*read));
  if (published_ && published_->text == text) return false;
  auto parsed = note::parse_signed_checkpoint(text);
  if (!parsed) return std::unexpected(parsed.error().at(options_.log_folder + "/checkpoint"));
  note::Checkpoint checkpoint = parsed->checkpoint;
  if (published_) {
    const note::Checkpoint& present = published_->checkpoint;
    if (checkpoint.origin != present.origin || checkpoint.size < present.size ||
        (checkpoint.size == present.size && checkpoint.root != present.root)) {
      return base::fail(kForeignCheckpoint, options_.log_folder + "/checkpoint of size " +
                                                std::to_string(checkpoint.size.value()) +
                                                " does not go on from the one of size " +
                                                std::to_string(present.size.value()));
    }
  }
  ASSIGN_OR_RETURN(auto target, publish(std::move(checkpoint), std::move(text)));
  if (!published_) {
    TRY(load(std::move(target)));
  } else if (target->checkpoint.size == published_->checkpoint.size) {
    const auto guard = lock_exclusive();
    published_ = std::move(target);
  } else if (target->checkpoint.size.value() - published_->checkpoint.size.value() > kAppliedLeavesMax) {
    TRY(load(std::move(target)));
  } else {
    TRY(apply(std::move(target)));
  }
  return true;
}

// Everything that is the same in all receipts under this checkpoint.
Result<std::shared_ptr<const Published>> View::publish(note::Checkpoint checkpoint, std::string text) const {
  if (checkpoint.size.value() == 0) return base::fail(kForeignCheckpoint, "a checkpoint of no leaves");
  auto published = std::make_shared<Published>();
  const storage::LogFolder log = log_at(checkpoint.size);
  const LeafIndex last(checkpoint.size.value() - 1);
  ASSIGN_OR_RETURN(const base::Bytes leaf, log.read_leaf(last));
  note::TlogProof proof;
  proof.index = last;
  ASSIGN_OR_RETURN(proof.hashes, merkle::prove_inclusion(last, checkpoint.size, log));
  TRY(merkle::verify_inclusion(merkle::leaf_hash(leaf), last, checkpoint.size, checkpoint.root,
                               proof.hashes));
  published->block_record = base::as_text(leaf);
  ASSIGN_OR_RETURN(const verify::BlockEnd end,
                   verify::verify_block_end(checkpoint.origin, published->block_record, last, checkpoint));
  proof.checkpoint = text;
  published->receipt_end = published->block_record + "\n" + note::serialize_tlog_proof(proof);
  published->height = end.height;
  published->time = end.time;
  published->state = end.state;
  published->checkpoint = std::move(checkpoint);
  published->text = std::move(text);
  return published;
}

Result<void> View::load(std::shared_ptr<const Published> target) {
  const note::Checkpoint& checkpoint = target->checkpoint;
  const storage::LogFolder log = log_at(checkpoint.size);
  if (published_) {  // load_registry asks only whether the leaves lead to the new root
    ASSIGN_OR_RETURN(const merkle::LogProof proof,
                     merkle::prove_consistency(published_->checkpoint.size, checkpoint.size, log));
    TRY(merkle::verify_consistency(published_->checkpoint.size, published_->checkpoint.root, checkpoint.size,
                                   checkpoint.root, proof));
  }
  ASSIGN_OR_RETURN(LoadedRegistry loaded, load_registry(*options_.files, log, checkpoint.root,
                                                        options_.snapshot_folder, options_.threads));
  CHECK(loaded.registry.state() == target->state);  // load_registry compared every block it replayed
  if (options_.verified) loaded.registry.share(options_.verified);
  ASSIGN_OR_RETURN(merkle::Frontier frontier, merkle::frontier_from_tiles(checkpoint.size, log));
  ASSIGN_OR_RETURN(LogIndex index, index_log(log));
  frontier_ = std::move(frontier);
  std::optional<registry::Registry> old;
  {
    const auto guard = lock_exclusive();
    if (registry_) old.emplace(std::move(*registry_));
    registry_.emplace(std::move(loaded.registry));
    index_ = std::move(index);
    published_ = std::move(target);
  }
  return {};  // `old` goes here, outside the lock: it may be large
}

Result<LogIndex> View::index_log(const storage::LogFolder& log) const {
  LogIndex index;
  const std::uint64_t bundles = (log.size().value() + base::kTileWidth - 1) / base::kTileWidth;
  const std::uint64_t at_once = kBundlesAtOnce * std::max(1U, options_.threads);
  for (std::uint64_t begin = 0; begin < bundles; begin += at_once) {
    const std::size_t count = std::min(at_once, bundles - begin);
    std::vector<Result<std::vector<Record>>> parsed(count);
    base::parallel_for(options_.threads, count, 1, [&](std::size_t from, std::size_t end) {
      for (std::size_t i = from; i < end; ++i) {
        parsed[i] = [&]() -> Result<std::vector<Record>> {
          ASSIGN_OR_RETURN(const storage::Bundle bundle, log.read_bundle(merkle::TileIndex(begin + i)));
          std::vector<Record> records;
          for (std::size_t leaf = 0; leaf < bundle.leaves.size(); ++leaf) {
            const LeafIndex at(bundle.first.value() + leaf);
            ASSIGN_OR_RETURN(Record record, parse_leaf(at, bundle.leaves[leaf]));
            records.push_back(std::move(record));
          }
          return records;
        }();
      }
    });
    for (const auto& records : parsed) {
      if (!records) return std::unexpected(records.error());
      for (const Record& record : *records) index.take(LeafIndex(index.size().value()), record);
    }
  }
  return index;
}

Result<void> View::apply(std::shared_ptr<const Published> target) {
  merkle::Frontier frontier = frontier_;
  ASSIGN_OR_RETURN(const std::vector<Block> blocks, read_blocks(log_at(target->checkpoint.size), frontier));
  if (frontier.root() != target->checkpoint.root) {
    return base::fail(merkle::kBadLogProof, "the leaves beyond size " +
                                                std::to_string(published_->checkpoint.size.value()) +
                                                " do not lead to the published root");
  }
  const auto guard = lock_exclusive();
  if (auto replayed = replay(*registry_, blocks); !replayed) {
    // Half a block stands in the registry: what it says now is nobody's state.
    stopped_ = base::Error(kViewStopped, replayed.error().message());
    return std::unexpected(*stopped_);
  }
  for (const Block& block : blocks) {
    for (const Record& record : block.records) index_.take(LeafIndex(index_.size().value()), record);
    index_.take(LeafIndex(index_.size().value()), *block.end);
  }
  frontier_ = std::move(frontier);
  published_ = std::move(target);
  return {};
}

storage::LogFolder View::log_at(TreeSize size) const {
  return storage::LogFolder(*options_.files, options_.log_folder, size);
}

std::shared_ptr<const Published> View::published() const {
  const std::shared_lock guard = lock_shared();
  return published_;
}

std::shared_lock<std::shared_mutex> View::lock_shared() const {
  const std::scoped_lock turn(gate_);
  return std::shared_lock(lock_);
}

std::unique_lock<std::shared_mutex> View::lock_exclusive() const {
  const std::scoped_lock turn(gate_);
  return std::unique_lock(lock_);
}

Result<void> View::check_sound() const {
  if (stopped_) return std::unexpected(*stopped_);
  if (!published_) return base::fail(kNothingPublished, "no checkpoint counts yet");
  return {};
}

Result<std::string> View::receipt(const resource::ObjectId& id) const {
  return read([&](const registry::Registry& registry, const LogIndex&,
                  const Published& published) -> Result<std::string> {
    std::optional<std::string_view> text;
    bool is_tombstone = false;
    if (const resource::Object* const object = registry.charter().find(id)) {
      text = object->text();
      is_tombstone = object->is_tombstone();
    }
    return verify::object_receipt_start(published.checkpoint.origin, id, text, is_tombstone,
                                        {registry.prove_object(id), registry.roots()}) +
           published.receipt_end;
  });
}

Result<std::string> View::record_receipt(LeafIndex index) const {
  ASSIGN_OR_RETURN(const auto receipts, RecordReceipts::create(*this));
  return receipts->receipt(index);
}

Result<storage::LogFolder> View::log() const {
  const std::shared_ptr<const Published> now = published();
  if (!now) return base::fail(kNothingPublished, "no checkpoint counts yet");
  return log_at(now->checkpoint.size);
}

void View::subscribe(Listener listener) {
  const std::scoped_lock advancing(advancing_);
  listeners_.push_back(std::move(listener));
}

}  // namespace replica
