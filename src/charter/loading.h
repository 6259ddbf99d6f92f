// A Store from the texts of a snapshot. Every text must be exactly what the entry it holds would be written
// as, and the indexes are rebuilt from nothing else. Format: docs/formats/state.md, "Snapshot file"
#pragma once

#include <string>
#include <vector>

#include "base/result.h"
#include "charter/store.h"

namespace charter {

/// Errors: kBadState (detail: the text's first line).
base::Result<void> load_store(Store& store, std::vector<std::string> objects,
                              const std::vector<std::string>& rules);

}  // namespace charter
