// A registry for tests: objects in a map, proposals applied as the charter would apply class U (all or
// nothing, deltas, then the invariants of objects.md that concern names, checked naively over everything).
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "import/difference.h"
#include "resource/change.h"
#include "resource/object_source.h"

namespace zone_tests {

class MapRegistry final : public resource::ObjectSource {
 public:
  const resource::Object* find(const resource::ObjectId& id) const override;
  void for_each(resource::ObjectClass object_class,
                const std::function<void(const resource::Object&)>& visit) const override;

  /// Puts one object in as it is, in place of what was there.
  void put(std::string text);
  /// One proposal's paragraphs. On error nothing has changed. Demands that the paragraphs are in canonical
  /// order.
  base::Result<void> apply(const std::vector<std::string>& paragraphs);
  /// What invariant is broken; empty if none.
  std::string broken_invariant() const;
  std::size_t live_count(resource::ObjectClass object_class) const;
  std::string value_text(resource::ObjectClass object_class, const std::string& key,
                         std::string_view name) const;

 private:
  std::map<resource::ObjectId, resource::Object> objects_;
};

/// Computes and applies everything, checking the invariants after every batch. Fails the running test on any
/// error.
import::Difference follow(MapRegistry& registry, const import::ParsedZone& zone,
                          std::size_t bytes_max = import::kBatchBytesMax,
                          const import::Restraints& restraints = {});

inline constexpr base::ErrorKind kBroken{"broken-invariant", base::Category::kConflict, ""};

}  // namespace zone_tests
