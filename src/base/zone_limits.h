// Limits of zones that are released by the log (docs/formats/zones.md). Limits of everything else: base/limits.h.
#pragma once

#include <cstddef>

namespace base {

/// Signatures of a zone's release in one record: 107 octets each, so that the record fits.
inline constexpr std::size_t kBatchPieceMax = 500;
/// Positions have six digits.
inline constexpr std::size_t kBatchPositionsMax = 1'000'000;
/// A signed zone of that many signatures, with its records.
inline constexpr std::size_t kZoneTextBytesMax = std::size_t{512} << 20;

}  // namespace base
