// The state machine: records in, effects and a block record out. Joins the charter's state with its two tries
// under one root. Deterministic: no storage, no clock, no randomness; the same leaves give the same bytes
// everywhere. Format: docs/formats/state.md, docs/formats/records.md "Block records"
#pragma once

#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"
#include "base/strong.h"
#include "charter/state.h"
#include "merkle/state_trie.h"
#include "record/record.h"
#include "registry/releases.h"

namespace registry {

/// Order: found | from_texts, then ( begin_block apply* end_block )*.   Threads: one writer.
class Registry {
 public:
  /// The registry after its genesis block (height 0). `block_record` receives the leaf that ends it. `carried`
  /// are the carry records that follow the genesis of a successor; no others do.
  /// Errors: the charter's; of a successor also record::kBadCarry and kWrongCarry.
  static base::Result<Registry> found(const record::Record& genesis, charter::SignatureChecker& checker,
                                      std::string& block_record,
                                      std::span<const record::Record> carried = {});
  /// From a snapshot. The caller compares state() with a block record it trusts, then hands in the zones that the
  /// state names: restore_zones. Without, only a registry that never released one may go on.
  /// Cost: about 1 us and 2 KB of hashing per text; `threads` build the tries.
  static base::Result<Registry> from_texts(std::vector<std::string> objects,
                                           const std::vector<std::string>& rules, unsigned threads);

  /// Errors: charter::kBadState.   Cost: reading the texts, 20 ms for the root; a zone whose digest is being signed also
  /// 50 us on one of the threads for each of its signatures.
  base::Result<void> restore_zones(std::span<const std::string_view> texts);

  /// Moves block time and runs the effects that are due.
  void begin_block(base::EpochSeconds time);
  /// Applies one record, all or nothing. Errors: the charter's; charter::kBlockFull asks for the next block.
  base::Result<void> apply(const record::Record& record, charter::SignatureChecker& checker);
  /// Ends the block: rehashes what changed and returns the block record.
  std::string end_block();
  /// Ends the block without rehashing, for audits that trust intermediate roots: returns the block record up
  /// to its `state` line. The next end_block() or rehash() takes in everything that gathered.
  std::string end_block_unhashed();
  void rehash();

  base::Height height() const { return charter_.height(); }
  base::EpochSeconds time() const { return charter_.time(); }
  const charter::State& charter() const { return charter_; }
  const Releases& releases() const { return *releases_; }
  /// The earliest moment at which a block has something to do even if it has no record.
  std::optional<base::EpochSeconds> next_due() const;
  base::Hash state() const { return merkle::state_root(roots_); }
  const merkle::StateRoots& roots() const { return roots_; }
  merkle::TrieProof prove_object(const resource::ObjectId& id) const;
  /// Of a text of the rules state: "policy:current".
  merkle::TrieProof prove_rule(std::string_view name) const;
  std::size_t object_count() const { return objects_.size(); }
  std::size_t rule_count() const { return rules_.size(); }
  void set_threads(unsigned threads);
  /// Releases::share.
  void share(std::shared_ptr<publish::VerifiedSignatures> known) { releases_->share(std::move(known)); }

 private:
  static base::Result<Registry> succeed(const record::Record& genesis,
                                        std::span<const record::Record> carried,
                                        charter::SignatureChecker& checker);
  explicit Registry(charter::State state);
  void rebuild();
  void finish_block();
  std::string take_block_record();

  charter::State charter_;
  std::shared_ptr<Releases> releases_;  ///< the charter asks it, too
  merkle::StateTrie objects_;
  merkle::StateTrie rules_;
  merkle::StateRoots roots_;
  charter::Effects effects_;
  std::vector<std::string> published_;  ///< of the block that ends: the lines behind `effect: `
  std::size_t records_in_block_ = 0;
  unsigned threads_ = 1;
};

}  // namespace registry
