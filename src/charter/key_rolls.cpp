#include "charter/key_rolls.h"

#include <algorithm>
#include <cstdint>
#include <string>
#include <vector>

#include "charter/errors.h"
#include "charter/state.h"
#include "resource/zone_ttls.h"

namespace charter {
namespace {

constexpr std::uint64_t kSecondsPerDay = 86'400;
/// RFC 5011 has resolvers wait 30 days before they trust a key, counted from when each first saw it.
constexpr base::Seconds kKskStandby{40 * kSecondsPerDay};
/// Two days for secondaries to follow, two for caches to forget a DNSKEY set without the key: the TTL of the root's.
constexpr base::Seconds kZskStandby{4 * kSecondsPerDay};

base::Seconds standby_time(KeyUse use, const resource::Object* zone) {
  switch (use) {
    case KeyUse::kKsk:
      return kKskStandby;
    case KeyUse::kZsk:  // twice the time for which a DNSKEY set without it may be remembered
      if (zone == nullptr) return kZskStandby;
      return std::max(kZskStandby, base::Seconds(std::uint64_t{2} * resource::ttls_of(*zone).delegation));
    case KeyUse::kLog:
      break;
  }
  return base::Seconds(0);
}

}  // namespace

std::optional<crypto::PublicKey> key_with(const Transaction& tx, KeyUse use, KeyStanding standing) {
  for (const auto& [key, unused] : tx.store().group_keys.entries()) {
    const GroupKeyEntry* entry = tx.group_keys.find(key);
    if (entry != nullptr && entry->use == use && entry->standing == standing) return key;
  }
  return std::nullopt;
}

bool may_have_been_seen(const Transaction& tx, const crypto::PublicKey& key) {
  bool is_published = false;
  for (const auto& [apex, unused] : tx.store().releases.entries()) {
    const ReleaseEntry* const release = tx.releases.find(apex);
    if (release == nullptr || release->shown.empty()) continue;
    is_published = true;
    if (std::ranges::find(release->shown, key, &ShownKey::key) != release->shown.end()) return true;
  }
  return !is_published;
}

base::Result<base::EpochSeconds> roll_from(const crypto::PublicKey& standby, const GroupKeyEntry& entry,
                                           std::span<const ReleasedZone> zones) {
  // Where nothing was published ever nobody can have seen any key: the first zone will show what is in force then.
  base::EpochSeconds from = entry.since + standby_time(entry.use, nullptr);
  if (entry.use == KeyUse::kLog) return from;
  for (const ReleasedZone& one : zones) {
    if (one.release->shown.empty()) continue;
    const auto shown = std::ranges::find(one.release->shown, standby, &ShownKey::key);
    if (shown == one.release->shown.end()) {
      return base::fail(kRefused, "ceremony: the published zone " + std::string(one.apex) +
                                      " does not show the standby " + std::string(use_word(entry.use)) +
                                      " key yet; its time counts from then on");
    }
    from = std::max(from, shown->since + standby_time(entry.use, one.zone));
  }
  return from;
}

base::Result<base::EpochSeconds> roll_from(const Transaction& tx, KeyUse use) {
  const auto standby = key_with(tx, use, KeyStanding::kStandby);
  if (!standby) {
    return base::fail(kRefused,
                      "ceremony: there is no standby " + std::string(use_word(use)) + " key to roll to");
  }
  std::vector<ReleasedZone> zones;
  for (const auto& [apex, unused] : tx.store().releases.entries()) {
    const ReleaseEntry* const release = tx.releases.find(apex);
    if (release != nullptr) zones.push_back({apex, release, tx.live(resource::ObjectClass::kZone, apex)});
  }
  return roll_from(*standby, *tx.group_keys.find(*standby), zones);
}

}  // namespace charter
