#include "base/files.h"

namespace base {

std::string folder_of(std::string_view path) {
  const auto slash = path.rfind('/');
  if (slash == std::string_view::npos) return ".";
  return std::string(slash == 0 ? "/" : path.substr(0, slash));
}

Result<void> replace_file(Files& files, const std::string& path, ByteView content, FileMode mode) {
  const std::string temporary = path + ".new";
  TRY(files.write_synced(temporary, content, mode));
  TRY(files.rename(temporary, path));
  return files.sync_folder(folder_of(path));
}

}  // namespace base
