#include "merkle/state_trie.h"

#include <algorithm>
#include <atomic>
#include <bit>

#include "base/check.h"
#include "base/limits.h"
#include "base/parallel.h"
#include "crypto/hash.h"
#include "merkle/trie_build.h"
#include "merkle/trie_nodes.h"
#include "merkle/trie_update.h"

namespace merkle {
namespace {

using base::Hash;

// From so many updates on, the trie is cut into subtrees of about kSubtreeUpdates updates each: small enough
// for the second-level cache while they are built, large enough that their levels fill the lanes of a wide
// kernel.
constexpr std::size_t kCutMin = 4'096;
constexpr unsigned kSubtreeUpdatesBits = 10;
constexpr unsigned kCutBitsMax = 12;
// Ranges of subtrees that a thread takes at once.
constexpr std::size_t kRanges = 16;

unsigned cut_bits(std::size_t updates) {
  return std::min(static_cast<unsigned>(std::bit_width(updates)) - kSubtreeUpdatesBits, kCutBitsMax);
}

/// Updates by the first `bits` bits of their keys; places of cut i are [ends[i-1], ends[i]).
struct Cuts {
  std::vector<UpdatePlace> places;
  std::vector<std::size_t> ends;
};
Cuts cut(std::span<const TrieUpdate> updates, unsigned bits, unsigned threads) {
  std::vector<UpdatePlace> unsorted(updates.size());
  base::parallel_for(threads, updates.size(), updates.size() / kRanges + 1,
                     [&](std::size_t begin, std::size_t end) {
                       for (std::size_t i = begin; i < end; ++i) {
                         unsorted[i] = {key_prefix(updates[i].key), static_cast<std::uint32_t>(i)};
                       }
                     });
  Cuts cuts;
  std::vector<std::size_t> next((std::size_t{1} << bits) + 1);
  for (const UpdatePlace& place : unsorted) ++next[(place.prefix >> (64 - bits)) + 1];
  for (std::size_t i = 1; i < next.size(); ++i) next[i] += next[i - 1];
  cuts.places.resize(updates.size());
  for (const UpdatePlace& place : unsorted) cuts.places[next[place.prefix >> (64 - bits)]++] = place;
  next.pop_back();
  cuts.ends = std::move(next);
  return cuts;
}

void update_small(TrieNodes& nodes, UpdateScratch& scratch, std::span<const TrieUpdate> updates) {
  std::vector<UpdatePlace> places(updates.size());
  for (std::size_t i = 0; i < updates.size(); ++i) {
    places[i] = {key_prefix(updates[i].key), static_cast<std::uint32_t>(i)};
  }
  sort_places(places, updates);
  SubtreeUpdater updater(nodes, updates, scratch);
  nodes.root = updater.apply(nodes.root, 0, places);
  nodes.size = static_cast<std::size_t>(static_cast<std::ptrdiff_t>(nodes.size) + updater.growth());
}

void update_cut(TrieNodes& nodes, std::span<const TrieUpdate> updates, unsigned threads) {
  const unsigned bits = cut_bits(updates.size());
  Cuts cuts = cut(updates, bits, threads);
  const std::vector<std::vector<TrieRef>> rows = top_rows(nodes, bits);
  std::vector<TrieRef> refs = rows.back();
  std::atomic<std::ptrdiff_t> growth{0};
  base::parallel_for(threads, refs.size(), refs.size() / kRanges + 1,
                     [&](std::size_t begin, std::size_t end) {
                       UpdateScratch scratch;
                       SubtreeUpdater updater(nodes, updates, scratch);
                       for (std::size_t i = begin; i < end; ++i) {
                         const std::size_t first = i == 0 ? 0 : cuts.ends[i - 1];
                         const auto places = std::span(cuts.places).subspan(first, cuts.ends[i] - first);
                         if (places.empty()) continue;
                         sort_places(places, updates);
                         refs[i] = updater.apply(refs[i], bits, places);
                       }
                       growth += updater.growth();
                     });
  nodes.root = join_rows(nodes, rows, std::move(refs));
  nodes.size = static_cast<std::size_t>(static_cast<std::ptrdiff_t>(nodes.size) + growth);
}

void build(TrieNodes& nodes, std::span<const TrieUpdate> updates, unsigned threads) {
  nodes.inners.restart(0);
  const unsigned bits = cut_bits(updates.size());
  const std::vector<std::uint32_t> ends = fill_buckets(nodes, updates, bits, threads);
  std::vector<TrieRef> refs(ends.size());
  base::parallel_for(threads, refs.size(), refs.size() / kRanges + 1,
                     [&](std::size_t begin, std::size_t end) {
                       BucketBuilder builder(nodes);
                       for (std::size_t i = begin; i < end; ++i) {
                         refs[i] = builder.build(i == 0 ? 1 : ends[i - 1], ends[i], bits);
                       }
                     });
  nodes.root = join_rows(nodes, top_rows(nodes, bits), std::move(refs));
  nodes.size = ends.back() - 1;
}

}  // namespace

Hash trie_hash(base::Byte tag, const Hash& first, const Hash& second) {
  NodeMessage message;
  write_node_message(message.data(), tag, first, second);
  Hash hash;
  crypto::sha256_65_many(message, {&hash, 1});
  return hash;
}

Hash trie_hash(const TrieNodes& nodes, TrieRef ref) {
  if (ref == kEmptyRef) return Hash{};
  if (is_inner(ref)) return nodes.hash(ref);
  return trie_hash(kTrieLeafTag, nodes.leaf(ref).key, nodes.leaf(ref).text_hash);
}

StateTrie::StateTrie() : nodes_(std::make_unique<TrieNodes>()), scratch_(std::make_unique<UpdateScratch>()) {}
StateTrie::StateTrie(StateTrie&&) noexcept = default;
StateTrie& StateTrie::operator=(StateTrie&&) noexcept = default;
StateTrie::~StateTrie() = default;

void StateTrie::update(std::span<const TrieUpdate> updates, unsigned threads) {
  if (updates.empty()) return;
  CHECK(updates.size() < (std::size_t{1} << 31));
  // Two keys may share 255 bits, and every shared bit is an inner node.
  const std::size_t leases = kRanges + 2;
  nodes_->leaves.reserve(updates.size(), leases);
  nodes_->inners.reserve(updates.size() * base::kTrieDepthMax, leases);
  if (updates.size() < kCutMin) {
    update_small(*nodes_, *scratch_, updates);
  } else if (nodes_->root == kEmptyRef) {
    build(*nodes_, updates, threads);
  } else {
    update_cut(*nodes_, updates, threads);
  }
}

Hash StateTrie::root() const {
  return trie_hash(*nodes_, nodes_->root);
}

std::size_t StateTrie::size() const {
  return nodes_->size;
}

std::size_t StateTrie::bytes() const {
  return nodes_->leaves.bytes() + nodes_->inners.bytes();
}

std::optional<Hash> StateTrie::find(const Hash& key) const {
  TrieRef ref = nodes_->root;
  for (unsigned depth = 0; is_inner(ref); ++depth) ref = nodes_->children(ref)[key_bit(key, depth)];
  if (!is_leaf(ref) || nodes_->leaf(ref).key != key) return std::nullopt;
  return nodes_->leaf(ref).text_hash;
}

TrieProof StateTrie::prove(const Hash& key) const {
  TrieProof proof;
  TrieRef ref = nodes_->root;
  for (; is_inner(ref); ++proof.depth) {
    const auto& children = nodes_->children(ref);
    const unsigned side = key_bit(key, proof.depth);
    if (proof.depth % 8 == 0) proof.bitmap.push_back(0);
    if (children[1 - side] != kEmptyRef) {
      proof.bitmap.back() = static_cast<base::Byte>(proof.bitmap.back() | 0x80U >> proof.depth % 8);
      proof.siblings.push_back(trie_hash(*nodes_, children[1 - side]));
    }
    ref = children[side];
  }
  if (!is_leaf(ref)) return proof;
  const TrieLeaf& leaf = nodes_->leaf(ref);
  if (leaf.key == key) {
    proof.terminal = TrieProof::Terminal::kLeaf;
  } else {
    proof.terminal = TrieProof::Terminal::kOther;
    proof.other_key = leaf.key;
    proof.other_text_hash = leaf.text_hash;
  }
  return proof;
}

}  // namespace merkle
