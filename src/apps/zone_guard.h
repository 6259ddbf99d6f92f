// The last brake before a published zone goes to the name servers: its differences to the one before are held against
// the objects that were written meanwhile. One that nothing explains is our bug, whatever the signatures say. It knows
// what it has seen since the process began, no more. Format: docs/formats/zones.md, "Bounds"
#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "base/strong.h"
#include "publish/dns/signed_zone.h"
#include "publish/dns/zone_difference.h"
#include "registry/registry.h"
#include "resource/object.h"

namespace apps {

/// Of one zone.   Order: ( unexplained note )*.   Threads: one.
class ZoneGuard {
 public:
  /// What differs between the zone noted last and `next`, which `registry` has published, though none of the objects
  /// and keys behind it were written. Empty until two zones were noted: the content of a zone was read after the zone
  /// before it was published, so what was seen then is the earliest that its successor may differ from.
  /// Cost: 10 ms for the root.
  std::vector<publish::SetChange> unexplained(const registry::Registry& registry,
                                              const publish::SignedZone& next) const;
  void note(const registry::Registry& registry, std::shared_ptr<const publish::SignedZone> zone);

 private:
  struct Seen {
    std::map<resource::ObjectId, base::Version> objects;
    std::vector<std::string> keys;
  };
  static Seen look(const registry::Registry& registry, const std::string& apex);

  std::shared_ptr<const publish::SignedZone> last_;
  std::shared_ptr<const Seen> at_last_;
  std::shared_ptr<const Seen> before_last_;
};

}  // namespace apps
