// How many objects of a class there are, as a state keeps count of them. No rule asks.
#pragma once

#include <cstdint>

namespace charter {

struct ObjectCounts {
  std::uint64_t live = 0;
  std::uint64_t tombstones = 0;
  std::uint64_t claimed = 0;  ///< live domains that an organisation holds
  friend bool operator==(const ObjectCounts&, const ObjectCounts&) = default;
};

}  // namespace charter
