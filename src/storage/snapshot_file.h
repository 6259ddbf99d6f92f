// Snapshot files: the texts of the whole state at one block, so that a start need not replay the log from its
// beginning. This file knows framing and the digest at the end; whether the texts lead to the state root is
// the loader's check (replica/), and a snapshot is never the truth: the log is. Format:
// docs/formats/state.md#snapshot-file
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/files.h"
#include "base/strong.h"

namespace storage {

struct SnapshotHeader {
  std::string origin;
  base::Height height;
  base::TreeSize size;  ///< leaves up to and including this block record
  base::EpochSeconds time;
  base::Hash state;
  std::uint64_t objects = 0;  ///< number of object texts
  std::uint64_t rules = 0;    ///< number of rules texts
  std::uint64_t zones = 0;    ///< number of zone texts
  friend bool operator==(const SnapshotHeader&, const SnapshotHeader&) = default;
};

/// The file's bytes and the texts in them. Movable; the views stay valid with it.
struct Snapshot {
  SnapshotHeader header;
  base::Bytes bytes;
  std::vector<std::string_view> objects;  ///< each with its final LF, sorted by its first line
  std::vector<std::string_view> rules;
  std::vector<std::string_view>
      zones;  ///< what releases name by its hash; each with its final LF, sorted by hash
};

/// Gives the next text, in order of its first line, or nullopt at the end. Texts hold no empty line and end
/// in LF.
using NextText = std::function<std::optional<std::string_view>()>;

/// Builds the file's bytes; the counts in `header` are replaced by those of the texts.
/// Errors: kBadSnapshot (a text that the format cannot hold: unsorted, an empty line inside, no final LF).
base::Result<base::Bytes> serialize_snapshot(SnapshotHeader header, const NextText& next_object,
                                             const NextText& next_rule,
                                             std::span<const std::string> zones = {});
/// Errors: kBadSnapshot; the detail names the line.
base::Result<Snapshot> parse_snapshot(base::Bytes bytes);

/// Writes `folder`/<height>, atomically and durably.
base::Result<void> store_snapshot(base::Files& files, const std::string& folder, const SnapshotHeader& header,
                                  const NextText& next_object, const NextText& next_rule,
                                  std::span<const std::string> zones = {});
/// Errors: kFileMissing, kBadSnapshot; details name the file and the line.
base::Result<Snapshot> load_snapshot(const base::Files& files, const std::string& folder,
                                     base::Height height);
/// Heights that have a snapshot file, newest first. A missing folder holds none; other names are passed over.
base::Result<std::vector<base::Height>> list_snapshots(const base::Files& files, const std::string& folder);
/// Keeps the newest `kept`, and removes temporary files that a crash left.
base::Result<void> prune_snapshots(base::Files& files, const std::string& folder, std::size_t kept = 3);

inline constexpr base::ErrorKind kBadSnapshot{"bad-snapshot", base::Category::kCorrupt,
                                              "docs/formats/state.md#snapshot-file"};

}  // namespace storage
