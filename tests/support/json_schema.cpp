#include "support/json_schema.h"

#include <algorithm>
#include <functional>
#include <map>
#include <regex>

namespace schema {
namespace {

using nlohmann::ordered_json;

class Checker {
 public:
  explicit Checker(const ordered_json& document) : document_(&document) {}

  void check(const ordered_json& value, const ordered_json& schema, const std::string& at) {
    if (schema.is_boolean()) {
      if (!schema.get<bool>()) add(at, "is not allowed");
      return;
    }
    for (const auto& [keyword, argument] : schema.items()) apply(keyword, argument, value, schema, at);
  }

  std::vector<std::string> found;

 private:
  void add(const std::string& at, const std::string& what) {
    found.push_back((at.empty() ? "/" : at) + " " + what);
  }

  void apply(const std::string& keyword, const ordered_json& argument, const ordered_json& value,
             const ordered_json& schema, const std::string& at) {
    if (keyword == "description") return;
    if (keyword == "$ref") return check(value, refer(argument.get<std::string>()), at);
    if (keyword == "type") return check_type(argument.get<std::string>(), value, at);
    if (keyword == "const") {
      if (value != argument) add(at, "is not " + argument.dump());
    } else if (keyword == "enum") {
      if (std::ranges::find(argument, value) == argument.end()) add(at, "is none of " + argument.dump());
    } else if (keyword == "anyOf") {
      check_any(argument, value, at);
    } else if (keyword == "properties") {
      if (!value.is_object()) return;
      for (const auto& [name, part] : argument.items()) {
        if (value.contains(name)) check(value[name], part, at + "/" + name);
      }
    } else if (keyword == "required") {
      for (const auto& name : argument) {
        if (value.is_object() && !value.contains(name.get<std::string>())) add(at, "has no " + name.dump());
      }
    } else if (keyword == "additionalProperties") {
      check_additional(argument, value, schema, at);
    } else if (keyword == "items") {
      if (!value.is_array()) return;
      for (std::size_t i = 0; i < value.size(); ++i) check(value[i], argument, at + "/" + std::to_string(i));
    } else {
      check_limit(keyword, argument, value, at);
    }
  }

  void check_limit(const std::string& keyword, const ordered_json& argument, const ordered_json& value,
                   const std::string& at) {
    if (keyword == "pattern") {
      if (value.is_string() &&
          !std::regex_search(value.get<std::string>(), std::regex(argument.get<std::string>()))) {
        add(at, "does not match " + argument.dump());
      }
    } else if (keyword == "minimum") {
      if (value.is_number() && value < argument) add(at, "is below " + argument.dump());
    } else if (keyword == "maximum") {
      if (value.is_number() && value > argument) add(at, "is above " + argument.dump());
    } else if (keyword == "minItems") {
      if (value.is_array() && value.size() < argument.get<std::size_t>()) add(at, "has too few items");
    } else if (keyword == "maxItems") {
      if (value.is_array() && value.size() > argument.get<std::size_t>()) add(at, "has too many items");
    } else {
      add(at, "has a schema with the keyword \"" + keyword + "\", which this checker does not know");
    }
  }

  void check_type(const std::string& type, const ordered_json& value, const std::string& at) {
    const std::map<std::string, bool> is{
        {"object", value.is_object()}, {"array", value.is_array()},
        {"string", value.is_string()}, {"integer", value.is_number_integer()},
        {"number", value.is_number()}, {"boolean", value.is_boolean()},
        {"null", value.is_null()}};
    const auto known = is.find(type);
    if (known == is.end() || !known->second) add(at, "is no " + type);
  }

  void check_any(const ordered_json& schemas, const ordered_json& value, const std::string& at) {
    const bool fits = std::ranges::any_of(schemas, [&](const ordered_json& one) {
      Checker alone(*document_);
      alone.check(value, one, at);
      return alone.found.empty();
    });
    if (!fits) add(at, "fits none of the alternatives");
  }

  void check_additional(const ordered_json& argument, const ordered_json& value, const ordered_json& schema,
                        const std::string& at) {
    if (!value.is_object()) return;
    const ordered_json known = schema.value("properties", ordered_json::object());
    for (const auto& [name, part] : value.items()) {
      if (!known.contains(name)) check(part, argument, at + "/" + name);
    }
  }

  ordered_json refer(const std::string& reference) const {
    return document_->at(ordered_json::json_pointer(reference.substr(1)));
  }

  const ordered_json* document_;
};

}  // namespace

std::vector<std::string> findings(const ordered_json& value, const ordered_json& schema,
                                  const ordered_json& document) {
  Checker checker(document);
  checker.check(value, schema, "");
  return checker.found;
}

}  // namespace schema
