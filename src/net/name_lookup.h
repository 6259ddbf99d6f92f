// Names to addresses, in bounded time: the system's resolver can neither be cancelled nor told a limit.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

#include "base/result.h"

namespace net {

/// Addresses of a name (or the one that `host` spells), as numbers, in the order the system prefers.
/// Errors: kCannotConnect, kTimedOut at `deadline`, kInterrupted soon after `interrupted` turns true.
base::Result<std::vector<std::string>> look_up(const std::string& host,
                                               std::chrono::steady_clock::time_point deadline,
                                               const std::atomic<bool>& interrupted);

}  // namespace net
