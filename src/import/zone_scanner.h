// The one door to libzscanner: zone file text in, records in wire form out, each with its line. Knows no
// register.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "base/bytes.h"
#include "base/result.h"

namespace import {

/// Views live until the visitor returns.
struct ScannedRecord {
  base::ByteView owner;  ///< wire name, letters as the file has them
  std::uint16_t type;
  std::optional<std::uint32_t> ttl_seconds;  ///< absent: neither the record nor a $TTL says one
  base::ByteView rdata;
  std::uint64_t line;  ///< where the record ends, from 1
};

using RecordVisitor = std::function<base::Result<void>(const ScannedRecord&)>;

/// Visits every record in the file's order; stops at the first error, the visitor's (put behind "line N: ")
/// or its own. Errors: kBadZoneFile (syntax, a class other than IN, a TTL above 2^31 - 1, $INCLUDE). Spec:
/// RFC 1035 section 5, RFC 2181 section 8
base::Result<void> scan_zone(base::ByteView text, std::string_view origin, const RecordVisitor& visit);

/// "TXT", or "TYPE65280" (RFC 3597 section 5) for one without a name.
std::string type_name(std::uint16_t type);

}  // namespace import
