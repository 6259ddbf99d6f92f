// A record set and its signatures, and the digest of a zone: the parts that a signed zone is made of.
#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "crypto/ed25519.h"
#include "publish/dns/record_set.h"
#include "publish/dns/release.h"

namespace publish {

/// One RRSIG record without what its set and its zone say already.
struct SetSignature {
  SignatureTimes times;
  std::uint16_t key_tag = 0;
  crypto::Signature signature;
};

struct SignedSet {
  RecordSet records;
  bool is_authoritative = false;  ///< signed; false for the NS of a delegation and for glue
  /// One for each key that signs; in canonical order of the RRSIG's data.
  std::vector<SetSignature> signatures;
};

/// SHA-384, as in ZONEMD.
using ZoneDigest = std::array<base::Byte, 48>;

}  // namespace publish
