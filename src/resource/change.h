// Change paragraphs: how a record says what an object shall become. Holds the delta semantics of `-`, `+` and
// `=`; knows nothing of who asks. Format: docs/formats/records.md
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "resource/object.h"

namespace resource {

enum class Action : std::uint8_t { kCreate, kChange, kDelete };
/// "create", "change", "delete".
std::string_view action_name(Action action);

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

/// Reads the paragraphs of a record: each one an empty line, a head and its lines. `first_line` is the number
/// of the first of these lines in the whole text, for messages. Shapes: canonical form: at most
/// base::kRecordParagraphsMax paragraphs sorted by object, lines sorted bytewise and
///         unique, `=` never beside `-` or `+` of one attribute. Values of `+` and `=` lines are checked by
///         apply_change.
/// Errors: kBadChange (detail: line number, then what was expected).   Lifetime: views into `text`.
base::Result<std::vector<Change>> parse_changes(std::string_view text, std::size_t first_line = 1);

/// The paragraph with its lines in canonical order, without the leading empty line.
std::string serialize_change(const Change& change);

/// The object after `change`. `before` is null if the object never existed; a tombstone counts as absent but
/// keeps the version going. A single `= NAME: none` sets an attribute that may be absent to no value. Errors:
/// kStaleChange (a `-` line is not there, a `+` line is there already, create of a live object, change or
/// delete
///         of an absent one; detail: the line), kBadObject (the result is not
///         a valid object).
base::Result<Object> apply_change(const Object* before, const Change& change);

/// The smallest change paragraph text (docs/formats/records.md, without the leading empty line) that turns
/// `before` into `after`; empty if they are equal but for the version.
std::string serialize_difference(const Object* before, const Object& after);

/// The same with `=` lines for the attributes that differ, as V, M and R take them. `before` and `after` are
/// live.
std::string serialize_settings(const Object& before, const Object& after);

inline constexpr base::ErrorKind kBadChange{"bad-change", base::Category::kInvalid,
                                            "docs/formats/records.md"};
inline constexpr base::ErrorKind kStaleChange{"stale-change", base::Category::kConflict,
                                              "docs/formats/records.md"};

}  // namespace resource
