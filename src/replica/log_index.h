// Where on the log things are: which leaves concern an object, which leaf a record id is, which leaf ends a
// block. Derived from the leaves alone, in memory, made anew at each start; no rule and no proof rests on it.
// A leaf concerns an object if it changes it or names it, if it answers such a record, or if it is the block
// record of an effect of one.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/result.h"
#include "base/strong.h"
#include "record/record.h"

namespace replica {

/// Threads: one writer; const calls from any thread while nobody writes.
class LogIndex {
 public:
  /// Takes the next leaf.   Shapes: index == size().   Cost: about 0.3 us and an entry for each object.
  void take(base::LeafIndex index, const record::Record& record);
  base::TreeSize size() const { return size_; }

  /// Leaves that concern the object, from `from` on, at most `count_max`, in order of the log.
  std::span<const std::uint64_t> history(const resource::ObjectId& id, base::LeafIndex from,
                                         std::size_t count_max) const;
  /// Where the record with this id stands. Block records are found by height. Ids are told apart by their
  /// first eight bytes: whoever must be sure compares the leaf's id.
  std::optional<base::LeafIndex> find(const record::RecordId& id) const;
  /// The leaf of the block record of this height.
  std::optional<base::LeafIndex> block(base::Height height) const;
  /// Height of the block that holds the leaf.   Shapes: index < size().
  base::Height height_of(base::LeafIndex index) const;
  /// Memory that it takes, about.
  std::size_t bytes() const;

 private:
  struct Slot {
    std::uint64_t id = 0;
    std::uint64_t leaf_and_one = 0;  // 0: free
  };
  struct TextHash {
    using is_transparent = void;
    std::size_t operator()(std::string_view text) const noexcept {
      return std::hash<std::string_view>{}(text);
    }
  };

  void put(const record::RecordId& id, std::uint64_t leaf);
  void grow();
  std::uint32_t object_number(const resource::ObjectId& id);
  void add_to_history(std::uint32_t object, std::uint64_t leaf);
  void follow(std::string_view id_text, std::uint64_t leaf);
  std::span<const std::uint32_t> objects_of(const record::RecordId& subject) const;

  base::TreeSize size_;
  std::vector<Slot> slots_;  // open addressing
  std::size_t used_ = 0;
  std::vector<std::uint64_t> blocks_;  // by height
  std::unordered_map<std::string, std::uint32_t, TextHash, std::equal_to<>> objects_;
  std::vector<std::vector<std::uint64_t>> histories_;  // by object number, sorted
  // Records that name objects, by leaf, and the objects of each: subject_objects_[first .. next one's first).
  std::vector<std::uint64_t> subject_leaves_;
  std::vector<std::uint64_t> subject_firsts_;
  std::vector<std::uint32_t> subject_objects_;
};

}  // namespace replica
