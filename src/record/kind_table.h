// The table of docs/formats/records.md as data: which attributes a kind has, in what order, and what a value
// looks like.
#pragma once

#include <cstddef>
#include <span>
#include <string_view>

#include "record/record.h"

namespace record {

struct AttributeForm {
  std::string_view name;
  std::size_t count_min;
  std::size_t count_max;
  bool (*is_value)(std::string_view);
  std::string_view expected;  ///< completes "... is expected"
};

/// The forms of a kind; disputes are objections with `object` in place of `proposal`. Empty for reserved
/// kinds.
std::span<const AttributeForm> attribute_forms(Kind kind, bool dispute);

[[nodiscard]] bool is_reserved(Kind kind);
/// May (or must) the kind carry change paragraphs?
[[nodiscard]] bool takes_paragraphs(Kind kind);
[[nodiscard]] bool is_origin(std::string_view text);

}  // namespace record
