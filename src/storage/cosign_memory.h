// What this replica has cosigned last: the one thing that keeps it from ever cosigning two histories. Written
// before a cosignature leaves the replica; sizes and times never decrease, and one size never gets a second
// root. A replica whose memory is damaged or lost must rotate its operator key first (FORMATS.md), so damage
// is an error here, never an empty memory. Format: docs/formats/log.md#cosigned
#pragma once

#include <optional>
#include <string>

#include "base/files.h"
#include "base/strong.h"

namespace storage {

struct Cosigned {
  std::string origin;
  base::TreeSize size;
  base::Hash root;
  base::EpochSeconds time;  ///< the cosignature's timestamp
  friend bool operator==(const Cosigned&, const Cosigned&) = default;
};

/// Text of the memory file.   Inverse: parse_cosigned.
std::string serialize_cosigned(const Cosigned& cosigned);
/// Errors: kBadCosignMemory.
base::Result<Cosigned> parse_cosigned(std::string_view text);

/// Threads: one owner.   Lifetime: keeps a reference to the Files.
class CosignMemory {
 public:
  /// A missing file is an empty memory: right for a new key only, the caller's responsibility. What is found is
  /// durable when this returns.
  /// Errors: kBadCosignMemory (damaged, or another log's), kFileUnreadable.
  static base::Result<CosignMemory> open(base::Files& files, std::string path, std::string origin);

  const std::optional<Cosigned>& last() const { return last_; }
  /// Durable when it returns. The caller has checked that the tree extends last()'s.
  /// Errors: kWouldForget (smaller size, other root at the same size, earlier time), those of Files; after a
  /// failed write kMemoryStopped until opened again.
  base::Result<void> store(base::TreeSize size, const base::Hash& root, base::EpochSeconds time);

 private:
  CosignMemory(base::Files& files, std::string path, std::string origin)
      : files_(&files), path_(std::move(path)), origin_(std::move(origin)) {}

  base::Files* files_;
  std::string path_;
  std::string origin_;
  std::optional<Cosigned> last_;
  bool stopped_ = false;
};

inline constexpr base::ErrorKind kBadCosignMemory{"bad-cosign-memory", base::Category::kCorrupt,
                                                  "docs/formats/log.md#cosigned"};
inline constexpr base::ErrorKind kWouldForget{"would-forget", base::Category::kConflict,
                                              "docs/formats/log.md#cosigned"};
inline constexpr base::ErrorKind kMemoryStopped{"memory-stopped", base::Category::kUnavailable,
                                                "docs/formats/log.md#cosigned"};

}  // namespace storage
