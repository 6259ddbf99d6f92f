// What this program asks of a registry's server, and nothing else of HTTP: an answer of some status, or none.
// Who answers is not believed: apps/mirror.h and apps/remote_files.h check every byte. Tests hand in doors
// that lie. Format: docs/operations/remote.md
#pragma once

#include <cstddef>
#include <functional>
#include <string>
#include <string_view>

#include "base/result.h"

namespace apps {

struct HubAnswer {
  unsigned status = 0;
  std::string body;
};

/// Threads: one caller at a time.
class HubDoor {
 public:
  virtual ~HubDoor() = default;
  /// GET. `path` begins with '/', and may carry a query.
  /// Errors: those of net/errors.h (nobody answers, not in time); kHubLies (more than `bytes_max` bytes).
  virtual base::Result<HubAnswer> get(const std::string& path, std::size_t bytes_max) = 0;
  /// POST of JSON.   Errors: as get.
  virtual base::Result<HubAnswer> post(const std::string& path, const std::string& json,
                                       std::size_t bytes_max) = 0;
  /// Follows server-sent events; calls `more` after each until it says false or the connection ends.
  /// Errors: as get.
  virtual base::Result<void> watch(const std::string& path, const std::function<bool()>& more) = 0;
  /// For messages: "https://hub.example".
  virtual const std::string& url() const = 0;
};

/// It answers with an error of its own: 429, 5xx, anything that is no answer to the question.
inline constexpr base::ErrorKind kHubFails{"hub-fails", base::Category::kUnavailable,
                                           "docs/operations/remote.md"};
/// What it serves does not lead to the checkpoint that it serves, or is not in its form.
inline constexpr base::ErrorKind kHubLies{"hub-lies", base::Category::kCorrupt, "docs/operations/remote.md"};

}  // namespace apps
