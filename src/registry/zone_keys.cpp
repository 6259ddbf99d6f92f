#include "registry/zone_keys.h"

#include <algorithm>
#include <array>

#include "charter/ceremony_entries.h"
#include "resource/values.h"

namespace registry {
namespace {

using charter::KeyStanding;
using charter::KeyUse;
using publish::KeyDuty;
using publish::ZoneKey;

/// RFC 5011 section 2.4.1 has a revoked key stay for the remove hold-down time of resolvers.
constexpr base::Seconds kRevokedStays{std::uint64_t{30} * 86'400};
constexpr std::array<std::string_view, 4> kDutyWords{"standby", "keys", "zone", "leaving"};

/// Does a signature of the old ZSK stand in that zone?
bool has_signature_of(const publish::SignedZone* zone, const ZoneKey& key) {
  if (zone == nullptr) return false;
  const std::uint16_t tag = publish::key_tag(key);
  return std::ranges::any_of(zone->sets(), [&](const publish::SignedSet& set) {
    return std::ranges::any_of(set.signatures,
                               [&](const publish::SetSignature& one) { return one.key_tag == tag; });
  });
}

std::optional<ZoneKey> zsk_of(const crypto::PublicKey& key, KeyStanding standing,
                              const publish::SignedZone* previous) {
  ZoneKey made{publish::kZskFlags, key, KeyDuty::kStandby};
  switch (standing) {
    case KeyStanding::kActive:
      made.duty = KeyDuty::kSignsZone;
      return made;
    case KeyStanding::kStandby:
      return made;
    case KeyStanding::kRetiring:
      made.duty = KeyDuty::kLeaving;
      return has_signature_of(previous, made) ? std::optional(made) : std::nullopt;
    case KeyStanding::kRevoked:
      break;
  }
  return std::nullopt;
}

std::optional<ZoneKey> ksk_of(const crypto::PublicKey& key, const charter::GroupKeyEntry& entry,
                              base::EpochSeconds now) {
  switch (entry.standing) {
    case KeyStanding::kActive:
      return ZoneKey{publish::kKskFlags, key, KeyDuty::kSignsKeys};
    case KeyStanding::kStandby:
      return ZoneKey{publish::kKskFlags, key, KeyDuty::kStandby};
    case KeyStanding::kRevoked:
      if (now < entry.since + kRevokedStays)
        return ZoneKey{publish::kRevokedKskFlags, key, KeyDuty::kSignsKeys};
      break;
    case KeyStanding::kRetiring:
      break;
  }
  return std::nullopt;
}

}  // namespace

std::vector<ZoneKey> zone_keys(const charter::State& state, const publish::SignedZone* previous) {
  std::vector<ZoneKey> keys;
  for (const crypto::PublicKey& key : state.group_keys()) {
    const charter::GroupKeyEntry& entry = *state.group_key(key);
    std::optional<ZoneKey> made;
    if (entry.use == KeyUse::kZsk) made = zsk_of(key, entry.standing, previous);
    if (entry.use == KeyUse::kKsk) made = ksk_of(key, entry, state.time());
    if (made) keys.push_back(*made);
  }
  return keys;
}

std::optional<base::EpochSeconds> keys_change_at(const charter::State& state) {
  std::optional<base::EpochSeconds> next;
  for (const crypto::PublicKey& key : state.group_keys()) {
    const charter::GroupKeyEntry& entry = *state.group_key(key);
    if (entry.use != KeyUse::kKsk || entry.standing != KeyStanding::kRevoked) continue;
    const base::EpochSeconds end = entry.since + kRevokedStays;
    if (end > state.time() && (!next || end < *next)) next = end;
  }
  return next;
}

bool can_sign(std::span<const ZoneKey> keys) {
  const auto has = [&](std::uint16_t flags, KeyDuty duty) {
    return std::ranges::any_of(keys,
                               [&](const ZoneKey& key) { return key.flags == flags && key.duty == duty; });
  };
  return has(publish::kZskFlags, KeyDuty::kSignsZone) && has(publish::kKskFlags, KeyDuty::kSignsKeys);
}

std::vector<std::string> key_lines(std::span<const ZoneKey> keys) {
  std::vector<std::string> lines;
  for (const ZoneKey& key : keys) {
    lines.push_back(std::to_string(key.flags) + " " +
                    std::string(kDutyWords[static_cast<std::size_t>(key.duty)]) + " " +
                    resource::serialize_key(key.public_key));
  }
  std::ranges::sort(lines);
  return lines;
}

std::optional<std::vector<ZoneKey>> keys_of_lines(std::span<const std::string> lines) {
  std::vector<ZoneKey> keys;
  for (const std::string& line : lines) {
    ZoneKey key;
    std::string_view rest = line;
    const std::string_view flags = rest.substr(0, rest.find(' '));
    for (const std::uint16_t known : {publish::kZskFlags, publish::kKskFlags, publish::kRevokedKskFlags}) {
      if (flags == std::to_string(known)) key.flags = known;
    }
    rest.remove_prefix(std::min(rest.size(), flags.size() + 1));
    const auto word = std::ranges::find(kDutyWords, rest.substr(0, rest.find(' ')));
    if (key.flags == 0 || word == kDutyWords.end()) return std::nullopt;
    key.duty = static_cast<KeyDuty>(word - kDutyWords.begin());
    rest.remove_prefix(std::min(rest.size(), word->size() + 1));
    if (!resource::read_key(rest, key.public_key)) return std::nullopt;
    keys.push_back(key);
  }
  return keys;
}

}  // namespace registry
