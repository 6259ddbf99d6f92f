// Judges a zone text by itself: nothing may replace the last good zone, and no foreign file is believed,
// before it passed here. Knows no objects and no log; whether it is the zone of the log is a comparison of
// texts. Format: docs/formats/zones.md, "Check"
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "base/result.h"
#include "base/strong.h"
#include "crypto/ed25519.h"
#include "publish/dns/signed_zone.h"

namespace publish {

/// Reads and verifies a signed zone: it is exactly in the form that SignedZone::text writes, every
/// authoritative set and no other is signed, by a ZSK of its DNSKEY set, the DNSKEY set by a KSK (by every
/// revoked one, and by at least one of `anchors` unless that is empty), all at `time`; the NSEC chain and
/// ZONEMD are right. What is in `known` is not verified again; what holds is added.
/// Errors: kBadZone (detail: the line, or owner and type, and what is wrong), kZoneNotCanonical.
/// Cost:   about 50 ms for the root, and 50 us for each signature not known.
base::Result<SignedZone> check_zone(std::string_view text, std::string_view apex, base::EpochSeconds time,
                                    std::span<const crypto::PublicKey> anchors, VerifiedSignatures& known);

/// Reads a text that passed the check before and is vouched for since, by a hash under a trusted root: its form is
/// looked at and that it was good at `time`; signatures and digest are not verified.
/// Errors: kBadZone.   Cost: about 40 ms for the root.
base::Result<SignedZone> read_zone(std::string_view text, std::string_view apex, base::EpochSeconds time);

inline constexpr base::ErrorKind kBadZone{"bad-zone", base::Category::kInvalid,
                                          "docs/formats/zones.md#check"};
inline constexpr base::ErrorKind kZoneNotCanonical{"zone-not-canonical", base::Category::kInvalid,
                                                   "docs/formats/zones.md#check"};

}  // namespace publish
