// The life of a proposal: opened, voted on, locked, ended. Each function is one kind of record or one due
// moment, and writes into a transaction that its caller commits or drops. Who signs is checked here too,
// right after the question what is asked for. Format: docs/formats/rules.md, "Life"
#pragma once

#include "base/result.h"
#include "charter/plan.h"
#include "charter/signature_checker.h"
#include "charter/transaction.h"
#include "record/record.h"

namespace charter {

// One a kind of record. `tx` is spent on error.
base::Result<void> enter_proposal(Transaction& tx, const record::Record& record, SignatureChecker& checker);
base::Result<void> enter_acceptance(Transaction& tx, const record::Record& record, SignatureChecker& checker);
base::Result<void> enter_ballot(Transaction& tx, const record::Record& record, SignatureChecker& checker);
base::Result<void> enter_objection(Transaction& tx, const record::Record& record, SignatureChecker& checker);
base::Result<void> enter_withdrawal(Transaction& tx, const record::Record& record, SignatureChecker& checker);
base::Result<void> enter_cancellation(Transaction& tx, const record::Record& record,
                                      SignatureChecker& checker);
base::Result<void> enter_check(Transaction& tx, const record::Record& record, SignatureChecker& checker);
base::Result<void> enter_redaction(Transaction& tx, const record::Record& record, SignatureChecker& checker);

/// The due moment of one proposal: expires, or its lock ends.
void run_due_proposal(Transaction& tx, const base::Hash& id);

/// Governance (member) or admin (organisation) keys of `by`, and nothing else.
base::Result<void> verify_standing(const Transaction& tx, const record::Record& record,
                                   SignatureChecker& checker);
base::Result<void> verify_role(const Transaction& tx, const record::Record& record, resource::Role role,
                               SignatureChecker& checker);

}  // namespace charter
