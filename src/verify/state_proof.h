// The text of a proof from one entry of the state to the state root: a path in one trie, and the five roots.
// The math is merkle/state_trie.h. Format: docs/formats/state.md#proof, docs/formats/receipts.md
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/bytes.h"
#include "base/result.h"
#include "merkle/state_trie.h"
#include "verify/line_reader.h"

namespace verify {

struct StateProof {
  merkle::TrieProof path;
  merkle::StateRoots roots;
};

/// Which of the two tries the path lies in.
enum class Trie : std::uint8_t { kObjects, kRules };

/// Takes the lines from "depth:" to "asns:" off `lines`, each in its one form.   Errors: the reader's kind.
base::Result<StateProof> take_state_proof(LineReader& lines);
void append_state_proof(std::string& text, const StateProof& proof);

/// Checks that "class:key" has `text` (or, for nullopt, has none) in the state of root `state`.
/// Errors: kBadTrieProof; kNotProven (detail: which root differs).   Cost: one hash a level.
base::Result<void> verify_state_proof(Trie trie, std::string_view name,
                                      const std::optional<std::string_view>& text, const StateProof& proof,
                                      const base::Hash& state);

inline constexpr base::ErrorKind kNotProven{"not-proven", base::Category::kInvalid,
                                            "docs/formats/receipts.md"};

}  // namespace verify
