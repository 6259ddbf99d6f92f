// The only maker of Points besides Point::parse, for the bodies of this room: whoever uses it answers for the bytes
// being those of a point of the group.
#pragma once

#include "crypto/edwards.h"

namespace crypto {

class PointAccess {
 public:
  static std::array<base::Byte, kPointBytes>& bytes(Point& point) { return point.bytes_; }
};

}  // namespace crypto
