// One stretch of the log on its way through an audit: read, hashed, parsed, its signatures tried. Everything
// here is independent of other chunks but for the keys, which are learned in log order.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/result.h"
#include "crypto/ed25519.h"
#include "record/record.h"
#include "registry/verify_ahead.h"
#include "storage/log_folder.h"

namespace audit {

/// Bundles in a chunk: long enough that two threads share its work evenly.
inline constexpr std::size_t kChunkBundles = 16;

/// Every key that any record so far has added to a party, by signature name and key id. Keys that were
/// retired stay: which key may sign is for the rules, this only says which to try.
class KeyDirectory {
 public:
  void learn(const record::Record& record);
  const std::vector<crypto::PublicKey>* find(std::string_view name, std::uint32_t key_id) const;

 private:
  std::unordered_map<std::string, std::vector<crypto::PublicKey>> keys_;
};

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
std::uint64_t try_chunk(Chunk& chunk, const KeyDirectory& keys, unsigned threads);

}  // namespace audit
