// Input files as people keep them: plain, or packed with zstd. Bounded, whatever a packed file claims to
// hold.
#pragma once

#include <cstddef>
#include <string>

#include "base/bytes.h"
#include "base/files.h"
#include "base/result.h"

namespace apps {

/// Errors: those of Files, kBadPacking, base::kFileTooLarge (unpacked).
base::Result<base::Bytes> read_packed(const base::Files& files, const std::string& path,
                                      std::size_t bytes_max);

inline constexpr base::ErrorKind kBadPacking{"bad-packing", base::Category::kInvalid, "RFC 8878"};

}  // namespace apps
