// Aim: no bytes crash the object parser, and what it accepts is the object's only text.
// Method: parse; if accepted, rebuild the text from the parsed values and demand the same; apply no change
// that parses into something that does not parse.
#include <cstdint>
#include <string>
#include <string_view>

#include "base/check.h"
#include "codec/decimal.h"
#include "resource/charter_numbers.h"
#include "resource/class_rules.h"
#include "resource/keys.h"
#include "resource/object.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string text(reinterpret_cast<const char*>(data), size);
  const auto object = resource::Object::parse(text);
  if (!object) return 0;
  CHECK(object->text() == text);
  if (object->is_tombstone()) {
    CHECK(!object->value("became").empty());
    return 0;
  }
  std::string again(resource::class_name(object->object_class()));
  again.append(": ").append(object->key());
  again.append("\nversion: ").append(codec::serialize_decimal(object->version().value())).append("\n");
  for (const auto& rule : resource::attribute_rules(object->object_class())) {
    for (const std::string_view value : object->values(rule.name)) {
      CHECK(object->has(rule.name, value));
      again.append(rule.name).append(": ").append(value).append("\n");
    }
  }
  CHECK(again == text);
  for (const auto& key : resource::party_keys(*object))
    CHECK(!resource::keys_for(*object, key.role).keys.empty());
  if (object->object_class() == resource::ObjectClass::kCharter)
    CHECK(resource::is_tightening(*object, *object));
  return 0;
}
