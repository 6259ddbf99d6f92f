// The half of evidence that needs the log and the rules: replays up to the offence and finds out for itself
// whether the rules refuse it, or whether the record that is missing was valid. The other half is
// verify/evidence.h. Format: docs/formats/evidence.md
#pragma once

#include "base/result.h"
#include "storage/log_folder.h"
#include "verify/evidence.h"

namespace audit {

/// Replays `log` (any sound copy that reaches the place the evidence names) and confirms or refutes
/// `verdict`, which verify_evidence gave. A confirmed kNeedsLog becomes kProven.
/// Errors: verify::kNotEvidence (the rules allow it; the record is on the log; detail says which), kLogTooShort;
/// those of storage and of replay.
/// Cost: a replay of the log without signatures up to the place, then what the evidence holds.
base::Result<verify::EvidenceVerdict> confirm_evidence(verify::EvidenceVerdict verdict,
                                                       const storage::LogFolder& log);

inline constexpr base::ErrorKind kLogTooShort{"log-too-short", base::Category::kNotFound,
                                              "docs/formats/evidence.md"};

}  // namespace audit
