// The one question publishers and importers put to the registry: which object stands under this name, and
// which objects of a class are there. charter::State and test maps answer it behind this interface; nothing
// here changes anything.
#pragma once

#include <functional>

#include "resource/object.h"

namespace resource {

/// Threads: as the implementation's const calls.   Lifetime: objects live until the source's next write.
class ObjectSource {
 public:
  virtual ~ObjectSource() = default;
  /// The object, live or tombstone; null if it never existed.
  virtual const Object* find(const ObjectId& id) const = 0;
  /// Every object of one class, tombstones included, in bytewise order of key.
  virtual void for_each(ObjectClass object_class, const std::function<void(const Object&)>& visit) const = 0;
};

}  // namespace resource
