// Aim: a zone file from a stranger never crashes the reader, and what it accepts comes out of the registry's
// objects in a form that reads and comes out the same again. Method: parse any bytes; if accepted, make
// objects of it in an empty map, render, parse and render again, and demand the same text.
#include <cstdint>
#include <map>
#include <string>

#include "base/check.h"
#include "codec/dns_name.h"
#include "import/difference.h"
#include "import/zone_file.h"
#include "publish/dns/zone_text.h"
#include "resource/change.h"
#include "resource/object_source.h"

namespace {

using resource::Object;
using resource::ObjectId;

class Objects final : public resource::ObjectSource {
 public:
  const Object* find(const ObjectId& id) const override {
    const auto at = objects_.find(id);
    return at == objects_.end() ? nullptr : &at->second;
  }
  void for_each(resource::ObjectClass object_class,
                const std::function<void(const Object&)>& visit) const override {
    for (const auto& [id, object] : objects_) {
      if (id.object_class == object_class) visit(object);
    }
  }
  void apply(const import::PlannedChange& planned) {
    const std::string text = "\n" + planned.paragraph;
    const auto changes = resource::parse_changes(text);
    CHECK(changes.has_value() && changes->size() == 1 && changes->front().id() == planned.id);
    auto after = resource::apply_change(find(planned.id), changes->front());
    CHECK(after.has_value());
    objects_.insert_or_assign(planned.id, std::move(*after));
  }

 private:
  std::map<ObjectId, Object> objects_;
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto zone = import::parse_zone({data, size}, ".");
  if (!zone) return 0;
  CHECK(codec::is_dns_name(zone->apex));
  Objects objects;
  const auto difference = import::difference(*zone, objects, {});
  if (!difference) return 0;  // an apex server without an address
  CHECK(import::make_batches(difference->changes).has_value());
  for (const import::PlannedChange& change : difference->changes) objects.apply(change);
  const auto text = publish::zone_text(objects, zone->apex, zone->soa.serial);
  CHECK(text.has_value());
  const auto again = import::parse_zone(base::as_bytes(*text), ".");
  CHECK(again.has_value());
  CHECK(again->left_out_count == 0 && again->ttl_note_count == 0);
  const auto unchanged = import::difference(*again, objects, {});
  CHECK(unchanged.has_value());
  for (const import::PlannedChange& change : unchanged->changes) objects.apply(change);
  CHECK(publish::zone_text(objects, again->apex, again->soa.serial) == *text);
  return 0;
}
