// Aim: whatever step the power fails at, a published checkpoint stays readable and provable to its last leaf,
// the memory of what was cosigned never goes back, no full tile is ever short, and the log goes on; a full
// disk or a failed sync takes nothing away. Method: a replica's writes (append, sync, memory, checkpoint,
// removal of partials) across tile borders on the disk that forgets, stopped at every step with several
// seeds, checked, and then run again on what was left.
#include <algorithm>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "base/limits.h"
#include "codec/base64.h"
#include "merkle/log_tree.h"
#include "sim/forgetful_files.h"
#include "storage/checkpoint_file.h"
#include "storage/cosign_memory.h"
#include "storage/log_store.h"

namespace sim {
namespace {

using base::Hash;
using base::LeafIndex;
using base::TreeSize;
using storage::CosignMemory;
using storage::LogFolder;
using storage::LogStore;

constexpr const char* kLog = "log";
constexpr const char* kMemory = "replica/cosigned";
// Inside a tile, up to its border, over it, over a whole tile, and single leaves after each.
const std::vector<std::size_t> kBatches{1, 2, 252, 1, 1, 300, 1};

std::string checkpoint_text(TreeSize size, const Hash& root) {
  return std::to_string(size.value()) + " " + codec::serialize_base64(root.view()) + "\n";
}

/// One replica on one disk, over several lives. Remembers, as an outside observer does, what it was told is
/// durable.
class Replica {
 public:
  explicit Replica(ForgetfulFiles& files) : files_(files) {}

  /// Opens, and appends the batches; ends early at the first failure. True if all went through.
  bool live() {
    ++life_;
    auto memory = CosignMemory::open(files_, kMemory, "log.example");
    if (!memory || !files_.make_folders("replica")) return false;
    const TreeSize size = memory->last() ? memory->last()->size : TreeSize(0);
    const Hash root = memory->last() ? memory->last()->root : merkle::empty_log_root();
    auto store = LogStore::open(files_, kLog, size, root);
    if (!store) return false;
    attempted_.resize(size.value());
    return std::ranges::all_of(kBatches, [&](std::size_t batch) { return publish(**store, *memory, batch); });
  }

  void check_after_crash() {
    const auto memory = CosignMemory::open(files_, kMemory, "log.example");
    ASSERT_TRUE(memory) << memory.error().message();
    const TreeSize remembered = memory->last() ? memory->last()->size : TreeSize(0);
    ASSERT_GE(remembered, cosigned_);
    ASSERT_LE(remembered.value(), attempted_.size());
    const Hash root = root_at(remembered);
    if (memory->last()) {
      ASSERT_EQ(memory->last()->root, root);
    }
    const auto store = LogStore::open(files_, kLog, remembered, root);
    ASSERT_TRUE(store) << store.error().message();
    check_readable((*store)->folder(), remembered, root);
    check_checkpoint(remembered);
    check_full_files();
  }

  /// What a server of the folder could do right after a failure, with the process alive.
  void check_acknowledged_readable() {
    check_readable(LogFolder(files_, kLog, acknowledged_), acknowledged_, root_at(acknowledged_));
  }

 private:
  bool publish(LogStore& store, CosignMemory& memory, std::size_t batch) {
    std::vector<std::string> texts;
    for (std::size_t i = 0; i < batch; ++i) {
      texts.push_back("life " + std::to_string(life_) + " leaf " + std::to_string(attempted_.size() + i));
    }
    std::vector<base::ByteView> leaves;
    for (const std::string& text : texts) leaves.push_back(base::as_bytes(text));
    if (!store.append(leaves)) return false;
    attempted_.insert(attempted_.end(), texts.begin(), texts.end());
    if (!store.sync()) return false;
    if (!memory.store(store.size(), store.root(), base::EpochSeconds(1'000 * life_))) return false;
    cosigned_ = store.size();
    const std::string text = checkpoint_text(store.size(), store.root());
    if (!storage::replace_checkpoint(files_, kLog, base::as_bytes(text))) return false;
    acknowledged_ = store.size();
    return store.remove_superseded(store.size()).has_value();
  }

  Hash root_at(TreeSize size) const {
    merkle::Frontier frontier;
    for (std::size_t i = 0; i < size.value(); ++i)
      frontier.append(merkle::leaf_hash(base::as_bytes(attempted_[i])));
    return frontier.root();
  }

  void check_readable(const LogFolder& log, TreeSize size, const Hash& root) {
    const auto computed = merkle::root_from_tiles(size, log);
    ASSERT_TRUE(computed) << computed.error().message();
    ASSERT_EQ(*computed, root);
    std::uint64_t next = 0;
    const auto read =
        log.read_leaves(LeafIndex(0), LeafIndex(size.value()), [&](LeafIndex, base::ByteView leaf) {
          EXPECT_EQ(base::as_text(leaf), attempted_[next++]);
          return base::Result<void>();
        });
    ASSERT_TRUE(read) << read.error().message();
    ASSERT_EQ(next, size.value());
    for (std::uint64_t i = 0; i < size.value(); i += 1 + size.value() / 3) {
      ASSERT_TRUE(merkle::prove_inclusion(LeafIndex(i), size, log));
    }
  }

  void check_checkpoint(TreeSize remembered) {
    const auto text = storage::load_checkpoint(files_, kLog);
    if (!text) {
      ASSERT_EQ(acknowledged_, TreeSize(0)) << "a published checkpoint is gone";
      return;
    }
    const TreeSize published(std::stoull(std::string(base::as_text(*text))));
    ASSERT_GE(published, acknowledged_);
    ASSERT_LE(published, remembered) << "published before it was remembered";
    ASSERT_EQ(base::as_text(*text), checkpoint_text(published, root_at(published)));
    check_readable(LogFolder(files_, kLog, published), published, root_at(published));
  }

  void check_full_files() {
    for (const auto& name : merkle::grown_tiles(TreeSize(0), TreeSize(4'096))) {
      if (name.width < base::kTileWidth) continue;
      const auto bytes =
          files_.read(std::string(kLog) + "/" + merkle::tile_path(name), base::kBundleBytesMax);
      if (!bytes) continue;  // not there is no harm: what has to be there was read above
      if (name.kind == merkle::TileKind::kEntries) {
        ASSERT_TRUE(storage::parse_bundle(*bytes, base::kTileWidth)) << merkle::tile_path(name);
      } else {
        ASSERT_EQ(bytes->size(), base::kTileBytes) << merkle::tile_path(name);
      }
    }
  }

  ForgetfulFiles& files_;
  std::vector<std::string> attempted_;  ///< leaves of the present lineage, as far as anyone tried
  TreeSize cosigned_;
  TreeSize acknowledged_;
  std::uint64_t life_ = 0;
};

std::uint64_t steps_of_a_life() {
  ForgetfulFiles files(0);
  Replica replica(files);
  EXPECT_TRUE(replica.live());
  return files.steps();
}

/// Calls story(files, replica) for every step of a life at which `fault` may strike.
template <typename Story>
void at_every_step(Fault fault, std::uint64_t seeds, const Story& story) {
  const std::uint64_t steps = steps_of_a_life();
  ASSERT_GT(steps, 50U);
  for (std::uint64_t step = 0; step < steps; ++step) {
    for (std::uint64_t seed = 0; seed < seeds; ++seed) {
      SCOPED_TRACE("step " + std::to_string(step) + " seed " + std::to_string(seed));
      ForgetfulFiles files(seed * 7'919 + step);
      Replica replica(files);
      files.fault_at(step, fault);
      if (replica.live()) {  // a full disk still lets names go and folders be synced
        ASSERT_EQ(fault, Fault::kFull);
        continue;
      }
      story(files, replica);
      if (::testing::Test::HasFatalFailure()) return;
    }
  }
}

TEST(LogCrash, LosesNothingPublishedAtAnyStep) {
  at_every_step(Fault::kStop, 4, [](ForgetfulFiles& files, Replica& replica) {
    files.crash();
    replica.check_after_crash();
  });
}

TEST(LogCrash, GoesOnAfterTwoCrashes) {
  at_every_step(Fault::kStop, 1, [](ForgetfulFiles& files, Replica& replica) {
    files.crash();
    replica.check_after_crash();
    files.fault_at(files.steps() + 11 + files.steps() % 37,
                   Fault::kStop);  // in the middle of what it wrote before
    ASSERT_FALSE(replica.live());
    files.crash();
    replica.check_after_crash();
    ASSERT_TRUE(replica.live());
    replica.check_after_crash();
  });
}

TEST(LogCrash, AKilledProcessLosesNothingEither) {
  at_every_step(Fault::kStop, 1, [](ForgetfulFiles& files, Replica& replica) {
    files.restart();
    replica.check_after_crash();
    ASSERT_TRUE(replica.live());
    files.crash();
    replica.check_after_crash();
  });
}

TEST(LogCrash, AFullDiskLeavesEverythingReadable) {
  at_every_step(Fault::kFull, 1, [](ForgetfulFiles& files, Replica& replica) {
    replica.check_acknowledged_readable();
    ASSERT_FALSE(replica.live());  // still full: opens, refuses, spoils nothing
    replica.check_acknowledged_readable();
    files.clear_fault();
    replica.check_after_crash();
    ASSERT_TRUE(replica.live());
    replica.check_after_crash();
  });
}

TEST(LogCrash, AFailedSyncStopsTheStoreAndNothingIsBelieved) {
  at_every_step(Fault::kRefuse, 1, [](ForgetfulFiles& files, Replica& replica) {
    replica.check_acknowledged_readable();
    files.crash();
    replica.check_after_crash();
    ASSERT_TRUE(replica.live());
    replica.check_after_crash();
  });
}

// What a start reads it relies upon without writing it again.
TEST(LogCrash, AMemoryThatWasReadIsNotForgottenByTheNextPowerCut) {
  for (std::uint64_t seed = 0; seed < 20; ++seed) {
    ForgetfulFiles files(seed);
    ASSERT_TRUE(files.make_folders("replica"));
    auto memory = CosignMemory::open(files, kMemory, "log.example");
    ASSERT_TRUE(memory->store(TreeSize(1), merkle::empty_log_root(), base::EpochSeconds(1)));
    files.fault_at(files.steps() + 4,
                   Fault::kStop);  // renamed, and the process dies before the folder's sync
    ASSERT_FALSE(memory->store(TreeSize(2), merkle::empty_log_root(), base::EpochSeconds(1)));
    files.restart();
    const auto reopened = CosignMemory::open(files, kMemory, "log.example");
    ASSERT_EQ(reopened->last()->size, TreeSize(2));
    files.crash();
    EXPECT_EQ(CosignMemory::open(files, kMemory, "log.example")->last()->size, TreeSize(2))
        << "seed " << seed;
  }
}

}  // namespace
}  // namespace sim
