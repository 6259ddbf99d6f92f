// The step from the policy of a registry to that of its successor, which has another origin. Nothing in it rests on the
// new log: the members of the predecessor sign the new genesis with governance keys that stand in its last counted
// state, and the new policy follows from the old one and that genesis. Texts only.
// Format: docs/formats/receipts.md#successor-step
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "base/strong.h"
#include "note/policy.h"
#include "note/tlog_proof.h"
#include "verify/state_proof.h"

namespace verify {

/// A member of the predecessor that signed, as its last state has it.
struct SignerProof {
  std::string object_text;
  StateProof proof;
};

struct SuccessorStep {
  std::string origin;  ///< the successor's
  base::Epoch from;
  base::Epoch to;
  std::string genesis;               ///< its leaf, signatures included
  std::vector<SignerProof> signers;  ///< sorted by handle
  std::string block_record;          ///< the predecessor's last that counts
  note::TlogProof log_proof;
};

/// Does this text claim to be one?
bool is_successor_step(std::string_view text);

/// Strict and canonical.   Errors: kBadSuccessorStep (detail: line number and what was expected).
base::Result<SuccessorStep> parse_successor_step(std::string_view text);
std::string serialize_successor_step(const SuccessorStep& step);

/// What a step proves.
struct Succession {
  note::Policy policy;   ///< the successor's
  note::Checkpoint end;  ///< the predecessor's last: nothing beyond it counts any more
};

/// The successor's policy, from the predecessor's, which must have our header.
/// Errors: kBadSuccessorStep, kNoSuccessor (another origin, genesis or epoch; founded by hand; fewer than S signers),
/// those of verify_receipt and of records.   Cost: about 50 us a signature.
base::Result<Succession> verify_successor_step(std::string_view text, const note::Policy& old);

inline constexpr base::ErrorKind kBadSuccessorStep{"bad-successor-step", base::Category::kInvalid,
                                                   "docs/formats/receipts.md#successor-step"};
inline constexpr base::ErrorKind kNoSuccessor{"no-successor", base::Category::kDenied,
                                              "docs/formats/receipts.md#successor-step"};

}  // namespace verify
