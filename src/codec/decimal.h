// Decimal numbers without sign or leading zeros: one text per value.
// Format: docs/formats/records.md, "Values"
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.h"

namespace codec {

/// Errors: kBadDecimal (empty, another character than a digit, a leading zero, or more than 2^64 - 1).
base::Result<std::uint64_t> parse_decimal(std::string_view text);
/// The same for numbers up to `largest`.
base::Result<std::uint64_t> parse_decimal(std::string_view text, std::uint64_t largest);
std::string serialize_decimal(std::uint64_t value);

/// The same without the words: true and `value` set, or false. For inner loops of parsers.
[[nodiscard]] bool read_decimal(std::string_view text, std::uint64_t& value);

inline constexpr base::ErrorKind kBadDecimal{"bad-decimal", base::Category::kInvalid,
                                             "docs/formats/records.md"};

}  // namespace codec
