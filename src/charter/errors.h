// Why a record is refused: a handful of kinds, each with the page that states the rule. The detail is a
// sentence that names the rule and the line or attribute.
#pragma once

#include "base/result.h"

namespace charter {

inline constexpr base::ErrorKind kWrongClass{"wrong-class", base::Category::kDenied, "docs/formats/rules.md"};
inline constexpr base::ErrorKind kBadSignature{"bad-signature", base::Category::kDenied,
                                               "docs/formats/records.md"};
inline constexpr base::ErrorKind kUnknownParty{"unknown-party", base::Category::kNotFound,
                                               "docs/formats/rules.md"};
inline constexpr base::ErrorKind kUnknownProposal{"unknown-proposal", base::Category::kNotFound,
                                                  "docs/formats/rules.md"};
inline constexpr base::ErrorKind kStaleEpoch{"stale-epoch", base::Category::kConflict,
                                             "docs/formats/records.md"};
inline constexpr base::ErrorKind kExpiredRecord{"expired-record", base::Category::kConflict,
                                                "docs/formats/rules.md"};
inline constexpr base::ErrorKind kDuplicate{"duplicate", base::Category::kConflict, "docs/formats/rules.md"};
inline constexpr base::ErrorKind kOverBudget{"over-budget", base::Category::kDenied, "docs/formats/rules.md"};
inline constexpr base::ErrorKind kFrozen{"frozen", base::Category::kDenied, "docs/formats/rules.md"};
inline constexpr base::ErrorKind kInvariant{"invariant", base::Category::kConflict,
                                            "docs/formats/objects.md"};

}  // namespace charter
