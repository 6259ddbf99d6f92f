// The registry's whole memory: objects, and the rules state (everything else the rules depend on: proposals,
// ballots, locks, freezes, kept ids, budgets, keys in use). Both are sets of texts named "class:key"; nothing
// here hashes or stores. Order of iteration is bytewise and the same everywhere. Format:
// docs/formats/objects.md, docs/formats/rules.md, docs/formats/state.md
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "base/strong.h"
#include "charter/batch_checker.h"
#include "charter/effects.h"
#include "charter/foresight.h"
#include "charter/object_counts.h"
#include "charter/signature_checker.h"
#include "record/record.h"
#include "resource/object.h"

namespace charter {

enum class Tree : std::uint8_t { kObjects, kRules };

/// One text that changed since the last drain; `text` is nullopt if it is gone (rules only: objects leave
/// tombstones).
struct TextChange {
  Tree tree;
  std::string name;  ///< "domain:ru.", "kept:..."
  std::optional<std::string> text;
};

struct Attempt;
struct CeremonyEntry;
struct GroupKeyEntry;
struct LeftOutEntry;
struct PieceEntry;
struct ReleaseEntry;
struct ProposalEntry;
struct ProgressEntry;

struct CosignerKey {
  std::string member;
  crypto::PublicKey operator_key;
  friend bool operator==(const CosignerKey&, const CosignerKey&) = default;
};

/// An object that is neither deleted nor transferred at present.
struct HeldObject {
  resource::ObjectId id;
  std::string by_class;      ///< of the locked proposal that names it: "V", "M", "R"; empty: a dispute
  base::EpochSeconds until;  ///< as it stands; votes and objections may move it
};

/// Threads: one writer; const calls from any thread while nobody writes.
/// Order: found | from_texts succeed?, then ( begin_block run_due apply* )*.
class State {
 public:
  State(State&&) noexcept;
  State& operator=(State&&) noexcept;
  ~State();

  /// The state after the genesis record. Errors: kRefused.
  static base::Result<State> found(const record::Record& genesis, SignatureChecker& checker);
  /// From a snapshot's texts. Rebuilds every derived index; the caller has compared the root.
  /// Errors: kBadState (detail: the text's name).
  static base::Result<State> from_texts(std::vector<std::string> objects,
                                        const std::vector<std::string>& rules);

  /// Makes this, the last state of a registry, the first one of its successor.
  /// Errors: kRefused and its kin; the state is then spent.   Spec: docs/formats/rules.md, "Succession"
  base::Result<void> succeed(const record::Record& genesis, SignatureChecker& checker);

  /// Moves block time. `time` must not be before the last block's; blocks may share a second. Genesis is
  /// height 0 at its own `time`; the next block is height 1.
  void begin_block(base::Height height, base::EpochSeconds time);
  /// Effects that are due by the block's time, ordered by due time then id; at most `effects_max`, the rest
  /// stay due. Stops after an effect that changes the cosigners (policy_epoch): such a change ends its block.
  Effects run_due(std::size_t effects_max);
  /// Applies one record. All or nothing: on error the state is as before.
  /// Errors: kRefused and its kin, each naming the rule and the line. kBlockFull: more than `effects_max`
  /// effects, or the
  ///         cosigners changed earlier in this block; try it in the next block.
  base::Result<Effects> apply(const record::Record& record, SignatureChecker& checker,
                              std::size_t effects_max);
  /// Would `apply` succeed now? Leaves no trace.
  base::Result<void> check(const record::Record& record, SignatureChecker& checker) const;
  /// The same of a block after this one: that the cosigners changed in this one is no fault of the record's.
  base::Result<void> check_for_next_block(const record::Record& record, SignatureChecker& checker) const;
  /// What a proposal's attribute `class` has to say, whatever it says: "H1", "H2 A". Errors: as `apply` about
  /// the paragraphs; nothing else of the record is looked at.
  base::Result<std::string> classes_of(const record::Record& proposal) const;

  base::Height height() const;
  base::EpochSeconds time() const;
  base::Epoch epoch() const;
  const std::string& origin() const;
  /// Who may cosign: the members and their operator keys, sorted by handle.
  std::vector<CosignerKey> cosigners() const;
  /// Counts changes of cosigners(), from 1; kept in the rules state. Numbers the policies
  /// (docs/formats/receipts.md).
  base::Epoch policy_epoch() const;
  const record::RecordId& genesis_id() const;
  /// What locked proposals and disputes hold; an object may stand there more than once.
  std::vector<HeldObject> held_objects() const;
  /// The keys of this party are being recovered (class R): it objects and cancels only.
  bool is_recovering(std::string_view party) const;
  /// Yes votes (attests) that class U needs at present.
  std::uint64_t attests_needed() const;
  /// The earliest moment at which run_due has something to do, if any.
  std::optional<base::EpochSeconds> next_due() const;

  /// Current texts. Views live until the next write.
  const resource::Object* find(const resource::ObjectId& id) const;
  std::optional<std::string_view> text(Tree tree, std::string_view name) const;
  /// Every text in bytewise order of name. The views live during the visit only.
  void for_each(Tree tree,
                const std::function<void(std::string_view name, std::string_view text)>& visit) const;
  /// Every object of one class (tombstones included) in bytewise order of key.
  void for_each_object(resource::ObjectClass object_class,
                       const std::function<void(const resource::Object&)>& visit) const;
  /// Cost: none; they are kept.
  ObjectCounts counts(resource::ObjectClass object_class) const;
  /// Proposals under way, in order of id; what never changes about one, and what happens to it; null for any
  /// other id. Lifetime: until the next write.
  std::vector<record::RecordId> proposals() const;
  const ProposalEntry* proposal(const record::RecordId& id) const;
  const ProgressEntry* progress(const record::RecordId& id) const;
  /// Ceremonies by id, those that are done and whose shares are in use among them; null for any other id.
  /// Lifetime: until the next write.
  std::vector<record::RecordId> ceremonies() const;
  const CeremonyEntry* ceremony(const record::RecordId& id) const;
  /// What the present attempt's messages are about. `id` is one of ceremonies() and no longer announcing (CHECK).
  Attempt ceremony_attempt(const record::RecordId& id) const;
  /// The keys that no member holds.
  std::vector<crypto::PublicKey> group_keys() const;
  const GroupKeyEntry* group_key(const crypto::PublicKey& key) const;
  /// Members that take no part in signing rounds for a while, sorted; null for any other. One whose time is over stays
  /// there until the next block.   Lifetime: until the next write.
  std::vector<std::string> left_out() const;
  const LeftOutEntry* left_out(std::string_view member) const;
  /// Releases of zones, by apex; null for any other; and the pieces of their batches that stand on the log
  /// (release_entries.h, piece_key). Lifetime: until the next write.
  std::vector<std::string> releases() const;
  const ReleaseEntry* release(std::string_view apex) const;
  const PieceEntry* piece(std::string_view key) const;
  /// Counts what may have changed a zone's content: writes of zones, domains, hosts, group keys. Starts anew
  /// with each State.
  std::uint64_t zone_writes() const;
  /// Has memory fetched that the record will need when it is applied; call it for a record several times,
  /// with each step of foresight in turn, some records before it is applied. Changes nothing.
  void expect(const record::Record& record, Foresight foresight) const;
  /// For the registry, which alone decides about releases: who knows what there is to sign, and entries at the end
  /// of a block. Without an entry the release is gone. Pieces go with the batch they belong to.
  void set_batch_checker(std::shared_ptr<const BatchChecker> checker);
  void put_release(const std::string& apex, std::optional<ReleaseEntry> entry);
  void erase_pieces(std::string_view apex);
  /// Texts that changed since the last call, each once, with its present value, in no order that means
  /// anything.
  std::vector<TextChange> drain_changes();

 private:
  struct Impl;
  explicit State(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

inline constexpr base::ErrorKind kRefused{"refused", base::Category::kDenied, "docs/formats/rules.md"};
inline constexpr base::ErrorKind kBadState{"bad-state", base::Category::kCorrupt, "docs/formats/state.md"};
inline constexpr base::ErrorKind kBlockFull{"block-full", base::Category::kUnavailable,
                                            "docs/formats/records.md"};

}  // namespace charter
