// CHECK states what must hold if our own code is right. It is never for input: a failed CHECK is our bug, in
// every build, and ends the process before a wrong state can be written.
#pragma once

#include <cstdio>
#include <cstdlib>

namespace base {

[[noreturn]] inline void check_failed(const char* condition, const char* file, int line) {
  std::fprintf(stderr, "%s:%d: CHECK failed: %s\n", file, line, condition);
  std::abort();
}

}  // namespace base

#define CHECK(condition) \
  (static_cast<bool>(condition) ? static_cast<void>(0) : ::base::check_failed(#condition, __FILE__, __LINE__))
