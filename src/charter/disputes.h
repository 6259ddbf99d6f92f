// Disputes: an organisation and a member block transfer and deletion of an object for a while; a majority
// renews. Format: docs/formats/rules.md, "Disputes"
#pragma once

#include "base/result.h"
#include "charter/signature_checker.h"
#include "charter/transaction.h"
#include "record/record.h"

namespace charter {

/// An `objection` that names an object.
base::Result<void> enter_dispute(Transaction& tx, const record::Record& record, SignatureChecker& checker);

/// A ballot that names a dispute; nullopt if it names none.
std::optional<base::Result<void>> vote_on_dispute(Transaction& tx, const record::Record& record,
                                                  SignatureChecker& checker);

}  // namespace charter
