// What a State holds between records: objects, entries of the rules state, what follows from them (indexes),
// and what changed since the last drain. Every index is a function of the texts; put and erase keep it so.
// The only writer is Transaction::commit and the loader; no rule is decided here. Format:
// docs/formats/rules.md, "Rules state"
#pragma once

#include <array>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "charter/batch_checker.h"
#include "charter/ceremony_entries.h"
#include "charter/foresight.h"
#include "charter/lookup_table.h"
#include "charter/object_counts.h"
#include "charter/release_entries.h"
#include "charter/rule_texts.h"
#include "charter/sorted_table.h"
#include "resource/charter_numbers.h"
#include "resource/keys.h"
#include "resource/object.h"

namespace charter {

/// Entries of one class, and which of them changed. `Entries` is LookupTable or SortedTable.
/// What changed is told in the order in which it happened: a function of the records, but not of the state
/// alone, so whoever drains must not depend on it (tries do not).
template <template <typename, typename> class Entries, typename KeyType, typename ValueType>
class Table {
 public:
  using Key = KeyType;
  using Value = ValueType;
  static constexpr std::uint32_t kUnchanged = ~std::uint32_t{0};
  Table() = default;
  Table(const Table&) = delete;  // changed_ refers to the entries
  Table& operator=(const Table&) = delete;
  struct Tracked {
    Value value{};
    std::uint32_t change = kUnchanged;  ///< its place in changed_
    bool is_new = false;                ///< nobody was told of it yet
  };

  template <typename K>
  const Value* find(const K& key) const {
    const Tracked* const found = entries_.find(key);
    return found == nullptr ? nullptr : &found->value;
  }
  void put(const Key& key, Value value) {
    const auto [entry, is_new] = entries_.add(key);
    Tracked& tracked = entry->second;
    tracked.value = std::move(value);
    if (is_new) tracked.is_new = true;
    if (tracked.change != kUnchanged) return;
    tracked.change = static_cast<std::uint32_t>(changed_.size());
    changed_.push_back(entry);
  }
  void erase(const Key& key) {
    const std::optional<Tracked> gone = entries_.take(key);
    if (!gone) return;
    if (!gone->is_new) erased_.push_back(key);
    if (gone->change == kUnchanged) return;
    Entry* const last = changed_.back();
    changed_.pop_back();
    if (gone->change == changed_.size()) return;  // it was the last itself
    changed_[gone->change] = last;
    last->second.change = gone->change;
  }
  static std::uint32_t part_of_hash(const auto& key) { return Entries<Key, Tracked>::part_of_hash(key); }
  void expect_slot(std::uint32_t part) const { entries_.expect_slot(part); }
  void expect_entry(std::uint32_t part) const { entries_.expect_entry(part); }
  /// Their values are Tracked.
  const Entries<Key, Tracked>& entries() const { return entries_; }
  /// Calls visit(key, value) for what changed since the last call, each key once; the value is null if the
  /// entry is gone. What came and went meanwhile is left out.
  template <typename Visit>
  void drain(Visit&& visit) {
    for (const Key& key : erased_) {
      if (entries_.find(key) == nullptr) visit(key, static_cast<const Value*>(nullptr));
    }
    erased_.clear();
    for (Entry* const entry : changed_) {
      entry->second.change = kUnchanged;
      entry->second.is_new = false;
      visit(entry->first, &entry->second.value);
    }
    changed_.clear();
  }

 private:
  using Entry = typename Entries<Key, Tracked>::Entry;
  Entries<Key, Tracked> entries_;
  std::vector<Entry*> changed_;
  std::vector<Key> erased_;  ///< were there at the last drain
};
template <typename Value>
using SortedByText = Table<SortedTable, std::string, Value>;
template <typename Value>
using SortedByHash = Table<SortedTable, base::Hash, Value>;
template <typename Value>
using ByText = LookupTable<std::string, Value>;

/// Keys of a party as signatures need them.
struct SigningKey {
  resource::Role role;
  crypto::PublicKey key;
  std::uint32_t id = 0;
};
struct Party {
  std::vector<SigningKey> keys;
  std::array<std::size_t, 9> thresholds{};  ///< by Role
};
Party read_party(const resource::Object& object);
/// "a.b." -> "b."; "b." -> "."; "." -> "".
std::string_view name_above(std::string_view name);
/// Live and without an address; null is neither.
bool is_bare_host(const resource::Object* host);

struct ObjectSlot {
  resource::Object object;
  bool dirty = false;
};
struct Holdings {
  std::uint64_t domains = 0;
  std::uint64_t locked = 0;  ///< of these, with registry-lock
};
/// How many live domains and zones name a host, and whose they are: a zone's share is UNCLAIMED.
struct HostUse {
  std::uint64_t all = 0;
  LookupTable<std::string, std::uint64_t> by_holder;
};
/// What stands below a name; kept for the names above the existing ones, so that the invariants of zones ask
/// nobody else.
struct Below {
  std::uint64_t domains = 0;     ///< live, strictly below
  std::uint64_t bare_hosts = 0;  ///< live, without an address, strictly below
  friend bool operator==(const Below&, const Below&) = default;
};
/// How many domains each organisation holds somewhere.
using HolderCounts = std::map<std::string, std::uint64_t, std::less<>>;
using DueKey = std::pair<base::EpochSeconds, base::Hash>;

class Store {
 public:
  // Objects.
  const resource::Object* find(resource::ObjectClass object_class, std::string_view key) const;
  void put_object(resource::Object object);
  /// Live and tombstones, sorted by key.
  std::vector<const resource::Object*> sorted_objects(resource::ObjectClass object_class) const;
  const ObjectCounts& counts(resource::ObjectClass object_class) const;
  /// Each once, in the order in which they were put.
  std::vector<const resource::Object*> take_dirty_objects();

  // Entries of the rules state.
  ClockEntry clock;
  bool clock_dirty = false;
  SortedByText<EpochEntry> epoch;        ///< "current"
  SortedByText<PolicyEntry> policy;      ///< "current"
  SortedByText<FoundingEntry> founding;  ///< "names"
  SortedByHash<FoundingClaimEntry> founding_claims;
  Table<LookupTable, crypto::PublicKey, KeyEntry> keys;
  Table<LookupTable, base::Hash, KeptEntry> kept;
  Table<LookupTable, std::string, BudgetEntry> budgets;
  SortedByText<FreezeEntry> freezes;
  SortedByText<JoinedEntry> joined;
  SortedByText<LeftOutEntry> left_out;  ///< by member
  SortedByText<CheckEntry> checks;
  SortedByText<DisputeEntry> disputes;
  SortedByHash<CeremonyEntry> ceremonies;
  Table<SortedTable, crypto::PublicKey, GroupKeyEntry> group_keys;
  SortedByText<ReleaseEntry> releases;  ///< by apex
  SortedByText<PieceEntry> pieces;      ///< by piece_key
  SortedByHash<ProposalEntry> proposals;
  SortedByHash<ProgressEntry> progress;

  /// Knows what there is to sign; set by whoever writes releases.
  std::shared_ptr<const BatchChecker> batch_checker;
  /// Counts writes that may change what a zone says: its objects and the group keys.
  std::uint64_t zone_writes = 0;

  // Writers that keep indexes.
  void put_kept(const base::Hash& id, const KeptEntry& entry);
  void put_progress(const base::Hash& id, const ProgressEntry& entry);  ///< its proposal stands already
  void erase_proposal(const base::Hash& id);                            ///< and its progress
  void put_ceremony(const base::Hash& id, const CeremonyEntry& entry);
  void erase_ceremony(const base::Hash& id);
  void put_epoch(const EpochEntry& entry);
  /// Forgets at most `count_max` kept ids and every other entry whose time has passed.
  void purge(base::EpochSeconds now, std::size_t count_max);

  /// Has memory fetched that the record will need (State::expect).
  void expect(const record::Record& record, Foresight foresight) const;

  // Indexes: functions of the above.
  const resource::CharterNumbers& numbers() const { return *numbers_; }
  const std::shared_ptr<const resource::CharterNumbers>& shared_numbers() const { return numbers_; }
  const std::vector<std::string>& members() const { return members_; }  ///< live, sorted
  const Party* party(std::string_view handle) const;
  const Holdings& holdings(std::string_view organisation) const;
  std::uint64_t served_members(std::string_view organisation) const;
  const HostUse& use_of(std::string_view host) const;
  const Below& below(std::string_view name) const;
  /// Organisations that hold a domain strictly below the name.
  const HolderCounts& holders_below(std::string_view name) const;
  /// Apexes of live zones, sorted.
  const std::vector<std::string>& zones() const { return zones_; }
  /// Locked V, M and R proposals that touch the object.
  bool is_held(const resource::ObjectId& id) const { return held_.contains(id); }
  bool is_recovering(std::string_view party) const { return recovering_.contains(party); }
  const std::set<DueKey>& dues() const { return dues_; }
  std::uint64_t open_proposals(std::string_view party) const;
  /// The locked M or C proposal, if any; and those that wait, in order.
  const std::optional<base::Hash>& slot() const { return slot_; }
  const std::map<std::uint64_t, base::Hash>& waiting() const { return waiting_; }
  const std::string& current_epoch_text() const { return current_epoch_; }
  const std::string& previous_epoch_text() const { return previous_epoch_; }

 private:
  void expect_object(const resource::Change& change, std::uint32_t by_part, Foresight foresight) const;
  void count_object(const resource::Object* before, const resource::Object& after);
  void index_object(const resource::Object* before, const resource::Object& after);
  void index_party(const resource::Object& party);
  void index_uses(const resource::Object* before, const resource::Object& after);
  void index_use(std::string_view host, std::string_view holder, bool add);
  void index_holder_below(std::string_view name, std::string_view holder, bool add);
  void index_holder(const resource::Object* before, const resource::Object& after);
  void index_below(std::string_view name, std::uint64_t Below::* counter, bool was, bool is);
  void index_progress(const base::Hash& id, const ProgressEntry& entry, bool add);
  void index_ceremony(const base::Hash& id, bool add);
  void index_locked(const base::Hash& id, const ProposalEntry& proposal, bool add);

  std::array<ByText<ObjectSlot>, 6> objects_;
  std::array<ObjectCounts, 6> counts_;
  std::vector<ObjectSlot*> dirty_objects_;
  std::shared_ptr<const resource::CharterNumbers> numbers_;
  std::vector<std::string> members_;
  ByText<Party> parties_;
  ByText<Holdings> holdings_;
  std::map<std::string, std::uint64_t, std::less<>> served_;
  ByText<HostUse> uses_;
  ByText<Below> below_;
  ByText<HolderCounts> holders_below_;
  std::vector<std::string> zones_;
  std::map<resource::ObjectId, std::uint64_t> held_;
  std::map<std::string, std::uint64_t, std::less<>> recovering_;
  std::map<std::string, std::uint64_t, std::less<>> open_;
  std::set<DueKey> dues_;
  std::map<base::EpochSeconds, std::vector<base::Hash>> kept_dues_;
  std::optional<base::Hash> slot_;
  std::map<std::uint64_t, base::Hash> waiting_;
  std::string current_epoch_;
  std::string previous_epoch_;
};

std::string epoch_pair_text(const EpochPair& pair);

}  // namespace charter
