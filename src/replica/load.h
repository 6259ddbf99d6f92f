// From a log's folder to a registry in memory: the newest snapshot that the log vouches for, then the tail,
// replayed and checked. A snapshot is never believed: its texts must give the state root that a block record
// of this log names. Format: docs/formats/state.md#snapshot-file
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "base/files.h"
#include "base/limits.h"
#include "base/result.h"
#include "registry/registry.h"
#include "storage/log_folder.h"

namespace replica {

struct LoadedRegistry {
  registry::Registry registry;
  base::TreeSize snapshot_size;          ///< 0 if everything was replayed
  std::vector<std::string> passed_over;  ///< snapshots that could not be used, each with the reason
  /// Before the last block; empty if nothing was replayed, and then the last block changed nobody's seat.
  std::vector<charter::CosignerKey> cosigners_before;
};

/// The registry after the last block of `log`, whose root is `root`.
/// Shapes: the last leaf of `log` is a block record.
/// Errors: those of storage and of the rules; details name the file or the leaf.
/// Cost:   about 1 us per snapshot text, 60 us per replayed record (its signature) divided among `threads`.
base::Result<LoadedRegistry> load_registry(const base::Files& files, const storage::LogFolder& log,
                                           const base::Hash& root, const std::string& snapshot_folder,
                                           unsigned threads);

/// The registry as it stood after the last block that ends at or before `size` leaves and at or before
/// `time`. Replays from the first leaf; signatures were checked when the records came in and are not checked
/// again. Errors: kNoSuchBlock; those of storage and of the rules.
struct PointInTime {
  base::TreeSize size{base::kTreeSizeMax};
  base::EpochSeconds time{~std::uint64_t{0}};
};
/// A tree size up to `end`, or a time as YYYY-MM-DDTHH:MM:SSZ.   Errors: kBadPoint.
base::Result<PointInTime> parse_point(std::string_view text, base::TreeSize end);
base::Result<registry::Registry> replay_until(const storage::LogFolder& log, const PointInTime& until);

inline constexpr base::ErrorKind kBadPoint{"bad-point", base::Category::kInvalid, "docs/formats/api.md"};
inline constexpr base::ErrorKind kNoSuchBlock{"no-such-block", base::Category::kNotFound,
                                              "docs/formats/records.md"};

}  // namespace replica
