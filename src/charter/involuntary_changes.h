// Classes V and R: what members change without the holder, or for a party that lost its keys. Format:
// docs/formats/rules.md, first table, rows with `subject`
#pragma once

#include "charter/plan_draft.h"

namespace charter {

/// Adds one paragraph of a proposal with `subject`.
/// Errors: kWrongClass (no row of the table), kRefused, kUnknownParty, kStaleChange.
base::Result<void> involuntary(PlanDraft& draft, const resource::Change& change);

}  // namespace charter
