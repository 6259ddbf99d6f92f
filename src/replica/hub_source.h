// Where a follower gets the hub's offers and files from: HTTP (http_hub_source.h), or a hub in the same
// process in tests. Nothing that comes through here is believed. Format: docs/formats/hub.md
#pragma once

#include <cstddef>
#include <optional>
#include <string>

#include "base/bytes.h"
#include "base/result.h"
#include "base/strong.h"
#include "note/proposed.h"

namespace replica {

/// Threads: one caller at a time, but forward() beside it; fetch(): see fetches_at_once().
/// Errors of all calls: kHubUnreachable (no answer, too late, not what was asked for); kFileMissing where it
/// says so.
class HubSource {
 public:
  virtual ~HubSource() = default;
  /// 1: fetch() is called by one thread at a time. More: by any, and so many are worth it.
  virtual unsigned fetches_at_once() const { return 1; }
  /// A file of the log's folder or a policy step: "checkpoint", "tile/entries/000.p/5", "annex/<commitment>",
  /// "policies/2.step".
  /// Errors: base::kFileMissing (the hub says it has none), base::kFileTooLarge (more than `bytes_max`).
  virtual base::Result<base::Bytes> fetch(const std::string& path, std::size_t bytes_max) = 0;
  /// The text that the hub shows (note/proposed.h); nothing if within `wait` there is none but `after`.
  virtual base::Result<std::optional<std::string>> proposed(std::optional<note::Round> after,
                                                            base::Seconds wait) = 0;
  /// Hands the hub a cosignature: a signed note of the checkpoint's body and one line.
  virtual base::Result<void> post_cosignature(const std::string& note) = 0;
  /// Hands the hub a record (and the file of its annex). Its answer is not waited for beyond its taking it.
  virtual base::Result<void> forward(const std::string& leaf, const std::optional<std::string>& annex) = 0;
};

inline constexpr base::ErrorKind kHubUnreachable{"hub-unreachable", base::Category::kUnavailable,
                                                 "docs/formats/hub.md"};

}  // namespace replica
