#include "apps/zone_guard.h"

#include <algorithm>
#include <utility>

#include "base/check.h"
#include "charter/release_entries.h"
#include "codec/dns_name.h"
#include "publish/dns/record_set.h"

namespace apps {
namespace {

using resource::ObjectClass;

/// The hosts that a delegation names in that zone.
void add_hosts(const publish::SignedZone& zone, const std::string& owner, publish::TouchedNames& touched) {
  const publish::SignedSet* const set = zone.find(owner, publish::kTypeNs);
  if (set == nullptr) return;
  for (const base::Bytes& data : set->records.data) {
    auto name = codec::dns_name_from_wire(data);
    CHECK(name.has_value());
    touched.hosts.insert(std::move(*name));
  }
}

}  // namespace

ZoneGuard::Seen ZoneGuard::look(const registry::Registry& registry, const std::string& apex) {
  Seen seen;
  for (const ObjectClass object_class : {ObjectClass::kZone, ObjectClass::kDomain, ObjectClass::kHost}) {
    registry.charter().for_each_object(object_class, [&](const resource::Object& object) {
      if (codec::is_at_or_below(object.key(), apex)) seen.objects.emplace(object.id(), object.version());
    });
  }
  const charter::ReleaseEntry* const entry = registry.charter().release(apex);
  if (entry != nullptr && entry->published) seen.keys = entry->published->keys;
  return seen;
}

std::vector<publish::SetChange> ZoneGuard::unexplained(const registry::Registry& registry,
                                                       const publish::SignedZone& next) const {
  if (!last_ || !before_last_) return {};
  const Seen now = look(registry, next.apex());
  publish::TouchedNames touched;
  touched.keys = now.keys != at_last_->keys;
  for (const auto& [id, version] : now.objects) {
    const auto before = before_last_->objects.find(id);
    if (before != before_last_->objects.end() && before->second == version) continue;
    if (id.object_class == ObjectClass::kHost) {
      touched.hosts.insert(id.key);
      continue;
    }
    touched.cuts.insert(id.key);
    add_hosts(*last_, id.key, touched);
    add_hosts(next, id.key, touched);
  }
  if (touched.cuts.contains(next.apex())) return {};  // its TTLs stand in every set
  auto left = publish::unexplained(publish::difference(*last_, next), next.apex(), touched);
  // A cut that comes or goes takes along what stands below it.
  std::erase_if(left, [&](const publish::SetChange& change) {
    return std::ranges::any_of(
        touched.cuts, [&](const std::string& cut) { return codec::is_at_or_below(change.owner, cut); });
  });
  return left;
}

void ZoneGuard::note(const registry::Registry& registry, std::shared_ptr<const publish::SignedZone> zone) {
  before_last_ = std::exchange(at_last_, std::make_shared<const Seen>(look(registry, zone->apex())));
  last_ = std::move(zone);
}

}  // namespace apps
