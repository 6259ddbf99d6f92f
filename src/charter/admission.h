// The gate every record passes, whatever its kind: origin, replay, expiry, epoch, budget, freezes. Then its
// kind's own function, all in one transaction. Format: docs/formats/rules.md, "Life" (Entry) and "Budgets"
#pragma once

#include "base/result.h"
#include "charter/signature_checker.h"
#include "charter/transaction.h"
#include "record/record.h"

namespace charter {

/// Everything that `record` does. On error `tx` is spent.
base::Result<void> admit(Transaction& tx, const record::Record& record, SignatureChecker& checker);

}  // namespace charter
