#include "merkle/trie_build.h"

#include <algorithm>
#include <bit>
#include <utility>

#include "base/check.h"
#include "base/limits.h"
#include "base/parallel.h"
#include "crypto/hash.h"

namespace merkle {
namespace {

using base::Hash;

// Nodes hashed with one call: the messages stay in the first-level cache.
constexpr std::size_t kCallNodes = 256;
// Ranges of updates that are counted and moved apart from each other.
constexpr std::size_t kRanges = 16;
// Up to so many keys, counting the zeros is faster than a search whose every step the processor guesses
// wrong.
constexpr std::uint32_t kCountMax = 16;

unsigned bit_of(std::uint64_t prefix, unsigned depth) {
  return static_cast<unsigned>(prefix >> (63 - depth)) & 1U;
}

}  // namespace

std::vector<std::uint32_t> fill_buckets(TrieNodes& nodes, std::span<const TrieUpdate> updates, unsigned bits,
                                        unsigned threads) {
  CHECK(nodes.root == kEmptyRef && nodes.size == 0 && bits > 0 && updates.size() < kLeafBit / 2);
  const std::size_t buckets = std::size_t{1} << bits;
  const std::size_t grain = updates.size() / kRanges + 1;
  const auto for_updates = [&](std::size_t range, const auto& body) {
    for (std::size_t i = range * grain; i < std::min((range + 1) * grain, updates.size()); ++i) {
      if (updates[i].text_hash) body(updates[i], key_prefix(updates[i].key) >> (64 - bits));
    }
  };
  // next[range * buckets + bucket]: first how many leaves the range has for the bucket, then their place.
  std::vector<std::uint32_t> next(kRanges * buckets);
  base::parallel_for(threads, kRanges, 1, [&](std::size_t range, std::size_t) {
    for_updates(range, [&](const TrieUpdate&, std::size_t bucket) { ++next[range * buckets + bucket]; });
  });
  std::vector<std::uint32_t> ends;
  std::uint32_t place = 1;
  for (std::size_t bucket = 0; bucket < buckets; ++bucket) {
    for (std::size_t range = 0; range < kRanges; ++range) {
      const std::uint32_t count = std::exchange(next[range * buckets + bucket], place);
      place += count;
    }
    ends.push_back(place);
  }
  nodes.leaves.restart(place - 1);
  base::parallel_for(threads, kRanges, 1, [&](std::size_t range, std::size_t) {
    for_updates(range, [&](const TrieUpdate& update, std::size_t bucket) {
      nodes.leaf(next[range * buckets + bucket]++) = {update.key, *update.text_hash};
    });
  });
  return ends;
}

TrieRef BucketBuilder::build(std::uint32_t begin, std::uint32_t end, unsigned depth) {
  CHECK(begin <= end);
  if (begin == end) return kEmptyRef;
  if (begin + 1 == end) return begin | kLeafBit;
  begin_ = begin;
  count_ = end - begin;
  hash_leaves();
  sort_keys(depth);
  split_all(depth);
  hash_levels();
  return store();
}

// The one time that the leaves are read: each gives its hash, and the part of its key that sorting and
// splitting need.
void BucketBuilder::hash_leaves() {
  unsorted_.resize(count_);
  leaf_hashes_.resize(count_);
  messages_.resize(kCallNodes * kNodeMessageBytes);
  for (std::size_t first = 0; first < count_; first += kCallNodes) {
    const std::size_t nodes = std::min<std::size_t>(kCallNodes, count_ - first);
    for (std::size_t i = 0; i < nodes; ++i) {
      const auto number = static_cast<std::uint32_t>(first + i);
      const TrieLeaf& leaf = nodes_->leaf(begin_ + number);
      write_node_message(&messages_[i * kNodeMessageBytes], kTrieLeafTag, leaf.key, leaf.text_hash);
      unsorted_[number] = {key_prefix(leaf.key), number};
    }
    crypto::sha256_65_many(std::span(messages_).first(nodes * kNodeMessageBytes),
                           std::span(leaf_hashes_).subspan(first, nodes));
  }
}

// By the next bits of the keys into runs, of one key each on average, and each run by comparing: keys that an
// attacker chose cost a logarithm more, not a square.
void BucketBuilder::sort_keys(unsigned depth) {
  const auto bits = static_cast<unsigned>(std::bit_width(count_));
  CHECK(depth + bits < 64);
  const auto run_of = [&](const Key& key) { return (key.prefix << depth) >> (64 - bits); };
  run_ends_.assign(std::size_t{1} << bits, 0);
  for (const Key& key : unsorted_) ++run_ends_[run_of(key)];
  std::uint32_t place = 0;
  for (std::uint32_t& run_end : run_ends_) place += std::exchange(run_end, place);
  keys_.resize(count_);
  for (const Key& key : unsorted_) keys_[run_ends_[run_of(key)]++] = key;
  std::uint32_t begin = 0;
  for (const std::uint32_t end : run_ends_) {
    if (end - begin > 1) {
      std::sort(keys_.begin() + begin, keys_.begin() + end, [&](const Key& a, const Key& b) {
        if (a.prefix != b.prefix) return a.prefix < b.prefix;
        return leaf_key(a.leaf) < leaf_key(b.leaf);
      });
    }
    begin = end;
  }
}

std::uint32_t BucketBuilder::middle_of(const Inner& inner, unsigned depth) const {
  const auto begin = keys_.begin() + inner.begin;
  const auto end = keys_.begin() + inner.end;
  if (depth >= 64) {
    const auto is_zero = [&](const Key& key) { return key_bit(leaf_key(key.leaf), depth) == 0; };
    return static_cast<std::uint32_t>(std::partition_point(begin, end, is_zero) - keys_.begin());
  }
  if (inner.end - inner.begin > kCountMax) {
    const auto is_zero = [&](const Key& key) { return bit_of(key.prefix, depth) == 0; };
    return static_cast<std::uint32_t>(std::partition_point(begin, end, is_zero) - keys_.begin());
  }
  std::uint32_t ones = 0;
  for (auto key = begin; key != end; ++key) ones += bit_of(key->prefix, depth);
  return inner.end - ones;
}

TrieRef BucketBuilder::child_of(std::uint32_t begin, std::uint32_t end) {
  if (begin == end) return kEmptyRef;
  if (begin + 1 == end) return keys_[begin].leaf | kLeafBit;
  inner_.push_back({begin, end, {}});
  return static_cast<TrieRef>(inner_.size() - 1);  // never 0: that is the top
}

void BucketBuilder::split_all(unsigned depth) {
  inner_.assign(1, {0, count_, {}});
  level_ends_.clear();
  for (std::uint32_t next = 0; next < inner_.size(); ++depth) {
    CHECK(depth < base::kTrieDepthMax);  // else one key came twice
    level_ends_.push_back(static_cast<std::uint32_t>(inner_.size()));
    for (; next < level_ends_.back(); ++next) {
      const Inner inner = inner_[next];
      const std::uint32_t middle = middle_of(inner, depth);
      const TrieRef left = child_of(inner.begin, middle);
      const TrieRef right = child_of(middle, inner.end);  // moves inner_: not within the next line
      inner_[next].children = {left, right};
    }
  }
}

void BucketBuilder::hash_levels() {
  static constexpr Hash kEmptyHash{};
  hashes_.resize(inner_.size());
  const auto hash_of = [&](TrieRef child) -> const Hash& {
    if (child == kEmptyRef) return kEmptyHash;
    return is_leaf(child) ? leaf_hashes_[child & ~kLeafBit] : hashes_[child];
  };
  for (std::size_t level = level_ends_.size(); level-- > 0;) {
    const std::size_t end = level_ends_[level];
    for (std::size_t first = level == 0 ? 0 : level_ends_[level - 1]; first < end; first += kCallNodes) {
      const std::size_t nodes = std::min(kCallNodes, end - first);
      for (std::size_t i = 0; i < nodes; ++i) {
        const TrieChildren& children = inner_[first + i].children;
        write_node_message(&messages_[i * kNodeMessageBytes], kTrieInnerTag, hash_of(children[0]),
                           hash_of(children[1]));
      }
      crypto::sha256_65_many(std::span(messages_).first(nodes * kNodeMessageBytes),
                             std::span(hashes_).subspan(first, nodes));
    }
  }
}

TrieRef BucketBuilder::store() {
  refs_.resize(inner_.size());
  for (TrieRef& ref : refs_) ref = inners_.take();
  const auto global = [&](TrieRef child) {
    if (child == kEmptyRef) return child;
    return is_leaf(child) ? child + begin_ : refs_[child];
  };
  for (std::size_t i = 0; i < inner_.size(); ++i) {
    nodes_->hash(refs_[i]) = hashes_[i];
    nodes_->children(refs_[i]) = {global(inner_[i].children[0]), global(inner_[i].children[1])};
  }
  return refs_[0];
}

}  // namespace merkle
