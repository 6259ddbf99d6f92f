// Ceremonies: how the members make a key that none of them holds, or give it new shares. An attempt is announced,
// dealt and certified on the log, each phase with a deadline in block time; whoever is silent, or shown to have
// dealt wrongly, is left out of the next attempt. What the messages prove is threshold/'s; when they count, and
// what follows, is here. Format: docs/formats/ceremonies.md
#pragma once

#include <vector>

#include "base/result.h"
#include "charter/ceremony_entries.h"
#include "charter/signature_checker.h"
#include "charter/transaction.h"
#include "record/record.h"

namespace charter {

/// May a proposal of class G with this order ("generate zsk", "reshare KEY", "roll ksk") be executed now?
/// Errors: kRefused.
base::Result<void> check_order(const Transaction& tx, std::string_view order);
/// Executes it: opens a ceremony under the proposal's id, or moves the keys of one use on.   Errors: kRefused.
base::Result<void> execute_order(Transaction& tx, const record::Record& proposal);

/// One step of a member.   Errors: kRefused and its kin; kUnknownProposal: no such ceremony is under way.
base::Result<void> enter_ceremony(Transaction& tx, const record::Record& record, SignatureChecker& checker);
/// The end of a ceremony's phase.
void run_due_ceremony(Transaction& tx, const base::Hash& id);

/// Who takes part in the present attempt, in the order of their identifiers 1, 2, ...: by encryption key.
std::vector<Announcement> participants_of(const CeremonyEntry& entry);
}  // namespace charter
