#include "registry/registry.h"

#include <algorithm>
#include <thread>
#include <utility>

#include "base/check.h"
#include "base/limits.h"
#include "codec/base64.h"
#include "crypto/hash.h"
#include "record/builder.h"

namespace registry {
namespace {

using base::as_bytes;

/// Below this, starting a thread costs more than it saves.
constexpr std::size_t kParallelTextsMin = 4'096;

merkle::TrieUpdate hash_change(const charter::TextChange& change) {
  merkle::TrieUpdate update;
  update.key = crypto::sha256(as_bytes(change.name));
  if (change.text) update.text_hash = crypto::sha256(as_bytes(*change.text));
  return update;
}

std::vector<merkle::TrieUpdate> hash_changes(const std::vector<charter::TextChange>& changes, unsigned threads) {
  std::vector<merkle::TrieUpdate> updates(changes.size());
  const auto hash_range = [&](std::size_t begin, std::size_t end) {
    for (std::size_t i = begin; i < end; ++i) updates[i] = hash_change(changes[i]);
  };
  if (threads < 2 || changes.size() < kParallelTextsMin) {
    hash_range(0, changes.size());
    return updates;
  }
  std::vector<std::jthread> workers;
  const std::size_t share = (changes.size() + threads - 1) / threads;
  for (std::size_t begin = 0; begin < changes.size(); begin += share) {
    workers.emplace_back(hash_range, begin, std::min(begin + share, changes.size()));
  }
  return updates;  // never reached before the workers join: see the scope of `workers`
}

}  // namespace
}  // namespace registry
