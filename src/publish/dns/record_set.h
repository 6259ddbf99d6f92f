// Records as they travel: one set is one owner, one type, one TTL and its data in wire form, lower case, in
// canonical order. The one door of this room to libknot's names and texts. Which sets a zone has is
// zone_sets.h; signatures are signed_zone.h. Format: docs/formats/zones.md
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.h"

namespace publish {

/// The types that a zone of ours holds, by their numbers (IANA, "Resource Record (RR) TYPEs").
inline constexpr std::uint16_t kTypeA = 1;
inline constexpr std::uint16_t kTypeNs = 2;
inline constexpr std::uint16_t kTypeSoa = 6;
inline constexpr std::uint16_t kTypeAaaa = 28;
inline constexpr std::uint16_t kTypeDs = 43;
inline constexpr std::uint16_t kTypeRrsig = 46;
inline constexpr std::uint16_t kTypeNsec = 47;
inline constexpr std::uint16_t kTypeDnskey = 48;
inline constexpr std::uint16_t kTypeZonemd = 63;

struct RecordSet {
  std::string owner;  ///< canonical text, "com."
  std::uint16_t type = 0;
  std::uint32_t ttl_seconds = 0;
  std::vector<base::Bytes> data;  ///< wire form, canonical order (RFC 4034 section 6.3), no duplicates
  friend bool operator==(const RecordSet&, const RecordSet&) = default;
};

/// The uncompressed wire form of a canonical name.
base::Bytes wire_name(std::string_view name);

/// One record as RFC 4034 section 6.2 wants it hashed or signed: owner, type, class IN, TTL, length, data.
void append_wire_record(base::Bytes& out, base::ByteView owner, std::uint16_t type, std::uint32_t ttl_seconds,
                        base::ByteView data);

/// "OWNER TTL IN TYPE DATA" and a line feed.
void append_record_line(std::string& text, std::string_view owner, std::uint16_t type,
                        std::uint32_t ttl_seconds, base::ByteView data);

/// "DS", or "TYPE65280" for a type without a name.
std::string type_name(std::uint16_t type);

void append_u16(base::Bytes& out, std::uint16_t value);  ///< big-endian
void append_u32(base::Bytes& out, std::uint32_t value);  ///< big-endian

}  // namespace publish
