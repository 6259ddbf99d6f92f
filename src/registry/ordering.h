// The border between an engine, which only orders records, and a replica, which decides everything else.
// Shaped as ABCI 2.0 is (check, prepare, process, finalize, commit, snapshots) so that another engine can
// take the embedded one's place without a change here. Nothing an engine does can make a replica accept what
// the rules forbid.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.h"
#include "base/result.h"
#include "base/strong.h"
#include "note/key.h"

namespace registry {

/// Cosigners of whom `needed` make a checkpoint count.
struct CosignerQuorum {
  std::vector<note::VerifierKey> cosigners;  ///< type 0x04, sorted by name
  std::size_t needed = 0;
};

/// Where a replica stands: the last committed block and what its log holds.
struct ApplicationInfo {
  base::Height height;
  base::EpochSeconds time;
  base::Hash state;
  base::TreeSize size;
  base::Hash root;
  /// What a checkpoint of this block needs, each of them: S of the present members and, if the block changed
  /// the cosigners, S of the former ones too (docs/formats/receipts.md, policy chain).
  std::vector<CosignerQuorum> quorums;
};

/// One block as an engine hands it over: leaves in order, not yet executed.
struct BlockInput {
  base::Height height;
  base::EpochSeconds time;
  std::vector<std::string> leaves;
};

/// What executing a block gave. `outcomes[i]` is empty if leaf i was accepted; refused leaves are not on the
/// log.
struct BlockOutcome {
  std::vector<std::optional<base::Error>> outcomes;
  std::string block_record;  ///< the leaf that ends the block
  base::Hash state;
};

/// A snapshot that a replica can give to one that starts.
struct SnapshotInfo {
  base::Height height;
  base::TreeSize size;  ///< leaves up to and including its block record
  base::Hash state;
  std::uint64_t bytes = 0;
  friend bool operator==(const SnapshotInfo&, const SnapshotInfo&) = default;
};

/// A replica as engines see it.
/// Order: ( prepare? process? finalize commit )* ; check at any time in between.   Threads: one caller at a
/// time.
class Application {
 public:
  virtual ~Application() = default;
  virtual ApplicationInfo info() const = 0;
  /// Would this leaf be accepted now? (CheckTx)
  virtual base::Result<void> check(std::string_view leaf) = 0;
  /// Picks the leaves of the next block, in order: positions in `candidates` that keep to the limits of a
  /// block. At least one if there is any. (PrepareProposal)
  virtual std::vector<std::size_t> prepare(std::span<const std::string_view> candidates) const = 0;
  /// Is this a block that an honest engine could have made: height, time, sizes, nothing held back?
  /// (ProcessProposal)
  virtual base::Result<void> process(const BlockInput& block) = 0;
  /// Executes the block in memory. (FinalizeBlock)
  virtual base::Result<BlockOutcome> finalize(const BlockInput& block) = 0;
  /// Makes the finalized block durable. On error the replica must be reopened. (Commit)
  virtual base::Result<ApplicationInfo> commit() = 0;

  /// Newest first. (ListSnapshots)
  virtual base::Result<std::vector<SnapshotInfo>> list_snapshots() const = 0;
  /// At most `bytes_max` bytes of a snapshot from `offset` on; none behind its end. (LoadSnapshotChunk)
  virtual base::Result<base::Bytes> load_snapshot_chunk(base::Height height, std::uint64_t offset,
                                                        std::size_t bytes_max) const = 0;
  /// Would this replica take that snapshot: does its own log vouch for it? (OfferSnapshot)
  virtual base::Result<void> offer_snapshot(const SnapshotInfo& snapshot) const = 0;
  /// Checks a whole snapshot against this replica's own log and keeps it for the next start, in place of a
  /// replay from the first leaf. (ApplySnapshotChunk, once all chunks are there)
  virtual base::Result<void> apply_snapshot(base::Bytes snapshot) = 0;
};

/// A replica that also signs what it has committed.
class Cosigner {
 public:
  virtual ~Cosigner() = default;
  /// One signature line over a checkpoint body, after the memory of it is durable.
  /// Errors: kNotSeated if its member has no seat at this block; anything else means that this replica found a
  ///         difference and will not sign again.
  virtual base::Result<std::string> cosign(std::string_view checkpoint_body) = 0;
  /// Keeps the assembled checkpoint as the newest that this replica knows.
  /// Errors: for any other checkpoint than one of the last block that it committed.
  virtual base::Result<void> accept_checkpoint(std::string_view checkpoint) = 0;
};

inline constexpr base::ErrorKind kNotSeated{"not-seated", base::Category::kDenied, "docs/formats/log.md"};

/// True for a refusal that only means "not in this block".
bool asks_for_next_block(const base::Error& refusal);

/// What became of one submitted record.
struct Submission {
  base::LeafIndex index;      ///< where it stands on the log
  base::TreeSize checkpoint;  ///< the checkpoint that covers it
};

/// Anything that orders records and brings them to a checkpoint.
class Engine {
 public:
  virtual ~Engine() = default;
  /// Submits leaves as one group; returns one result each, in order, once they are durable under a
  /// checkpoint.
  virtual std::vector<base::Result<Submission>> submit(std::vector<std::string> leaves) = 0;
  /// Makes an empty block at `time`, so that block time moves and due effects happen.
  virtual base::Result<ApplicationInfo> tick(base::EpochSeconds time) = 0;
};

}  // namespace registry
