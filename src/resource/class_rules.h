// The attribute tables of docs/formats/objects.md as data: which attributes a class has, in what order, how
// many, and what one value looks like. Rules over several attributes of one object stand behind
// `check_whole`.
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <string_view>

#include "resource/object.h"

namespace resource {

struct AttributeRule {
  std::string_view name;
  std::size_t count_min;
  std::size_t count_max;
  bool (*is_value)(std::string_view);
  std::string_view expected;  ///< completes "... is expected"
};

std::span<const AttributeRule> attribute_rules(ObjectClass object_class);
/// Null if the class has no such attribute.
const AttributeRule* find_rule(ObjectClass object_class, std::string_view name);
[[nodiscard]] bool is_object_key(ObjectClass object_class, std::string_view key);
/// Does the class have rules that look at several attributes?
[[nodiscard]] bool has_whole_rules(ObjectClass object_class);
/// What is wrong between the attributes of `object`, whose lines are fine one by one; empty if nothing.
std::string check_whole(const Object& object);

}  // namespace resource
