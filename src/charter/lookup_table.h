// A hash table that tells nothing about its order: look up, put, erase, count, and a list of the entries that
// is sorted by key. There is no begin(), so no caller can come to depend on an order that differs between
// machines. The only door of the exact rooms to std::unordered_map; why: docs/adr/0009-lookup-tables.md
#pragma once

#include <algorithm>
#include <cstring>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "base/bytes.h"
#include "crypto/ed25519.h"

namespace charter {

struct LookupHash {
  using is_transparent = void;
  std::size_t operator()(std::string_view text) const noexcept {
    return std::hash<std::string_view>{}(text);  // exact: chooses a bucket, which nothing can see
  }
  // Hashes and keys are spread already.
  std::size_t operator()(const base::Hash& hash) const noexcept { return first_word(hash.bytes.data()); }
  std::size_t operator()(const crypto::PublicKey& key) const noexcept { return first_word(key.bytes.data()); }

 private:
  static std::size_t first_word(const void* bytes) {
    std::size_t word = 0;
    std::memcpy(&word, bytes, sizeof word);
    return word;
  }
};

/// Cost: O(1) expected for everything but sorted().   Threads: as a standard container.
/// Lifetime: a value keeps its address until it is erased; list and table move together.
template <typename KeyType, typename ValueType>
class LookupTable {
 public:
  using Key = KeyType;
  using Value = ValueType;
  using Entry = std::pair<const Key, Value>;

  template <typename K>
  const Value* find(const K& key) const {
    const auto found = map_.find(key);
    return found == map_.end() ? nullptr : &found->second;
  }
  template <typename K>
  Value* find(const K& key) {
    return const_cast<Value*>(std::as_const(*this).find(key));
  }
  /// True if the key is new.
  bool put(const Key& key, Value value) { return map_.insert_or_assign(key, std::move(value)).second; }
  /// The value, a new one if the key is new.
  template <typename K>
  Value& find_or_add(const K& key) {
    const auto found = map_.find(key);
    return found != map_.end() ? found->second : map_.try_emplace(Key(key)).first->second;
  }
  template <typename K>
  void erase(const K& key) {
    const auto found = map_.find(key);
    if (found != map_.end()) map_.erase(found);
  }
  std::size_t size() const { return map_.size(); }
  /// Every entry, by key. Cost: O(n log n).   Lifetime: until the next erase.
  std::vector<const Entry*> sorted() const {
    std::vector<const Entry*> entries;
    entries.reserve(map_.size());
    for (const Entry& entry : map_) entries.push_back(&entry);
    std::sort(entries.begin(), entries.end(),
              [](const Entry* a, const Entry* b) { return a->first < b->first; });
    return entries;
  }

 private:
  std::unordered_map<Key, Value, LookupHash, std::equal_to<>> map_;  // exact: never walked but to be sorted
};

}  // namespace charter
