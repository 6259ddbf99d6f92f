#include "storage/checkpoint_file.h"

#include "base/check.h"
#include "base/limits.h"

namespace storage {
namespace {

std::string path_in(const std::string& folder) {
  return folder + "/checkpoint";
}

}  // namespace

base::Result<base::Bytes> load_checkpoint(const base::Files& files, const std::string& folder) {
  return files.read(path_in(folder), base::kCheckpointBytesMax);
}

base::Result<void> replace_checkpoint(base::Files& files, const std::string& folder, base::ByteView text) {
  CHECK(!text.empty() && text.size() <= base::kCheckpointBytesMax);
  return base::replace_file(files, path_in(folder), text, base::FileMode::kPublic);
}

}  // namespace storage
