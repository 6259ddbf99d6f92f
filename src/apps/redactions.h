// What redactions on the log ask of this folder: the annexes they name are erased, however the redaction came
// here and wherever a crash cut in. The log is walked once; the file `redactions` remembers how far. Whether a
// redaction is allowed was decided when it was ordered. Format: docs/operations/demo-registry.md
#pragma once

#include "apps/registry_folder.h"
#include "base/files.h"
#include "base/result.h"
#include "base/strong.h"
#include "storage/log_folder.h"

namespace apps {

/// Order: load, then apply as the log grows.   Threads: one.   Lifetime: keeps a reference to the Files.
class Redactions {
 public:
  /// A missing or damaged memory costs one walk over the whole log, nothing else.
  static Redactions load(base::Files& files, const FolderLayout& layout);

  /// Erases what redactions among the leaves not yet seen name. Durable when it returns.
  /// Errors: those of reading the log and of Files; the next call begins where this one did.
  /// Cost:   reads the leaves since the last call.
  base::Result<void> apply(const storage::LogFolder& log);

 private:
  Redactions(base::Files& files, const FolderLayout& layout) : files_(&files), layout_(layout) {}
  base::Result<void> remember(base::TreeSize size);

  base::Files* files_;
  FolderLayout layout_;
  base::TreeSize seen_{0};    ///< leaves before it are done
  base::TreeSize stored_{0};  ///< as the file says
};

}  // namespace apps
