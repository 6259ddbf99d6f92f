// How the state trie lies in memory: two pools of nodes with 32-bit references, 64 bytes a leaf and 40 an
// inner node, so that a million keys take about 120 MB. Private to merkle/. A leaf's hash is not kept: it is
// needed only when the node above it is hashed, and costs less than the memory would.
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <memory>
#include <mutex>
#include <new>
#include <type_traits>
#include <vector>

#include "base/bytes.h"
#include "base/check.h"

namespace merkle {

/// Where a subtree hangs: 0 is the empty one; with the top bit a leaf, else an inner node.
using TrieRef = std::uint32_t;
inline constexpr TrieRef kEmptyRef = 0;
inline constexpr TrieRef kLeafBit = 0x8000'0000U;

inline bool is_leaf(TrieRef ref) {
  return (ref & kLeafBit) != 0;
}
inline bool is_inner(TrieRef ref) {
  return ref != kEmptyRef && !is_leaf(ref);
}

struct TrieLeaf {
  base::Hash key;
  base::Hash text_hash;
};
using TrieChildren = std::array<TrieRef, 2>;

// What a chunk of nodes is made of. Leaves start at cache lines. Hashes of inner nodes stand apart from their
// children: on the way down only children are read, on the way up only hashes, and two siblings with
// neighbouring numbers often share a line.
inline constexpr unsigned kChunkBits = 12;
inline constexpr std::uint32_t kChunkNodes = 1U << kChunkBits;
struct alignas(64) LeafChunk {
  std::array<TrieLeaf, kChunkNodes> leaves;
};
struct alignas(64) InnerChunk {
  std::array<base::Hash, kChunkNodes> hashes;
  std::array<TrieChildren, kChunkNodes> children;
};

/// Nodes in chunks that never move. Numbers start at 1. A chunk's bytes are not written before its nodes are:
/// most of a large build's time outside of hashing would go there.
/// Threads: reserve(), restart() and bytes() alone; leases of several threads may work at once, each on its
/// own nodes.
template <typename Chunk>
class NodePool {
 public:
  Chunk& chunk_of(std::uint32_t number) { return *chunks_[number >> kChunkBits]; }
  const Chunk& chunk_of(std::uint32_t number) const { return *chunks_[number >> kChunkBits]; }

  /// Makes room in the table of chunks for `nodes` more nodes taken by at most `leases` leases, so that the
  /// table does not move while they run. Allocates no node.
  void reserve(std::size_t nodes, std::size_t leases) {
    chunks_.resize(std::max(chunks_.size(), used_chunks_ + nodes / kChunkNodes + leases + 1));
  }
  /// Gives back all nodes, and takes the numbers [1, nodes] at once. The memory is kept.
  void restart(std::uint32_t nodes) {
    const std::size_t chunks = nodes == 0 ? 0 : (std::size_t{nodes} >> kChunkBits) + 1;
    free_.clear();
    ranges_.clear();
    chunks_.resize(std::max(chunks_.size(), chunks));
    for (std::size_t i = 0; i < chunks; ++i) make_chunk(i);
    used_chunks_ = chunks;
    const auto end = static_cast<std::uint32_t>(chunks << kChunkBits);
    if (nodes + 1 < end) ranges_.push_back({nodes + 1, end});
  }
  std::size_t bytes() const {
    const auto held = std::ranges::count_if(chunks_, [](const auto& chunk) { return chunk != nullptr; });
    return static_cast<std::size_t>(held) * sizeof(Chunk) + chunks_.capacity() * sizeof(void*);
  }

  /// One thread's hand in the pool. What it did not use goes back when it ends.
  class Lease {
   public:
    explicit Lease(NodePool& pool) : pool_(&pool) {}
    Lease(const Lease&) = delete;
    Lease& operator=(const Lease&) = delete;
    ~Lease() {
      const std::scoped_lock lock(pool_->mutex_);
      pool_->free_.insert(pool_->free_.end(), free_.begin(), free_.end());
      if (next_ != end_) pool_->ranges_.push_back({next_, end_});
    }
    std::uint32_t take() {
      if (free_.empty() && next_ == end_) refill();
      if (free_.empty()) return next_++;
      const std::uint32_t number = free_.back();
      free_.pop_back();
      return number;
    }
    void give_back(std::uint32_t number) { free_.push_back(number); }

   private:
    void refill() {
      const std::scoped_lock lock(pool_->mutex_);
      if (!pool_->free_.empty()) {
        const std::size_t some = std::min<std::size_t>(pool_->free_.size(), 64);
        free_.assign(pool_->free_.end() - static_cast<std::ptrdiff_t>(some), pool_->free_.end());
        pool_->free_.resize(pool_->free_.size() - some);
        return;
      }
      if (!pool_->ranges_.empty()) {
        next_ = pool_->ranges_.back()[0];
        end_ = pool_->ranges_.back()[1];
        pool_->ranges_.pop_back();
        return;
      }
      pool_->make_chunk(pool_->used_chunks_);
      next_ = static_cast<std::uint32_t>(pool_->used_chunks_++) << kChunkBits;
      end_ = next_ + kChunkNodes;
      if (next_ == 0) ++next_;  // 0 is the empty subtree
    }

    NodePool* pool_;
    std::vector<std::uint32_t> free_;
    std::uint32_t next_ = 0;
    std::uint32_t end_ = 0;
  };

 private:
  struct FreeChunk {
    void operator()(Chunk* chunk) const { ::operator delete(chunk, std::align_val_t{alignof(Chunk)}); }
  };
  // Aggregates of bytes and words: the allocation begins their life, and no destructor has to run.
  static_assert(std::is_aggregate_v<Chunk> && std::is_trivially_destructible_v<Chunk>);

  void make_chunk(std::size_t number) {
    CHECK(number < chunks_.size() && number < (kLeafBit >> kChunkBits));
    if (chunks_[number] != nullptr) return;
    chunks_[number].reset(
        static_cast<Chunk*>(::operator new(sizeof(Chunk), std::align_val_t{alignof(Chunk)})));
  }

  std::vector<std::unique_ptr<Chunk, FreeChunk>> chunks_;
  std::size_t used_chunks_ = 0;
  std::vector<std::uint32_t> free_;
  std::vector<std::array<std::uint32_t, 2>> ranges_;
  std::mutex mutex_;
};

struct TrieNodes {
  NodePool<LeafChunk> leaves;
  NodePool<InnerChunk> inners;
  TrieRef root = kEmptyRef;
  std::size_t size = 0;

  TrieLeaf& leaf(TrieRef ref) { return leaves.chunk_of(ref & ~kLeafBit).leaves[ref % kChunkNodes]; }
  const TrieLeaf& leaf(TrieRef ref) const {
    return leaves.chunk_of(ref & ~kLeafBit).leaves[ref % kChunkNodes];
  }
  base::Hash& hash(TrieRef inner) { return inners.chunk_of(inner).hashes[inner % kChunkNodes]; }
  const base::Hash& hash(TrieRef inner) const { return inners.chunk_of(inner).hashes[inner % kChunkNodes]; }
  TrieChildren& children(TrieRef inner) { return inners.chunk_of(inner).children[inner % kChunkNodes]; }
  const TrieChildren& children(TrieRef inner) const {
    return inners.chunk_of(inner).children[inner % kChunkNodes];
  }
};

/// Bit `depth` of a key, counted from the most significant.
inline unsigned key_bit(const base::Hash& key, unsigned depth) {
  return (static_cast<unsigned>(key.bytes[depth / 8]) >> (7 - depth % 8)) & 1U;
}

/// The 65 bytes that a node's hash is taken from.
inline constexpr std::size_t kNodeMessageBytes = 65;
inline constexpr base::Byte kTrieLeafTag = 0x02;
inline constexpr base::Byte kTrieInnerTag = 0x03;
using NodeMessage = std::array<base::Byte, kNodeMessageBytes>;

inline void write_node_message(base::Byte* message, base::Byte tag, const base::Hash& first,
                               const base::Hash& second) {
  message[0] = tag;
  std::copy_n(first.bytes.data(), 32, message + 1);
  std::copy_n(second.bytes.data(), 32, message + 33);
}

/// The key's first 64 bits.
inline std::uint64_t key_prefix(const base::Hash& key) {
  std::uint64_t prefix = 0;
  for (std::size_t i = 0; i < 8; ++i) prefix = prefix << 8 | key.bytes[i];
  return prefix;
}

/// Hash of one node.
base::Hash trie_hash(base::Byte tag, const base::Hash& first, const base::Hash& second);
/// Hash of a subtree; leaves are hashed anew.
base::Hash trie_hash(const TrieNodes& nodes, TrieRef ref);

}  // namespace merkle
