// The one door to the disk. Paths are strings with '/'. os/ has the real one; tests have one that forgets
// what was not synced. The crash model both keep:
//   - write_synced makes the CONTENT durable, not the name;
//   - a new name, a rename or a removal is durable only after sync_folder of the folder that holds it;
//   - rename replaces atomically: after a crash the path holds the old file or the new one, whole.
#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.h"
#include "base/result.h"
#include "base/secret_bytes.h"

namespace base {

enum class FileMode : std::uint8_t {
  kPublic,  ///< 0644: the log, policies, snapshots
  kSecret,  ///< 0600: keys; a secret file readable by others is refused on read
};

/// Holds an exclusive lock until destroyed. The kernel drops it if the process dies.
class FileLock {
 public:
  virtual ~FileLock() = default;
};

/// Threads: any; two threads must not write the same path.
class Files {
 public:
  virtual ~Files() = default;
  /// Errors: kFileMissing, kFileTooLarge (more than `bytes_max`), kFileUnreadable.
  virtual Result<Bytes> read(const std::string& path, std::size_t bytes_max) const = 0;
  /// Reads a key file into memory that is wiped afterwards. Symbolic links are not followed.
  /// Errors: as read, and kFileExposed if group or others have any permission on the file.
  virtual Result<SecretBytes> read_secret(const std::string& path, std::size_t bytes_max) const = 0;
  virtual Result<bool> exists(const std::string& path) const = 0;
  /// Names in a folder, sorted bytewise, without "." and "..". A missing folder is kFileMissing.
  virtual Result<std::vector<std::string>> list(const std::string& folder) const = 0;
  /// Creates or truncates `path`, writes, syncs the content. Every write, sync and close error is reported;
  /// after one, what `path` holds is unknown (HOUSE: stop the writer, recovery repairs). Errors: kFileMissing
  /// (the folder), kFileUnwritable, kFileExposed (a secret over a file others may open).
  virtual Result<void> write_synced(const std::string& path, ByteView content, FileMode mode) = 0;
  /// Errors: kFileMissing, kFileUnwritable.
  virtual Result<void> rename(const std::string& from, const std::string& to) = 0;
  /// A file or an empty folder. Errors: kFileMissing, kFileUnwritable.
  virtual Result<void> remove(const std::string& path) = 0;
  /// Creates a folder and its parents; an existing folder is no error, and is taken to be durable. Every name
  /// made here is synced before the call returns.
  virtual Result<void> make_folders(const std::string& path) = 0;
  virtual Result<void> sync_folder(const std::string& path) = 0;
  /// How many syncs at once gain: a disk that takes them together needs hardly longer for a few than for one.
  virtual unsigned syncs_at_once() const { return 1; }
  /// Takes an exclusive lock on `path` (created if absent). Errors: kFileLocked if another process holds it.
  virtual Result<std::unique_ptr<FileLock>> lock(const std::string& path) = 0;
};

inline constexpr ErrorKind kFileMissing{"file-missing", Category::kNotFound, ""};
inline constexpr ErrorKind kFileTooLarge{"file-too-large", Category::kInvalid, ""};
inline constexpr ErrorKind kFileUnreadable{"file-unreadable", Category::kUnavailable, ""};
inline constexpr ErrorKind kFileUnwritable{"file-unwritable", Category::kUnavailable, ""};
inline constexpr ErrorKind kFileLocked{"file-locked", Category::kUnavailable, ""};
inline constexpr ErrorKind kFileExposed{"file-exposed", Category::kDenied, ""};

/// temporary name, write, sync, rename, sync the folder: after a crash `path` is the old file or the new one.
/// The temporary name is `path` + ".new"; one left by a crash is overwritten.
Result<void> replace_file(Files& files, const std::string& path, ByteView content, FileMode mode);

/// "a/b/c" -> "a/b"; "c" -> ".".
std::string folder_of(std::string_view path);

}  // namespace base
