// What a record says of the charter that it was made under.   Format: docs/formats/records.md, `epoch`
#pragma once

#include "charter/state.h"
#include "record/record.h"

namespace charter {

/// The present epoch and the charter object's hash.   Cost: hashes the object's text.
record::EpochClaim epoch_claim(const State& state);

}  // namespace charter
