// Times and durations as people read them, canonical both ways. Times are UTC without leap seconds, years
// 1970-9999. Format: docs/formats/records.md, "Values"
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "base/strong.h"

namespace codec {

/// 9999-12-31T23:59:59Z: the last time that has a text.
inline constexpr base::EpochSeconds kTimeMax{253'402'300'799};

/// `YYYY-MM-DDTHH:MM:SSZ`, a date of the calendar.   Errors: kBadTime.
base::Result<base::EpochSeconds> parse_time(std::string_view text);
/// Shapes: time <= kTimeMax (CHECKed; times made by adding periods to block time stay far below).
std::string serialize_time(base::EpochSeconds time);

/// A number and the largest of `d h m s` that divides it; zero is `0d`.   Errors: kBadDuration.
base::Result<base::Seconds> parse_duration(std::string_view text);
std::string serialize_duration(base::Seconds duration);

/// The same without the words, for inner loops of parsers.
std::optional<base::EpochSeconds> read_time(std::string_view text);
std::optional<base::Seconds> read_duration(std::string_view text);

inline constexpr base::ErrorKind kBadTime{"bad-time", base::Category::kInvalid, "docs/formats/records.md"};
inline constexpr base::ErrorKind kBadDuration{"bad-duration", base::Category::kInvalid,
                                              "docs/formats/records.md"};

}  // namespace codec
