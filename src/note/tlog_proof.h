// The text of an offline proof that a leaf is in a log: index, hashes, and the checkpoint with its
// signatures. What the hashes prove is merkle/'s, whether the checkpoint counts policy.h's. Format: C2SP
// tlog-proof
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.h"
#include "base/result.h"
#include "base/strong.h"

namespace note {

struct TlogProof {
  std::optional<base::Bytes> extra;  ///< opaque, not authenticated
  base::LeafIndex index;
  std::vector<base::Hash> hashes;  ///< from the leaf's sibling up, at most 63
  std::string checkpoint;          ///< signed note, verbatim
  friend bool operator==(const TlogProof&, const TlogProof&) = default;
};

inline constexpr std::size_t kProofHashesMax = 63;

/// Canonical: serialize_tlog_proof gives the text back. The checkpoint is bounded and not empty, but not yet
/// parsed. Errors: kBadTlogProof (detail: line number and what was expected).
base::Result<TlogProof> parse_tlog_proof(std::string_view text);
std::string serialize_tlog_proof(const TlogProof& proof);

inline constexpr base::ErrorKind kBadTlogProof{"bad-tlog-proof", base::Category::kInvalid, "C2SP tlog-proof"};

}  // namespace note
