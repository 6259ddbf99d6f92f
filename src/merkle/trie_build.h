// Builds the state trie of a large set from nothing, in one pass for each step: updates go to their buckets
// (by the first bits of the key) and become leaves there, a bucket's leaves are hashed where they lie,
// sorted, cut into nodes from the top down and hashed from the bottom up. Private to merkle/. Only for an
// empty trie; anything else is trie_update.h's.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "merkle/state_trie.h"
#include "merkle/trie_nodes.h"

namespace merkle {

/// Makes the leaves of all updates that do not remove, in buckets by the first `bits` bits of their keys:
/// bucket i gets the numbers [ends[i-1], ends[i]), the first one those from 1 on. Shapes: the trie is empty
/// (CHECKed); keys are distinct. The leaves' order depends on that of the updates, but not on `threads`.
std::vector<std::uint32_t> fill_buckets(TrieNodes& nodes, std::span<const TrieUpdate> updates, unsigned bits,
                                        unsigned threads);

/// Threads: one owner; several builders may work on different buckets of one trie.
class BucketBuilder {
 public:
  explicit BucketBuilder(TrieNodes& nodes) : nodes_(&nodes), inners_(nodes.inners) {}

  /// The subtree at `depth` of the leaves [begin, end); its hash is ready.
  TrieRef build(std::uint32_t begin, std::uint32_t end, unsigned depth);

 private:
  /// A leaf to be sorted: its key's first bits, and its place in the bucket.
  struct Key {
    std::uint64_t prefix;
    std::uint32_t leaf;
  };
  /// A node above the keys [begin, end); children are places in the bucket, or in inner_.
  struct Inner {
    std::uint32_t begin;
    std::uint32_t end;
    TrieChildren children;
  };

  void hash_leaves();
  void sort_keys(unsigned depth);
  void split_all(unsigned depth);
  TrieRef child_of(std::uint32_t begin, std::uint32_t end);
  std::uint32_t middle_of(const Inner& inner, unsigned depth) const;
  void hash_levels();
  TrieRef store();
  const base::Hash& leaf_key(std::uint32_t leaf) const { return nodes_->leaf(begin_ + leaf).key; }

  TrieNodes* nodes_;
  NodePool<InnerChunk>::Lease inners_;
  std::uint32_t begin_ = 0;  ///< the bucket's first leaf
  std::uint32_t count_ = 0;
  std::vector<Key> keys_;
  std::vector<Key> unsorted_;
  std::vector<std::uint32_t> run_ends_;
  std::vector<Inner> inner_;  ///< level by level; the first is the top
  std::vector<std::uint32_t> level_ends_;
  std::vector<base::Hash> leaf_hashes_;
  std::vector<base::Hash> hashes_;  ///< of inner_
  std::vector<TrieRef> refs_;       ///< of inner_
  std::vector<base::Byte> messages_;
};

}  // namespace merkle
