// Where submitted records go: the hub's engine, or a member's replica that holds the hub to them. Settles
// nothing itself; the answer may come from any thread, later.
#pragma once

#include <functional>
#include <optional>
#include <string>

#include "base/result.h"
#include "registry/ordering.h"
#include "storage/annex_store.h"

namespace api {

/// Threads: any.
class Submitter {
 public:
  using Done = std::function<void(base::Result<registry::Submission>)>;
  virtual ~Submitter() = default;
  /// Returns at once; calls `done` exactly once: where the record stands and which checkpoint covers it, or
  /// why not.   Shapes: `leaf` is a well-formed record; `annex` is the one that it commits to.
  /// Errors: the rules' refusal; engine::kNotCounted (on the log, not yet under a counted checkpoint);
  ///         kTooBusy; those of the disk.
  virtual void submit(std::string leaf, std::optional<storage::Annex> annex, Done done) = 0;
};

/// More waits already than this server takes on. Nothing was done.
inline constexpr base::ErrorKind kTooBusy{"too-busy", base::Category::kUnavailable, "docs/formats/api.md"};
/// No refusal: a member keeps it and has handed it on, and cannot say yet what became of it.
inline constexpr base::ErrorKind kHandedOn{"handed-on", base::Category::kUnavailable, "docs/formats/hub.md"};

}  // namespace api
