// What a zone object's `ttl` lines say. Format: docs/formats/objects.md
#pragma once

#include <cstdint>

#include "resource/object.h"

namespace resource {

/// In seconds.
struct ZoneTtls {
  std::uint32_t apex = 0;         ///< of the apex: NS and the addresses of its servers
  std::uint32_t delegation = 0;   ///< of delegations: NS and glue; and of the DNSKEY set
  std::uint32_t signed_data = 0;  ///< of SOA and DS
};

/// Of an object of class zone: such a one was checked to have the three lines.
ZoneTtls ttls_of(const Object& zone);
/// How long anything of the zone may lie in caches.
std::uint32_t longest_ttl_of(const Object& zone);

}  // namespace resource
