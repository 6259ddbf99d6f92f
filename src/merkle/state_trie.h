// The authenticated map of the state: a binary trie over SHA-256 keys whose root depends on the set alone.
// Pure math: no I/O, no texts; callers hand in the hash of each text. Format: docs/formats/state.md
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "base/bytes.h"
#include "base/result.h"

namespace merkle {

struct TrieNodes;
struct UpdateScratch;

/// One change of the set: `text_hash` = SHA-256 of the new text, or nullopt to remove the key.
struct TrieUpdate {
  base::Hash key;  ///< SHA-256("class:key")
  std::optional<base::Hash> text_hash;
};

/// Proof that a key is present with a text hash, or absent.
struct TrieProof {
  enum class Terminal : std::uint8_t { kLeaf, kOther, kEmpty };
  std::uint16_t depth = 0;  ///< number of levels above the terminal, <= 256
  std::vector<base::Byte>
      bitmap;  ///< ceil(depth / 8) bytes, bit i (from the top) set if sibling i is present
  std::vector<base::Hash> siblings;  ///< present siblings, from the root's child downwards
  Terminal terminal = Terminal::kEmpty;
  base::Hash other_key;        ///< kOther only
  base::Hash other_text_hash;  ///< kOther only
};

/// Threads: const calls from any thread while no update runs.
class StateTrie {
 public:
  StateTrie();
  StateTrie(StateTrie&&) noexcept;
  StateTrie& operator=(StateTrie&&) noexcept;
  ~StateTrie();

  /// Applies a set of updates and rehashes what changed, level by level. Removing an absent key changes
  /// nothing. Shapes: any order; at most one update per key (CHECKed). Cost: docs/performance.md; large sets
  /// use up to `threads` threads, the caller's included.
  void update(std::span<const TrieUpdate> updates, unsigned threads = 1);
  /// 32 zero bytes for the empty trie.
  base::Hash root() const;
  std::size_t size() const;
  std::optional<base::Hash> find(const base::Hash& key) const;
  /// Presence if find(key) has a value, absence otherwise; always the shortest proof.
  TrieProof prove(const base::Hash& key) const;
  /// Memory that the nodes take, free ones included.
  std::size_t bytes() const;

 private:
  std::unique_ptr<TrieNodes> nodes_;
  std::unique_ptr<UpdateScratch> scratch_;
};

/// The root that `proof` leads to for `key`; `text_hash` is given for inclusion, nullopt for absence.
/// Errors: kBadTrieProof (not minimal, wrong terminal for the claim, padding, shared prefix too short).
/// Cost:   at most 257 hashes.   Spec: docs/formats/state.md#proof
base::Result<base::Hash> root_of_proof(const base::Hash& key, const std::optional<base::Hash>& text_hash,
                                       const TrieProof& proof);

inline constexpr base::ErrorKind kBadTrieProof{"bad-trie-proof", base::Category::kInvalid,
                                               "docs/formats/state.md"};

/// SHA-256(0x04 and the five roots).
struct StateRoots {
  base::Hash objects, rules, ranges4, ranges6, asns;
  friend bool operator==(const StateRoots&, const StateRoots&) = default;
};
base::Hash state_root(const StateRoots& roots);

}  // namespace merkle
