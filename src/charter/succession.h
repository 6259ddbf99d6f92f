// How a registry goes on when its log cannot: the genesis of a successor takes the state of its predecessor over,
// ends what was under way, and names who goes on. Signed by members of the predecessor with their governance keys.
// That the texts are the predecessor's is judged by whoever has the tries (registry/succession.h).
// Format: docs/formats/rules.md, "Succession"
#pragma once

#include "base/result.h"
#include "charter/signature_checker.h"
#include "charter/store.h"
#include "record/record.h"

namespace charter {

/// Turns a store of the predecessor's last state into that of the successor's genesis block.
/// Shapes: `genesis` names a predecessor.
/// Errors: kRefused and its kin, each naming the attribute or member; the store is then spent.
base::Result<void> succeed_registry(Store& store, const record::Record& genesis, SignatureChecker& checker);

}  // namespace charter
