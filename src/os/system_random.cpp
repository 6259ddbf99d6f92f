#include "os/system_random.h"

#include <cerrno>

#include <sys/random.h>

#include "base/check.h"

namespace os {

void SystemRandom::fill(std::span<base::Byte> out) {
  while (!out.empty()) {
    const ssize_t count = ::getrandom(out.data(), out.size(), 0);
    if (count < 0 && errno == EINTR) continue;
    // No fallback: a key from anything weaker is worse than no key.
    CHECK(count > 0);
    out = out.subspan(static_cast<std::size_t>(count));
  }
}

}  // namespace os
