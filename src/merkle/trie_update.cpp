#include "merkle/trie_update.h"

#include <algorithm>

#include "base/check.h"
#include "base/limits.h"
#include "crypto/hash.h"

namespace merkle {
namespace {

using base::Byte;
using base::Hash;

static_assert(kNodeMessageBytes == crypto::kNodeBytes);

// Stands for a child that is a split itself, until that is finished. There is no leaf 0.
constexpr TrieRef kSplitBelow = kLeafBit;

/// True if no inner node stands above these two: the result is then `left | right`.
bool is_joined(TrieRef left, TrieRef right) {
  return (right == kEmptyRef && !is_inner(left)) || (left == kEmptyRef && is_leaf(right));
}

template <typename Value>
void grow(std::vector<Value>& values, std::size_t count) {
  if (values.size() < count) values.resize(count);
}

}  // namespace

void sort_places(std::span<UpdatePlace> places, std::span<const TrieUpdate> updates) {
  std::ranges::sort(places, [&](const UpdatePlace& a, const UpdatePlace& b) {
    if (a.prefix != b.prefix) return a.prefix < b.prefix;
    return updates[a.number].key < updates[b.number].key;
  });
}

SubtreeUpdater::SubtreeUpdater(TrieNodes& nodes, std::span<const TrieUpdate> updates, UpdateScratch& scratch)
    : nodes_(&nodes),
      updates_(updates),
      leaves_(nodes.leaves),
      inners_(nodes.inners),
      splits_(scratch.splits),
      level_ends_(scratch.level_ends),
      touched_leaves_(scratch.touched_leaves),
      messages_(scratch.messages),
      hashes_(scratch.hashes),
      leaf_prefixes_(scratch.leaf_prefixes),
      leaf_slots_(scratch.leaf_slots),
      leaf_messages_(scratch.leaf_messages) {}

unsigned SubtreeUpdater::place_bit(const UpdatePlace& place, unsigned depth) const {
  if (depth < 64) return static_cast<unsigned>(place.prefix >> (63 - depth)) & 1U;
  return key_bit(updates_[place.number].key, depth);
}

TrieRef SubtreeUpdater::apply(TrieRef old, unsigned depth, std::span<const UpdatePlace> places) {
  CHECK(!places.empty() && places.size() < (std::size_t{1} << 31));
  if (places.size() == 1 &&
      (old == kEmptyRef || (is_leaf(old) && nodes_->leaf(old).key == updates_[places[0].number].key))) {
    return settle(old, places[0]);
  }
  splits_.clear();
  level_ends_.clear();
  splits_.push_back({{old, 0, static_cast<std::uint32_t>(places.size()), 0}, {}});
  descend(depth, places);
  gather_inner_hashes();
  hash_leaves();
  return ascend();
}

/// Makes the leaf of one update in place of `old`, which is empty or the leaf of the same key.
TrieRef SubtreeUpdater::settle(TrieRef old, const UpdatePlace& place) {
  const TrieUpdate& update = updates_[place.number];
  if (!update.text_hash) {
    if (old == kEmptyRef) return kEmptyRef;
    leaves_.give_back(old & ~kLeafBit);
    --growth_;
    return kEmptyRef;
  }
  TrieRef ref = old;
  if (ref == kEmptyRef) {
    ref = leaves_.take() | kLeafBit;
    ++growth_;
  }
  nodes_->leaf(ref) = {update.key, *update.text_hash};
  return ref;
}

void SubtreeUpdater::descend(unsigned depth, std::span<const UpdatePlace> places) {
  touched_leaves_.clear();
  for (std::uint32_t next = 0; next < splits_.size() || !touched_leaves_.empty(); ++depth) {
    settle_leaves(places);
    const auto end = static_cast<std::uint32_t>(splits_.size());
    level_ends_.push_back(end);
    for (std::uint32_t i = next; i < end; ++i) {
      if (is_inner(splits_[i].touched.old)) splits_[i].children = nodes_->children(splits_[i].touched.old);
    }
    for (; next < end; ++next) split(next, depth, places);
  }
}

/// Updates the leaves that the level above met; those that have to be split join this level.
void SubtreeUpdater::settle_leaves(std::span<const UpdatePlace> places) {
  grow(leaf_prefixes_, touched_leaves_.size());
  for (std::size_t i = 0; i < touched_leaves_.size(); ++i) {
    leaf_prefixes_[i] = key_prefix(nodes_->leaf(touched_leaves_[i].old).key);
  }
  for (std::size_t i = 0; i < touched_leaves_.size(); ++i) {
    const Touched& leaf = touched_leaves_[i];
    const UpdatePlace& place = places[leaf.begin];
    if (leaf.end - leaf.begin == 1 && place.prefix == leaf_prefixes_[i] &&
        updates_[place.number].key == nodes_->leaf(leaf.old).key) {
      splits_[leaf.slot / 2].children[leaf.slot % 2] = settle(leaf.old, place);
    } else {
      splits_.push_back({leaf, {}});
    }
  }
  touched_leaves_.clear();
}

void SubtreeUpdater::split(std::uint32_t number, unsigned depth, std::span<const UpdatePlace> places) {
  CHECK(depth < base::kTrieDepthMax);  // else one key came twice
  const Touched touched = splits_[number].touched;
  TrieChildren children = splits_[number].children;
  if (is_leaf(touched.old)) children[key_bit(nodes_->leaf(touched.old).key, depth)] = touched.old;
  const auto mine = places.subspan(touched.begin, touched.end - touched.begin);
  const auto ones = std::partition_point(
      mine.begin(), mine.end(), [&](const UpdatePlace& place) { return place_bit(place, depth) == 0; });
  const std::uint32_t middle = touched.begin + static_cast<std::uint32_t>(ones - mine.begin());
  for (const unsigned side : {0U, 1U}) {
    const Touched below{children[side], side == 0 ? touched.begin : middle, side == 0 ? middle : touched.end,
                        2 * number + side};
    if (below.begin == below.end) continue;
    if (below.old == kEmptyRef && below.end - below.begin == 1) {
      children[side] = settle(kEmptyRef, places[below.begin]);
      continue;
    }
    children[side] = kSplitBelow;
    if (is_leaf(below.old)) {
      touched_leaves_.push_back(below);
    } else {
      splits_.push_back({below, {}});
    }
  }
  splits_[number].children = children;
}

/// Fills in the hashes of children that are empty or untouched inner nodes, and notes the leaves.
void SubtreeUpdater::gather_inner_hashes() {
  grow(messages_, kNodeMessageBytes * splits_.size());
  grow(hashes_, 2 * splits_.size());
  leaf_slots_.clear();
  for (std::uint32_t slot = 0; slot < 2 * splits_.size(); ++slot) {
    const TrieRef child = splits_[slot / 2].children[slot % 2];
    if (is_leaf(child)) {
      if (child != kSplitBelow) leaf_slots_.push_back(slot);
      continue;
    }
    const Hash hash = child == kEmptyRef ? Hash{} : nodes_->hash(child);
    std::copy_n(hash.bytes.data(), sizeof hash, hash_at(slot));
  }
  for (std::size_t i = 0; i < splits_.size(); ++i) messages_[kNodeMessageBytes * i] = kTrieInnerTag;
}

/// Fills in the hashes of leaves, touched or beside a touched one.
void SubtreeUpdater::hash_leaves() {
  grow(leaf_messages_, kNodeMessageBytes * leaf_slots_.size());
  for (std::size_t i = 0; i < leaf_slots_.size(); ++i) {
    const TrieLeaf& leaf = nodes_->leaf(splits_[leaf_slots_[i] / 2].children[leaf_slots_[i] % 2]);
    write_node_message(&leaf_messages_[kNodeMessageBytes * i], kTrieLeafTag, leaf.key, leaf.text_hash);
  }
  const auto hashes = std::span(hashes_).first(leaf_slots_.size());
  crypto::sha256_65_many(std::span(leaf_messages_).first(kNodeMessageBytes * hashes.size()), hashes);
  for (std::size_t i = 0; i < hashes.size(); ++i) {
    std::copy_n(hashes[i].bytes.data(), sizeof(Hash), hash_at(leaf_slots_[i]));
  }
}

/// A split's node, or what stands in its place; `hash` is that of the inner node, and becomes the result's.
TrieRef SubtreeUpdater::finish(const Split& done, const Byte* children_hashes, Hash& hash) {
  const auto [left, right] = done.children;
  const TrieRef old = done.touched.old;
  if (is_joined(left, right)) {
    if (is_inner(old)) inners_.give_back(old);
    std::copy_n(children_hashes + (left == kEmptyRef ? sizeof hash : 0), sizeof hash, hash.bytes.data());
    return left | right;
  }
  const TrieRef ref = is_inner(old) ? old : inners_.take();
  nodes_->hash(ref) = hash;
  nodes_->children(ref) = done.children;
  return ref;
}

TrieRef SubtreeUpdater::ascend() {
  TrieRef top = kEmptyRef;
  for (std::size_t level = level_ends_.size(); level-- > 0;) {
    const std::uint32_t begin = level == 0 ? 0 : level_ends_[level - 1];
    const std::size_t count = level_ends_[level] - begin;
    // A node that will not stay is hashed in vain; rare, and cheaper than to close the gap.
    crypto::sha256_65_many(std::span(messages_).subspan(kNodeMessageBytes * begin, kNodeMessageBytes * count),
                           std::span(hashes_).first(count));
    for (std::uint32_t i = begin; i < level_ends_[level]; ++i) {
      Hash& hash = hashes_[i - begin];
      top = finish(splits_[i], hash_at(2 * i), hash);
      if (i == 0) break;
      const std::uint32_t slot = splits_[i].touched.slot;
      splits_[slot / 2].children[slot % 2] = top;
      std::copy_n(hash.bytes.data(), sizeof hash, hash_at(slot));
    }
  }
  return top;
}

std::vector<std::vector<TrieRef>> top_rows(const TrieNodes& nodes, unsigned bits) {
  std::vector<std::vector<TrieRef>> rows{{nodes.root}};
  for (unsigned depth = 0; depth < bits; ++depth) {
    std::vector<TrieRef> below(2 * rows.back().size(), kEmptyRef);
    for (std::size_t i = 0; i < rows.back().size(); ++i) {
      const TrieRef ref = rows.back()[i];
      if (is_inner(ref)) {
        std::ranges::copy(nodes.children(ref), &below[2 * i]);
      } else if (is_leaf(ref)) {
        below[2 * i + key_bit(nodes.leaf(ref).key, depth)] = ref;
      }
    }
    rows.push_back(std::move(below));
  }
  return rows;
}

TrieRef join_rows(TrieNodes& nodes, const std::vector<std::vector<TrieRef>>& rows,
                  std::vector<TrieRef> refs) {
  NodePool<InnerChunk>::Lease inners(nodes.inners);
  CHECK(!rows.empty() && refs.size() == rows.back().size());
  for (std::size_t depth = rows.size() - 1; depth-- > 0;) {
    std::vector<TrieRef> hashed;
    base::Bytes messages;
    for (std::size_t i = 0; i < rows[depth].size(); ++i) {
      const TrieRef old = rows[depth][i];
      const TrieChildren children{refs[2 * i], refs[2 * i + 1]};
      if (is_joined(children[0], children[1])) {
        if (is_inner(old)) inners.give_back(old);
        refs[i] = children[0] | children[1];
        continue;
      }
      refs[i] = is_inner(old) ? old : inners.take();
      nodes.children(refs[i]) = children;
      hashed.push_back(refs[i]);
      messages.resize(kNodeMessageBytes * hashed.size());
      write_node_message(&messages[messages.size() - kNodeMessageBytes], kTrieInnerTag,
                         trie_hash(nodes, children[0]), trie_hash(nodes, children[1]));
    }
    std::vector<Hash> hashes(hashed.size());
    crypto::sha256_65_many(messages, hashes);
    for (std::size_t i = 0; i < hashed.size(); ++i) nodes.hash(hashed[i]) = hashes[i];
    refs.resize(rows[depth].size());
  }
  return refs[0];
}

}  // namespace merkle
