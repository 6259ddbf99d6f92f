// What differs between the zone published last and the next: a brake, not a gate. A release that takes away
// or changes too much at once, or touches the apex, waits for the members' `publish` ballot; and what changed
// must be explained by the effects executed since. Format: docs/formats/zones.md, "Bounds"
#pragma once

#include <cstdint>
#include <set>
#include <string>
#include <vector>

#include "publish/dns/signed_zone.h"
#include "resource/object_source.h"

namespace publish {

enum class SetChangeKind : std::uint8_t { kAdded, kRemoved, kChanged };

struct SetChange {
  std::string owner;
  std::uint16_t type = 0;
  SetChangeKind kind = SetChangeKind::kChanged;
  friend bool operator==(const SetChange&, const SetChange&) = default;
};

struct ZoneDifference {
  /// Of NS, DS, A, AAAA and DNSKEY sets, and of SOA but for its serial; in canonical order.
  std::vector<SetChange> changes;
  std::size_t delegations_before = 0;
  std::size_t delegations_removed = 0;
  /// Delegations that were added, or whose NS, DS, or addresses of a host they name, differ.
  std::size_t delegations_changed = 0;
  bool apex_changed = false;  ///< its NS or DNSKEY
};

ZoneDifference difference(const SignedZone& before, const SignedZone& after);

/// Over 2 % of the delegations removed, over 5 % changed, or the apex's NS or DNSKEY changed. Empty if no
/// ballot is needed, otherwise one line for people.
std::string why_ballot(const ZoneDifference& difference);

/// The names that executed effects touched, as the caller knows them from the block records.
struct TouchedNames {
  std::set<std::string, std::less<>> cuts;   ///< domains and the zone itself
  std::set<std::string, std::less<>> hosts;  ///< and every host that one of `cuts` named before or names now
  bool keys = false;                         ///< a roll touched the DNSKEY set
};

/// The changes that no effect explains; a release with one of these is not published.
std::vector<SetChange> unexplained(const ZoneDifference& difference, std::string_view apex,
                                   const TouchedNames& touched);

}  // namespace publish
