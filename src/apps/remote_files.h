// A registry's folder that lies on a server, seen through base::Files: what is read below the cache folder
// and is not there yet is fetched, checked against the checkpoint, kept, and then read like any file. So every
// verb that reads a folder reads a server. What does not lead to the checkpoint's root is refused by its URL
// and never kept; annexes are never kept either, because they may be erased where they come from. Paths
// outside of the cache folder go to the disk untouched. Format: docs/operations/remote.md
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "apps/hub_door.h"
#include "apps/registry_folder.h"
#include "base/files.h"
#include "merkle/tile.h"
#include "note/checkpoint.h"

namespace apps {

/// Threads: any, as Files; one fetch at a time.   Lifetime: keeps references to disk and door.
class RemoteFiles final : public base::Files {
 public:
  /// `layout.dir` is the cache folder.
  RemoteFiles(base::Files& disk, HubDoor& door, FolderLayout layout)
      : disk_(&disk), door_(&door), layout_(std::move(layout)) {}

  /// From now on tiles, bundles and snapshots have to belong to this checkpoint. Fetches its right edge (the
  /// partial tile of every level), which must lead to its root. What is fetched stays in memory until settle:
  /// the caller may still find that the checkpoint is of another history.
  /// Errors: kHubLies, those of the door and of the disk.
  base::Result<void> consider(const note::Checkpoint& checkpoint);
  /// Keeps what was fetched since, and everything after it.   Order: ( consider settle? )*
  base::Result<void> settle();
  /// Called with what the server offered and was passed over: snapshots that cannot be used.
  void on_warning(std::function<void(const std::string&)> warn) { warn_ = std::move(warn); }
  /// Fetches something small that the caller checks. Errors: kHubFails (any status but 200 and 404), those of
  /// the door; kFileMissing for 404.
  base::Result<std::string> fetch(const std::string& path, std::size_t bytes_max) const;

  base::Result<base::Bytes> read(const std::string& path, std::size_t bytes_max) const override;
  base::Result<base::SecretBytes> read_secret(const std::string& path, std::size_t bytes_max) const override {
    return disk_->read_secret(path, bytes_max);
  }
  base::Result<bool> exists(const std::string& path) const override { return disk_->exists(path); }
  /// Of snapshots: fetches a newer one first, if what is kept is too old to be worth a replay.
  base::Result<std::vector<std::string>> list(const std::string& folder) const override;
  base::Result<void> write_synced(const std::string& path, base::ByteView content,
                                  base::FileMode mode) override {
    return disk_->write_synced(path, content, mode);
  }
  base::Result<void> rename(const std::string& from, const std::string& to) override {
    return disk_->rename(from, to);
  }
  base::Result<void> remove(const std::string& path) override { return disk_->remove(path); }
  base::Result<void> make_folders(const std::string& path) override { return disk_->make_folders(path); }
  base::Result<void> sync_folder(const std::string& path) override { return disk_->sync_folder(path); }
  base::Result<std::unique_ptr<base::FileLock>> lock(const std::string& path) override {
    return disk_->lock(path);
  }

 private:
  enum class Edge : std::uint8_t { kKept, kServed };  ///< where the right edge is taken from first
  std::string path_of(const merkle::TileName& name) const;
  base::Result<bool> load_edge(Edge edge) const;
  base::Result<base::Bytes> read_kept(const std::string& path, std::size_t bytes_max) const;
  std::string url_of(const std::string& path) const;
  base::Result<void> keep(const std::string& path, base::ByteView content) const;
  base::Result<base::Bytes> fetch_cut(const merkle::TileName& name) const;
  base::Result<base::Bytes> fetch_tile(const merkle::TileName& name) const;
  base::Result<base::Bytes> fetch_bundle(const merkle::TileName& name) const;
  base::Result<base::Bytes> hashes(const merkle::TileName& name) const;
  base::Result<void> check_full_tile(const merkle::TileName& name, base::ByteView tile) const;
  base::Result<void> fetch_snapshot() const;
  base::Result<void> take_snapshot(base::Height height) const;

  base::Files* disk_;
  HubDoor* door_;
  FolderLayout layout_;
  note::Checkpoint checkpoint_;
  bool settled_ = false;
  mutable std::map<std::string, base::Bytes> unsettled_;  // by path
  mutable std::recursive_mutex mutex_;                    // fetching reads what it fetched before
  mutable bool asked_for_snapshots_ = false;
  std::function<void(const std::string&)> warn_ = [](const std::string&) {};
};

}  // namespace apps
