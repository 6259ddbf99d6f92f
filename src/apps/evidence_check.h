// Evidence files as `comity verify` takes them beside receipts: by their texts, and with a log at hand by a
// replay. Format: docs/formats/evidence.md
#pragma once

#include <string>
#include <string_view>

#include <nlohmann/json_fwd.hpp>

#include "apps/console.h"
#include "base/files.h"
#include "base/result.h"
#include "note/policy.h"
#include "verify/evidence.h"

namespace apps {

/// `dir`: a registry's folder whose log is replayed; empty: none.
/// Errors: those of verify_evidence and confirm_evidence; those of opening the folder.
base::Result<verify::EvidenceVerdict> check_evidence(base::Files& files, std::string_view text,
                                                     const note::Policy& policy, const std::string& dir);

/// True if the claim stands as far as it can: what still asks for a log does not.
bool is_confirmed(const base::Result<verify::EvidenceVerdict>& verdict);
nlohmann::ordered_json evidence_json(const std::string& path,
                                     const base::Result<verify::EvidenceVerdict>& verdict);
void print_evidence(const std::string& path, const base::Result<verify::EvidenceVerdict>& verdict,
                    Console& console);

}  // namespace apps
