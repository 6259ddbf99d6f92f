// Objects in a map, and the few kinds of text that the tests of this room put there.
#pragma once

#include <functional>
#include <map>
#include <string>
#include <string_view>

#include <gtest/gtest.h>

#include "resource/object_source.h"

namespace publish {

class Objects final : public resource::ObjectSource {
 public:
  void put(const std::string& text) {
    auto object = resource::Object::parse(text);
    ASSERT_TRUE(object) << object.error().message();
    put(std::move(*object));
  }
  void put(resource::Object object) { objects_.insert_or_assign(object.id(), std::move(object)); }
  const resource::Object* find(const resource::ObjectId& id) const override {
    const auto at = objects_.find(id);
    return at == objects_.end() ? nullptr : &at->second;
  }
  void for_each(resource::ObjectClass object_class,
                const std::function<void(const resource::Object&)>& visit) const override {
    for (const auto& [id, object] : objects_) {
      if (id.object_class == object_class) visit(object);
    }
  }

 private:
  std::map<resource::ObjectId, resource::Object> objects_;
};

inline constexpr std::string_view kSoa =
    "mname: a.srv.\nrname: b.\nrefresh: 1800\nretry: 900\nexpire: 604800\nminimum: 86400\n";
inline constexpr std::string_view kTtls = "ttl: apex 518400\nttl: delegation 172800\nttl: signed 86400\n";

inline std::string zone_object(const std::string& apex, const std::string& nservers) {
  return "zone: " + apex + "\nversion: 1\n" + std::string(kSoa) + nservers + std::string(kTtls);
}
inline std::string host_object(const std::string& name, const std::string& addresses) {
  return "host: " + name + "\nversion: 1\n" + addresses;
}
inline std::string domain_object(const std::string& name, const std::string& rest,
                                 const std::string& status = "active") {
  return "domain: " + name + "\nversion: 1\nholder: UNCLAIMED\nstatus: " + status + "\n" + rest;
}

}  // namespace publish
