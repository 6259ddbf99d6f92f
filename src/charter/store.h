// What a State holds between records: objects, entries of the rules state, what follows from them (indexes),
// and what changed since the last drain. Every index is a function of the texts; put and erase keep it so.
// The only writer is Transaction::commit and the loader; no rule is decided here. Format:
// docs/formats/rules.md, "Rules state"
#pragma once

#include <algorithm>
#include <array>
#include <map>
#include <memory>
#include <numeric>
#include <set>
#include <string>
#include <string_view>
#include <tuple>
#include <vector>

#include "charter/lookup_table.h"
#include "charter/rule_texts.h"
#include "charter/sorted_table.h"
#include "resource/charter_numbers.h"
#include "resource/keys.h"
#include "resource/object.h"

namespace charter {

template <typename V>
using SortedByText = SortedTable<std::string, V>;
template <typename V>
using ByText = LookupTable<std::string, V>;

/// Entries of one class (a LookupTable or a SortedTable), and which of them changed.
template <typename Entries>
class Table {
 public:
  using Key = typename Entries::Key;
  using Value = typename Entries::Value;

  template <typename K>
  const Value* find(const K& key) const {
    return entries_.find(key);
  }
  void put(const Key& key, Value value) {
    const bool is_new = entries_.put(key, std::move(value));
    dirty_.emplace_back(key, !is_new);
  }
  void erase(const Key& key) {
    entries_.erase(key);
    dirty_.emplace_back(key, true);
  }
  const Entries& entries() const { return entries_; }
  /// Keys that changed since the last call, sorted, each once; what came and went meanwhile is left out.
  std::vector<Key> take_dirty() {
    std::vector<std::size_t> order(dirty_.size());
    std::iota(order.begin(), order.end(), std::size_t{0});
    std::sort(order.begin(), order.end(), [this](std::size_t a, std::size_t b) {
      return std::tie(dirty_[a].first, a) < std::tie(dirty_[b].first, b);
    });
    std::vector<Key> keys;
    const Key* last = nullptr;
    for (const std::size_t place : order) {
      const auto& [key, existed] = dirty_[place];
      if (last != nullptr && *last == key) continue;  // the first event tells whether it was there before
      last = &key;
      if (existed || entries_.find(key) != nullptr) keys.push_back(key);
    }
    dirty_.clear();
    return keys;
  }

 private:
  Entries entries_;
  std::vector<std::pair<Key, bool>> dirty_;  ///< in order of events; whether the key existed before
};

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
  std::map<std::string, std::uint64_t, std::less<>> by_holder;
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
  /// Sorted by (class, key), each once.
  std::vector<const resource::Object*> take_dirty_objects();

  // Entries of the rules state.
  ClockEntry clock;
  bool clock_dirty = false;
  Table<SortedByText<EpochEntry>> epoch;        ///< "current"
  Table<SortedByText<PolicyEntry>> policy;      ///< "current"
  Table<SortedByText<FoundingEntry>> founding;  ///< "names"
  Table<SortedTable<base::Hash, FoundingClaimEntry>> founding_claims;
  Table<LookupTable<crypto::PublicKey, KeyEntry>> keys;
  Table<LookupTable<base::Hash, KeptEntry>> kept;
  Table<ByText<BudgetEntry>> budgets;
  Table<SortedByText<FreezeEntry>> freezes;
  Table<SortedByText<JoinedEntry>> joined;
  Table<SortedByText<CheckEntry>> checks;
  Table<SortedByText<DisputeEntry>> disputes;
  Table<SortedTable<base::Hash, ProposalEntry>> proposals;
  Table<SortedTable<base::Hash, ProgressEntry>> progress;

  // Writers that keep indexes.
  void put_kept(const base::Hash& id, const KeptEntry& entry);
  void put_progress(const base::Hash& id, const ProgressEntry& entry);  ///< its proposal stands already
  void erase_proposal(const base::Hash& id);                            ///< and its progress
  void put_epoch(const EpochEntry& entry);
  /// Forgets at most `count_max` kept ids and every other entry whose time has passed.
  void purge(base::EpochSeconds now, std::size_t count_max);

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
  void index_object(const resource::Object* before, const resource::Object& after);
  void index_party(const resource::Object& party);
  void index_uses(const resource::Object* before, const resource::Object& after);
  void index_use(std::string_view host, std::string_view holder, bool add);
  void index_holder_below(std::string_view name, std::string_view holder, bool add);
  void index_holder(const resource::Object& object, bool add);
  void index_below(std::string_view name, std::uint64_t Below::* counter, bool was, bool is);
  void index_progress(const base::Hash& id, const ProgressEntry& entry, bool add);
  void index_locked(const base::Hash& id, const ProposalEntry& proposal, bool add);

  std::array<ByText<ObjectSlot>, 6> objects_;
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
