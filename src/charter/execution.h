// Carrying out the paragraphs of a proposal: objects, the keys they name, and the invariants between objects.
// Whether it may be carried out is lifecycle's question.
// Format: docs/formats/objects.md, "Invariants"
#pragma once

#include "base/result.h"
#include "charter/plan.h"
#include "charter/transaction.h"
#include "record/record.h"

namespace charter {

/// Applies every paragraph or fails; on error `tx` is spent. Use a copy where it must go on.
/// Errors: kStaleChange, kBadObject, kInvariant, kRefused.
base::Result<void> apply_paragraphs(Transaction& tx, const record::Record& proposal, ClassSet classes);

/// Registers the keys that `after` adds and retires those that `before` had alone. Either may be null.
/// Errors: kInvariant (detail: the key).
base::Result<void> register_keys(Transaction& tx, const resource::Object* before,
                                 const resource::Object& after);

/// Did this transaction change a key of the party that its object names?
bool has_rotated(const ObjectEdit& edit);

/// The relations between the objects that `tx` changed and all others.
/// Errors: kInvariant (detail: object and what it lacks).
/// Cost:   by what changed; creation or deletion of a zone looks through all domains or hosts.
base::Result<void> check_invariants(const Transaction& tx);

}  // namespace charter
