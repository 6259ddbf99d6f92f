// The story behind tests/vectors/log: every class of change, every word of effect, key ceremonies and releases of a
// signed zone in one small log, from fixed labels and seeds, in a fixed order. Written once; afterwards only the frozen
// files count, and this is kept to show where they come from and to make the next version.
#pragma once

#include <string>
#include <vector>

#include "base/strong.h"

namespace determinism {

struct StoryBlock {
  base::EpochSeconds time;
  std::vector<std::string> leaves;  ///< the block record is the last
};
/// The same at every call.
std::vector<StoryBlock> tell_story();

}  // namespace determinism
