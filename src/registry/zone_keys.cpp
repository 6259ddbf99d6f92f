#include "registry/zone_keys.h"

#include <algorithm>
#include <array>

#include "charter/ceremony_entries.h"
#include "resource/values.h"
#include "resource/zone_ttls.h"

namespace registry {
namespace {

using charter::KeyStanding;
using charter::KeyUse;
using publish::KeyDuty;
using publish::ZoneKey;

constexpr std::uint64_t kSecondsPerDay = 86'400;
/// So long resolvers that follow RFC 5011 can see that a key is revoked, wherever they were meanwhile: its section 2.4.2
/// has them forget it after as much.
constexpr base::Seconds kRevokedStays{30 * kSecondsPerDay};
/// For secondaries to follow, before caches begin to forget what the zone before held.
constexpr base::Seconds kFollowing{2 * kSecondsPerDay};
constexpr std::array<std::string_view, 4> kDutyWords{"standby", "keys", "zone", "leaving"};

bool has_signature_of(const publish::SignedZone& zone, const ZoneKey& key) {
  const std::uint16_t tag = publish::key_tag(key);
  return std::ranges::any_of(zone.sets(), [&](const publish::SignedSet& set) {
    return std::ranges::any_of(set.signatures,
                               [&](const publish::SetSignature& one) { return one.key_tag == tag; });
  });
}

/// How long a signature of the zone may lie in caches after another took its place.
base::Seconds ttl_max(const charter::State& state, std::string_view apex) {
  const resource::Object* zone = state.find({resource::ObjectClass::kZone, std::string(apex)});
  return base::Seconds(zone == nullptr ? 0 : resource::longest_ttl_of(*zone));
}

/// When a key that is on its way out has been shown as such for long enough; nothing: not by time alone.
std::optional<base::EpochSeconds> leaves_at(const charter::GroupKeyEntry& entry,
                                            const charter::ShownKey& shown, base::Seconds longest_ttl) {
  switch (entry.standing) {
    case KeyStanding::kRetiring:
      if (entry.use == KeyUse::kZsk && !shown.signs) return shown.since + kFollowing + longest_ttl;
      break;
    case KeyStanding::kRevoked:
      if (shown.flags == publish::kRevokedKskFlags) return shown.since + kRevokedStays;
      break;
    case KeyStanding::kActive:
    case KeyStanding::kStandby:
      break;
  }
  return std::nullopt;
}

/// The flags and the duty of a key that has this standing; nothing for one that is in no zone.
std::optional<ZoneKey> key_of(const crypto::PublicKey& key, const charter::GroupKeyEntry& entry) {
  if (entry.use == KeyUse::kLog) return std::nullopt;
  const bool is_zsk = entry.use == KeyUse::kZsk;
  ZoneKey made{is_zsk ? publish::kZskFlags : publish::kKskFlags, key, KeyDuty::kStandby};
  switch (entry.standing) {
    case KeyStanding::kActive:
      made.duty = is_zsk ? KeyDuty::kSignsZone : KeyDuty::kSignsKeys;
      break;
    case KeyStanding::kStandby:
      break;
    case KeyStanding::kRetiring:
      if (!is_zsk) return std::nullopt;  // it never came into force
      made.duty = KeyDuty::kLeaving;
      break;
    case KeyStanding::kRevoked:
      made.flags = publish::kRevokedKskFlags;
      made.duty = KeyDuty::kSignsKeys;
      break;
  }
  return made;
}

bool is_on_its_way_out(KeyStanding standing) {
  return standing == KeyStanding::kRetiring || standing == KeyStanding::kRevoked;
}

/// Tags that the key has, or will have when it is revoked.
std::vector<std::uint16_t> tags_of(ZoneKey key) {
  std::vector<std::uint16_t> tags;
  if (key.flags == publish::kZskFlags) {
    tags.push_back(publish::key_tag(key));
    return tags;
  }
  for (const std::uint16_t flags : {publish::kKskFlags, publish::kRevokedKskFlags}) {
    key.flags = flags;
    tags.push_back(publish::key_tag(key));
  }
  return tags;
}

// No release has two keys of one tag; with such a standby key there could be none until it is gone.
void leave_out_same_tags(std::vector<ZoneKey>& keys) {
  const std::vector<ZoneKey> all = keys;
  std::erase_if(keys, [&](const ZoneKey& standby) {
    if (standby.duty != KeyDuty::kStandby) return false;
    return std::ranges::any_of(all, [&](const ZoneKey& other) {
      if (other.public_key == standby.public_key) return false;
      const std::vector<std::uint16_t> taken = tags_of(other);
      return std::ranges::any_of(
          tags_of(standby), [&](std::uint16_t tag) { return std::ranges::find(taken, tag) != taken.end(); });
    });
  });
}

const charter::ShownKey* find_shown(std::span<const charter::ShownKey> shown, const crypto::PublicKey& key) {
  const auto found = std::ranges::find(shown, key, &charter::ShownKey::key);
  return found == shown.end() ? nullptr : &*found;
}

}  // namespace

std::vector<ZoneKey> zone_keys(const charter::State& state, std::string_view apex,
                               const charter::ReleaseEntry& release) {
  std::vector<ZoneKey> keys;
  const base::Seconds longest_ttl = ttl_max(state, apex);
  for (const crypto::PublicKey& key : state.group_keys()) {
    const charter::GroupKeyEntry& entry = *state.group_key(key);
    const auto made = key_of(key, entry);
    if (!made) continue;
    if (is_on_its_way_out(entry.standing)) {
      const charter::ShownKey* const shown = find_shown(release.shown, key);
      if (shown == nullptr) continue;  // nobody knows it from this zone
      const auto end = leaves_at(entry, *shown, longest_ttl);
      if (end && *end <= state.time()) continue;
    }
    keys.push_back(*made);
  }
  leave_out_same_tags(keys);
  return keys;
}

std::optional<base::EpochSeconds> keys_change_at(const charter::State& state, std::string_view apex,
                                                 const charter::ReleaseEntry& release) {
  std::optional<base::EpochSeconds> next;
  const base::Seconds longest_ttl = ttl_max(state, apex);
  for (const charter::ShownKey& shown : release.shown) {
    const charter::GroupKeyEntry* const entry = state.group_key(shown.key);
    if (entry == nullptr) continue;
    const auto end = leaves_at(*entry, shown, longest_ttl);
    if (end && *end > state.time() && (!next || *end < *next)) next = end;
  }
  return next;
}

std::vector<charter::ShownKey> shown_keys(std::span<const charter::ShownKey> before,
                                          std::span<const ZoneKey> keys, const publish::SignedZone& zone,
                                          base::EpochSeconds now) {
  std::vector<charter::ShownKey> shown;
  for (const ZoneKey& key : keys) {
    charter::ShownKey one{key.public_key, key.flags, has_signature_of(zone, key), now};
    const charter::ShownKey* const old = find_shown(before, key.public_key);
    if (old != nullptr && old->flags == one.flags && old->signs == one.signs) one.since = old->since;
    shown.push_back(one);
  }
  std::ranges::sort(shown, {}, &charter::ShownKey::key);
  return shown;
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
