// What readers see: the registry at the published checkpoint, never ahead of it. A view stands beside the
// replica that wrote the folder: it applies each block a second time, without the signatures, which that
// replica has checked; that the leaves lead to the signed root it checks itself. What every receipt of the
// state ends in is put together once per checkpoint. Format: docs/formats/log.md, docs/formats/receipts.md
#pragma once

#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <shared_mutex>
#include <string>
#include <utility>
#include <vector>

#include "base/files.h"
#include "base/result.h"
#include "note/checkpoint.h"
#include "registry/registry.h"
#include "replica/log_index.h"
#include "storage/log_folder.h"

namespace replica {

struct ViewOptions {
  const base::Files* files = nullptr;
  std::string log_folder;  ///< holds `checkpoint` and `tile/`
  std::string snapshot_folder;
  unsigned threads = 1;
  /// ReplicaOptions::verified.
  std::shared_ptr<publish::VerifiedSignatures> verified = nullptr;
};

/// The published checkpoint and what follows from it. Never changes.
struct Published {
  note::Checkpoint checkpoint;
  std::string text;          ///< the checkpoint with its signature lines
  std::string block_record;  ///< the last leaf
  base::Height height;
  base::EpochSeconds time;
  base::Hash state;
  /// The last part of every receipt of the state: block record, empty line, tlog-proof.
  std::string receipt_end;
};

/// Order: open, then anything.   Threads: any; advance() calls wait for one another.
/// Lifetime: keeps a reference to the Files.
class View {
 public:
  /// A log that has published nothing yet is no error: see kNothingPublished.
  /// Errors: those of load_registry and of the checkpoint's parser.
  /// Cost:   load_registry, and one pass over all leaves for the index (about 2 us a record and thread).
  static base::Result<std::unique_ptr<View>> open(ViewOptions options);

  /// Reads the log's checkpoint and applies what it covers beyond the present one. True if readers see
  /// something new: a block, or further cosignatures.
  /// Errors: kForeignCheckpoint (smaller than the present one, or not grown out of it); those of storage and
  ///         of merkle, after which readers see what they saw; kViewStopped where a block was begun and
  ///         refused, and from then on.
  base::Result<bool> advance();

  /// Null while nothing is published.
  std::shared_ptr<const Published> published() const;
  /// Calls `reader(registry, index, published)`, which gives a Result, while no block is applied. The
  /// reader keeps no reference and does not call the view.
  /// Errors: the reader's; kNothingPublished; kViewStopped.
  template <typename Reader>
  auto read(const Reader& reader) const
      -> std::invoke_result_t<Reader, const registry::Registry&, const LogIndex&, const Published&> {
    const std::shared_lock guard = lock_shared();
    if (auto sound = check_sound(); !sound) return std::unexpected(std::move(sound).error());
    return reader(std::as_const(*registry_), std::as_const(index_), std::as_const(*published_));
  }

  /// Receipt of an object: its value, its tombstone, or that it is not there. Errors: as read.
  base::Result<std::string> receipt(const resource::ObjectId& id) const;
  /// Receipt of a leaf.   Errors: merkle::kLeafBeyondTree, those of storage, kNothingPublished.
  base::Result<std::string> record_receipt(base::LeafIndex index) const;
  /// The log at the published size. Errors: kNothingPublished.
  base::Result<storage::LogFolder> log() const;

  /// Called after each advance that changed something, with the checkpoint before (null at first) and the
  /// new one, on the thread that advances. Must not call advance(). Subscribe before the first advance.
  using Listener = std::function<void(const std::shared_ptr<const Published>& before, const Published& now)>;
  void subscribe(Listener listener);

 private:
  explicit View(ViewOptions options) : options_(std::move(options)) {}
  std::shared_lock<std::shared_mutex> lock_shared() const;
  std::unique_lock<std::shared_mutex> lock_exclusive() const;
  base::Result<void> check_sound() const;
  base::Result<bool> follow_checkpoint();
  base::Result<void> load(std::shared_ptr<const Published> target);
  base::Result<void> apply(std::shared_ptr<const Published> target);
  base::Result<LogIndex> index_log(const storage::LogFolder& log) const;
  storage::LogFolder log_at(base::TreeSize size) const;
  base::Result<std::shared_ptr<const Published>> publish(note::Checkpoint checkpoint, std::string text) const;

  ViewOptions options_;
  std::mutex advancing_;
  std::vector<Listener> listeners_;  // guarded by advancing_
  merkle::Frontier frontier_;        // of the published log; guarded by advancing_
  mutable std::mutex gate_;  // taken before lock_: without it, readers without end would keep a writer out
  mutable std::shared_mutex lock_;
  std::optional<registry::Registry> registry_;  // guarded by lock_, as all below
  LogIndex index_;
  std::shared_ptr<const Published> published_;
  std::optional<base::Error> stopped_;
};

inline constexpr base::ErrorKind kNothingPublished{"nothing-published", base::Category::kUnavailable,
                                                   "docs/formats/log.md"};
inline constexpr base::ErrorKind kViewStopped{"view-stopped", base::Category::kUnavailable,
                                              "docs/formats/log.md"};

}  // namespace replica
