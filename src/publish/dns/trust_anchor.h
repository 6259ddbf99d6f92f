// The two files a resolver's operator puts in place once: the KSKs as DNSKEY records and as DS records.
// Format: docs/formats/zones.md, "Trust anchors"
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "publish/dns/release.h"

namespace publish {

/// `trust-anchor.key`: one DNSKEY line for each KSK that is not revoked, standbys included, ascending by data.
std::string trust_anchor_keys(std::string_view apex, std::uint32_t ttl_seconds,
                              std::span<const ZoneKey> keys);

/// `trust-anchor.ds`: the same keys as DS lines with SHA-256.   Spec: RFC 4034 section 5.1.4, RFC 4509
std::string trust_anchor_ds(std::string_view apex, std::uint32_t ttl_seconds, std::span<const ZoneKey> keys);

}  // namespace publish
