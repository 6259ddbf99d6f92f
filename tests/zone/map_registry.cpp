#include "zone/map_registry.h"

#include <set>

#include <gtest/gtest.h>

#include "codec/dns_name.h"

namespace zone_tests {

using resource::Object;
using resource::ObjectClass;
using resource::ObjectId;

const Object* MapRegistry::find(const ObjectId& id) const {
  const auto at = objects_.find(id);
  return at == objects_.end() ? nullptr : &at->second;
}

void MapRegistry::for_each(ObjectClass object_class, const std::function<void(const Object&)>& visit) const {
  for (auto at = objects_.lower_bound({object_class, ""}); at != objects_.end(); ++at) {
    if (at->first.object_class != object_class) return;
    visit(at->second);
  }
}

void MapRegistry::put(std::string text) {
  auto object = Object::parse(std::move(text));
  ASSERT_TRUE(object) << object.error().message();
  objects_.insert_or_assign(object->id(), std::move(*object));
}

base::Result<void> MapRegistry::apply(const std::vector<std::string>& paragraphs) {
  std::string text;
  for (const std::string& paragraph : paragraphs) text += "\n" + paragraph;
  ASSIGN_OR_RETURN(const std::vector<resource::Change> changes, resource::parse_changes(text));
  const auto before = objects_;
  for (const resource::Change& change : changes) {
    auto after = resource::apply_change(find(change.id()), change);
    if (!after) {
      objects_ = before;
      return std::unexpected(after.error());
    }
    objects_.insert_or_assign(after->id(), std::move(*after));
  }
  if (std::string broken = broken_invariant(); !broken.empty()) {
    objects_ = before;
    return base::fail(kBroken, std::move(broken));
  }
  return {};
}

std::string MapRegistry::broken_invariant() const {
  std::set<std::string, std::less<>> apexes;
  std::string broken;
  for_each(ObjectClass::kZone, [&](const Object& zone) {
    if (!zone.is_tombstone()) apexes.emplace(zone.key());
  });
  const auto in_a_zone = [&](std::string_view name) {
    for (;; name = codec::parent_of(name)) {
      if (apexes.contains(name)) return true;
      if (name == ".") return false;
    }
  };
  const auto check_nservers = [&](const Object& user) {
    for (const std::string_view host :
         user.is_tombstone() ? std::vector<std::string_view>() : user.values("nserver")) {
      const Object* object = find({ObjectClass::kHost, std::string(host)});
      if (object == nullptr || object->is_tombstone())
        broken = user.id().trie_name() + " without host " + std::string(host);
    }
  };
  for_each(ObjectClass::kZone, check_nservers);
  for_each(ObjectClass::kDomain, [&](const Object& domain) {
    check_nservers(domain);
    if (domain.is_tombstone()) return;
    if (domain.key() == "." || !in_a_zone(codec::parent_of(domain.key())))
      broken = domain.id().trie_name() + " in no zone";
  });
  for_each(ObjectClass::kHost, [&](const Object& host) {
    if (host.is_tombstone() || !host.values("address").empty()) return;
    if (in_a_zone(host.key())) broken = host.id().trie_name() + " without address";
  });
  return broken;
}

std::size_t MapRegistry::live_count(ObjectClass object_class) const {
  std::size_t count = 0;
  for_each(object_class, [&](const Object& object) { count += object.is_tombstone() ? 0 : 1; });
  return count;
}

std::string MapRegistry::value_text(ObjectClass object_class, const std::string& key,
                                    std::string_view name) const {
  const Object* object = find({object_class, key});
  if (object == nullptr) return "nothing";
  if (object->is_tombstone()) return "tombstone";
  std::string text;
  for (const std::string_view value : object->values(name))
    text += (text.empty() ? "" : ", ") + std::string(value);
  return text;
}

import::Difference follow(MapRegistry& registry, const import::ParsedZone& zone, std::size_t bytes_max,
                          const import::Restraints& restraints) {
  auto difference = import::difference(zone, registry, restraints);
  EXPECT_TRUE(difference) << difference.error().message();
  if (!difference) return {};
  const auto batches = import::make_batches(difference->changes, bytes_max);
  EXPECT_TRUE(batches) << batches.error().message();
  if (!batches) return {};
  for (const import::Batch& batch : *batches) {
    std::size_t bytes = 0;
    for (const std::string& paragraph : batch.paragraphs) bytes += paragraph.size() + 1;
    EXPECT_EQ(bytes, batch.bytes);
    EXPECT_LE(bytes, bytes_max);
    const auto applied = registry.apply(batch.paragraphs);
    EXPECT_TRUE(applied) << applied.error().message();
    if (!applied) return {};
  }
  return std::move(*difference);
}

}  // namespace zone_tests
