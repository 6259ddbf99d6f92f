// Classes A, U, M, C and a member's own keys (H2): what a member proposes; V and R are passed on. Format:
// docs/formats/rules.md, first table, rows by a member
#pragma once

#include "charter/plan_draft.h"

namespace charter {

/// Adds one paragraph of a proposal by a member.
/// Errors: kWrongClass (no row of the table), kRefused, kUnknownParty, kStaleChange.
base::Result<void> by_member(PlanDraft& draft, const resource::Change& change);

}  // namespace charter
