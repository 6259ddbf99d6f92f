#include "publish/dns/release.h"

#include <algorithm>
#include <set>

// These headers are C and do not say so.
extern "C" {
#include <libdnssec/keytag.h>
}

#include "base/check.h"
#include "codec/dns_name.h"
#include "crypto/hash.h"
#include "publish/dns/record_set.h"

namespace publish {
namespace {

constexpr std::uint64_t kHour = 3'600;
constexpr std::uint64_t kDay = 86'400;
constexpr std::uint64_t kWeek = 7 * kDay;
constexpr std::uint64_t kLifeDays = 21;
constexpr std::uint64_t kSpreadDays = 7;
/// RRSIG times have 32 bits; beyond this one a signature would expire before it begins.
constexpr std::uint64_t kTimeMin = kDay;
constexpr std::uint64_t kTimeMax = 4'291'747'200;  // 2106-01-01T00:00:00Z
constexpr base::Byte kProtocol = 3;
constexpr base::Byte kAlgorithmEd25519 = 15;

bool duty_fits(const ZoneKey& key) {
  switch (key.duty) {
    case KeyDuty::kStandby:
      return key.flags == kZskFlags || key.flags == kKskFlags;
    case KeyDuty::kSignsKeys:  // RFC 5011 section 2.1: what is revoked is so only in a set that it signs
      return key.flags == kKskFlags || key.flags == kRevokedKskFlags;
    case KeyDuty::kSignsZone:
    case KeyDuty::kLeaving:
      return key.flags == kZskFlags;
  }
  return false;
}

base::Result<void> check_keys(const std::vector<ZoneKey>& keys) {
  if (keys.size() > kZoneKeysMax) return base::fail(kBadRelease, "over 16 keys");
  std::set<crypto::PublicKey> seen;
  std::set<std::uint16_t> tags;
  std::size_t zone_signers = 0;
  std::size_t key_signers = 0;
  for (const ZoneKey& key : keys) {
    const std::string which = "key with tag " + std::to_string(key_tag(key));
    if (!duty_fits(key)) return base::fail(kBadRelease, which + ": flags and duty do not fit");
    if (!seen.insert(key.public_key).second) return base::fail(kBadRelease, which + " stands twice");
    if (!tags.insert(key_tag(key)).second) return base::fail(kBadRelease, "two keys have one tag: " + which);
    if (!crypto::is_prime_order_key(key.public_key)) {
      return base::fail(kBadRelease, which + " is not of prime order");
    }
    zone_signers += key.duty == KeyDuty::kSignsZone ? 1 : 0;
    key_signers += key.duty == KeyDuty::kSignsKeys && key.flags == kKskFlags ? 1 : 0;
  }
  if (zone_signers != 1) return base::fail(kBadRelease, "not exactly one key signs the zone");
  if (key_signers == 0) return base::fail(kBadRelease, "no key signs the keys");
  return {};
}

}  // namespace

base::Result<void> check_release(const Release& release) {
  if (!codec::is_dns_name(release.apex)) return base::fail(kBadRelease, "the apex is no canonical name");
  if (release.time.value() < kTimeMin || release.time.value() > kTimeMax) {
    return base::fail(kBadRelease, "RRSIG records cannot say times outside 1970-01-02..2106-01-01");
  }
  if (release.prepared.size() > kPreparedMax) return base::fail(kBadRelease, "over 64 prepared signatures");
  return check_keys(release.keys);
}

base::Bytes dnskey_data(const ZoneKey& key) {
  base::Bytes data;
  append_u16(data, key.flags);
  data.push_back(kProtocol);
  data.push_back(kAlgorithmEd25519);
  data.insert(data.end(), key.public_key.bytes.begin(), key.public_key.bytes.end());
  return data;
}

std::uint16_t key_tag(const ZoneKey& key) {
  base::Bytes data = dnskey_data(key);
  const dnssec_binary_t binary{.size = data.size(), .data = data.data()};
  std::uint16_t tag = 0;
  CHECK(dnssec_keytag(&binary, &tag) == 0);
  return tag;
}

SignatureTimes signature_times(std::string_view owner, std::uint16_t type, base::EpochSeconds time) {
  base::Bytes name = wire_name(owner);
  append_u16(name, type);
  const base::Hash hash = crypto::sha256(name);
  const std::uint64_t drawn = std::uint64_t{hash.bytes[0]} << 24 | std::uint64_t{hash.bytes[1]} << 16 |
                              std::uint64_t{hash.bytes[2]} << 8 | std::uint64_t{hash.bytes[3]};
  const std::uint64_t day = time.value() / kDay + kLifeDays - drawn % kSpreadDays;
  CHECK(time.value() >= kHour);
  return {base::EpochSeconds(time.value() - kHour), base::EpochSeconds(day * kDay)};
}

SignatureTimes key_set_times(base::EpochSeconds time) {
  const std::uint64_t week = time.value() / kWeek * kWeek;
  return {base::EpochSeconds(week < kHour ? 0 : week - kHour), base::EpochSeconds(week + kLifeDays * kDay)};
}

bool is_aging(const SignatureTimes& times, base::EpochSeconds time) {
  return times.expiration <= time + kRefreshBefore;
}

}  // namespace publish
