// What happened to proposals: the words of a block record's `effect` lines.
// Format: docs/formats/records.md, "Block records"
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "record/record.h"

namespace charter {

enum class EffectKind : std::uint8_t {
  kLocked,
  kExecuted,
  kFailed,
  kExpired,
  kRejected,
  kCancelled,
  kExtended,
  kReverted,
  kKeyed,      ///< a ceremony gave its key, or its key new shares
  kRestarted,  ///< its next attempt begins, without those who failed the last one
  kEnded       ///< too few were left
};
std::string_view effect_word(EffectKind kind);

struct Effect {
  EffectKind kind;
  record::RecordId proposal;
  friend bool operator==(const Effect&, const Effect&) = default;
};
using Effects = std::vector<Effect>;

}  // namespace charter
