// Which successors were promised: for each log that ended, the one log that it goes on in. It lies in two places: beside
// a member's governance keys, so that they never sign a second successor of one log, and in a folder whose replica
// from then on cosigns no more. Written before the signature is made; damage is an error, never an empty memory.
// Format: docs/formats/log.md#succeeded
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/files.h"
#include "base/result.h"

namespace storage {

struct Succeeded {
  std::string origin;     ///< of the log that ended
  std::string successor;  ///< the origin that it goes on in
  base::Hash genesis;     ///< id of that one's genesis
  friend bool operator==(const Succeeded&, const Succeeded&) = default;
};

/// Threads: one owner.   Lifetime: keeps a reference to the Files.
class SuccessionMemory {
 public:
  /// A missing file is an empty memory. What is found is durable when this returns.
  /// Errors: kBadSuccessionMemory (damaged), kFileUnreadable.
  static base::Result<SuccessionMemory> open(base::Files& files, std::string path);

  const std::vector<Succeeded>& all() const { return all_; }
  /// May this be promised, as far as this memory goes?   Errors: kSucceededOtherwise.
  base::Result<void> check(const Succeeded& one) const;
  /// Durable when it returns; nothing is written for what stands there.
  /// Errors: kSucceededOtherwise, kTooManySuccessions, those of Files.
  base::Result<void> store(const Succeeded& one);

 private:
  SuccessionMemory(base::Files& files, std::string path) : files_(&files), path_(std::move(path)) {}

  base::Files* files_;
  std::string path_;
  std::vector<Succeeded> all_;  // in the order in which they were promised
};

/// Text of the file.   Inverse: parse_succeeded. Shapes: at least one, no origin twice.
std::string serialize_succeeded(const std::vector<Succeeded>& all);
/// Errors: kBadSuccessionMemory.
base::Result<std::vector<Succeeded>> parse_succeeded(std::string_view text);

inline constexpr std::size_t kSuccessionsMax = 64;

inline constexpr base::ErrorKind kBadSuccessionMemory{"bad-succession-memory", base::Category::kCorrupt,
                                                      "docs/formats/log.md#succeeded"};
inline constexpr base::ErrorKind kSucceededOtherwise{"succeeded-otherwise", base::Category::kDenied,
                                                     "docs/operations/successor.md"};
inline constexpr base::ErrorKind kTooManySuccessions{"too-many-successions", base::Category::kDenied,
                                                     "docs/formats/log.md#succeeded"};

}  // namespace storage
