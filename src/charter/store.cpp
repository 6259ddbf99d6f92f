#include "charter/store.h"

#include <algorithm>

#include "base/check.h"
#include "codec/base64.h"
#include "codec/decimal.h"
#include "codec/dns_name.h"
#include "resource/values.h"

namespace charter {
namespace {

using resource::Object;
using resource::ObjectClass;

std::vector<std::string_view> used_hosts(const Object* object) {
  if (object == nullptr || object->is_tombstone()) return {};
  return object->values("nserver");
}

bool is_live(const Object* object) {
  return object != nullptr && !object->is_tombstone();
}

/// Empty if nobody holds it.
std::string_view holder_of(const Object* domain) {
  const bool is_held = is_live(domain) && domain->value("holder") != resource::kUnclaimed;
  return is_held ? domain->value("holder") : std::string_view();
}

/// Whose use of its name servers a live domain or zone is.
std::string_view user_of(const Object& object) {
  return object.object_class() == ObjectClass::kDomain ? object.value("holder") : resource::kUnclaimed;
}

void index_name(std::vector<std::string>& live_names, const Object& object) {
  if (object.is_tombstone()) {
    std::erase(live_names, object.key());
  } else {
    insert_sorted(live_names, object.key());
  }
}

/// Counts up or down; a count that reaches zero leaves no trace, so that equal texts give equal indexes.
template <typename Map, typename Key>
void count(Map& counts, const Key& key, bool add) {
  if (add) {
    ++counts[typename Map::key_type(key)];
    return;
  }
  const auto found = counts.find(key);
  CHECK(found != counts.end() && found->second > 0);
  if (--found->second == 0) counts.erase(found);
}

}  // namespace

std::string_view name_above(std::string_view name) {
  return name == "." ? std::string_view() : codec::parent_of(name);
}

bool is_bare_host(const Object* host) {
  return is_live(host) && host->values("address").empty();
}

Party read_party(const Object& object) {
  Party party;
  for (const resource::PartyKey& key : resource::party_keys(object)) {
    party.keys.push_back({key.role, key.key, resource::key_id(object.key(), key.key)});
  }
  for (std::size_t role = 0; role < party.thresholds.size(); ++role) {
    party.thresholds[role] = resource::stated_threshold(object, static_cast<resource::Role>(role));
  }
  return party;
}

const Object* Store::find(ObjectClass object_class, std::string_view key) const {
  const ObjectSlot* slot = objects_[static_cast<std::size_t>(object_class)].find(key);
  return slot == nullptr ? nullptr : &slot->object;
}

void Store::put_object(Object object) {
  const ObjectClass object_class = object.object_class();
  if (object_class == ObjectClass::kZone || object_class == ObjectClass::kDomain ||
      object_class == ObjectClass::kHost) {
    ++zone_writes;
  }
  auto& table = objects_[static_cast<std::size_t>(object_class)];
  ObjectSlot* slot = table.find(object.key());
  if (slot == nullptr) {
    const std::string key(object.key());
    table.put(key, ObjectSlot{std::move(object), false});
    slot = table.find(key);
    index_object(nullptr, slot->object);
  } else {
    index_object(&slot->object, object);
    slot->object = std::move(object);
  }
  if (!slot->dirty) dirty_objects_.push_back(slot);
  slot->dirty = true;
}

std::vector<const Object*> Store::sorted_objects(ObjectClass object_class) const {
  std::vector<const Object*> objects;
  for (const auto* entry : objects_[static_cast<std::size_t>(object_class)].sorted()) {
    objects.push_back(&entry->second.object);
  }
  return objects;
}

std::vector<const Object*> Store::take_dirty_objects() {
  std::vector<const Object*> objects;
  objects.reserve(dirty_objects_.size());
  for (ObjectSlot* slot : dirty_objects_) {
    slot->dirty = false;
    objects.push_back(&slot->object);
  }
  dirty_objects_.clear();
  return objects;
}

const ObjectCounts& Store::counts(ObjectClass object_class) const {
  return counts_[static_cast<std::size_t>(object_class)];
}

void Store::count_object(const Object* before, const Object& after) {
  ObjectCounts& counts = counts_[static_cast<std::size_t>(after.object_class())];
  if (before != nullptr) --(before->is_tombstone() ? counts.tombstones : counts.live);
  ++(after.is_tombstone() ? counts.tombstones : counts.live);
}

void Store::index_object(const Object* before, const Object& after) {
  count_object(before, after);
  switch (after.object_class()) {
    case ObjectClass::kCharter:
      CHECK(!after.is_tombstone());
      numbers_ = std::make_shared<const resource::CharterNumbers>(resource::CharterNumbers::parse(after));
      return;
    case ObjectClass::kMember:
      if (is_live(before)) count(served_, before->value("organisation"), false);
      if (is_live(&after)) count(served_, after.value("organisation"), true);
      index_name(members_, after);
      index_party(after);
      return;
    case ObjectClass::kOrganisation:
      index_party(after);
      return;
    case ObjectClass::kDomain:
      index_holder(before, after);
      index_uses(before, after);
      index_below(after.key(), &Below::domains, is_live(before), is_live(&after));
      if (holder_of(before) != holder_of(&after)) {
        index_holder_below(after.key(), holder_of(before), false);
        index_holder_below(after.key(), holder_of(&after), true);
      }
      return;
    case ObjectClass::kZone:
      index_uses(before, after);
      index_name(zones_, after);
      return;
    case ObjectClass::kHost:
      index_below(after.key(), &Below::bare_hosts, is_bare_host(before), is_bare_host(&after));
      return;
  }
}

void Store::index_party(const Object& party) {
  if (is_live(&party)) {
    parties_.put(std::string(party.key()), read_party(party));
  } else {
    parties_.erase(party.key());
  }
}

void Store::index_uses(const Object* before, const Object& after) {
  const auto old_hosts = used_hosts(before);
  const auto new_hosts = used_hosts(&after);
  const std::string_view old_user = is_live(before) ? user_of(*before) : std::string_view();
  const std::string_view new_user = is_live(&after) ? user_of(after) : std::string_view();
  const auto unchanged = [&](const auto& hosts, std::string_view host) {
    return old_user == new_user && std::binary_search(hosts.begin(), hosts.end(), host);
  };
  for (const std::string_view host : old_hosts) {
    if (!unchanged(new_hosts, host)) index_use(host, old_user, false);
  }
  for (const std::string_view host : new_hosts) {
    if (!unchanged(old_hosts, host)) index_use(host, new_user, true);
  }
}

void Store::index_use(std::string_view host, std::string_view holder, bool add) {
  HostUse& use = uses_.find_or_add(host);
  CHECK(add || use.all > 0);
  use.all = add ? use.all + 1 : use.all - 1;
  std::uint64_t& mine = use.by_holder.find_or_add(holder);
  CHECK(add || mine > 0);
  mine = add ? mine + 1 : mine - 1;
  if (mine == 0) use.by_holder.erase(holder);
  if (use.all == 0) uses_.erase(host);
}

void Store::index_below(std::string_view name, std::uint64_t Below::* counter, bool was, bool is) {
  if (was == is) return;
  for (name = name_above(name); !name.empty(); name = name_above(name)) {
    Below& below = below_.find_or_add(name);
    CHECK(is || below.*counter > 0);
    below.*counter = is ? below.*counter + 1 : below.*counter - 1;
    if (below == Below{}) below_.erase(name);
  }
}

void Store::index_holder(const Object* before, const Object& after) {
  const std::string_view old_holder = holder_of(before);
  const std::string_view new_holder = holder_of(&after);
  const bool was_locked = !old_holder.empty() && !before->value("registry-lock").empty();
  const bool is_locked = !new_holder.empty() && !after.value("registry-lock").empty();
  if (old_holder == new_holder && was_locked == is_locked) return;  // so it is for nearly every change
  if (!old_holder.empty()) {
    --counts_[static_cast<std::size_t>(ObjectClass::kDomain)].claimed;
    Holdings& holdings = holdings_.find_or_add(old_holder);
    CHECK(holdings.domains > 0 && holdings.locked >= (was_locked ? 1U : 0U));
    --holdings.domains;
    holdings.locked -= was_locked ? 1 : 0;
    if (holdings.domains == 0) holdings_.erase(old_holder);
  }
  if (!new_holder.empty()) {
    ++counts_[static_cast<std::size_t>(ObjectClass::kDomain)].claimed;
    Holdings& holdings = holdings_.find_or_add(new_holder);
    ++holdings.domains;
    holdings.locked += is_locked ? 1 : 0;
  }
}

void Store::index_holder_below(std::string_view name, std::string_view holder, bool add) {
  if (holder.empty()) return;
  for (name = name_above(name); !name.empty(); name = name_above(name)) {
    HolderCounts& counts = holders_below_.find_or_add(name);
    count(counts, holder, add);
    if (counts.empty()) holders_below_.erase(name);
  }
}

const HolderCounts& Store::holders_below(std::string_view name) const {
  static const HolderCounts kNone;
  const HolderCounts* found = holders_below_.find(name);
  return found == nullptr ? kNone : *found;
}

const Party* Store::party(std::string_view handle) const {
  return parties_.find(handle);
}

const Holdings& Store::holdings(std::string_view organisation) const {
  static const Holdings kNone;
  const Holdings* found = holdings_.find(organisation);
  return found == nullptr ? kNone : *found;
}

std::uint64_t Store::served_members(std::string_view organisation) const {
  const auto found = served_.find(organisation);
  return found == served_.end() ? 0 : found->second;
}

const HostUse& Store::use_of(std::string_view host) const {
  static const HostUse kNone;
  const HostUse* found = uses_.find(host);
  return found == nullptr ? kNone : *found;
}

const Below& Store::below(std::string_view name) const {
  static const Below kNone;
  const Below* found = below_.find(name);
  return found == nullptr ? kNone : *found;
}

std::uint64_t Store::open_proposals(std::string_view party) const {
  const auto found = open_.find(party);
  return found == open_.end() ? 0 : found->second;
}

void Store::put_kept(const base::Hash& id, const KeptEntry& entry) {
  kept.put(id, entry);
  kept_dues_[entry.until].push_back(id);
}

void Store::put_epoch(const EpochEntry& entry) {
  current_epoch_ = epoch_pair_text(entry.current);
  previous_epoch_ = entry.previous ? epoch_pair_text(*entry.previous) : std::string();
  epoch.put("current", entry);
}

void Store::put_progress(const base::Hash& id, const ProgressEntry& entry) {
  if (const ProgressEntry* before = progress.find(id)) index_progress(id, *before, false);
  progress.put(id, entry);
  index_progress(id, entry, true);
}

void Store::erase_proposal(const base::Hash& id) {
  const ProgressEntry* before = progress.find(id);
  CHECK(before != nullptr);
  index_progress(id, *before, false);
  progress.erase(id);
  proposals.erase(id);
}

void Store::index_progress(const base::Hash& id, const ProgressEntry& entry, bool add) {
  const ProposalEntry* proposal = proposals.find(id);
  CHECK(proposal != nullptr);
  count(open_, std::string(proposal->record->by()), add);
  if (add) {
    dues_.insert({entry.due, id});
  } else {
    dues_.erase({entry.due, id});
  }
  if (entry.reached != 0) {
    if (add) {
      waiting_[entry.reached] = id;
    } else {
      waiting_.erase(entry.reached);
    }
  }
  if (entry.locked) index_locked(id, *proposal, add);
}

void Store::put_ceremony(const base::Hash& id, const CeremonyEntry& entry) {
  index_ceremony(id, false);
  ceremonies.put(id, entry);
  index_ceremony(id, true);
}

void Store::erase_ceremony(const base::Hash& id) {
  index_ceremony(id, false);
  ceremonies.erase(id);
}

/// One that is done waits for nothing.
void Store::index_ceremony(const base::Hash& id, bool add) {
  const CeremonyEntry* entry = ceremonies.find(id);
  if (entry == nullptr || entry->phase == CeremonyPhase::kDone) return;
  if (add) {
    dues_.insert({entry->until, id});
  } else {
    dues_.erase({entry->until, id});
  }
}

void Store::index_locked(const base::Hash& id, const ProposalEntry& proposal, bool add) {
  if (proposal.classes.meets({RuleClass::kM, RuleClass::kC})) {
    CHECK(!add || !slot_);
    slot_ = add ? std::optional(id) : std::nullopt;
  }
  if (proposal.classes.has(RuleClass::kR))
    count(recovering_, std::string(proposal.record->value("subject")), add);
  if (!proposal.classes.meets(kHoldingClasses)) return;
  for (const resource::Change& change : proposal.record->changes()) count(held_, change.id(), add);
}

namespace {

/// How far ahead of its erasure a kept id's memory is fetched.
constexpr std::size_t kSlotsAhead = 16;
constexpr std::size_t kEntriesAhead = 8;

/// Entries of the small tables are looked through whole: they are as many as members' actions of a few days.
template <typename TableType, typename IsOver>
void purge_table(TableType& table, IsOver&& is_over) {
  std::vector<typename TableType::Key> over;
  for (const auto& [key, tracked] : table.entries()) {
    if (is_over(tracked.value)) over.push_back(key);
  }
  for (const auto& key : over) table.erase(key);
}

}  // namespace

void Store::purge(base::EpochSeconds now, std::size_t count_max) {
  const auto is_over = [now](const auto& entry) { return entry.until <= now; };
  purge_table(freezes, is_over);
  purge_table(joined, is_over);
  purge_table(left_out, is_over);
  purge_table(checks, is_over);
  // Kept while its parties may not begin another.
  const base::Seconds rest = numbers().period("dispute");
  purge_table(disputes, [&](const DisputeEntry& entry) { return entry.until + rest <= now; });
  if (const FoundingEntry* entry = founding.find("names");
      entry != nullptr && entry->until + numbers().period("founding-revert") <= now) {
    purge_table(founding_claims, [](const FoundingClaimEntry&) { return true; });
  }
  while (count_max > 0 && !kept_dues_.empty() && kept_dues_.begin()->first <= now) {
    auto& [until, ids] = *kept_dues_.begin();
    // A bucket is in the order of arrival, or in that of a snapshot: what goes first must not depend on it.
    if (ids.size() > count_max) std::sort(ids.begin(), ids.end(), std::greater<>());
    for (; count_max > 0 && !ids.empty(); --count_max) {
      if (ids.size() > kSlotsAhead) kept.expect_slot(kept.part_of_hash(ids[ids.size() - 1 - kSlotsAhead]));
      if (ids.size() > kEntriesAhead)
        kept.expect_entry(kept.part_of_hash(ids[ids.size() - 1 - kEntriesAhead]));
      kept.erase(ids.back());
      ids.pop_back();
    }
    if (ids.empty()) kept_dues_.erase(kept_dues_.begin());
  }
}

std::string epoch_pair_text(const EpochPair& pair) {
  return codec::serialize_decimal(pair.number.value()) + " " + codec::serialize_base64(pair.charter.view());
}

}  // namespace charter
