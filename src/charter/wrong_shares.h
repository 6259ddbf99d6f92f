// Evidence on the log that a member gave a wrong signature share, and what follows: the member takes part in no signing
// round for a day. Format: docs/formats/records.md, kind `evidence`; docs/formats/rules.md, "Evidence"
#pragma once

#include "base/result.h"
#include "charter/share_proof.h"
#include "charter/signature_checker.h"
#include "charter/transaction.h"
#include "record/builder.h"
#include "record/record.h"

namespace charter {

/// How long a member is left out, in block time.
inline constexpr base::Seconds kLeftOutFor{86'400};
/// A statement is evidence only in the blocks of these hours before and after its time: half as long, so that none counts
/// twice.
inline constexpr base::Seconds kEvidenceWithin{43'200};
static_assert(kEvidenceWithin.value() * 2 == kLeftOutFor.value());

/// A record of kind `evidence`.
/// Errors: kRefused, kDuplicate (the member is left out already), kUnknownParty, kBadSignature.
base::Result<void> enter_evidence(Transaction& tx, const record::Record& record, SignatureChecker& checker);

/// The proof as attributes of such a record; the head and `expires` are the caller's.
/// A message that is longer than a record has room for is no record: the builder refuses it.
void set_proof(record::Builder& builder, const ShareProof& proof);
/// The inverse.   Shapes: a record of kind `evidence`.   Errors: kRefused (numbered lines that are out of order).
base::Result<ShareProof> read_proof(const record::Record& record);

}  // namespace charter
