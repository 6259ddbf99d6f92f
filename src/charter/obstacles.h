// What stops a proposal whatever its votes: locked proposals, disputes, freezes. Format:
// docs/formats/rules.md, "Life", "Freezes", "Disputes"
#pragma once

#include "charter/plan_draft.h"

namespace charter {

/// Errors: kRefused: a locked V, M or R or a dispute forbids a transfer, a deletion or a name below.
base::Result<void> check_obstacles(const PlanDraft& draft);
/// Errors: kFrozen: one of the organisations the proposal touches is frozen.
base::Result<void> check_frozen(const PlanDraft& draft);
/// Errors: kRefused: as many members are frozen as may be at once.
base::Result<void> check_freeze_room(const PlanDraft& draft);

}  // namespace charter
