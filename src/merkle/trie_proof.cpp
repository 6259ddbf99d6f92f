#include <string>

#include "base/limits.h"
#include "crypto/hash.h"
#include "merkle/state_trie.h"
#include "merkle/trie_nodes.h"

namespace merkle {
namespace {

using base::Hash;
using base::Result;
using Terminal = TrieProof::Terminal;

bool bit_of(const TrieProof& proof, unsigned level) {
  return (static_cast<unsigned>(proof.bitmap[level / 8]) >> (7 - level % 8) & 1U) != 0;
}

/// Form alone: lengths, padding, siblings that are there if and only if the bitmap says so.
Result<void> check_form(const TrieProof& proof) {
  if (proof.depth > base::kTrieDepthMax)
    return base::fail(kBadTrieProof, "depth " + std::to_string(proof.depth));
  if (proof.bitmap.size() != (proof.depth + 7U) / 8) return base::fail(kBadTrieProof, "length of the bitmap");
  std::size_t present = 0;
  for (unsigned level = 0; level < 8 * proof.bitmap.size(); ++level) {
    if (!bit_of(proof, level)) continue;
    if (level >= proof.depth) return base::fail(kBadTrieProof, "bits behind the bitmap's end");
    ++present;
  }
  if (present != proof.siblings.size()) return base::fail(kBadTrieProof, "number of siblings");
  for (const Hash& sibling : proof.siblings) {
    if (sibling.is_zero()) return base::fail(kBadTrieProof, "an empty sibling is listed");
  }
  // A terminal without a sibling beside it would stand one level higher.
  if (proof.depth > 0 && !bit_of(proof, proof.depth - 1U)) return base::fail(kBadTrieProof, "not minimal");
  if (proof.terminal != Terminal::kOther && !(proof.other_key.is_zero() && proof.other_text_hash.is_zero())) {
    return base::fail(kBadTrieProof, "another leaf is named but not claimed");
  }
  return {};
}

/// Hash of the terminal, if it says what is claimed.
Result<Hash> terminal_hash(const Hash& key, const std::optional<Hash>& text_hash, const TrieProof& proof) {
  if (text_hash.has_value() != (proof.terminal == Terminal::kLeaf)) {
    return base::fail(kBadTrieProof, text_hash ? "the proof shows absence" : "the proof shows presence");
  }
  switch (proof.terminal) {
    case Terminal::kLeaf:
      return trie_hash(kTrieLeafTag, key, *text_hash);
    case Terminal::kOther:
      if (proof.other_key == key) return base::fail(kBadTrieProof, "the other leaf has the same key");
      for (unsigned level = 0; level < proof.depth; ++level) {
        if (key_bit(key, level) != key_bit(proof.other_key, level)) {
          return base::fail(kBadTrieProof, "the other leaf does not lie on this path");
        }
      }
      return trie_hash(kTrieLeafTag, proof.other_key, proof.other_text_hash);
    case Terminal::kEmpty:
      // At the last level the sibling would be one leaf, which stands higher.
      if (proof.depth == base::kTrieDepthMax) return base::fail(kBadTrieProof, "not minimal");
      return Hash{};
  }
  return base::fail(kBadTrieProof, "unknown terminal");
}

}  // namespace

Result<Hash> root_of_proof(const Hash& key, const std::optional<Hash>& text_hash, const TrieProof& proof) {
  TRY(check_form(proof));
  ASSIGN_OR_RETURN(Hash hash, terminal_hash(key, text_hash, proof));
  std::size_t next = proof.siblings.size();
  for (unsigned level = proof.depth; level-- > 0;) {
    const Hash sibling = bit_of(proof, level) ? proof.siblings[--next] : Hash{};
    hash = key_bit(key, level) == 0 ? trie_hash(kTrieInnerTag, hash, sibling)
                                    : trie_hash(kTrieInnerTag, sibling, hash);
  }
  return hash;
}

Hash state_root(const StateRoots& roots) {
  constexpr base::Byte kStateTag = 0x04;
  return crypto::sha256({{&kStateTag, 1},
                         roots.objects.view(),
                         roots.rules.view(),
                         roots.ranges4.view(),
                         roots.ranges6.view(),
                         roots.asns.view()});
}

}  // namespace merkle
