// Where unpredictable bytes come from. Used for keys, salts and nonces only; never by charter or registry.
#pragma once

#include <span>

#include "base/bytes.h"

namespace base {

/// Threads: any.
class Random {
 public:
  virtual ~Random() = default;
  virtual void fill(std::span<Byte> out) = 0;
};

}  // namespace base
