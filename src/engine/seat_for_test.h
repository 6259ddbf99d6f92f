// A seat whose rules are three words, for this room's tests: leaves that begin with "bad" are refused, those
// that begin with "late" wait for the next block once, everything else is taken. It can be told to lie, to
// fail and to lose its seat. The real replica meets the engine in tests/sim.
#pragma once

#include <atomic>
#include <set>

#include "base/check.h"
#include "charter/state.h"
#include "crypto/hash.h"
#include "engine/embedded/embedded_engine.h"
#include "note/checkpoint.h"
#include "note/policy.h"

namespace engine {

inline constexpr const char* kTestOrigin = "registry.example/root";
inline constexpr base::ErrorKind kTestFailure{"test-failure", base::Category::kUnavailable, ""};

inline note::Signer test_signer(const std::string& handle) {
  return {note::cosigner_name(kTestOrigin, handle), note::KeyType::kCosignature,
          crypto::SecretKey::from_seed(crypto::sha256(base::as_bytes(handle)).bytes)};
}

inline registry::CosignerQuorum test_quorum(const std::vector<std::string>& handles, std::size_t needed) {
  registry::CosignerQuorum quorum{{}, needed};
  for (const std::string& handle : handles) quorum.cosigners.push_back(test_signer(handle).verifier_key());
  return quorum;
}

class TestSeat final : public registry::Application, public registry::Cosigner {
 public:
  explicit TestSeat(const std::string& name) : handle(name), signer_(test_signer(name)) {}

  std::string handle;
  std::vector<registry::CosignerQuorum> quorums;
  std::set<std::string> refused_here;  ///< leaves that this seat alone refuses
  bool lies = false;                   ///< its block records are its own
  bool is_seated = true;
  bool sequences = false;  ///< decides which leaves are late
  bool forges = false;     ///< its cosignatures do not verify
  std::size_t block_leaves_max = 100;
  std::optional<std::size_t> commits_left;
  std::vector<std::string> log;
  std::vector<std::size_t> block_sizes;
  std::string published;
  std::atomic<int> inside = 0;

  registry::ApplicationInfo info() const override {
    return {base::Height(block_sizes.size()), time_, {}, base::TreeSize(log.size()), root(), quorums};
  }
  base::Result<void> check(std::string_view leaf) override {
    if (is_refused(leaf)) return base::fail(kTestFailure, std::string(leaf));
    return {};
  }
  std::vector<std::size_t> prepare(std::span<const std::string_view> candidates) const override {
    std::vector<std::size_t> picks;
    for (std::size_t i = 0; i < std::min(candidates.size(), block_leaves_max); ++i) picks.push_back(i);
    return picks;
  }
  base::Result<void> process(const registry::BlockInput& block) override {
    if (block.time < time_) return base::fail(kTestFailure, "time goes back");
    return {};
  }
  base::Result<registry::BlockOutcome> finalize(const registry::BlockInput& block) override {
    CHECK(++inside == 1);  // one caller at a time
    registry::BlockOutcome outcome;
    outcome.outcomes.resize(block.leaves.size());
    staged_.clear();
    for (std::size_t i = 0; i < block.leaves.size(); ++i) {
      const std::string& leaf = block.leaves[i];
      if (is_refused(leaf)) {
        outcome.outcomes[i] = base::Error(kTestFailure, leaf);
      } else if (sequences && leaf.starts_with("late") && seen_.insert(leaf).second) {
        outcome.outcomes[i] = base::Error(charter::kBlockFull, leaf);
      } else {
        staged_.push_back(leaf);
      }
    }
    outcome.block_record = "block " + std::to_string(staged_.size()) + (lies ? handle : "");
    staged_.push_back(outcome.block_record);
    time_ = block.time;
    --inside;
    return outcome;
  }
  base::Result<registry::ApplicationInfo> commit() override {
    if (commits_left && (*commits_left)-- == 0) return base::fail(kTestFailure, "no commit");
    block_sizes.push_back(staged_.size() - 1);
    log.insert(log.end(), staged_.begin(), staged_.end());
    return info();
  }
  base::Result<std::vector<registry::SnapshotInfo>> list_snapshots() const override {
    return std::vector<registry::SnapshotInfo>();
  }
  base::Result<base::Bytes> load_snapshot_chunk(base::Height, std::uint64_t, std::size_t) const override {
    return base::Bytes();
  }
  base::Result<void> offer_snapshot(const registry::SnapshotInfo&) const override { return {}; }
  base::Result<void> apply_snapshot(base::Bytes) override { return {}; }
  base::Result<std::string> cosign(std::string_view body) override {
    if (!is_seated) return base::fail(registry::kNotSeated, handle);
    ASSIGN_OR_RETURN(note::Checkpoint checkpoint, note::parse_checkpoint(body));
    if (checkpoint.root != root()) return base::fail(kTestFailure, "another root");
    if (forges) checkpoint.size = base::TreeSize(7'777);
    return note::cosign_checkpoint(checkpoint, signer_, base::EpochSeconds(1'000));
  }
  base::Result<void> accept_checkpoint(std::string_view checkpoint) override {
    published = checkpoint;
    return {};
  }

 private:
  bool is_refused(std::string_view leaf) const {
    return leaf.starts_with("bad") || refused_here.contains(std::string(leaf));
  }
  base::Hash root() const {
    std::string all;
    for (const std::string& leaf : log) all += leaf + "\n";
    return crypto::sha256(base::as_bytes(all));
  }

  note::Signer signer_;
  base::EpochSeconds time_;
  std::vector<std::string> staged_;
  std::set<std::string> seen_;
};

}  // namespace engine
