#include "import/surroundings.h"

#include "codec/dns_name.h"

namespace import {

using resource::Object;
using resource::ObjectClass;
using resource::ObjectId;

namespace {

constexpr std::string_view kUnclaimed = "UNCLAIMED";

bool is_claimed(const Object& domain) {
  return domain.value("holder") != kUnclaimed;
}

}  // namespace

std::string claim_of(const Object& domain) {
  return "below " + std::string(domain.key()) + ", claimed by " + std::string(domain.value("holder"));
}

Surroundings::Surroundings(const ParsedZone& upstream, const resource::ObjectSource& present,
                           const Restraints& restraints)
    : upstream_(upstream), present_(present) {
  // Of two restraints on one object the one that bars more speaks.
  for (const Restraint& one : restraints) {
    const Restraint*& known = restraints_[one.id];
    if (known == nullptr || one.bars_names_below) known = &one;
  }
  apexes_.insert(upstream.apex);
  present.for_each(ObjectClass::kZone, [this](const Object& zone) {
    if (!zone.is_tombstone()) apexes_.emplace(zone.key());
  });
  present.for_each(ObjectClass::kDomain, [this](const Object& domain) {
    if (domain.is_tombstone()) return;
    if (nearest_apex(codec::parent_of(domain.key())) == upstream_.apex)
      domains_.emplace(domain.key(), &domain);
    if (!is_claimed(domain)) return;
    for (std::string_view name = domain.key(); name != ".";) {
      name = codec::parent_of(name);
      claimed_below_.emplace(name, &domain);
    }
  });
}

const Object* Surroundings::live(ObjectClass object_class, std::string_view key) const {
  const Object* object = present_.find({object_class, std::string(key)});
  return object == nullptr || object->is_tombstone() ? nullptr : object;
}

std::string_view Surroundings::nearest_apex(std::string_view name) const {
  for (;; name = codec::parent_of(name)) {
    if (const auto apex = apexes_.find(name); apex != apexes_.end()) return *apex;
    if (name == ".") return {};
  }
}

/// Upstream takes it away: hosts below it may fall to whoever holds the next domain above.
bool Surroundings::leaves(const Object& domain) const {
  const std::string name(domain.key());
  return !is_claimed(domain) && domains_.contains(name) && !upstream_.delegations.contains(name);
}

const Object* Surroundings::claimed_above(std::string_view host) const {
  for (;; host = codec::parent_of(host)) {
    const Object* domain = live(ObjectClass::kDomain, host);
    if (domain != nullptr && !leaves(*domain)) return is_claimed(*domain) ? domain : nullptr;
    if (host == "." || live(ObjectClass::kZone, host) != nullptr) return nullptr;
  }
}

std::string Surroundings::why_no_creation(const ObjectId& id) const {
  if (const Object* domain = claimed_above(id.key)) return claim_of(*domain);
  if (id.object_class != ObjectClass::kHost) {
    if (const auto below = claimed_below_.find(id.key); below != claimed_below_.end()) {
      return "above " + std::string(below->second->key()) + ", claimed by " +
             std::string(below->second->value("holder"));
    }
  }
  if (id.object_class == ObjectClass::kZone) return {};
  for (std::string_view name = id.key;; name = codec::parent_of(name)) {
    for (const ObjectClass object_class : {ObjectClass::kDomain, ObjectClass::kZone}) {
      const auto found = restraints_.find({object_class, std::string(name)});
      if (found == restraints_.end() || !found->second->bars_names_below) continue;
      return (name == id.key ? "" : "below " + std::string(name) + ", ") + found->second->reason;
    }
    if (name == ".") return {};
  }
}

std::string Surroundings::why_no_deletion(const ObjectId& id) const {
  const auto found = restraints_.find(id);
  return found == restraints_.end() ? std::string() : found->second->reason;
}

}  // namespace import
