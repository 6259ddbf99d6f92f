// The two byte strings of every signature: what is signed, and the RRSIG record that carries the result; and
// the digest over a whole zone. Spec: RFC 4034 section 3.1, RFC 8976 section 3
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "base/bytes.h"
#include "publish/dns/signed_set.h"

namespace publish {

/// The RRSIG's data up to the signature, then every record of the set.   Spec: RFC 4034 section 3.1.8.1
base::Bytes bytes_to_sign(const RecordSet& set, std::string_view apex, const SignatureTimes& times,
                          std::uint16_t key_tag);

/// The data of the RRSIG record.   Spec: RFC 4034 section 3.1
base::Bytes rrsig_data(const RecordSet& set, std::string_view apex, const SetSignature& signature);

/// The order that RRSIG records of one set have: that of their data.
void sort_signatures(const RecordSet& set, std::string_view apex, std::vector<SetSignature>& signatures);

/// The data of the ZONEMD record: serial, scheme SIMPLE, SHA-384, digest.
base::Bytes zonemd_data(std::uint32_t serial, const ZoneDigest& digest);

/// Over every record but the apex's ZONEMD and the RRSIG that covers it.
/// Cost: about 10 ms for the root.   Spec: RFC 8976 section 3.3
ZoneDigest zone_digest(const std::vector<SignedSet>& sets, std::string_view apex);

/// SOA first, then every record in canonical order, one a line.
std::string signed_zone_text(const std::vector<SignedSet>& sets, std::string_view apex);

}  // namespace publish
