// Applies sorted updates to subtrees of the state trie: down level by level, then up, hashing each level with
// one call. Private to merkle/. Up, every touched node is put together anew from its two children: two empty
// ones make it empty, a leaf beside an empty one takes its place, anything else is an inner node. So the form
// depends on the set only, whatever the updates were, and removals need no case of their own.
//
// A trie of a million keys is far larger than the caches and than what the processor's page tables at hand
// cover, and an update's path misses them at every level. So memory is read in short loops that do nothing
// else, whose many misses overlap. Prefetching the next level while one was split gained nothing.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "merkle/state_trie.h"
#include "merkle/trie_nodes.h"

namespace merkle {

/// An update's place: the key's first 64 bits and where the rest stands.
struct UpdatePlace {
  std::uint64_t prefix;
  std::uint32_t number;  ///< position in the caller's updates
};

/// A touched subtree: the places [begin, end) go below it.
struct TouchedSubtree {
  TrieRef old;
  std::uint32_t begin;
  std::uint32_t end;
  std::uint32_t slot;  ///< where it hangs: the split above, times two, plus the side
};
/// One that has to be split.
struct SubtreeSplit {
  TouchedSubtree touched;
  TrieChildren children;
};

/// What an update works in. Kept between updates: a block's worth is more than the system gives back and
/// forth for nothing (a fifth of a small update went into new pages).
struct UpdateScratch {
  std::vector<SubtreeSplit> splits;  ///< level by level
  std::vector<std::uint32_t> level_ends;
  std::vector<TouchedSubtree> touched_leaves;  ///< of the level below, not yet read
  // Message i is that of split i; its two hashes are filled in from below.
  std::vector<base::Byte> messages;
  std::vector<base::Hash> hashes;
  std::vector<std::uint64_t> leaf_prefixes;
  std::vector<std::uint32_t> leaf_slots;
  std::vector<base::Byte> leaf_messages;
};

/// Sorts by key.   Shapes: keys are distinct (CHECKed later, by the depth).
void sort_places(std::span<UpdatePlace> places, std::span<const TrieUpdate> updates);

/// Threads: one owner; several updaters may work on disjoint subtrees of one trie.
class SubtreeUpdater {
 public:
  SubtreeUpdater(TrieNodes& nodes, std::span<const TrieUpdate> updates, UpdateScratch& scratch);

  /// The subtree that `old` at `depth` becomes; its hash is ready.
  /// Shapes: places are sorted, not empty, and all lie below this subtree.
  TrieRef apply(TrieRef old, unsigned depth, std::span<const UpdatePlace> places);
  /// Keys added minus keys removed since construction.
  std::ptrdiff_t growth() const { return growth_; }

 private:
  using Touched = TouchedSubtree;
  using Split = SubtreeSplit;

  TrieRef settle(TrieRef old, const UpdatePlace& place);
  unsigned place_bit(const UpdatePlace& place, unsigned depth) const;
  void descend(unsigned depth, std::span<const UpdatePlace> places);
  void settle_leaves(std::span<const UpdatePlace> places);
  void split(std::uint32_t number, unsigned depth, std::span<const UpdatePlace> places);
  void gather_inner_hashes();
  void hash_leaves();
  TrieRef ascend();
  TrieRef finish(const Split& done, const base::Byte* children_hashes, base::Hash& hash);
  base::Byte* hash_at(std::uint32_t slot) {
    return messages_.data() + kNodeMessageBytes * (slot / 2) + 1 + sizeof(base::Hash) * (slot % 2);
  }

  TrieNodes* nodes_;
  std::span<const TrieUpdate> updates_;
  NodePool<LeafChunk>::Lease leaves_;
  NodePool<InnerChunk>::Lease inners_;
  std::ptrdiff_t growth_ = 0;
  // Views of the scratch.
  std::vector<Split>& splits_;
  std::vector<std::uint32_t>& level_ends_;
  std::vector<Touched>& touched_leaves_;
  std::vector<base::Byte>& messages_;
  std::vector<base::Hash>& hashes_;
  std::vector<std::uint64_t>& leaf_prefixes_;
  std::vector<std::uint32_t>& leaf_slots_;
  std::vector<base::Byte>& leaf_messages_;
};

/// The trie's first levels as full rows: rows[d][i] hangs at depth d on the path of the d bits of i. A leaf
/// that lies higher is carried down to the row where it would be; joining brings it up again.
std::vector<std::vector<TrieRef>> top_rows(const TrieNodes& nodes, unsigned bits);
/// The top that stands above `refs`, which take the place of the last of `rows`; its hash is ready.
TrieRef join_rows(TrieNodes& nodes, const std::vector<std::vector<TrieRef>>& rows, std::vector<TrieRef> refs);

}  // namespace merkle
