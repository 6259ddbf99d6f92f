// Which record sets the registry's objects give a zone: SOA, NS, DS and the addresses of hosts, nothing of
// DNSSEC's own. A pure function; zone_text writes it down as it is, signed_zone.h adds what a signer adds.
// Format: docs/formats/zones.md, "The rendered zone"
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "publish/dns/record_set.h"
#include "resource/object_source.h"

namespace publish {

struct ZoneSets {
  std::string apex;
  std::uint32_t delegation_ttl_seconds = 0;  ///< the zone's `ttl: delegation`, also the DNSKEY set's
  std::vector<RecordSet> sets;               ///< by owner in canonical order, then by type number
};

/// Errors: kNoSuchZone. Broken invariants (a name server without its host) are our bug: CHECK.
/// Cost:   O(objects log objects).   Threads: any.
base::Result<ZoneSets> zone_sets(const resource::ObjectSource& objects, std::string_view apex,
                                 std::uint32_t serial);

inline constexpr base::ErrorKind kNoSuchZone{"no-such-zone", base::Category::kNotFound,
                                             "docs/formats/objects.md"};

}  // namespace publish
