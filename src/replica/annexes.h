// Annexes beside a log that this machine holds: those that a crash left undecided, and, where the log is
// another's, those to be fetched. The log says which are named and which a redaction erased; that is all it
// says of them, and a missing one is no error. Format: docs/formats/hub.md#annexes
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>

#include "base/files.h"
#include "base/result.h"
#include "base/strong.h"
#include "storage/annex_store.h"
#include "storage/log_folder.h"

namespace replica {

/// What one leaf says of an annex.
struct AnnexMention {
  base::Hash commitment;
  bool is_redaction = false;  ///< else the record commits to it
};
std::optional<AnnexMention> annex_mention(base::ByteView leaf);

/// Annexes that are held are kept if a record on `log` names them and no redaction there does; else dropped.
/// Errors: those of reading the log and of Files.   Cost: reads the log if any is held, nothing otherwise.
base::Result<void> settle_held(storage::AnnexStore& store, const storage::LogFolder& log);

/// Fetches what a followed log names, and erases what it redacts.
/// Threads: one.   Order: open, then ( look fetch* )*.
class AnnexFetcher {
 public:
  /// A file of the hub's, as HubSource::fetch: "annex/<base64url of the commitment>".
  using Fetch = std::function<base::Result<base::Bytes>(const std::string& path, std::size_t bytes_max)>;
  using Clock = std::chrono::steady_clock;

  /// `memory_file` remembers up to which leaf all is settled; without it the log is walked from its beginning.
  static AnnexFetcher open(base::Files& files, storage::AnnexStore store, std::string memory_file);

  /// Reads the leaves that are new: a redaction's annex is erased at once, one that is named and not here is
  /// missing from now on. Errors: those of reading the log and of Files; the next call begins where this did.
  base::Result<void> look(const storage::LogFolder& log, Clock::time_point now);
  /// Asks for what is due by `now`, at most kAsksMax, and keeps what matches its commitment. What the hub has
  /// not, or has altered, is asked for again later, ever more seldom. Returns how many were asked for.
  /// Errors: those of `fetch` but base::kFileMissing and base::kFileTooLarge (the rest of the round waits too);
  /// those of Files.
  base::Result<std::size_t> fetch(const Fetch& fetch, Clock::time_point now);

  std::size_t missing() const { return missing_.size(); }

  /// So many at a time, lest a redaction wait long.
  static constexpr std::size_t kAsksMax = 256;
  /// More than that is not remembered; the rest is found again at the next start.
  static constexpr std::size_t kMissingMax = 65'536;
  static constexpr std::chrono::minutes kAgainFirst{1};
  static constexpr std::chrono::hours kAgainLast{24};

 private:
  struct Missing {
    base::LeafIndex leaf;
    Clock::time_point due;
    std::chrono::minutes pause = kAgainFirst;
  };
  AnnexFetcher(base::Files& files, storage::AnnexStore store, std::string memory_file)
      : files_(&files), store_(std::move(store)), memory_file_(std::move(memory_file)) {}
  base::Result<void> note(const AnnexMention& mention, base::LeafIndex leaf, Clock::time_point now);
  base::Result<void> remember();

  base::Files* files_;
  storage::AnnexStore store_;
  std::string memory_file_;
  std::map<base::Hash, Missing> missing_;
  std::optional<base::LeafIndex> forgotten_;  // the first that found no place in missing_
  std::uint64_t seen_ = 0;                    // leaves before it were looked at
  std::uint64_t stored_ = 0;                  // as the file says
};

}  // namespace replica
