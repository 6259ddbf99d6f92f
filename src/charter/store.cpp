#include "charter/store.h"

#include <algorithm>

#include "base/check.h"
#include "codec/base64.h"
#include "codec/decimal.h"
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

/// Counts up or down; a count that reaches zero leaves no trace, so that equal texts give equal indexes.
template <typename Map, typename Key>
void count(Map& counts, const Key& key, bool add) {
  if (add) {
    ++counts[key];
    return;
  }
  const auto found = counts.find(key);
  CHECK(found != counts.end() && found->second > 0);
  if (--found->second == 0) counts.erase(found);
}

}  // namespace

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
  const auto& table = objects_[static_cast<std::size_t>(object_class)];
  const auto found = table.find(key);
  return found == table.end() ? nullptr : &found->second.object;
}

void Store::put_object(Object object) {
  auto& table = objects_[static_cast<std::size_t>(object.object_class())];
  auto found = table.find(object.key());
  if (found == table.end()) {
    std::string key(object.key());
    found = table.emplace(std::move(key), ObjectSlot{std::move(object), false}).first;
    index_object(nullptr, found->second.object, &found->second);
  } else {
    index_object(&found->second.object, object, &found->second);
    found->second.object = std::move(object);
  }
  if (!found->second.dirty) dirty_objects_.push_back(&found->second);
  found->second.dirty = true;
}

std::vector<const Object*> Store::take_dirty_objects() {
  std::vector<const Object*> objects;
  objects.reserve(dirty_objects_.size());
  for (ObjectSlot* slot : dirty_objects_) {
    slot->dirty = false;
    objects.push_back(&slot->object);
  }
  dirty_objects_.clear();
  std::sort(objects.begin(), objects.end(), [](const Object* a, const Object* b) {
    return std::pair(a->object_class(), a->key()) < std::pair(b->object_class(), b->key());
  });
  return objects;
}

void Store::index_object(const Object* before, const Object& after, const ObjectSlot* slot) {
  switch (after.object_class()) {
    case ObjectClass::kCharter:
      CHECK(!after.is_tombstone());
      numbers_ = std::make_shared<const resource::CharterNumbers>(resource::CharterNumbers::parse(after));
      return;
    case ObjectClass::kMember: {
      if (is_live(before)) count(served_, std::string(before->value("organisation")), false);
      if (is_live(&after)) {
        count(served_, std::string(after.value("organisation")), true);
        insert_sorted(members_, after.key());
      } else {
        std::erase(members_, after.key());
      }
      [[fallthrough]];
    }
    case ObjectClass::kOrganisation:
      if (is_live(&after)) {
        parties_[std::string(after.key())] = read_party(after);
      } else if (const auto found = parties_.find(after.key()); found != parties_.end()) {
        parties_.erase(found);
      }
      return;
    case ObjectClass::kDomain:
      if (is_live(before)) index_holder(*before, false);
      if (is_live(&after)) index_holder(after, true);
      index_uses(before, after, slot);
      return;
    case ObjectClass::kZone:
      index_uses(before, after, slot);
      return;
    case ObjectClass::kHost:
      return;
  }
}

void Store::index_uses(const Object* before, const Object& after, const ObjectSlot* slot) {
  const auto old_hosts = used_hosts(before);
  const auto new_hosts = used_hosts(&after);
  for (const std::string_view host : old_hosts) {
    if (std::binary_search(new_hosts.begin(), new_hosts.end(), host)) continue;
    const auto found = users_.find(host);
    CHECK(found != users_.end());
    found->second.erase(slot);
    if (found->second.empty()) users_.erase(found);
  }
  for (const std::string_view host : new_hosts) {
    if (std::binary_search(old_hosts.begin(), old_hosts.end(), host)) continue;
    auto found = users_.find(host);
    if (found == users_.end()) found = users_.try_emplace(std::string(host)).first;
    found->second.insert(slot);
  }
}

void Store::index_holder(const Object& object, bool add) {
  const std::string_view holder = object.value("holder");
  if (holder == resource::kUnclaimed) return;
  const bool locked = !object.value("registry-lock").empty();
  auto found = holdings_.find(holder);
  if (found == holdings_.end()) found = holdings_.try_emplace(std::string(holder)).first;
  Holdings& holdings = found->second;
  CHECK(add || holdings.domains > 0);
  holdings.domains += add ? 1 : std::uint64_t(-1);
  if (locked) holdings.locked += add ? 1 : std::uint64_t(-1);
  if (holdings.domains == 0) holdings_.erase(found);
}

const Party* Store::party(std::string_view handle) const {
  const auto found = parties_.find(handle);
  return found == parties_.end() ? nullptr : &found->second;
}

const Holdings& Store::holdings(std::string_view organisation) const {
  static const Holdings kNone;
  const auto found = holdings_.find(organisation);
  return found == holdings_.end() ? kNone : found->second;
}

std::uint64_t Store::served_members(std::string_view organisation) const {
  const auto found = served_.find(organisation);
  return found == served_.end() ? 0 : found->second;
}

const std::unordered_set<const ObjectSlot*>* Store::users(std::string_view host) const {
  const auto found = users_.find(host);
  return found == users_.end() ? nullptr : &found->second;
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

void Store::index_locked(const base::Hash& id, const ProposalEntry& proposal, bool add) {
  if (proposal.classes.meets({RuleClass::kM, RuleClass::kC})) {
    CHECK(!add || !slot_);
    slot_ = add ? std::optional(id) : std::nullopt;
  }
  if (proposal.classes.has(RuleClass::kR))
    count(recovering_, std::string(proposal.record->value("subject")), add);
  if (!proposal.classes.meets({RuleClass::kV, RuleClass::kM, RuleClass::kR})) return;
  for (const resource::Change& change : proposal.record->changes()) count(held_, change.id(), add);
}

namespace {

/// Entries of the small tables are looked through whole: they are as many as members' actions of a few days.
template <typename TableType, typename IsOver>
void purge_table(TableType& table, IsOver&& is_over) {
  std::vector<typename TableType::Key> over;
  for (const auto& [key, entry] : table.entries()) {
    if (is_over(entry)) over.push_back(key);
  }
  for (const auto& key : over) table.erase(key);
}

}  // namespace

void Store::purge(base::EpochSeconds now, std::size_t count_max) {
  const auto is_over = [now](const auto& entry) { return entry.until <= now; };
  purge_table(freezes, is_over);
  purge_table(joined, is_over);
  purge_table(checks, is_over);
  purge_table(disputes, is_over);
  if (const FoundingEntry* entry = founding.find("names");
      entry != nullptr && entry->until + numbers().period("founding-revert") <= now) {
    purge_table(founding_claims, [](const FoundingClaimEntry&) { return true; });
  }
  while (count_max > 0 && !kept_dues_.empty() && kept_dues_.begin()->first <= now) {
    auto& [until, ids] = *kept_dues_.begin();
    // A bucket is in the order of arrival, or in that of a snapshot: what goes first must not depend on it.
    if (ids.size() > count_max) std::sort(ids.begin(), ids.end(), std::greater<>());
    for (; count_max > 0 && !ids.empty(); --count_max) {
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
