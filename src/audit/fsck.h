// Checks a whole log from its first leaf: every hash and tile, every record's form and signatures, every
// rule, every state root. Needs the log's folder and the checkpoint to be judged; whose cosignatures count is
// for the caller (note/policy.h). Works on all cores: some threads read, hash, parse and verify ahead while
// one applies the rules. Format: docs/formats/
#pragma once

#include <cstdint>
#include <functional>

#include "base/result.h"
#include "base/strong.h"
#include "note/checkpoint.h"
#include "registry/registry.h"
#include "storage/log_folder.h"

namespace audit {

enum class Trust : std::uint8_t {
  kNothing,     ///< verify every signature and compare every state root
  kCheckpoint,  ///< a counted checkpoint covers signatures and intermediate roots: check the rest, and the
                ///< last root
};

struct FsckProgress {
  std::uint64_t leaves = 0;
  std::uint64_t total = 0;
};

struct FsckOptions {
  Trust trust = Trust::kNothing;
  unsigned threads = 1;
  std::function<void(const FsckProgress&)> progress;  ///< called now and then from the applying thread
};

struct FsckReport {
  registry::Registry registry;  ///< the state that the log leads to
  std::uint64_t leaves = 0;
  std::uint64_t blocks = 0;
  std::uint64_t signatures = 0;  ///< verified
};

/// Shapes: `log` has the checkpoint's size.
/// Errors: the first thing that is wrong, in log order: tile or bundle (path), record (leaf and line), rule
/// (leaf),
///         block record (leaf and line), root.
/// Cost:   one signature verification a signature; the rest must stay below 15 % of that. Memory: the state
/// and a few
///         thousand records.
base::Result<FsckReport> check_log(const storage::LogFolder& log, const note::Checkpoint& checkpoint,
                                   const FsckOptions& options);

inline constexpr base::ErrorKind kWrongRoot{"wrong-root", base::Category::kCorrupt, "docs/formats/log.md"};
inline constexpr base::ErrorKind kNoBlockEnd{"no-block-end", base::Category::kCorrupt, "docs/formats/log.md"};

}  // namespace audit
