// A disk that is a map, for this room's tests: counts syncs, and fails writes when told to. It forgets
// nothing; the disk that does is tests/sim/forgetful_files.h. Its calls may come from several threads, as
// those of every Files; `contents` itself is for the test, while nothing runs.
#pragma once

#include <map>
#include <mutex>
#include <optional>
#include <set>

#include "base/files.h"
#include "base/secret_bytes.h"

namespace storage {

class MapFiles : public base::Files {
 public:
  std::map<std::string, base::Bytes> contents;
  std::size_t syncs = 0;
  std::optional<std::size_t> writes_left;

  base::Result<base::Bytes> read(const std::string& path, std::size_t bytes_max) const override {
    const std::scoped_lock guard(lock_);
    const auto found = contents.find(path);
    if (found == contents.end()) return base::fail(base::kFileMissing, path);
    if (found->second.size() > bytes_max) return base::fail(base::kFileTooLarge, path);
    return found->second;
  }
  base::Result<base::SecretBytes> read_secret(const std::string& path, std::size_t) const override {
    return base::fail(base::kFileMissing, path);
  }
  base::Result<bool> exists(const std::string& path) const override {
    const std::scoped_lock guard(lock_);
    return contents.contains(path);
  }
  base::Result<std::vector<std::string>> list(const std::string& folder) const override {
    const std::scoped_lock guard(lock_);
    std::set<std::string> names;
    for (const auto& [path, bytes] : contents) {
      if (!path.starts_with(folder + "/")) continue;
      const std::string rest = path.substr(folder.size() + 1);
      names.insert(rest.substr(0, rest.find('/')));
    }
    if (names.empty()) return base::fail(base::kFileMissing, folder);
    return std::vector<std::string>(names.begin(), names.end());
  }
  base::Result<void> write_synced(const std::string& path, base::ByteView content, base::FileMode) override {
    const std::scoped_lock guard(lock_);
    if (writes_left && *writes_left == 0) return base::fail(base::kFileUnwritable, path);
    if (writes_left) --*writes_left;
    contents[path] = base::Bytes(content.begin(), content.end());
    ++syncs;
    return {};
  }
  base::Result<void> rename(const std::string& from, const std::string& to) override {
    const std::scoped_lock guard(lock_);
    contents[to] = contents.at(from);
    contents.erase(from);
    return {};
  }
  base::Result<void> remove(const std::string& path) override {
    const std::scoped_lock guard(lock_);
    if (contents.erase(path) == 0) return base::fail(base::kFileMissing, path);
    return {};
  }
  base::Result<void> make_folders(const std::string&) override { return {}; }
  base::Result<void> sync_folder(const std::string&) override {
    const std::scoped_lock guard(lock_);
    ++syncs;
    return {};
  }
  base::Result<std::unique_ptr<base::FileLock>> lock(const std::string& path) override {
    return base::fail(base::kFileLocked, path);
  }

 private:
  // One for all, so that a disk can be copied.
  static inline std::mutex lock_;
};

}  // namespace storage
