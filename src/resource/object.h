// Objects of the registers as canonical text, and what one object may look like by itself. Relations between
// objects (every name server has its host, ...) are resource/invariants.h; who may change what is charter/.
// The text is the object: parse() accepts exactly the canonical form, so two equal objects are equal bytes.
// Format: docs/formats/objects.md
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.h"
#include "base/result.h"
#include "base/strong.h"

namespace resource {

/// In canonical order.
enum class ObjectClass : std::uint8_t { kCharter, kMember, kOrganisation, kZone, kDomain, kHost };

std::string_view class_name(ObjectClass object_class);
std::optional<ObjectClass> class_from_name(std::string_view name);

/// Names one object. Ordered by class, then key bytewise.
struct ObjectId {
  ObjectClass object_class = ObjectClass::kCharter;
  std::string key;
  /// "domain:ru.", the preimage of the trie key.
  std::string trie_name() const;
  friend auto operator<=>(const ObjectId&, const ObjectId&) = default;
};

/// Reads "CLASS KEY", as in `object:` and `became:` lines.   Errors: kBadObject.
base::Result<ObjectId> parse_object_id(std::string_view text);

/// One immutable version of an object, live or tombstone. Cheap to move; copies copy the text.
class Object {
 public:
  /// Shapes: at most base::kRecordBytesMax bytes, final LF included.
  /// Errors: kBadObject (detail: line number and what was expected there).
  /// Spec:   docs/formats/objects.md
  static base::Result<Object> parse(std::string text);
  /// The tombstone of a deleted object; `became` names its successor ("domain ru."), or nothing.
  static Object tombstone(const ObjectId& id, base::Version version, std::string_view became = "nothing");

  ObjectClass object_class() const { return object_class_; }
  std::string_view key() const;
  ObjectId id() const;
  base::Version version() const { return version_; }
  bool is_tombstone() const { return tombstone_; }
  std::string_view text() const { return text_; }

  /// The value of an attribute that stands at most once; empty if absent.
  std::string_view value(std::string_view name) const;
  /// All values of an attribute, sorted bytewise; views into this object's text.
  std::vector<std::string_view> values(std::string_view name) const;
  bool has(std::string_view name, std::string_view value) const;

  /// The attribute lines below `version`, final LF included.
  std::string_view attributes_text() const { return std::string_view(text_).substr(attributes_at_); }

 private:
  friend class ObjectParser;
  Object() = default;
  std::string text_;
  base::Version version_;
  std::uint32_t attributes_at_ = 0;
  ObjectClass object_class_ = ObjectClass::kCharter;
  bool tombstone_ = false;
};

inline constexpr base::ErrorKind kBadObject{"bad-object", base::Category::kInvalid,
                                            "docs/formats/objects.md"};

}  // namespace resource
