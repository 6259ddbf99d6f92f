// A message that one value cannot hold stands in several numbered ones. Format: docs/formats/records.md, "Kinds"
#pragma once

#include <cstddef>

namespace record {

/// Octets of every piece but the last, which has at most as many: what a value holds beside the number, in base64.
inline constexpr std::size_t kPieceBytes = 765;

}  // namespace record
