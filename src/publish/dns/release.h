// What a release is before anybody signs: apex, serial, block time, the keys in force and what each may do;
// and the rules that give every signature its times. Pure; whether a release is due, and its place on the
// log, are the registry's. Format: docs/formats/zones.md, "Releases"
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.h"
#include "base/result.h"
#include "base/strong.h"
#include "crypto/ed25519.h"

namespace publish {

/// What a key of the DNSKEY set does in a release.
enum class KeyDuty : std::uint8_t {
  kStandby,    ///< published only
  kSignsKeys,  ///< a KSK: signs the DNSKEY set. Several in a roll, and every revoked one (RFC 5011)
  kSignsZone,  ///< the ZSK: signs every other set. Exactly one
  kLeaving,    ///< an old ZSK: signs nothing any more, its signatures stay until they age
};

inline constexpr std::uint16_t kZskFlags = 256;
inline constexpr std::uint16_t kKskFlags = 257;
inline constexpr std::uint16_t kRevokedKskFlags = 385;  ///< RFC 5011 section 2.1

struct ZoneKey {
  std::uint16_t flags = 0;
  crypto::PublicKey public_key;  ///< Ed25519, algorithm 15
  KeyDuty duty = KeyDuty::kStandby;
};

/// Both ends inclusive, as validators read them (RFC 4034 section 3.1.5).
struct SignatureTimes {
  base::EpochSeconds inception;
  base::EpochSeconds expiration;
  friend bool operator==(const SignatureTimes&, const SignatureTimes&) = default;
};

/// A signature of the DNSKEY set made ahead of time, so that no release waits for the KSK.
struct PreparedSignature {
  crypto::PublicKey key;
  SignatureTimes times;
  crypto::Signature signature;
};

struct Release {
  std::string apex;
  std::uint32_t serial = 0;                 ///< serial_for(previous, time), zone_text.h
  base::EpochSeconds time;                  ///< of the block that makes it
  std::vector<ZoneKey> keys;                ///< in any order
  std::vector<PreparedSignature> prepared;  ///< those that do not fit are passed over
};

/// Refuses what no release may be.
/// Errors: kBadRelease (apex no canonical name; time outside 1970-01-02..2106-01-01; over 16 keys or 64 prepared
///         signatures; not
///         exactly one ZSK that signs the zone, no KSK that signs the keys and is not revoked; flags and duty
///         that do not fit each other; a key that stands twice or is not of prime order; two keys with one
///         key tag).
base::Result<void> check_release(const Release& release);

/// The data of the DNSKEY record and its key tag.   Spec: RFC 4034 section 2.1, RFC 8080, RFC 4034 app. B
base::Bytes dnskey_data(const ZoneKey& key);
std::uint16_t key_tag(const ZoneKey& key);

/// The times of a signature that a release at `time` makes for any set but DNSKEY: from an hour before to a
/// midnight (UTC) 15 to 21 days on; which of the seven, owner and type decide, so that not all age at once
/// and no day has more than one release for ageing.
SignatureTimes signature_times(std::string_view owner, std::uint16_t type, base::EpochSeconds time);

/// The same for the DNSKEY set: from an hour before the week of `time` (weeks since the epoch) to three weeks
/// after the week's beginning. Known in advance, so the KSK can sign ahead.
SignatureTimes key_set_times(base::EpochSeconds time);

/// Seven days or less are left, or it is over: the next release makes it anew.
bool is_aging(const SignatureTimes& times, base::EpochSeconds time);

inline constexpr base::Seconds kRefreshBefore{std::uint64_t{7} * 86'400};
inline constexpr std::size_t kZoneKeysMax = 16;
inline constexpr std::size_t kPreparedMax = 64;

inline constexpr base::ErrorKind kBadRelease{"bad-release", base::Category::kInvalid,
                                             "docs/formats/zones.md#releases"};

}  // namespace publish
