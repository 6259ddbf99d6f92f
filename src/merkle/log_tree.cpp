#include "merkle/log_tree.h"

#include <algorithm>
#include <bit>
#include <string>

#include "base/check.h"
#include "base/limits.h"
#include "crypto/hash.h"
#include "merkle/subtree_reader.h"

namespace merkle {
namespace {

using base::Byte;
using base::Hash;
using base::Result;

constexpr Byte kLeafTag = 0x00;
constexpr Byte kNodeTag = 0x01;

base::Error short_or_long(std::size_t expected, std::size_t got) {
  return base::Error(kBadLogProof,
                     std::to_string(got) + " hashes where " + std::to_string(expected) + " are needed");
}

/// Shape of an inclusion path: `inner` levels at which the path may turn either way, then `border` hashes to
/// the left of the tree's right edge.
struct PathShape {
  unsigned inner;
  unsigned border;
};
PathShape path_shape(std::uint64_t index, std::uint64_t size) {
  const auto inner = static_cast<unsigned>(std::bit_width(index ^ (size - 1)));
  return {inner, static_cast<unsigned>(std::popcount(index >> inner))};
}

}  // namespace

Hash leaf_hash(base::ByteView leaf) {
  return crypto::sha256({{&kLeafTag, 1}, leaf});
}

Hash node_hash(const Hash& left, const Hash& right) {
  std::array<Byte, 65> message;
  message[0] = kNodeTag;
  std::ranges::copy(left.bytes, message.begin() + 1);
  std::ranges::copy(right.bytes, message.begin() + 33);
  return crypto::sha256(base::ByteView(message));
}

Hash empty_log_root() {
  return crypto::sha256(base::ByteView());
}

Hash root_of(std::span<const Hash> leaves) {
  Frontier frontier;
  for (const Hash& leaf : leaves) frontier.append(leaf);
  return frontier.root();
}

void Frontier::append(const Hash& leaf) {
  append_subtree(0, leaf);
}

void Frontier::append_subtree(unsigned height, const Hash& root) {
  const std::uint64_t added = std::uint64_t{1} << height;
  CHECK(size_.value() % added == 0 && size_.value() + added <= base::kTreeSizeMax);
  Hash hash = root;
  for (std::uint64_t carry = size_.value() >> height; (carry & 1) != 0; carry >>= 1) {
    hash = node_hash(roots_.back(), hash);
    roots_.pop_back();
  }
  roots_.push_back(hash);
  size_ = base::TreeSize(size_.value() + added);
}

Hash Frontier::root() const {
  if (roots_.empty()) return empty_log_root();
  Hash hash = roots_.back();
  for (std::size_t i = roots_.size() - 1; i-- > 0;) hash = node_hash(roots_[i], hash);
  return hash;
}

Result<LogProof> prove_inclusion(base::LeafIndex index, base::TreeSize size, const TileReader& tiles) {
  return InclusionProver(size, tiles).prove(index);
}

Result<LogProof> prove_consistency(base::TreeSize old_size, base::TreeSize new_size,
                                   const TileReader& tiles) {
  if (old_size.value() == 0 || old_size > new_size || new_size.value() > base::kTreeSizeMax) {
    return base::fail(kLeafBeyondTree,
                      "size " + std::to_string(old_size.value()) + " in " + std::to_string(new_size.value()));
  }
  SubtreeReader reader(new_size, tiles);
  LogProof proof;
  LeafRun around{0, new_size.value()};
  while (old_size.value() != around.end) {
    const std::uint64_t middle = around.begin + split_of(around.end - around.begin);
    const bool left = old_size.value() <= middle;
    ASSIGN_OR_RETURN(const Hash sibling,
                     reader.run(left ? LeafRun{middle, around.end} : LeafRun{around.begin, middle}));
    proof.push_back(sibling);
    (left ? around.end : around.begin) = middle;
  }
  if (around.begin !=
      0) {  // the old tree is no complete subtree of the new one: the proof starts with its last part
    ASSIGN_OR_RETURN(const Hash last_part, reader.run(around));
    proof.push_back(last_part);
  }
  std::ranges::reverse(proof);
  return proof;
}

Result<Frontier> frontier_from_tiles(base::TreeSize size, const TileReader& tiles) {
  CHECK(size.value() <= base::kTreeSizeMax);
  return SubtreeReader(size, tiles).frontier_of({0, size.value()});
}

Result<Hash> root_from_tiles(base::TreeSize size, const TileReader& tiles) {
  CHECK(size.value() <= base::kTreeSizeMax);
  return SubtreeReader(size, tiles).run({0, size.value()});
}

Result<Hash> root_of_inclusion(const Hash& leaf, base::LeafIndex index, base::TreeSize size,
                               std::span<const Hash> proof) {
  if (index.value() >= size.value() || size.value() > base::kTreeSizeMax) {
    return base::fail(kLeafBeyondTree,
                      "leaf " + std::to_string(index.value()) + " of " + std::to_string(size.value()));
  }
  const auto [inner, border] = path_shape(index.value(), size.value());
  if (proof.size() != inner + border) return std::unexpected(short_or_long(inner + border, proof.size()));
  Hash hash = leaf;
  for (unsigned i = 0; i < inner; ++i) {
    hash = ((index.value() >> i) & 1) != 0 ? node_hash(proof[i], hash) : node_hash(hash, proof[i]);
  }
  for (unsigned i = inner; i < proof.size(); ++i) hash = node_hash(proof[i], hash);
  return hash;
}

Result<void> verify_inclusion(const Hash& leaf, base::LeafIndex index, base::TreeSize size, const Hash& root,
                              std::span<const Hash> proof) {
  ASSIGN_OR_RETURN(const Hash computed, root_of_inclusion(leaf, index, size, proof));
  if (computed != root) return base::fail(kBadLogProof, "the inclusion proof leads to another root");
  return {};
}

// The old tree's last complete subtree is where both trees are climbed from: its hash is the first of the
// proof, or the old root itself if the old tree is complete. From there on each hash to the left belongs to
// both trees, each one to the right to the new tree alone.
Result<void> verify_consistency(base::TreeSize old_size, const Hash& old_root, base::TreeSize new_size,
                                const Hash& new_root, std::span<const Hash> proof) {
  const std::uint64_t from = old_size.value();
  const std::uint64_t to = new_size.value();
  if (from == 0 || from > to || to > base::kTreeSizeMax) {
    return base::fail(kBadLogProof, "from size " + std::to_string(from) + " to " + std::to_string(to));
  }
  if (from == to) {
    if (!proof.empty()) return std::unexpected(short_or_long(0, proof.size()));
    if (old_root != new_root) return base::fail(kBadLogProof, "two roots for one size");
    return {};
  }
  const auto skipped = static_cast<unsigned>(std::countr_zero(from));
  const auto [all_inner, border] = path_shape(from - 1, to);
  CHECK(all_inner >= skipped);
  const unsigned inner = all_inner - skipped;
  const bool complete = std::has_single_bit(from);
  const std::size_t expected = inner + border + (complete ? 0 : 1);
  if (proof.size() != expected) return std::unexpected(short_or_long(expected, proof.size()));

  Hash old_hash = complete ? old_root : proof[0];
  Hash new_hash = old_hash;
  proof = proof.subspan(complete ? 0 : 1);
  const std::uint64_t path = (from - 1) >> skipped;
  for (unsigned i = 0; i < proof.size(); ++i) {
    const bool to_the_left = i >= inner || ((path >> i) & 1) != 0;
    new_hash = to_the_left ? node_hash(proof[i], new_hash) : node_hash(new_hash, proof[i]);
    if (to_the_left) old_hash = node_hash(proof[i], old_hash);
  }
  if (old_hash != old_root)
    return base::fail(kBadLogProof, "the consistency proof leads to another old root");
  if (new_hash != new_root)
    return base::fail(kBadLogProof, "the consistency proof leads to another new root");
  return {};
}

}  // namespace merkle
