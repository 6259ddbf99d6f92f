// Where records are made and handed in: the state they are made from, the keys that sign them, and the way to
// the log. One desk stands over a folder that is locked for it (apps/session.h), one before a server
// (apps/remote_desk.h). Verbs do not know which.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "apps/console.h"
#include "apps/place.h"
#include "apps/record_maker.h"
#include "apps/registry_folder.h"
#include "apps/verbs.h"
#include "base/result.h"
#include "registry/ordering.h"
#include "registry/registry.h"

namespace apps {

/// What became of one record that was handed in.
struct Fate {
  bool accepted = false;
  registry::Submission place;        ///< only if accepted
  std::optional<base::Error> error;  ///< only if not; kUnavailable: nobody knows yet
  std::string rule, reason;          ///< only if not: the error's kind and detail, as who refused it said
};

/// Order: submit and look in any order, then close.   Threads: one.
class Desk {
 public:
  /// For a folder: locks it, and shows what start-up passed over. For a URL: brings the cache up to date. The
  /// folder of one member who follows a hub stands for the hub's URL, with the folder's keys and policy.
  static base::Result<std::unique_ptr<Desk>> open(const std::string& where, const AccessOptions& access,
                                                  Console& console);
  virtual ~Desk() = default;

  /// As of the last submit.
  virtual const registry::Registry& registry() const = 0;
  virtual base::TreeSize size() const = 0;
  virtual base::Files& files() = 0;
  /// With the keys of the options; for the time being.   Lifetime: until the next submit.
  virtual RecordMaker maker() const = 0;
  virtual const FolderLayout& layout() const = 0;
  /// One fate a leaf, in order.
  virtual std::vector<Fate> submit(std::vector<std::string> leaves) = 0;
  virtual base::Result<void> close() = 0;
  /// What a person should hear after submitting.
  virtual std::vector<std::string> remarks() const = 0;
};

/// The fate that an error means.
Fate fate_of(const base::Result<registry::Submission>& done);

}  // namespace apps
