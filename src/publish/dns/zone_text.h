// The unsigned zone as RFC 1035 text: a pure function of the registry's objects, so every replica publishes
// the same bytes. Signing, releases and which serial a release gets on the log are not here. Format:
// docs/formats/objects.md (zone, domain, host)
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "base/result.h"
#include "base/strong.h"
#include "publish/dns/record_set.h"
#include "resource/object_source.h"

namespace publish {

/// Renders the zone at `apex`. One record a line, "OWNER TTL IN TYPE DATA", absolute lower-case names,
/// canonical DNS order of owners (RFC 4034 section 6.1), at each owner SOA, NS, DS, A, AAAA, and data in
/// canonical order. The SOA is first. Shapes: domains with status `active` whose nearest zone is `apex`;
/// addresses of every host at or below `apex` that such a domain or
///         the apex names. Addresses of the apex's hosts carry the TTL `apex`, others `delegation`; SOA and
///         DS `signed`.
/// Errors: kNoSuchZone. Broken invariants (a name server without its host) are our bug: CHECK.
/// Cost:   O(objects log objects), the whole root under 20 ms.   Threads: any.
base::Result<std::string> zone_text(const resource::ObjectSource& objects, std::string_view apex,
                                    std::uint32_t serial);

/// Sets as such lines: the SOA first, the others in their order.
std::string record_lines(std::span<const RecordSet* const> sets);

/// The serial of a new release: YYYYMMDD00 of `time` (UTC) if that is later than `previous`, else previous +
/// 1; "later" and "+ 1" in serial number arithmetic, so a release always moves secondaries forward. Spec: RFC
/// 1982 section 3
std::uint32_t serial_for(std::optional<std::uint32_t> previous, base::EpochSeconds time);

}  // namespace publish
