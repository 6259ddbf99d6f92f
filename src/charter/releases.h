// What members do to a zone's release: they bring signatures, piece by piece, and vote on one that goes over the
// bounds. That a release begins, and what it holds, is the registry's (registry/releases.h), which writes the entries
// at the end of blocks. Format: docs/formats/zones.md, "On the log"
#pragma once

#include "base/result.h"
#include "charter/signature_checker.h"
#include "charter/transaction.h"
#include "record/record.h"

namespace charter {

/// A record of kind `signatures`: fills one piece of a batch, the first valid one counts.
/// Errors: kRefused, kDuplicate (the piece stands already), kUnknownParty, kBadSignature.
base::Result<void> enter_signatures(Transaction& tx, const record::Record& record, SignatureChecker& checker);

/// May a proposal with `publish: BATCH` be executed now?   Errors: kRefused.
base::Result<void> check_publish(const Transaction& tx, std::string_view batch);
/// Lets the held zone go; it is published at the end of this block.   Errors: kRefused.
base::Result<void> execute_publish(Transaction& tx, const record::Record& proposal);

}  // namespace charter
