// The file `checkpoint` of a log's folder: the last thing written, replaced atomically. Its text belongs to
// note/. Format: docs/formats/log.md
#pragma once

#include <string>

#include "base/files.h"

namespace storage {

/// Errors: kFileMissing (a log that never published), kFileTooLarge.
base::Result<base::Bytes> load_checkpoint(const base::Files& files, const std::string& folder);
/// Only after LogStore::sync and CosignMemory::store for that size.
base::Result<void> replace_checkpoint(base::Files& files, const std::string& folder, base::ByteView text);

}  // namespace storage
