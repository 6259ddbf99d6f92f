// The kernel's random numbers behind base::Random: for keys, salts and nonces.
#pragma once

#include "base/random.h"

namespace os {

/// getrandom(2): waits once after boot until the kernel is seeded, then never. No buffer of ours that a fork
/// could share or a core dump could show.   Threads: any.
class SystemRandom final : public base::Random {
 public:
  void fill(std::span<base::Byte> out) override;
};

}  // namespace os
