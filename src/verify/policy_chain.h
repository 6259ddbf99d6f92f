// The walk from an old policy to the present one. Each step is a text that the old policy's quorum vouches
// for: the state under a checkpoint that counts by the old policy AND by the new one names the new cosigners.
// Texts only. Why the state must name them: a step that only showed two quorums on one checkpoint could be
// forged by anybody who adds signatures of invented keys to a genuine checkpoint. Format:
// docs/formats/receipts.md#policy-chain
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

struct PolicyStep {
  std::string origin;
  base::Epoch from;
  base::Epoch to;
  std::string policy;  ///< text of the new policy
  std::string entry;   ///< the rules state's `policy: current`, which names the new cosigners
  StateProof state_proof;
  std::string block_record;
  note::TlogProof log_proof;
};

/// Strict and canonical.   Errors: kBadPolicyStep (detail: line number and what was expected).
base::Result<PolicyStep> parse_policy_step(std::string_view text);
std::string serialize_policy_step(const PolicyStep& step);

/// What the rules state says of the cosigners.
struct PolicyEntry {
  base::Epoch number;
  base::Height height;
  std::vector<note::PolicyMember> members;  ///< sorted by handle
};
/// Errors: kBadPolicyStep.   Format: docs/formats/receipts.md#policy-chain
base::Result<PolicyEntry> parse_policy_entry(std::string_view text);

/// S = n - floor((n - 1) / 3).
std::size_t cosigner_quorum(std::size_t members);

/// The policy that `step` leads to from `old`, which must have our header.
/// Errors: kBadPolicyStep, kWrongStep (another origin, genesis or epoch; the new policy is not what the state
/// names), and those of verify_receipt.
base::Result<note::Policy> verify_policy_step(std::string_view step, const note::Policy& old);

inline constexpr base::ErrorKind kBadPolicyStep{"bad-policy-step", base::Category::kInvalid,
                                                "docs/formats/receipts.md#policy-chain"};
inline constexpr base::ErrorKind kWrongStep{"wrong-policy-step", base::Category::kDenied,
                                            "docs/formats/receipts.md#policy-chain"};

}  // namespace verify
