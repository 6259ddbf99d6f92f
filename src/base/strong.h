// Strong integers: an index, a size and a time are different types, and none turns into another by accident.
#pragma once

#include <compare>
#include <cstdint>
#include <functional>

namespace base {

/// An unsigned 64-bit number with a meaning. `value()` is the only way out.
template <typename Tag>
class Strong {
 public:
  constexpr Strong() = default;
  constexpr explicit Strong(std::uint64_t value) : value_(value) {}
  constexpr std::uint64_t value() const { return value_; }
  friend constexpr auto operator<=>(Strong, Strong) = default;
  constexpr Strong next() const { return Strong(value_ + 1); }

 private:
  std::uint64_t value_ = 0;
};

using LeafIndex = Strong<struct LeafIndexTag>;        ///< position of a leaf in the log, from 0
using TreeSize = Strong<struct TreeSizeTag>;          ///< number of leaves
using Height = Strong<struct HeightTag>;              ///< number of a block, genesis is 0
using Epoch = Strong<struct EpochTag>;                ///< counts changes of membership and charter, from 1
using Version = Strong<struct VersionTag>;            ///< counts changes of one object, from 1
using EpochSeconds = Strong<struct EpochSecondsTag>;  ///< POSIX time, UTC, no leap seconds
using Seconds = Strong<struct SecondsTag>;            ///< a duration

constexpr EpochSeconds operator+(EpochSeconds time, Seconds duration) {
  return EpochSeconds(time.value() + duration.value());
}

}  // namespace base

template <typename Tag>
struct std::hash<base::Strong<Tag>> {
  std::size_t operator()(base::Strong<Tag> number) const noexcept {
    return std::hash<std::uint64_t>{}(number.value());
  }
};
