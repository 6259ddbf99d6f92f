// Applies sorted updates to subtrees of the state trie: down level by level, then up, hashing each level with
// one call. Private to merkle/. Up, every touched node is put together anew from its two children: two empty
// ones make it empty, a leaf beside an empty one takes its place, anything else is an inner node. So the form
// depends on the set only, whatever the updates were, and removals need no case of their own.
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

/// Sorts by key.   Shapes: keys are distinct (CHECKed).
void sort_places(std::span<UpdatePlace> places, std::span<const TrieUpdate> updates);

/// Threads: one owner; several updaters may work on disjoint subtrees of one trie.
class SubtreeUpdater {
 public:
  SubtreeUpdater(TrieNodes& nodes, std::span<const TrieUpdate> updates);

  /// The subtree that `old` at `depth` becomes; its hash is ready.
  /// Shapes: places are sorted, not empty, and all lie below this subtree.
  TrieRef apply(TrieRef old, unsigned depth, std::span<const UpdatePlace> places);
  /// The node above `left` and `right`, in place of `old`. Hashes of inner nodes are ready after the next
  /// flush().
  TrieRef join(TrieRef old, TrieRef left, TrieRef right);
  void flush();
  /// Keys added minus keys removed since construction.
  std::ptrdiff_t growth() const { return growth_; }

 private:
  /// A node that has to be split: the places [begin, end) go below it.
  struct Split {
    TrieRef old;
    std::uint32_t begin;
    std::uint32_t end;
    std::uint32_t parent_side;  ///< the split above, times two, plus the side
    TrieChildren children;
    bool settled;  ///< needs no split; children[0] is what stands here now
  };

  /// True if the places end here: a single one for an empty place or for the leaf of the same key.
  bool settles(TrieRef old, std::span<const UpdatePlace> places) const;
  TrieRef settle(TrieRef old, const UpdatePlace& place);
  void fetch(TrieRef child, bool is_touched) const;
  void split(std::uint32_t number, unsigned depth, std::span<const UpdatePlace> places);
  unsigned place_bit(const UpdatePlace& place, unsigned depth) const;
  void write_child(base::Byte* to, TrieRef child);

  TrieNodes* nodes_;
  std::span<const TrieUpdate> updates_;
  NodePool<LeafChunk>::Lease leaves_;
  NodePool<InnerChunk>::Lease inners_;
  std::ptrdiff_t growth_ = 0;
  std::vector<Split> splits_;
  std::vector<std::uint32_t> level_ends_;

  // The level's messages, one after another; leaves' hashes go into the inner nodes' messages.
  std::vector<base::Byte> inner_messages_;
  std::vector<TrieRef> inner_refs_;
  std::vector<base::Byte> leaf_messages_;
  std::vector<std::uint32_t> leaf_targets_;  ///< offsets in inner_messages_
  std::vector<base::Hash> hashes_;
};

}  // namespace merkle
