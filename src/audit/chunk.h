// One stretch of the log on its way through an audit: read, hashed, parsed, its signatures tried. Everything
// here is independent of other chunks but for the keys, which are learned in log order.
#pragma once

#include <optional>
#include <vector>

#include "base/result.h"
#include "crypto/ed25519.h"
#include "record/record.h"
#include "registry/key_directory.h"
#include "storage/log_folder.h"

namespace audit {

/// Bundles in a chunk: long enough that two threads share its work evenly.
inline constexpr std::size_t kChunkBundles = 16;

struct CheckedBundle {
  std::vector<base::Hash> leaf_hashes;
  base::Hash root;
  std::vector<record::Record> records;
  std::vector<std::vector<registry::TriedSignature>> tried;
  std::optional<base::Error> error;
};

struct Chunk {
  std::uint64_t first_bundle = 0;
  std::vector<CheckedBundle> bundles;
};

/// Reads, hashes and parses the chunk's bundles on `threads` threads. Errors stay in their bundle.
Chunk read_chunk(const storage::LogFolder& log, std::uint64_t first_bundle, std::uint64_t bundle_count,
                 unsigned threads);

/// Tries every signature on `threads` threads; returns how many were verified.
std::uint64_t try_chunk(Chunk& chunk, const registry::KeyDirectory& keys, unsigned threads);

}  // namespace audit
