// One member's node: executes blocks, keeps its own durable copy of the log, and cosigns only what it
// executed itself. The engine calls it through registry/ordering.h. What it cosigned it never forgets and
// never contradicts. Crash story: commit() makes the leaves durable, then the memory; a crash before the
// memory leaves leaves that nobody was told of, and they are written anew. A crash after it leaves a block
// that start-up serves and publishes again. Format: docs/formats/log.md
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/files.h"
#include "base/result.h"
#include "note/checkpoint.h"
#include "note/key.h"
#include "registry/ordering.h"
#include "registry/registry.h"
#include "replica/read_ahead.h"
#include "storage/cosign_memory.h"
#include "storage/log_store.h"

namespace replica {

struct ReplicaOptions {
  base::Files* files;
  const base::Clock* clock;
  std::string log_folder;  ///< tiles and checkpoint
  std::string own_folder;  ///< the memory of what was cosigned
  std::string snapshot_folder;
  bool live = true;  ///< refuse blocks whose time the clock contradicts; off for virtual time
  unsigned threads = 1;
  /// Zone signatures that this process has verified, shared by all that verify some; null: of its own.
  std::shared_ptr<publish::VerifiedSignatures> verified = nullptr;
};

/// What of a block the rules refuse, and where it stands.
struct Offence {
  base::LeafIndex leaf;
  base::Error reason;
};

/// Threads: one caller at a time.
/// Order: create | open, seat?, then as registry::Application says. After an error of finalize or commit:
/// open again.
class Replica final : public registry::Application, public registry::Cosigner {
 public:
  /// A new replica at the genesis block, durable; `carried_leaves` follow the genesis of a successor. Where a memory was lost, the caller has made sure that the
  /// operator key never cosigned. Errors: the rules'; kOccupied if there is a memory already.
  static base::Result<std::unique_ptr<Replica>> create(ReplicaOptions options, std::string_view genesis_leaf,
                                                       std::span<const std::string> carried_leaves = {});
  /// Where it left off. Errors: kNotFounded; kForgotten (its memory is older than the checkpoint in its log's
  /// folder); those of storage and of replay.
  static base::Result<std::unique_ptr<Replica>> open(ReplicaOptions options, const std::string& origin);

  /// Gives this replica the operator key of a member (a signer of type 0x04), so that it can cosign.
  void seat(std::string member, note::Signer operator_key);
  /// Executes and keeps the blocks of `source` that this replica has not got. Each is compared with what is
  /// computed here. Errors: kBadBlock (its log is shorter than this one), those of the rules (detail begins
  /// with the leaf), registry::kWrongBlockRecord; then open again.
  base::Result<void> catch_up(const storage::LogFolder& source);
  /// Executes one more block that somebody else made, in memory; commit() makes it and those before it
  /// durable. The caller has checked that the leaves are those of the log it follows. A block of the past is
  /// only asked whether it follows; one from the future is refused by a live replica.
  /// Shapes: `block_record` stands at leaf index log size + leaves.size().
  /// Errors: kWrongTime (the block is from the future: nothing was done); those of memory, and then open
  /// again. An offence leaves the replica unusable too: open again.
  base::Result<std::optional<Offence>> take(std::vector<std::string> leaves, const std::string& block_record);
  /// The same of leaves that were read ahead, the block record last; what was tried of their signatures is moved out.
  base::Result<std::optional<Offence>> take(std::span<ReadLeaf> leaves);
  /// Writes a snapshot of the last committed block and keeps the newest three. Right after a block that
  /// changed the cosigners it writes none: a start from it would not know the former ones, whose cosignatures
  /// that block needs.
  base::Result<void> store_snapshot();

  registry::ApplicationInfo info() const override;
  base::Result<void> check(std::string_view leaf) override;
  std::vector<std::size_t> prepare(std::span<const std::string_view> candidates) const override;
  base::Result<void> process(const registry::BlockInput& block) override;
  base::Result<registry::BlockOutcome> finalize(const registry::BlockInput& block) override;
  base::Result<registry::ApplicationInfo> commit() override;
  base::Result<std::vector<registry::SnapshotInfo>> list_snapshots() const override;
  base::Result<base::Bytes> load_snapshot_chunk(base::Height height, std::uint64_t offset,
                                                std::size_t bytes_max) const override;
  base::Result<void> offer_snapshot(const registry::SnapshotInfo& snapshot) const override;
  base::Result<void> apply_snapshot(base::Bytes snapshot) override;

  base::Result<std::string> cosign(std::string_view checkpoint_body) override;
  base::Result<void> accept_checkpoint(std::string_view checkpoint) override;

  const registry::Registry& registry() const { return *registry_; }
  storage::LogFolder log() const { return log_->folder(); }
  /// Executed, durable or not.
  base::TreeSize size() const { return log_->size(); }
  base::Hash root() const { return log_->root(); }
  /// Leaves since the snapshot this replica started from, or last wrote.
  std::uint64_t leaves_since_snapshot() const { return log_->size().value() - snapshot_size_.value(); }
  const std::vector<std::string>& warnings() const { return warnings_; }

 private:
  explicit Replica(ReplicaOptions options, storage::CosignMemory memory)
      : options_(std::move(options)), memory_(std::move(memory)) {}
  // `hashes`: of the records as leaves, or nothing.
  base::Result<registry::BlockOutcome> execute(base::EpochSeconds time,
                                               std::span<const record::Record* const> records,
                                               std::span<const base::Hash> hashes,
                                               charter::SignatureChecker& checker);
  std::optional<Offence> judge(const registry::BlockOutcome& own, std::uint64_t first,
                               std::string_view block_record) const;
  base::Result<void> check_follows(const registry::BlockInput& block, std::size_t count,
                                   std::size_t bytes) const;
  base::Result<void> stage(std::vector<base::ByteView> leaves, std::vector<base::Hash> hashes,
                           const std::string& block_record);
  base::Result<void> follow(std::vector<std::string> leaves, const std::string& block_record);
  base::Result<void> check_is_mine(const note::Checkpoint& checkpoint) const;
  bool may_cosign() const;

  ReplicaOptions options_;
  storage::CosignMemory memory_;
  std::unique_ptr<storage::LogStore> log_;
  std::optional<registry::Registry> registry_;
  std::string member_;
  std::optional<note::Signer> operator_key_;
  std::vector<charter::CosignerKey> cosigners_before_;  // at the block before the last
  base::TreeSize snapshot_size_;
  std::vector<std::string> warnings_;
};

inline constexpr base::ErrorKind kOccupied{"occupied", base::Category::kConflict, "docs/formats/log.md"};
inline constexpr base::ErrorKind kNotFounded{"not-founded", base::Category::kNotFound, "docs/formats/log.md"};
inline constexpr base::ErrorKind kForgotten{"forgotten", base::Category::kCorrupt, "docs/formats/log.md"};
inline constexpr base::ErrorKind kBadBlock{"bad-block", base::Category::kDenied, "docs/formats/records.md"};
inline constexpr base::ErrorKind kWrongTime{"wrong-time", base::Category::kDenied, "docs/formats/records.md"};
/// Effects that are due are left undone.
inline constexpr base::ErrorKind kLateEffects{"late-effects", base::Category::kDenied,
                                              "docs/formats/records.md"};
inline constexpr base::ErrorKind kForeignCheckpoint{"foreign-checkpoint", base::Category::kConflict,
                                                    "docs/formats/log.md"};

}  // namespace replica
