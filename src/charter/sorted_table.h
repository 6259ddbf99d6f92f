// The tables that are walked: the face of LookupTable (lookup_table.h), and begin() and end() in the order of
// the keys.
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <utility>
#include <vector>

namespace charter {

/// Cost: O(log n).   Lifetime: a value keeps its address until it is erased.
template <typename KeyType, typename ValueType>
class SortedTable {
 public:
  using Key = KeyType;
  using Value = ValueType;
  using Entry = std::pair<const Key, Value>;

  template <typename K>
  const Value* find(const K& key) const {
    const auto found = map_.find(key);
    return found == map_.end() ? nullptr : &found->second;
  }
  /// The entry of the key, and true if it is new: its value is Value{} then.
  std::pair<Entry*, bool> add(const Key& key) {
    const auto [place, is_new] = map_.try_emplace(key);
    return {&*place, is_new};
  }
  /// Erases the entry; what its value was, if there was one.
  std::optional<Value> take(const Key& key) {
    auto node = map_.extract(key);
    return node.empty() ? std::nullopt : std::optional(std::move(node.mapped()));
  }
  std::size_t size() const { return map_.size(); }
  std::vector<const Entry*> sorted() const {
    std::vector<const Entry*> entries;
    entries.reserve(map_.size());
    for (const Entry& entry : map_) entries.push_back(&entry);
    return entries;
  }
  auto begin() const { return map_.begin(); }
  auto end() const { return map_.end(); }

 private:
  std::map<Key, Value, std::less<>> map_;
};

}  // namespace charter
