// A witness of transparency logs: cosigns a checkpoint of a log it knows only if the log has grown from what it
// cosigned last, and never forgets what that was. It reads no records and judges no rules: any tlog-tiles log may
// ask. Pure but for its memory; HTTP is service.h. What it answers on each mistake: docs/formats/witness.md.
// Format: C2SP tlog-witness, tlog-cosignature
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/files.h"
#include "base/result.h"
#include "note/key.h"
#include "note/witness_request.h"
#include "storage/cosign_memory.h"

namespace witness {

/// What goes back to the log: an HTTP status and a text.
struct Answer {
  unsigned status = 500;
  std::string_view content_type = "text/plain; charset=utf-8";
  std::string body;
};

/// How far the witness has gone with a log.
struct LogStanding {
  std::string origin;
  base::TreeSize size;
  base::EpochSeconds time;  ///< of the last cosignature, or of when the log was added
};

/// Threads: any; two requests for one log wait for each other.   Lifetime: keeps references to Files and clock.
class Witness {
 public:
  /// Reads the key, every log's keys and memory. A log whose memory is gone is an error, never an empty memory:
  /// the witness could be made to cosign a second history.
  /// Errors: kNoWitness, kWitnessMemoryLost, kBadWitnessLog, storage::kBadCosignMemory, those of Files and keys.
  static base::Result<std::unique_ptr<Witness>> open(base::Files& files, const std::string& folder,
                                                     const base::Clock& clock);

  /// The body of POST /add-checkpoint. What is answered with 200 is durable before it is said.
  /// Cost: three signatures' work and one synced write.   Spec: C2SP tlog-witness, "add-checkpoint"
  Answer add_checkpoint(std::string_view body);

  const note::VerifierKey& key() const { return key_.verifier_key(); }
  /// Sorted by origin.
  std::vector<LogStanding> logs() const;

 private:
  struct Log {
    std::vector<note::VerifierKey> keys;
    mutable std::mutex mutex;
    std::optional<storage::CosignMemory> memory;  // guarded by mutex
  };

  Witness(note::Signer key, const base::Clock& clock) : key_(std::move(key)), clock_(&clock) {}
  base::Result<void> load_log(base::Files& files, const std::string& folder);
  Answer extend(Log& log, const note::WitnessRequest& request, const note::ForeignCheckpoint& checkpoint);

  note::Signer key_;
  const base::Clock* clock_;
  std::map<std::string, std::unique_ptr<Log>, std::less<>> logs_;  // by origin; fixed after open
};

/// Makes the folder of a new witness.
/// Shapes: `key` is of type 0x04.   Errors: kWitnessExists, those of Files.
base::Result<void> create_witness(base::Files& files, const std::string& folder, const note::Signer& key);

/// Makes the witness know a log, from the empty tree on. The memory is made before the log's keys, so a crash
/// between leaves a log that is not known yet.
/// Shapes: all `keys` are of type 0x01 and of one name, the log's origin.
/// Errors: kLogKnown, kBadWitnessLog, those of Files.
base::Result<void> add_log(base::Files& files, const std::string& folder,
                           const std::vector<note::VerifierKey>& keys, base::EpochSeconds now);

/// What lies where in a witness's folder.
std::string key_path(const std::string& folder);
std::string lock_path(const std::string& folder);

inline constexpr std::size_t kWitnessLogsMax = 4'096;
inline constexpr std::size_t kLogKeysMax = 8;

inline constexpr base::ErrorKind kNoWitness{"no-witness", base::Category::kNotFound,
                                            "docs/operations/witness.md"};
inline constexpr base::ErrorKind kWitnessExists{"witness-exists", base::Category::kConflict,
                                                "docs/operations/witness.md"};
inline constexpr base::ErrorKind kLogKnown{"log-known", base::Category::kConflict,
                                           "docs/operations/witness.md"};
inline constexpr base::ErrorKind kBadWitnessLog{"bad-witness-log", base::Category::kInvalid,
                                                "docs/formats/witness.md"};
inline constexpr base::ErrorKind kWitnessMemoryLost{"witness-memory-lost", base::Category::kCorrupt,
                                                    "docs/operations/witness.md"};

}  // namespace witness
