// Reads a zone file (RFC 1035 text, any apex) into what the registry keeps of a zone: SOA values, the apex's
// name servers, delegations with their DS, and the addresses of the hosts that NS records name. What it keeps
// nothing of is counted (DNSSEC made by the upstream signer) or listed (everything else), never dropped
// silently. What the registry makes of it is import/difference. Format: docs/formats/objects.md
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.h"
#include "base/result.h"

namespace import {

struct SoaValues {
  std::string mname;
  std::string rname;
  std::uint32_t serial = 0;
  std::uint32_t refresh = 0;
  std::uint32_t retry = 0;
  std::uint32_t expire = 0;
  std::uint32_t minimum = 0;
};

/// The zone object's three TTLs, in seconds: of the apex's NS (and its hosts' addresses), of delegation NS
/// and their hosts' addresses (the commonest in the file), and of the SOA and DS.
struct ZoneTtls {
  std::uint32_t apex = 0;
  std::uint32_t delegation = 0;
  std::uint32_t signed_data = 0;
};

/// Names and `ds-rdata` values as objects write them, sorted bytewise, unique.
struct Delegation {
  std::vector<std::string> nservers;
  std::vector<std::string> ds;
  std::uint64_t line = 0;  ///< of its first NS
};

/// A record that no object holds, and why.
struct LeftOut {
  std::string owner;
  std::string type;
  std::uint64_t line = 0;
  std::string reason;
};

/// An RRset whose TTL the three of the zone object cannot express: it will be published with `published`.
struct TtlNote {
  std::string owner;
  std::string type;
  std::uint64_t line = 0;
  std::uint32_t ttl = 0;
  std::uint32_t published = 0;
};

struct ParsedZone {
  std::string apex;
  SoaValues soa;
  ZoneTtls ttls;
  std::vector<std::string> nservers;              ///< of the apex, sorted, unique
  std::map<std::string, Delegation> delegations;  ///< strictly below the apex
  std::map<std::string, std::vector<std::string>>
      hosts;  ///< every host an NS names -> its addresses in this file, if any
  std::map<std::string, std::uint64_t> skipped;  ///< DNSSEC type -> records
  std::vector<LeftOut> left_out;                 ///< by line, at most kListedMax
  std::uint64_t left_out_count = 0;
  std::vector<TtlNote> ttl_notes;  ///< in canonical order, the first kListedMax
  std::uint64_t ttl_note_count = 0;
};

/// A hostile file cannot make the lists of a report larger than this; the counts go on.
inline constexpr std::size_t kListedMax = 10'000;

/// Parses a whole zone file. `origin` is the name that relative names stand under until a $ORIGIN ("." for a
/// root zone); the apex is where the SOA stands. $INCLUDE is refused: a file from elsewhere opens no other.
/// Duplicate records count once. Shapes: at most base::kZoneFileBytesMax bytes; names lower-cased. Errors:
/// kBadZoneFile (detail: "line N: reason"). Cost:   one pass; the whole DNS root (22,000 records) in well
/// under 100 ms.   Threads: any. Spec:   RFC 1035 section 5, RFC 2308 section 4
base::Result<ParsedZone> parse_zone(base::ByteView text, std::string_view origin);

inline constexpr base::ErrorKind kBadZoneFile{"bad-zone-file", base::Category::kInvalid,
                                              "RFC 1035 section 5"};

}  // namespace import
