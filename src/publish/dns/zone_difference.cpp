#include "publish/dns/zone_difference.h"

#include <algorithm>
#include <utility>

#include "base/check.h"
#include "codec/dns_name.h"

namespace publish {
namespace {

/// Owners in canonical order, as sets stand in a zone.
struct Place {
  std::string order_key;
  std::uint16_t type;
  friend auto operator<=>(const Place&, const Place&) = default;
};

/// The sets that are compared, with the SOA's serial put to zero.
std::vector<std::pair<Place, RecordSet>> compared_sets(const SignedZone& zone) {
  std::vector<std::pair<Place, RecordSet>> sets;
  for (const SignedSet& set : zone.sets()) {
    const std::uint16_t type = set.records.type;
    if (type == kTypeNsec || type == kTypeZonemd) continue;
    sets.emplace_back(Place{codec::dns_order_key(set.records.owner), type}, set.records);
    if (type != kTypeSoa) continue;
    base::Bytes& soa = sets.back().second.data.at(0);
    constexpr std::size_t kSerialFromEnd = 20;
    CHECK(soa.size() > kSerialFromEnd);
    std::fill_n(soa.end() - kSerialFromEnd, 4, base::Byte{0});
  }
  return sets;
}

std::vector<SetChange> changes_between(const SignedZone& before, const SignedZone& after) {
  const auto old_sets = compared_sets(before);
  const auto new_sets = compared_sets(after);
  std::vector<SetChange> changes;
  auto a = old_sets.begin();
  auto b = new_sets.begin();
  while (a != old_sets.end() || b != new_sets.end()) {
    if (b == new_sets.end() || (a != old_sets.end() && a->first < b->first)) {
      changes.push_back({a->second.owner, a->second.type, SetChangeKind::kRemoved});
      ++a;
    } else if (a == old_sets.end() || b->first < a->first) {
      changes.push_back({b->second.owner, b->second.type, SetChangeKind::kAdded});
      ++b;
    } else {
      if (a->second != b->second) {
        changes.push_back({a->second.owner, a->second.type, SetChangeKind::kChanged});
      }
      ++a;
      ++b;
    }
  }
  return changes;
}

bool is_address(std::uint16_t type) {
  return type == kTypeA || type == kTypeAaaa;
}

/// The delegations that name one of `hosts`.
void add_users(const SignedZone& zone, const std::set<std::string>& hosts, std::set<std::string>& users) {
  if (hosts.empty()) return;
  std::set<base::Bytes> wires;
  for (const std::string& host : hosts) wires.insert(wire_name(host));
  for (const SignedSet& set : zone.sets()) {
    if (set.records.type != kTypeNs || set.records.owner == zone.apex()) continue;
    if (std::ranges::any_of(set.records.data, [&](const base::Bytes& host) { return wires.contains(host); }))
      users.insert(set.records.owner);
  }
}

}  // namespace

ZoneDifference difference(const SignedZone& before, const SignedZone& after) {
  CHECK(before.apex() == after.apex());
  ZoneDifference out;
  out.changes = changes_between(before, after);
  out.delegations_before =
      static_cast<std::size_t>(std::ranges::count_if(before.sets(), [&](const SignedSet& set) {
        return set.records.type == kTypeNs && set.records.owner != before.apex();
      }));
  std::set<std::string> removed;
  std::set<std::string> changed;
  std::set<std::string> hosts;
  for (const SetChange& change : out.changes) {
    const bool at_apex = change.owner == before.apex();
    if (at_apex && (change.type == kTypeNs || change.type == kTypeDnskey)) out.apex_changed = true;
    if (is_address(change.type)) hosts.insert(change.owner);
    if (at_apex) continue;
    if (change.type == kTypeNs && change.kind == SetChangeKind::kRemoved) removed.insert(change.owner);
    if (change.type == kTypeNs || change.type == kTypeDs) changed.insert(change.owner);
  }
  add_users(before, hosts, changed);
  add_users(after, hosts, changed);
  for (const std::string& owner : removed) changed.erase(owner);
  out.delegations_removed = removed.size();
  out.delegations_changed = changed.size();
  return out;
}

std::string why_ballot(const ZoneDifference& difference) {
  constexpr std::size_t kRemovedPart = 50;  // 2 %
  constexpr std::size_t kChangedPart = 20;  // 5 %
  const std::string of = " of " + std::to_string(difference.delegations_before) + " delegations ";
  if (difference.apex_changed) return "the apex's NS or DNSKEY changed";
  if (difference.delegations_removed * kRemovedPart > difference.delegations_before) {
    return std::to_string(difference.delegations_removed) + of + "removed, over 2 %";
  }
  if (difference.delegations_changed * kChangedPart > difference.delegations_before) {
    return std::to_string(difference.delegations_changed) + of + "changed or added, over 5 %";
  }
  return {};
}

std::vector<SetChange> unexplained(const ZoneDifference& difference, std::string_view apex,
                                   const TouchedNames& touched) {
  std::vector<SetChange> out;
  for (const SetChange& change : difference.changes) {
    bool explained = false;
    if (is_address(change.type)) {
      explained = touched.hosts.contains(change.owner);
    } else if (change.type == kTypeDnskey) {
      explained = touched.keys || touched.cuts.contains(apex);  // the zone's object gives its TTL
    } else {
      explained = touched.cuts.contains(change.owner);
    }
    if (!explained) out.push_back(change);
  }
  return out;
}

}  // namespace publish
