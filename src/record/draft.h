// Drafts: a record's body as people edit it. Lines beginning with `#` and extra empty lines may stand
// anywhere, lines may be unsorted; the canonical body is what gets signed. Format: docs/formats/records.md,
// "Drafts"
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"
#include "record/record.h"

namespace record {

/// The canonical body of a draft.
/// Errors: kBadRecord (detail: line number in the canonical body, then what was expected).
base::Result<std::string> parse_draft(std::string_view draft);

/// A draft of `body` with `remarks` as comment lines at its head.
std::string serialize_draft(std::string_view body, std::string_view remarks);

}  // namespace record
