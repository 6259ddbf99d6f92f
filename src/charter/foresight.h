// How far ahead a record is seen while others are applied, and so what can be fetched from memory for it: each
// step needs what the one before has brought. Replay waits for memory more than for anything else.
#pragma once

#include <cstdint>

namespace charter {

/// In the order in which they come. None of them changes anything or can be seen in a result.
enum class Foresight : std::uint8_t {
  kRecord,   ///< the record's own text and lists, which another thread made
  kSlots,    ///< the places of its keys in the tables
  kEntries,  ///< the entries there
  kTexts,    ///< what the entries refer to
};

}  // namespace charter
