// What a successor takes over: every text of its predecessor's state, cut into carry records that follow the genesis
// in its block. The cut is a function of the texts, so everybody who holds the old state makes the same leaves. What
// the texts mean, and that they give the roots that the genesis names, is judged elsewhere (registry/succession.h).
// Format: docs/formats/records.md "Carry records"
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "record/record.h"

namespace record {

/// Texts of a state, each ending in LF and without an empty line, sorted bytewise by "class:key".
struct CarriedTexts {
  std::vector<std::string> objects;
  std::vector<std::string> rules;
};

/// The name of a text in its trie: "domain:ru." of "domain: ru.\n...". Empty if it has none.
std::string carried_name(std::string_view text);

/// The leaves, objects first, each filled as far as a record may be.
/// Shapes: each tree holds at least one text (a registry has a charter and a clock).
/// Errors: kBadCarry (more than kCarryPartsMax leaves; a text that no record could have made).
base::Result<std::vector<std::string>> serialize_carry(std::string_view origin, const CarriedTexts& texts);

/// The texts again.
/// Errors: kBadCarry (another origin, a part that is missing or out of place, a cut that is not the one of
/// serialize_carry, texts unsorted or twice).   Cost: one pass; holds every text once.
base::Result<CarriedTexts> parse_carry(std::string_view origin, std::span<const Record> parts);

inline constexpr base::ErrorKind kBadCarry{"bad-carry", base::Category::kInvalid,
                                           "docs/formats/records.md#carry-records"};

}  // namespace record
