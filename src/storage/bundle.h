// Entry bundles: up to 256 leaves in one file, each after its length as a big-endian 16-bit number. The
// parser is strict: exactly the leaves asked for, nothing behind them. Format: C2SP tlog-tiles v0.1 (entry
// bundles), docs/formats/log.md
#pragma once

#include <vector>

#include "base/bytes.h"
#include "base/result.h"

namespace storage {

/// Views into `bundle`, in order.
/// Shapes: 1 <= width <= 256.
/// Errors: kBadBundle (cut short, bytes left over; detail: leaf and offset).
base::Result<std::vector<base::ByteView>> parse_bundle(base::ByteView bundle, std::size_t width);

/// Appends one leaf to a bundle's bytes.
/// Shapes: leaf.size() <= base::kRecordBytesMax.
void append_to_bundle(base::Bytes& bundle, base::ByteView leaf);

inline constexpr base::ErrorKind kBadBundle{"bad-bundle", base::Category::kCorrupt, "C2SP tlog-tiles"};

}  // namespace storage
