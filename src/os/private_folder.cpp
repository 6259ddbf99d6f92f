#include "os/private_folder.h"

#include <cerrno>
#include <system_error>

#include <sys/stat.h>
#include <unistd.h>

#include "base/files.h"

namespace os {

base::Result<void> make_private_folder(const std::string& path) {
  constexpr mode_t kPrivate = 0700;
  constexpr mode_t kOthersWrite = 0022;
  if (::mkdir(path.c_str(), kPrivate) == 0) return {};
  if (errno != EEXIST)
    return base::fail(base::kFileUnwritable, path + ": mkdir: " + std::generic_category().message(errno));
  struct stat status{};
  if (::lstat(path.c_str(), &status) != 0)
    return base::fail(base::kFileUnwritable, path + ": lstat: " + std::generic_category().message(errno));
  if (!S_ISDIR(status.st_mode)) return base::fail(base::kFileUnwritable, path + ": not a folder");
  if (status.st_uid != ::geteuid()) return base::fail(base::kFileExposed, path + ": belongs to another user");
  if ((status.st_mode & kOthersWrite) != 0)
    return base::fail(base::kFileExposed, path + ": others may write to it: chmod 700 " + path);
  return {};
}

}  // namespace os
