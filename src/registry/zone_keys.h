// The keys of a zone: group keys of the rules state as a release lists them, and their lines in its entry.
// Format: docs/formats/zones.md, "On the log"
#pragma once

#include <optional>
#include <span>
#include <string>
#include <vector>

#include "charter/state.h"
#include "publish/dns/signed_zone.h"

namespace registry {

/// The keys of a zone as the rules have them at present, as a release lists them; without an active ZSK and KSK
/// nothing is signed. `previous` says how long a retiring ZSK stays.
std::vector<publish::ZoneKey> zone_keys(const charter::State& state, const publish::SignedZone* previous);
bool can_sign(std::span<const publish::ZoneKey> keys);
/// "257 keys KEY": flags, duty, key; sorted. And back; empty for lines that are not such.
std::vector<std::string> key_lines(std::span<const publish::ZoneKey> keys);
std::optional<std::vector<publish::ZoneKey>> keys_of_lines(std::span<const std::string> lines);

/// When time alone will change them, if it will: a revoked KSK leaves.
std::optional<base::EpochSeconds> keys_change_at(const charter::State& state);

}  // namespace registry
