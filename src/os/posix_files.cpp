#include "os/posix_files.h"

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <string_view>
#include <system_error>
#include <utility>

#include <dirent.h>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/check.h"

namespace os {
namespace {

using base::Byte;
using base::Bytes;
using base::ByteView;
using base::ErrorKind;
using base::FileMode;
using base::Result;

constexpr mode_t kPublicMode = 0644;
constexpr mode_t kSecretMode = 0600;
constexpr mode_t kFolderMode = 0755;
constexpr mode_t kOthersMask = 0077;
constexpr std::size_t kReadStep = 65'536;

/// The error of the system call that just failed. A missing path is its own kind, because callers act on it.
std::unexpected<base::Error> system_failure(const ErrorKind& kind, const std::string& path,
                                            std::string_view call) {
  const int code = errno;
  std::string detail = path;
  detail.append(": ").append(call).append(": ").append(std::generic_category().message(code));
  const bool missing = code == ENOENT || code == ENOTDIR;
  return base::fail(missing ? base::kFileMissing : kind, std::move(detail));
}

/// c_str() would cut such a path short and name another file.
bool has_nul(const std::string& path) {
  return path.find('\0') != std::string::npos;
}

class Descriptor {
 public:
  explicit Descriptor(int number) : number_(number) {}
  Descriptor(Descriptor&& other) noexcept : number_(std::exchange(other.number_, -1)) {}
  Descriptor& operator=(Descriptor&&) = delete;
  ~Descriptor() {
    if (number_ >= 0) ::close(number_);
  }
  int number() const { return number_; }
  /// Writers close by hand: some file systems report a lost write only here. Linux frees the descriptor even
  /// when interrupted, so that is no error and must not be tried again.
  bool close() {
    const int result = ::close(std::exchange(number_, -1));
    return result == 0 || errno == EINTR;
  }

 private:
  int number_;
};

Result<Descriptor> open_file(const std::string& path, int flags, mode_t mode, const ErrorKind& kind) {
  if (has_nul(path)) return base::fail(kind, "a path with a NUL byte");
  int number = -1;
  do {
    number = ::open(path.c_str(), flags | O_CLOEXEC | O_NOCTTY, mode);
  } while (number < 0 && errno == EINTR);
  if (number < 0) return system_failure(kind, path, "open");
  return Descriptor(number);
}

/// Bytes read into `out` until it is full or the file ends.
Result<std::size_t> read_up_to(const Descriptor& file, std::span<Byte> out, const std::string& path) {
  std::size_t done = 0;
  while (done < out.size()) {
    const ssize_t count = ::read(file.number(), out.data() + done, out.size() - done);
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return system_failure(base::kFileUnreadable, path, "read");
    if (count == 0) break;
    done += static_cast<std::size_t>(count);
  }
  return done;
}

Result<void> write_all(const Descriptor& file, ByteView content, const std::string& path) {
  while (!content.empty()) {
    const ssize_t count = ::write(file.number(), content.data(), content.size());
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return system_failure(base::kFileUnwritable, path, "write");
    content = content.subspan(static_cast<std::size_t>(count));
  }
  return {};
}

/// Refuses what is not a plain file of ours alone.
Result<void> check_secret(const Descriptor& file, const std::string& path, const ErrorKind& kind) {
  struct stat status{};
  if (::fstat(file.number(), &status) != 0) return system_failure(kind, path, "fstat");
  if (!S_ISREG(status.st_mode)) return base::fail(kind, path + ": not a plain file");
  if ((status.st_mode & kOthersMask) != 0) {
    char mode[8];
    std::snprintf(mode, sizeof mode, "%04o", static_cast<unsigned>(status.st_mode & 07777U));
    return base::fail(base::kFileExposed,
                      path + ": mode " + mode + ", a secret needs 0600: chmod 600 " + path);
  }
  return {};
}

std::unexpected<base::Error> too_large(const std::string& path, std::size_t bytes_max) {
  return base::fail(base::kFileTooLarge, path + ": more than " + std::to_string(bytes_max) + " bytes");
}

class PosixLock final : public base::FileLock {
 public:
  explicit PosixLock(Descriptor file) : file_(std::move(file)) {}

 private:
  Descriptor file_;  // closing it gives the lock back
};

Result<void> make_one_folder(PosixFiles& files, const std::string& path) {
  if (::mkdir(path.c_str(), kFolderMode) == 0) return files.sync_folder(base::folder_of(path));
  if (errno != EEXIST) return system_failure(base::kFileUnwritable, path, "mkdir");
  struct stat status{};
  if (::stat(path.c_str(), &status) != 0) return system_failure(base::kFileUnwritable, path, "stat");
  if (!S_ISDIR(status.st_mode)) return base::fail(base::kFileUnwritable, path + ": not a folder");
  return {};
}

}  // namespace

Result<Bytes> PosixFiles::read(const std::string& path, std::size_t bytes_max) const {
  ASSIGN_OR_RETURN(const Descriptor file, open_file(path, O_RDONLY, 0, base::kFileUnreadable));
  struct stat status{};
  if (::fstat(file.number(), &status) != 0) return system_failure(base::kFileUnreadable, path, "fstat");
  // The size is a hint (pipes have none, files grow); the limit holds for what is really read. One byte more
  // than the hint sees the end of the file in the same call.
  const auto hint = S_ISREG(status.st_mode) ? static_cast<std::size_t>(status.st_size) : kReadStep;
  if (S_ISREG(status.st_mode) && hint > bytes_max) return too_large(path, bytes_max);
  Bytes content;
  std::size_t size = 0;
  std::size_t step = hint + 1;
  while (true) {
    content.resize(size + step);
    ASSIGN_OR_RETURN(const std::size_t count, read_up_to(file, std::span(content).subspan(size), path));
    size += count;
    if (size > bytes_max) return too_large(path, bytes_max);
    if (count < step) break;
    step = std::max(kReadStep, size);
  }
  content.resize(size);
  return content;
}

Result<base::SecretBytes> PosixFiles::read_secret(const std::string& path, std::size_t bytes_max) const {
  // O_NONBLOCK: a pipe planted under the name must not hang us before check_secret refuses it.
  ASSIGN_OR_RETURN(const Descriptor file,
                   open_file(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK, 0, base::kFileUnreadable));
  TRY(check_secret(file, path, base::kFileUnreadable));
  base::SecretBytes content(bytes_max + 1);
  ASSIGN_OR_RETURN(const std::size_t size, read_up_to(file, content.writable(), path));
  if (size > bytes_max) return too_large(path, bytes_max);
  content.shrink(size);
  return content;
}

Result<bool> PosixFiles::exists(const std::string& path) const {
  if (has_nul(path)) return base::fail(base::kFileUnreadable, "a path with a NUL byte");
  struct stat status{};
  if (::stat(path.c_str(), &status) == 0) return true;
  if (errno == ENOENT || errno == ENOTDIR) return false;
  return system_failure(base::kFileUnreadable, path, "stat");
}

Result<std::vector<std::string>> PosixFiles::list(const std::string& folder) const {
  if (has_nul(folder)) return base::fail(base::kFileUnreadable, "a path with a NUL byte");
  struct CloseFolder {
    void operator()(DIR* open) const { ::closedir(open); }
  };
  const std::unique_ptr<DIR, CloseFolder> open(::opendir(folder.c_str()));
  if (open == nullptr) return system_failure(base::kFileUnreadable, folder, "opendir");
  std::vector<std::string> names;
  while (true) {
    errno = 0;  // the only way to tell the end from an error
    const dirent* const entry = ::readdir(open.get());
    if (entry == nullptr && errno != 0) return system_failure(base::kFileUnreadable, folder, "readdir");
    if (entry == nullptr) break;
    const std::string_view name = entry->d_name;
    if (name != "." && name != "..") names.emplace_back(name);
  }
  std::ranges::sort(names);
  return names;
}

Result<void> PosixFiles::write_synced(const std::string& path, ByteView content, FileMode mode) {
  const bool secret = mode == FileMode::kSecret;
  // Truncated only after the check, so that a refusal leaves the old file whole.
  ASSIGN_OR_RETURN(Descriptor file, open_file(path, O_WRONLY | O_CREAT | O_NOFOLLOW | O_NONBLOCK,
                                              secret ? kSecretMode : kPublicMode, base::kFileUnwritable));
  if (secret) TRY(check_secret(file, path, base::kFileUnwritable));
  if (::ftruncate(file.number(), 0) != 0) return system_failure(base::kFileUnwritable, path, "ftruncate");
  TRY(write_all(file, content, path));
  // fdatasync covers the content and the size needed to read it back; times are not ours to keep.
  if (::fdatasync(file.number()) != 0) return system_failure(base::kFileUnwritable, path, "fdatasync");
  if (!file.close()) return system_failure(base::kFileUnwritable, path, "close");
  return {};
}

Result<void> PosixFiles::rename(const std::string& from, const std::string& to) {
  if (has_nul(from) || has_nul(to)) return base::fail(base::kFileUnwritable, "a path with a NUL byte");
  if (::rename(from.c_str(), to.c_str()) != 0) {
    return system_failure(base::kFileUnwritable, from + " -> " + to, "rename");
  }
  return {};
}

Result<void> PosixFiles::remove(const std::string& path) {
  if (has_nul(path)) return base::fail(base::kFileUnwritable, "a path with a NUL byte");
  if (::remove(path.c_str()) != 0) return system_failure(base::kFileUnwritable, path, "remove");
  return {};
}

Result<void> PosixFiles::make_folders(const std::string& path) {
  if (has_nul(path) || path.empty())
    return base::fail(base::kFileUnwritable, "an empty path or one with a NUL byte");
  for (std::size_t end = path.find('/', 1); end != std::string::npos; end = path.find('/', end + 1)) {
    TRY(make_one_folder(*this, path.substr(0, end)));
  }
  if (path.back() != '/') TRY(make_one_folder(*this, path));
  return {};
}

Result<void> PosixFiles::sync_folder(const std::string& path) {
  ASSIGN_OR_RETURN(Descriptor folder, open_file(path, O_RDONLY | O_DIRECTORY, 0, base::kFileUnwritable));
  if (::fsync(folder.number()) != 0) return system_failure(base::kFileUnwritable, path, "fsync");
  if (!folder.close()) return system_failure(base::kFileUnwritable, path, "close");
  return {};
}

Result<std::unique_ptr<base::FileLock>> PosixFiles::lock(const std::string& path) {
  ASSIGN_OR_RETURN(Descriptor file, open_file(path, O_RDWR | O_CREAT | O_NOFOLLOW | O_NONBLOCK, kPublicMode,
                                              base::kFileUnwritable));
  // flock belongs to the open file, not to the process: two locks inside one process exclude each other too,
  // and closing an unrelated descriptor of the same file does not drop it (fcntl locks do).
  if (::flock(file.number(), LOCK_EX | LOCK_NB) != 0) {
    if (errno == EWOULDBLOCK) return base::fail(base::kFileLocked, path + ": held by another process");
    return system_failure(base::kFileUnwritable, path, "flock");
  }
  return std::make_unique<PosixLock>(std::move(file));
}

}  // namespace os
