// The operator keys that lie in a registry's folder, loaded once: which of a member's keys is in force, and
// whether a member that has no memory may begin one. A key that may have cosigned must not cosign again
// without its memory (FORMATS.md: rotate the operator key first), so a folder marks the keys that it saw
// before they came into force: `members/HANDLE/unused-ID`.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "apps/registry_folder.h"
#include "base/files.h"
#include "base/result.h"
#include "charter/state.h"
#include "note/key.h"

namespace apps {

/// Threads: one.   Lifetime: keeps a reference to the Files.
class OperatorKeys {
 public:
  /// Errors: those of load_key; details name the file.
  static base::Result<OperatorKeys> load(base::Files& files, FolderLayout layout);

  /// Handles of the members that have an operator key here, sorted, each once.
  std::vector<std::string> members() const;
  /// Every key of this member that lies here; they live as long as this does.
  std::vector<const note::Signer*> of(std::string_view member) const;
  /// The key that the state names; of a member that has not joined yet, the first of its keys.
  /// Errors: base::kFileMissing.
  base::Result<const note::Signer*> choose(std::string_view member, const charter::State& state) const;

  /// Marks the keys that were never registered: whoever takes its seat with one has nothing to remember.
  base::Result<void> mark_unused(const charter::State& state);
  /// May `member` begin a memory? At the genesis block, or with a key that is marked or not in force.
  /// Errors: kMemoryLost.
  base::Result<void> check_never_cosigned(std::string_view member, const charter::State& state) const;
  /// Removes the mark of a key that is in force: from now on it has a memory.
  base::Result<void> forget_unused(const note::Signer& key, const charter::State& state);

 private:
  OperatorKeys(base::Files& files, FolderLayout layout) : files_(&files), layout_(std::move(layout)) {}
  std::string mark_of(const note::Signer& key) const;

  base::Files* files_;
  FolderLayout layout_;
  std::vector<note::Signer> keys_;  // in the order of their files' names
};

inline constexpr base::ErrorKind kMemoryLost{"memory-lost", base::Category::kCorrupt, "docs/formats/log.md"};

}  // namespace apps
