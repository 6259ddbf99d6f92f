// A folder that only its owner may look into or write to: for caches, whose content is trusted once it was
// checked. Not for secrets, which have modes of their own (base/files.h).
#pragma once

#include <string>

#include "base/result.h"

namespace os {

/// Makes `path` with mode 0700 (its parent exists), or checks what is there: a folder of the user who asks,
/// that nobody else may write to. A symbolic link at the last step is refused.
/// Errors: base::kFileUnwritable, base::kFileExposed.
base::Result<void> make_private_folder(const std::string& path);

}  // namespace os
