// What a member keeps against its hub: the evidence it wrote, and the mark that it cosigns no more until its
// operator has looked. The mark is made first: a crash in between leaves a member that is silent and says
// why, never one that has seen a lie and goes on. Format: docs/formats/hub.md
#pragma once

#include <optional>
#include <string>

#include "base/files.h"
#include "base/result.h"
#include "verify/evidence.h"

namespace replica {

/// Does the finding end cosigning, or only go on record?
enum class Verdict : std::uint8_t { kHalt, kNote };

/// Threads: one owner.   Lifetime: keeps a reference to the Files.
class EvidenceBook {
 public:
  EvidenceBook(base::Files& files, std::string own_folder)
      : files_(&files), own_folder_(std::move(own_folder)) {}

  /// Durable when it returns: the mark if asked for, then the evidence. The same finding again changes
  /// nothing. Returns the evidence's path.
  base::Result<std::string> add(const verify::Evidence& evidence, Verdict verdict);
  /// Why this member does not cosign; nothing if it does.
  base::Result<std::optional<std::string>> halted() const;
  std::string folder() const { return own_folder_ + "/evidence"; }

 private:
  base::Files* files_;
  std::string own_folder_;
};

/// Lets a member that wrote evidence cosign again: its operator has looked into it.
/// Errors: kNotHalted.
base::Result<void> resume_cosigning(base::Files& files, const std::string& own_folder);

inline constexpr base::ErrorKind kNotHalted{"not-halted", base::Category::kNotFound, "docs/formats/hub.md"};

}  // namespace replica
