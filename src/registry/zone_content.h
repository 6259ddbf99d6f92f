// What a release signs, as a text that a snapshot can carry, and as objects again: a release outlives changes of the
// objects it was made of, and must be the same after a restart. The text is the rendered zone and its DNSKEY records;
// the zone, domains and hosts read from it give exactly the same zone. Format: docs/formats/zones.md, "On the log"
#pragma once

#include <functional>
#include <map>
#include <string>
#include <string_view>

#include "base/result.h"
#include "publish/dns/signed_zone.h"
#include "resource/object_source.h"

namespace registry {

/// Of a zone that is laid out for `release`.   Cost: about 5 ms for the root.
std::string content_text(const publish::UnsignedZone& zone, const publish::Release& release);

/// The objects that a content text, or the text of a signed zone, was made of: their versions and holders are not
/// told by it and stand for nothing.
class ZoneContent final : public resource::ObjectSource {
 public:
  /// Errors: kBadContent (detail: the line, or the object that its lines do not make).
  static base::Result<ZoneContent> parse(std::string_view text, std::string_view apex);
  const resource::Object* find(const resource::ObjectId& id) const override;
  void for_each(resource::ObjectClass object_class,
                const std::function<void(const resource::Object&)>& visit) const override;

 private:
  std::map<resource::ObjectId, resource::Object> objects_;
};

inline constexpr base::ErrorKind kBadContent{"bad-zone-content", base::Category::kCorrupt,
                                             "docs/formats/zones.md#on-the-log"};

}  // namespace registry
