#include "merkle/trie_update.h"

#include <algorithm>

#include "base/check.h"
#include "base/limits.h"
#include "crypto/hash.h"

namespace merkle {
namespace {

using base::Byte;
using base::Hash;

// Inner nodes hashed with one call. Enough that the last, half-filled run of a wide kernel weighs little; few
// enough that the messages stay in the second-level cache.
constexpr std::size_t kFlushNodes = 256;
static_assert(kNodeMessageBytes == crypto::kNodeBytes);

}  // namespace

void sort_places(std::span<UpdatePlace> places, std::span<const TrieUpdate> updates) {
  std::ranges::sort(places, [&](const UpdatePlace& a, const UpdatePlace& b) {
    if (a.prefix != b.prefix) return a.prefix < b.prefix;
    return updates[a.number].key < updates[b.number].key;
  });
}

SubtreeUpdater::SubtreeUpdater(TrieNodes& nodes, std::span<const TrieUpdate> updates)
    : nodes_(&nodes), updates_(updates), leaves_(nodes.leaves), inners_(nodes.inners) {
  inner_messages_.reserve(kFlushNodes * kNodeMessageBytes);
  leaf_messages_.reserve(2 * kFlushNodes * kNodeMessageBytes);
  hashes_.resize(2 * kFlushNodes);
}

unsigned SubtreeUpdater::place_bit(const UpdatePlace& place, unsigned depth) const {
  if (depth < 64) return static_cast<unsigned>(place.prefix >> (63 - depth)) & 1U;
  return key_bit(updates_[place.number].key, depth);
}

bool SubtreeUpdater::settles(TrieRef old, std::span<const UpdatePlace> places) const {
  if (places.size() != 1 || is_inner(old)) return false;
  return old == kEmptyRef || nodes_->leaf(old).key == updates_[places[0].number].key;
}

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

// A trie of a million keys is far larger than the caches, and each update's path misses them at every level.
// All that a level needs is asked for while the level above is worked on, so that the misses overlap.
void SubtreeUpdater::fetch(TrieRef child, bool is_touched) const {
  if (is_leaf(child)) {
    __builtin_prefetch(&nodes_->leaf(child));
  } else if (child != kEmptyRef) {
    __builtin_prefetch(&nodes_->hash(child));  // for the way up
    if (is_touched) __builtin_prefetch(&nodes_->children(child));
  }
}

void SubtreeUpdater::split(std::uint32_t number, unsigned depth, std::span<const UpdatePlace> places) {
  Split current = splits_[number];
  const auto mine = places.subspan(current.begin, current.end - current.begin);
  if (settles(current.old, mine)) {
    splits_[number].settled = true;
    splits_[number].children[0] = settle(current.old, mine[0]);
    return;
  }
  CHECK(depth < base::kTrieDepthMax);  // else one key came twice
  if (is_inner(current.old)) current.children = nodes_->children(current.old);
  if (is_leaf(current.old)) current.children[key_bit(nodes_->leaf(current.old).key, depth)] = current.old;
  const auto ones = std::partition_point(
      mine.begin(), mine.end(), [&](const UpdatePlace& place) { return place_bit(place, depth) == 0; });
  const std::uint32_t middle = current.begin + static_cast<std::uint32_t>(ones - mine.begin());
  for (const unsigned side : {0U, 1U}) {
    const std::uint32_t begin = side == 0 ? current.begin : middle;
    const std::uint32_t end = side == 0 ? middle : current.end;
    TrieRef& child = current.children[side];
    fetch(child, begin != end);
    if (begin == end) continue;
    if (child == kEmptyRef && end - begin == 1) {
      child = settle(child, places[begin]);
    } else {
      splits_.push_back({child, begin, end, 2 * number + side, {}, false});
    }
  }
  splits_[number].children = current.children;
}

TrieRef SubtreeUpdater::apply(TrieRef old, unsigned depth, std::span<const UpdatePlace> places) {
  CHECK(!places.empty() && places.size() < (std::size_t{1} << 31));
  splits_.clear();
  level_ends_.clear();
  splits_.push_back({old, 0, static_cast<std::uint32_t>(places.size()), 0, {}, false});
  for (std::uint32_t next = 0; next < splits_.size();) {
    level_ends_.push_back(static_cast<std::uint32_t>(splits_.size()));
    for (const unsigned below = depth + static_cast<unsigned>(level_ends_.size()) - 1;
         next < level_ends_.back(); ++next) {
      split(next, below, places);
    }
  }
  TrieRef top = kEmptyRef;
  for (std::size_t level = level_ends_.size(); level-- > 0;) {
    const std::uint32_t begin = level == 0 ? 0 : level_ends_[level - 1];
    for (std::uint32_t i = begin; i < level_ends_[level]; ++i) {
      const Split& done = splits_[i];
      const TrieRef ref =
          done.settled ? done.children[0] : join(done.old, done.children[0], done.children[1]);
      if (i == 0) {
        top = ref;
      } else {
        splits_[done.parent_side / 2].children[done.parent_side % 2] = ref;
      }
    }
    flush();
  }
  return top;
}

void SubtreeUpdater::write_child(Byte* to, TrieRef child) {
  if (is_inner(child)) {
    std::ranges::copy(nodes_->hash(child).bytes, to);
    return;
  }
  std::fill_n(to, sizeof(Hash), Byte{0});
  if (child == kEmptyRef) return;
  const TrieLeaf& leaf = nodes_->leaf(child);
  leaf_targets_.push_back(static_cast<std::uint32_t>(to - inner_messages_.data()));
  leaf_messages_.resize(leaf_messages_.size() + kNodeMessageBytes);
  write_node_message(leaf_messages_.data() + leaf_messages_.size() - kNodeMessageBytes, kTrieLeafTag,
                     leaf.key, leaf.text_hash);
}

TrieRef SubtreeUpdater::join(TrieRef old, TrieRef left, TrieRef right) {
  const bool left_alone = right == kEmptyRef && !is_inner(left);  // a leaf, or nothing at all
  const bool right_alone = left == kEmptyRef && is_leaf(right);
  if (left_alone || right_alone) {
    if (is_inner(old)) inners_.give_back(old);
    return left_alone ? left : right;
  }
  if (inner_refs_.size() == kFlushNodes) flush();
  const TrieRef ref = is_inner(old) ? old : inners_.take();
  nodes_->children(ref) = {left, right};
  const std::size_t at = inner_messages_.size();
  inner_messages_.resize(at + kNodeMessageBytes);  // reserved: does not move
  inner_messages_[at] = kTrieInnerTag;
  write_child(&inner_messages_[at + 1], left);
  write_child(&inner_messages_[at + 33], right);
  inner_refs_.push_back(ref);
  return ref;
}

void SubtreeUpdater::flush() {
  if (!leaf_targets_.empty()) {
    crypto::sha256_65_many(leaf_messages_, std::span(hashes_).first(leaf_targets_.size()));
    for (std::size_t i = 0; i < leaf_targets_.size(); ++i) {
      std::ranges::copy(hashes_[i].bytes, &inner_messages_[leaf_targets_[i]]);
    }
  }
  if (!inner_refs_.empty()) {
    crypto::sha256_65_many(inner_messages_, std::span(hashes_).first(inner_refs_.size()));
    for (std::size_t i = 0; i < inner_refs_.size(); ++i) nodes_->hash(inner_refs_[i]) = hashes_[i];
  }
  leaf_messages_.clear();
  leaf_targets_.clear();
  inner_messages_.clear();
  inner_refs_.clear();
}

}  // namespace merkle
