// How the state trie lies in memory: two pools of nodes with 32-bit references, 64 bytes a leaf and 40 an
// inner node, so that a million keys take about 120 MB. Private to merkle/. A leaf's hash is not kept: it is
// needed only when the node above it is hashed, and costs less than the memory would.
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
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
struct TrieInner {
  base::Hash hash;
  std::array<TrieRef, 2> children{};
};

/// Nodes in chunks that never move. Numbers start at 1.
/// Threads: reserve() and bytes() alone; leases of several threads may work at once, each on its own nodes.
template <typename Node>
class NodePool {
 public:
  static constexpr unsigned kChunkBits = 12;
  static constexpr std::uint32_t kChunkNodes = 1U << kChunkBits;

  Node& operator[](std::uint32_t number) { return chunks_[number >> kChunkBits][number & (kChunkNodes - 1)]; }
  const Node& operator[](std::uint32_t number) const {
    return chunks_[number >> kChunkBits][number & (kChunkNodes - 1)];
  }

  /// Makes room in the table of chunks for `nodes` more nodes taken by at most `leases` leases, so that the
  /// table does not move while they run. Allocates no node.
  void reserve(std::size_t nodes, std::size_t leases) {
    chunks_.resize(std::max(chunks_.size(), used_chunks_ + nodes / kChunkNodes + leases + 1));
  }
  std::size_t bytes() const {
    return used_chunks_ * kChunkNodes * sizeof(Node) + chunks_.capacity() * sizeof(void*);
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
      {
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
        next_ = static_cast<std::uint32_t>(pool_->used_chunks_++) << kChunkBits;
      }
      const std::uint32_t chunk = next_ >> kChunkBits;
      CHECK(chunk < pool_->chunks_.size() && next_ < kLeafBit - kChunkNodes);
      pool_->chunks_[chunk] = std::make_unique_for_overwrite<Node[]>(kChunkNodes);
      end_ = next_ + kChunkNodes;
      if (next_ == 0) ++next_;  // 0 is the empty subtree
    }

    NodePool* pool_;
    std::vector<std::uint32_t> free_;
    std::uint32_t next_ = 0;
    std::uint32_t end_ = 0;
  };

 private:
  std::vector<std::unique_ptr<Node[]>> chunks_;
  std::size_t used_chunks_ = 0;
  std::vector<std::uint32_t> free_;
  std::vector<std::array<std::uint32_t, 2>> ranges_;
  std::mutex mutex_;
};

struct TrieNodes {
  NodePool<TrieLeaf> leaves;
  NodePool<TrieInner> inners;
  TrieRef root = kEmptyRef;
  std::size_t size = 0;

  const TrieLeaf& leaf(TrieRef ref) const { return leaves[ref & ~kLeafBit]; }
  const TrieInner& inner(TrieRef ref) const { return inners[ref]; }
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

/// Hash of one node.
base::Hash trie_hash(base::Byte tag, const base::Hash& first, const base::Hash& second);
/// Hash of a subtree; leaves are hashed anew.
base::Hash trie_hash(const TrieNodes& nodes, TrieRef ref);

}  // namespace merkle
