// How a registry begins: the genesis record, signed by every key it names.
// Format: docs/formats/records.md, "Kinds"
#pragma once

#include "base/result.h"
#include "charter/signature_checker.h"
#include "charter/store.h"
#include "record/record.h"

namespace charter {

/// Fills an empty store.   Errors: kRefused and its kin; the store is then spent.
base::Result<void> found_registry(Store& store, const record::Record& genesis, SignatureChecker& checker);

}  // namespace charter
