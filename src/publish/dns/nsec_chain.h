// What a zone can be held responsible for: which sets are its own and which are only told (the NS of a
// delegation, glue), and the NSEC chain over the owners of the first. Format: docs/formats/zones.md, "Signed"
#pragma once

#include <string_view>
#include <vector>

#include "publish/dns/signed_set.h"

namespace publish {

/// The sets in order with NSEC records among them, each marked authoritative or not, none signed. Shapes:
/// `sets` by owner in canonical order, then by type number, with one SOA at the apex and no NSEC.
/// Spec: RFC 4035 sections 2.2 and 2.3, RFC 9077
std::vector<SignedSet> with_nsec_chain(std::vector<RecordSet> sets, std::string_view apex);

}  // namespace publish
