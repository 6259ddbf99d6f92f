// Change paragraphs: how a record says what an object shall become. Holds the delta semantics of `-`, `+` and `=`;
// knows nothing of who asks.
// Format: docs/formats/records.md
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "resource/object.h"

namespace resource {

enum class Action : std::uint8_t { kCreate, kChange, kDelete };
enum class Operation : std::uint8_t { kAdd, kRemove, kSet };

/// Views into the text that holds the paragraph (a record's, or a proposal kept in the rules state).
struct LineChange {
  Operation operation;
  std::string_view name;
  std::string_view value;
};
struct Change {
  Action action;
  ObjectClass object_class;
  std::string_view key;
  std::vector<LineChange> lines;
  ObjectId id() const { return {object_class, std::string(key)}; }
};

/// The object after `change`. `before` is null if the object never existed; a tombstone counts as absent but keeps the
/// version going.
/// Errors: kStaleChange (a `-` line is not there, a `+` line is there already, create of a live object, change or delete
///         of an absent one; detail: the line), kBadObject (the result is not a valid object).
base::Result<Object> apply_change(const Object* before, const Change& change);

/// The smallest change paragraph text (docs/formats/records.md, without the leading empty line) that turns `before`
/// into `after`; empty if they are equal but for the version.
std::string serialize_difference(const Object* before, const Object& after);

inline constexpr base::ErrorKind kStaleChange{"stale-change", base::Category::kConflict, "docs/formats/records.md"};

}  // namespace resource
