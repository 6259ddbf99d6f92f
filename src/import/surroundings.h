// The registry around one zone as an import sees it: which zone and which holder a name belongs to, and what
// the rules let class U neither make nor delete there. Only looks; what follows from it is difference's.
// Format: docs/formats/rules.md, "Which class a difference has", "Life", "Disputes"
#pragma once

#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "import/zone_file.h"
#include "resource/object_source.h"

namespace import {

/// One object that the rules hold fast at present, beyond what the objects themselves show.
struct Restraint {
  resource::ObjectId id;
  bool bars_names_below = false;  ///< nothing is created at its name or below (a locked vote); never deleted
  std::string reason;             ///< "named by a locked proposal of class V", "disputed until ..."
};
using Restraints = std::vector<Restraint>;

/// Lifetime: keeps references to all three.   Cost: one pass over zones and domains.
class Surroundings {
 public:
  Surroundings(const ParsedZone& upstream, const resource::ObjectSource& present,
               const Restraints& restraints);

  /// Null for tombstones as well.
  const resource::Object* live(resource::ObjectClass object_class, std::string_view key) const;
  /// The nearest zone at or above `name`, the file's own included; empty if it is outside every one.
  std::string_view nearest_apex(std::string_view name) const;
  /// Live domains of this zone.
  const std::map<std::string, const resource::Object*>& domains() const { return domains_; }
  /// The domain that `host` belongs to, if an organisation holds it or will after this import: the nearest at
  /// or above it that upstream does not remove, unless a zone's apex is nearer. Null if nobody's.
  const resource::Object* claimed_above(std::string_view host) const;

  // Why class U may not do it; empty if it may.
  std::string why_no_creation(const resource::ObjectId& id) const;
  std::string why_no_deletion(const resource::ObjectId& id) const;

 private:
  bool leaves(const resource::Object& domain) const;

  const ParsedZone& upstream_;
  const resource::ObjectSource& present_;
  std::set<std::string, std::less<>> apexes_;  ///< of live zones, and this one
  std::map<std::string, const resource::Object*> domains_;
  std::map<std::string, const resource::Object*, std::less<>> claimed_below_;  ///< by the names above it
  std::map<resource::ObjectId, const Restraint*> restraints_;
};

/// "below ru., claimed by ORG-X"
std::string claim_of(const resource::Object& domain);

}  // namespace import
