#include "replica/read_ahead.h"

#include <algorithm>
#include <utility>

#include "base/limits.h"
#include "base/parallel.h"
#include "merkle/log_tree.h"

namespace replica {

using base::LeafIndex;
using base::Result;
using record::Record;

namespace {

/// A chunk ends with this many bundles, or with the group of bundles that brings it to so many bytes: what a hostile
/// hub can make this hold is a few of these and a bundle of 16 MiB for each line.
constexpr std::size_t kChunkBundles = 16;
constexpr std::size_t kChunkBytes = std::size_t{4} << 20;
/// Between two of the three stages.
constexpr std::size_t kChunksWaiting = 1;
/// A signature takes 40 us, so a thread fetches work every millisecond or so.
constexpr std::size_t kTryGrain = 32;

ReadChunk::Bundle parse(const Result<storage::Bundle>& fetched) {
  ReadChunk::Bundle bundle;
  if (!fetched) {
    bundle.error = fetched.error();
    return bundle;
  }
  bundle.first = fetched->first;
  bundle.leaves.reserve(fetched->leaves.size());
  bundle.hashes.reserve(fetched->leaves.size());
  for (const base::ByteView leaf : fetched->leaves) {
    bundle.hashes.push_back(merkle::leaf_hash(leaf));
    ReadLeaf& read = bundle.leaves.emplace_back();
    if (auto record = Record::parse(base::as_text(leaf))) {
      read.record.emplace(std::move(*record));
      read.hash = bundle.hashes.back();
    } else {
      read.raw = base::as_text(leaf);
    }
  }
  return bundle;
}

}  // namespace

ReadAhead::ReadAhead(HubSource& source, const note::Checkpoint& checkpoint, LeafIndex begin,
                     registry::KeyDirectory keys, unsigned threads)
    : log_(source, checkpoint),
      lines_(source.fetches_at_once()),
      threads_(threads),
      next_bundle_(begin.value() / base::kTileWidth),
      end_bundle_((checkpoint.size.value() + base::kTileWidth - 1) / base::kTileWidth),
      keys_(std::move(keys)),
      fetched_(kChunksWaiting),
      checked_(kChunksWaiting) {
  if (lines_ == 1) return;
  fetching_ = std::jthread([this] { run_fetching(); });
  checking_ = std::jthread([this] { run_checking(); });
}

// A fetch under way ends by itself: its time is bounded.
ReadAhead::~ReadAhead() {
  fetched_.close();
  checked_.close();
}

std::optional<ReadChunk> ReadAhead::next() {
  if (lines_ > 1) return checked_.pop();
  if (is_at_end() || has_failed_) return std::nullopt;
  return check_chunk(fetch_chunk());
}

void ReadAhead::give_back(std::vector<ReadLeaf> spent) {
  const std::scoped_lock lock(spent_mutex_);
  spent_.push_back(std::move(spent));
}

void ReadAhead::run_fetching() {
  while (!is_at_end() && !has_failed_) {
    if (!fetched_.push(fetch_chunk())) return;
  }
  fetched_.close();
}

void ReadAhead::run_checking() {
  while (std::optional<Fetched> fetched = fetched_.pop()) {
    if (!checked_.push(check_chunk(std::move(*fetched)))) return;
  }
  checked_.close();
}

ReadAhead::Fetched ReadAhead::fetch_chunk() {
  Fetched chunk;
  std::size_t bytes = 0;
  while (!is_at_end() && !has_failed_ && chunk.bundles.size() < kChunkBundles && bytes < kChunkBytes) {
    const std::size_t count = std::min<std::uint64_t>(lines_, end_bundle_ - next_bundle_);
    std::vector<Result<storage::Bundle>> group(count);
    base::parallel_for(lines_, count, 1, [&](std::size_t begin, std::size_t) {
      group[begin] = log_.read_bundle(merkle::TileIndex(next_bundle_ + begin));
    });
    next_bundle_ += count;
    for (Result<storage::Bundle>& bundle : group) {
      if (bundle) bytes += bundle->bytes.size();
      has_failed_ = has_failed_ || !bundle;
      chunk.bundles.push_back(std::move(bundle));
    }
  }
  return chunk;
}

ReadChunk ReadAhead::check_chunk(Fetched fetched) {
  {
    std::vector<std::vector<ReadLeaf>> spent;
    const std::scoped_lock lock(spent_mutex_);
    spent.swap(spent_);
  }
  ReadChunk chunk;
  chunk.bundles.resize(fetched.bundles.size());
  base::parallel_for(threads_, chunk.bundles.size(), 1,
                     [&](std::size_t i, std::size_t) { chunk.bundles[i] = parse(fetched.bundles[i]); });
  std::vector<ReadLeaf*> leaves;
  for (std::size_t i = 0; i < chunk.bundles.size(); ++i) {
    ReadChunk::Bundle& bundle = chunk.bundles[i];
    if (!bundle.error) {
      if (auto found = log_.check_bundle(bundle.first, bundle.hashes); !found) bundle.error = found.error();
    }
    if (bundle.error) {  // what is not in the tree is handed to nobody
      bundle.leaves.clear();
      chunk.bundles.resize(i + 1);
      break;
    }
    for (ReadLeaf& leaf : bundle.leaves) {
      if (!leaf.record) continue;
      keys_.learn(*leaf.record);
      leaves.push_back(&leaf);
    }
  }
  base::parallel_for(threads_, leaves.size(), kTryGrain, [&](std::size_t begin, std::size_t end) {
    for (std::size_t i = begin; i < end; ++i)
      leaves[i]->tried = registry::try_signatures(*leaves[i]->record, keys_);
  });
  return chunk;
}

}  // namespace replica
