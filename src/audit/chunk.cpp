#include "audit/chunk.h"

#include <algorithm>
#include <atomic>

#include "audit/tile_check.h"
#include "base/parallel.h"
#include "merkle/log_tree.h"
#include "resource/keys.h"

namespace audit {
namespace {

using record::Record;

std::string directory_name(std::string_view name, std::uint32_t id) {
  return std::string(name) + "+" + std::to_string(id);
}

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

registry::TriedSignature try_line(const Record& record, const record::SignatureLine& line,
                                  const std::vector<crypto::PublicKey>& candidates) {
  registry::TriedSignature tried;
  for (const crypto::PublicKey& key : candidates) {
    tried.key = key;
    tried.verified = crypto::verify_signature(key, base::as_bytes(record.body()), line.signature);
    if (tried.verified) break;
  }
  return tried;
}

std::vector<registry::TriedSignature> try_record(const Record& record, const KeyDirectory& keys) {
  std::vector<registry::TriedSignature> tried(record.signatures().size());
  for (std::size_t i = 0; i < tried.size(); ++i) {
    const record::SignatureLine& line = record.signatures()[i];
    if (const auto* const candidates = keys.find(line.name, line.key_id))
      tried[i] = try_line(record, line, *candidates);
  }
  return tried;
}

}  // namespace

void KeyDirectory::learn(const Record& record) {
  for (const resource::Change& change : record.changes()) {
    if (change.object_class != resource::ObjectClass::kOrganisation &&
        change.object_class != resource::ObjectClass::kMember) {
      continue;
    }
    for (const crypto::PublicKey& key : resource::added_keys(change)) {
      auto& known = keys_[directory_name(change.key, resource::key_id(change.key, key))];
      if (std::ranges::find(known, key) == known.end()) known.push_back(key);
    }
  }
}

const std::vector<crypto::PublicKey>* KeyDirectory::find(std::string_view name, std::uint32_t key_id) const {
  const auto known = keys_.find(directory_name(name, key_id));
  return known == keys_.end() ? nullptr : &known->second;
}

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

std::uint64_t try_chunk(Chunk& chunk, const KeyDirectory& keys, unsigned threads) {
  std::atomic<std::uint64_t> verified{0};
  base::parallel_for(threads, chunk.bundles.size(), 1, [&](std::size_t begin, std::size_t end) {
    std::uint64_t mine = 0;
    for (std::size_t i = begin; i < end; ++i) {
      CheckedBundle& bundle = chunk.bundles[i];
      bundle.tried.reserve(bundle.records.size());
      for (const Record& record : bundle.records) {
        bundle.tried.push_back(try_record(record, keys));
        mine += bundle.tried.back().size();
      }
    }
    verified += mine;
  });
  return verified;
}

}  // namespace audit
