#include "audit/chunk.h"

#include <atomic>
#include <string>

#include "audit/tile_check.h"
#include "base/parallel.h"
#include "merkle/log_tree.h"

namespace audit {
namespace {

using record::Record;

base::Result<void> read_bundle(const storage::LogFolder& log, std::uint64_t index, CheckedBundle& out) {
  ASSIGN_OR_RETURN(const storage::Bundle bundle, log.read_bundle(merkle::TileIndex(index)));
  out.leaf_hashes.reserve(bundle.leaves.size());
  for (const base::ByteView leaf : bundle.leaves) out.leaf_hashes.push_back(merkle::leaf_hash(leaf));
  out.root = merkle::root_of(out.leaf_hashes);
  const merkle::TileName tile{merkle::TileKind::kHashes, 0, merkle::TileIndex(index),
                              static_cast<unsigned>(bundle.leaves.size())};
  TRY(check_tile(log, tile, out.leaf_hashes));
  out.records.reserve(bundle.leaves.size());
  for (std::size_t i = 0; i < bundle.leaves.size(); ++i) {
    auto record = Record::parse(base::as_text(bundle.leaves[i]));
    if (!record) {
      return std::unexpected(record.error().at("leaf " + std::to_string(bundle.first.value() + i)));
    }
    out.records.push_back(std::move(*record));
  }
  return {};
}

}  // namespace

Chunk read_chunk(const storage::LogFolder& log, std::uint64_t first_bundle, std::uint64_t bundle_count,
                 unsigned threads) {
  Chunk chunk;
  chunk.first_bundle = first_bundle;
  chunk.bundles.resize(bundle_count);
  base::parallel_for(threads, bundle_count, 1, [&](std::size_t begin, std::size_t end) {
    for (std::size_t i = begin; i < end; ++i) {
      CheckedBundle& bundle = chunk.bundles[i];
      if (auto read = read_bundle(log, first_bundle + i, bundle); !read)
        bundle.error = std::move(read).error();
    }
  });
  return chunk;
}

std::uint64_t try_chunk(Chunk& chunk, const registry::KeyDirectory& keys, unsigned threads) {
  std::atomic<std::uint64_t> verified{0};
  base::parallel_for(threads, chunk.bundles.size(), 1, [&](std::size_t begin, std::size_t end) {
    std::uint64_t mine = 0;
    for (std::size_t i = begin; i < end; ++i) {
      CheckedBundle& bundle = chunk.bundles[i];
      bundle.tried.reserve(bundle.records.size());
      for (const Record& record : bundle.records) {
        bundle.tried.push_back(registry::try_signatures(record, keys));
        mine += bundle.tried.back().size();
      }
    }
    verified += mine;
  });
  return verified;
}

}  // namespace audit
