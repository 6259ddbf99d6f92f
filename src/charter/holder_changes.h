// Classes H1, H2, K and an organisation's own hosts (A): what an organisation changes by itself. Format:
// docs/formats/rules.md, first table, rows by an organisation
#pragma once

#include "charter/plan_draft.h"

namespace charter {

/// Adds one paragraph of a proposal by an organisation.
/// Errors: kWrongClass (no row of the table), kRefused, kStaleChange.
base::Result<void> by_organisation(PlanDraft& draft, const resource::Change& change);

}  // namespace charter
