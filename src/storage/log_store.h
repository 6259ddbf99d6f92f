// The durable log: appends leaves, writes bundles and tiles in the order that no crash can spoil, recovers at
// start. It knows sizes and roots, not checkpoints' signatures: whoever publishes calls sync(), then
// CosignMemory, then replace_checkpoint (storage/checkpoint_file.h), in this order. Calls: open (append*
// sync)* ; after a failed sync the disk's state is unknown and every append and sync is refused: open again.
// Format: docs/formats/log.md
#pragma once

#include <map>
#include <memory>
#include <set>
#include <span>
#include <string>
#include <vector>

#include "base/files.h"
#include "base/strong.h"
#include "merkle/log_tree.h"
#include "storage/log_folder.h"

namespace storage {

/// Threads: one writer; const calls from any thread while no append or sync runs.
/// Lifetime: keeps a reference to the Files.
class LogStore : public merkle::TileReader {
 public:
  /// Opens the log at the published checkpoint's size and root (a new log: 0 and merkle::empty_log_root()),
  /// and checks that its right edge is there and leads to that root. Files beyond are left alone and written
  /// anew by later appends. Errors: kTileMissing, kBadTile, kBadBundle, kLogAltered; details name the path.
  /// Cost: reads one bundle and one tile a level.
  static base::Result<std::unique_ptr<LogStore>> open(base::Files& files, std::string folder,
                                                      base::TreeSize published, const base::Hash& root);

  /// Adds leaves in memory; size() and root() include them at once, the disk has them after sync().
  /// `hashes`: of each leaf (merkle::leaf_hash), from a caller who has them; without them they are computed here.
  /// Errors: kLeafTooLong (nothing is added), kLogStopped.
  base::Result<void> append(std::span<const base::ByteView> leaves, std::span<const base::Hash> hashes = {});
  /// Makes everything appended durable.
  /// Errors: those of Files; from then on kLogStopped.
  /// Cost: one file sync a bundle and tile touched, one folder sync a folder touched: 4 for a single leaf. Those of
  /// files go to the disk together, as many as it takes (base::Files::syncs_at_once); then those of folders.
  base::Result<void> sync();

  base::TreeSize size() const { return frontier_.size(); }
  base::TreeSize durable_size() const { return durable_size_; }
  base::Hash root() const { return frontier_.root(); }

  /// Staged ones included.
  base::Result<base::Bytes> read_tile(const merkle::TileName& name) const override;
  base::Result<base::Bytes> read_leaf(base::LeafIndex index) const;
  /// The durable part, for streaming reads.
  LogFolder folder() const { return LogFolder(*files_, folder_, durable_size_); }

  /// Removes the partials of tiles and bundles that are full in the tree of `published` leaves, and that this
  /// store saw become full since it was opened. A crash before it runs leaves partials that do no harm.
  /// Shapes: published is the size of a checkpoint that is durably in place, at most durable_size().
  base::Result<void> remove_superseded(base::TreeSize published);

 private:
  LogStore(base::Files& files, std::string folder) : files_(&files), folder_(std::move(folder)) {}

  base::Result<void> load_edge(const LogFolder& log, const base::Hash& root);
  base::Result<void> load_last_bundle(const LogFolder& log);
  base::Result<base::Error> name_damage(const LogFolder& log) const;
  void append_leaf(base::ByteView leaf, base::Hash hash);
  const base::Bytes& content_of(const merkle::TileName& name) const;
  base::Result<void> know_folder(const std::string& folder);
  base::Result<void> write_file(const merkle::TileName& name);
  base::Result<void> write_grown();
  base::Result<void> remove_partials(const merkle::TileName& full);
  std::string path_of(const merkle::TileName& name) const { return folder_ + "/" + merkle::tile_path(name); }

  base::Files* files_;
  std::string folder_;
  base::TreeSize durable_size_;
  merkle::Frontier frontier_;
  std::vector<base::Bytes> edge_tiles_;             ///< by level: hashes of the partial tile, 0 to 255
  base::Bytes edge_bundle_;                         ///< leaves of the partial bundle, framed
  std::map<merkle::TileName, base::Bytes> staged_;  ///< full tiles and bundles not yet on disk
  std::vector<merkle::TileName> superseded_;        ///< full ones whose partials may still be there
  std::set<std::string> known_folders_;
  bool stopped_ = false;
};

inline constexpr base::ErrorKind kLogAltered{"log-altered", base::Category::kCorrupt, "docs/formats/log.md"};
inline constexpr base::ErrorKind kLogStopped{"log-stopped", base::Category::kUnavailable,
                                             "docs/formats/log.md"};
inline constexpr base::ErrorKind kLeafTooLong{"leaf-too-long", base::Category::kInvalid,
                                              "docs/formats/records.md"};

}  // namespace storage
