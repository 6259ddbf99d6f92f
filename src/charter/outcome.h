// What follows when a proposal's paragraphs are carried out: freezes, founding, epochs, rotated keys,
// cosigners, and the one slot of M and C. Format: docs/formats/rules.md, "Life", "Freezes", "Founding"
#pragma once

#include "base/result.h"
#include "charter/plan.h"
#include "charter/transaction.h"
#include "record/record.h"

namespace charter {

/// Carries `proposal` out, consequences included. On error `tx` is spent: hand in a copy.
base::Result<void> execute(Transaction& tx, const record::Record& proposal, const Plan& plan);

/// Ends the proposal (it need not have been opened) and lets the next M or C into the slot if this one held
/// it.
void end_proposal(Transaction& tx, const base::Hash& id);

/// May an M or C lock or execute now?
bool is_slot_free(const Transaction& tx);

/// F objections to a claim made in founding take the domains back.
/// Errors: kRefused (not a founding claim, or too late).
base::Result<void> object_to_claim(Transaction& tx, const record::Record& record);

/// The present cosigners, as `policy: current` lists them.
std::vector<std::string> cosigner_lines(const Transaction& tx);

}  // namespace charter
