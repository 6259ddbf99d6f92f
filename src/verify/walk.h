// A client's way from the policy that it holds to the present one: by the steps of one registry, and over to its
// successor where its log ended. Receipts of a log that ended stay verifiable, up to its end. Texts only.
// Format: docs/formats/receipts.md#policy-chain, docs/formats/receipts.md#successor-step
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "note/checkpoint.h"
#include "note/policy.h"
#include "verify/receipt.h"

namespace verify {

/// A log that a successor took the place of.
struct EndedLog {
  note::Policy policy;   ///< its last
  note::Checkpoint end;  ///< nothing beyond it counts any more
};

struct Walk {
  note::Policy present;
  std::vector<EndedLog> ended;  ///< in the order in which they ended
};

/// Walks one step on, of either form.
/// Errors: those of verify_policy_step and verify_successor_step; `walk` is then what it was.
base::Result<void> take_step(Walk& walk, std::string_view step);

/// Walks from `start` along `steps`, ordered by epoch. Steps that end at or before the present epoch are
/// passed over. Errors: those of take_step, with the number of the step before their detail.
base::Result<Walk> walk_steps(note::Policy start, std::span<const std::string> steps);

/// By the last policy of the log that the receipt is of.
/// Errors: those of verify_receipt; kBeyondTheEnd (that log ended before, or otherwise).
base::Result<Verdict> verify_receipt(std::string_view text, const Walk& walk, const Freshness& freshness);

/// The last policy of the log of this origin; the present one where it never was on the way.
const note::Policy& policy_for(const Walk& walk, std::string_view origin);

inline constexpr base::ErrorKind kBeyondTheEnd{"beyond-the-end", base::Category::kDenied,
                                               "docs/formats/receipts.md#successor-step"};

}  // namespace verify
