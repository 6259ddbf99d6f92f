// The table of docs/formats/records.md as data: which attributes a kind has, in what order, and what a value
// looks like.
#pragma once

#include <cstddef>
#include <span>
#include <string_view>

#include "base/limits.h"
#include "record/record.h"

namespace record {

/// 9000-01-01T00:00:00Z. Locks, extensions and periods are added to block time; the last year that a time can
/// have is 9999, and what a charter can ask for together stays below a century.
inline constexpr base::EpochSeconds kBlockTimeMax{221'845'392'000};

/// A genesis block has room for the genesis and so many carry records.
inline constexpr std::uint64_t kCarryPartsMax = base::kBlockRecordsMax - 1;

struct AttributeForm {
  std::string_view name;
  std::size_t count_min;
  std::size_t count_max;
  bool (*is_value)(std::string_view);
  std::string_view expected;  ///< completes "... is expected"
  bool is_sorted = false;     ///< repeated ones stand in bytewise order, each once
};

/// The forms of a kind. Some kinds have several, which the third attribute tells apart: disputes are objections
/// with `object` in place of `proposal`, ceremonies have a form for each `step`. Before it is known, an empty
/// one gives the form to begin with; all forms of a kind agree in the names that come before it.
std::span<const AttributeForm> attribute_forms(Kind kind, const Attribute& third);
inline constexpr std::size_t kDecidingAttribute = 2;  ///< the place of that third one

/// The kinds that the machine makes, of which every replica computes the same: they have no signature block.
[[nodiscard]] bool is_unsigned(Kind kind);
/// May (or must) the kind carry change paragraphs?
[[nodiscard]] bool takes_paragraphs(Kind kind);
[[nodiscard]] bool is_origin(std::string_view text);

}  // namespace record
