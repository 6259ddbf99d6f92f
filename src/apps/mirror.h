// The cache of one server's registry: which registry it is, by which policy its checkpoints count, and the
// newest checkpoint that did. Every refresh walks forward from there: the policy by steps that the old one
// vouches for, the log by a proof that it only grew. A server that goes back, or shows another history, is
// refused, and both checkpoints are kept as evidence. Where a step leads to a successor the cache goes on with that
// one's log, and drops what it kept of the old one. Format: docs/operations/remote.md
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "apps/hub_door.h"
#include "apps/registry_folder.h"
#include "apps/remote_files.h"
#include "base/files.h"
#include "note/checkpoint.h"
#include "note/policy.h"
#include "verify/walk.h"

namespace apps {

/// Order: open, then ( pause? refresh )*.   Threads: one.   Lifetime: keeps references to disk and door.
class Mirror {
 public:
  /// Locks `folder` (waiting up to `patience` for another process), and refreshes. `policy_text`: judge by
  /// this policy instead of the one first seen. `remarks` gets what a person should know once.
  /// Errors: base::kFileLocked; those of refresh.
  static base::Result<std::unique_ptr<Mirror>> open(base::Files& disk, HubDoor& door, std::string folder,
                                                    std::optional<std::string> policy_text,
                                                    std::vector<std::string>& remarks,
                                                    base::Seconds patience = base::Seconds(30));

  /// Locks the cache again after a pause. Fetches the checkpoint; what it accepts is durable when it returns, what it refuses leaves the cache as
  /// it was.
  /// Errors: kOtherRegistry, kWentBack, kOtherHistory; note::kNoQuorum and the like (it does not count);
  /// kHubLies, kHubFails, those of the door.
  base::Result<void> refresh(std::vector<std::string>& remarks);

  /// Lets other processes work in the cache until the next refresh; nothing may be read before it.
  void pause() { lock_.reset(); }

  RemoteFiles& files() { return files_; }
  HubDoor& door() { return *door_; }
  const FolderLayout& layout() const { return layout_; }
  const note::Policy& policy() const { return policy_; }
  const note::Checkpoint& checkpoint() const { return checkpoint_; }

 private:
  Mirror(base::Files& disk, HubDoor& door, FolderLayout layout)
      : disk_(&disk), door_(&door), layout_(std::move(layout)), files_(disk, door, layout_) {}
  base::Result<void> try_refresh(std::vector<std::string>& remarks);
  struct Start {
    note::Policy policy;
    std::string where;  ///< what errors call it
  };
  base::Result<Start> choose_policy(const std::optional<std::string>& kept, const note::Policy& served,
                                    std::vector<std::string>& remarks) const;
  base::Result<verify::Walk> walk(Start start, const note::Policy& served) const;
  base::Result<void> go_on(const verify::Walk& walk, std::vector<std::string>& remarks);
  base::Result<void> drop_log(base::TreeSize size);
  struct Kept {
    std::string text;
    note::Checkpoint checkpoint;
  };
  /// The newest checkpoint that counted here; nothing at the first look.
  base::Result<std::optional<Kept>> last_counted() const;
  base::Result<void> compare(const note::Checkpoint& served, const std::string& served_text);
  base::Result<void> check_genesis(const note::Policy& policy, const note::Checkpoint& checkpoint) const;
  base::Result<void> keep(const note::Policy& policy, const note::Checkpoint& checkpoint,
                          const std::string& text);
  std::unexpected<base::Error> refuse(const base::ErrorKind& kind, const std::string& kept_text,
                                      const std::string& served_text, const std::string& why);

  base::Files* disk_;
  HubDoor* door_;
  FolderLayout layout_;
  RemoteFiles files_;
  std::unique_ptr<base::FileLock> lock_;
  base::Seconds patience_;
  std::optional<std::string> given_policy_;
  note::Policy policy_;
  note::Checkpoint checkpoint_;
};

inline constexpr base::ErrorKind kOtherRegistry{"other-registry", base::Category::kConflict,
                                                "docs/operations/remote.md"};
inline constexpr base::ErrorKind kWentBack{"hub-went-back", base::Category::kCorrupt,
                                           "docs/operations/remote.md"};
inline constexpr base::ErrorKind kOtherHistory{"other-history", base::Category::kCorrupt,
                                               "docs/operations/remote.md"};

}  // namespace apps
