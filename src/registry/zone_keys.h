// The keys of a zone: group keys of the rules state as a release lists them, and their lines in its entry.
// Format: docs/formats/zones.md, "On the log"
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "charter/release_entries.h"
#include "charter/state.h"
#include "publish/dns/signed_zone.h"

namespace registry {

/// The keys of a zone as the rules have them at present, as a release lists them; without an active ZSK and KSK
/// nothing is signed. What the published zone shows, and since when, says how long revoked and retiring ones stay.
std::vector<publish::ZoneKey> zone_keys(const charter::State& state, std::string_view apex,
                                        const charter::ReleaseEntry& entry);
bool can_sign(std::span<const publish::ZoneKey> keys);
/// "257 keys KEY": flags, duty, key; sorted. And back; empty for lines that are not such.
std::vector<std::string> key_lines(std::span<const publish::ZoneKey> keys);
std::optional<std::vector<publish::ZoneKey>> keys_of_lines(std::span<const std::string> lines);

/// When time alone will change them, if it will: a revoked KSK or a retiring ZSK leaves.
std::optional<base::EpochSeconds> keys_change_at(const charter::State& state, std::string_view apex,
                                                 const charter::ReleaseEntry& entry);

/// What `zone` shows, published at `now`, where `before` was shown until then.
std::vector<charter::ShownKey> shown_keys(std::span<const charter::ShownKey> before,
                                          std::span<const publish::ZoneKey> keys,
                                          const publish::SignedZone& zone, base::EpochSeconds now);

}  // namespace registry
