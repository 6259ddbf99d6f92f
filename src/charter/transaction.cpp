#include "charter/transaction.h"

#include <algorithm>

#include "base/check.h"

namespace charter {
namespace {

using resource::Object;
using resource::ObjectClass;

template <typename LayerType, typename TableType>
void write(const LayerType& layer, TableType& table) {
  for (const auto& [key, value] : layer.edits()) {
    if (value) {
      table.put(key, *value);
    } else if (table.find(key) != nullptr) {
      table.erase(key);
    }
  }
}

}  // namespace

Transaction::Transaction(const Store& store)
    : epoch(store.epoch),
      policy(store.policy),
      founding(store.founding),
      founding_claims(store.founding_claims),
      keys(store.keys),
      kept(store.kept),
      budgets(store.budgets),
      freezes(store.freezes),
      joined(store.joined),
      left_out(store.left_out),
      checks(store.checks),
      disputes(store.disputes),
      ceremonies(store.ceremonies),
      group_keys(store.group_keys),
      releases(store.releases),
      pieces(store.pieces),
      proposals(store.proposals),
      progress(store.progress),
      store_(&store),
      numbers_(store.shared_numbers()) {}

const Object* Transaction::object(ObjectClass object_class, std::string_view key) const {
  if (!places_.empty()) {
    const auto found = places_.find(resource::ObjectId{object_class, std::string(key)});
    if (found != places_.end()) return objects_[found->second].after.get();
  } else {
    for (const ObjectEdit& edit : objects_) {
      if (edit.after->object_class() == object_class && edit.after->key() == key) return edit.after.get();
    }
  }
  return store_->find(object_class, key);
}

const Object* Transaction::live(ObjectClass object_class, std::string_view key) const {
  const Object* found = object(object_class, key);
  return found == nullptr || found->is_tombstone() ? nullptr : found;
}

void Transaction::put_object(Object object) {
  if (object.object_class() == ObjectClass::kCharter && !object.is_tombstone()) {
    numbers_ = std::make_shared<const resource::CharterNumbers>(resource::CharterNumbers::parse(object));
  }
  if (object.object_class() == ObjectClass::kMember) {
    if (!members_) members_ = store_->members();
    if (object.is_tombstone()) {
      std::erase(*members_, object.key());
    } else {
      insert_sorted(*members_, object.key());
    }
  }
  const resource::ObjectId id = object.id();
  auto after = std::make_shared<Object>(std::move(object));
  for (std::size_t i = 0; i < objects_.size() && places_.empty(); ++i) {
    if (objects_[i].after->id() != id) continue;
    objects_[i].after = std::move(after);
    return;
  }
  if (const auto found = places_.find(id); found != places_.end()) {
    objects_[found->second].after = std::move(after);
    return;
  }
  objects_.push_back({store_->find(id.object_class, id.key), std::move(after)});
  if (objects_.size() <= kLinearMax) return;
  for (std::size_t i = places_.size(); i < objects_.size(); ++i) places_[objects_[i].after->id()] = i;
}

void Transaction::commit(Store& store) {
  CHECK(&store == store_);
  for (ObjectEdit& edit : objects_) store.put_object(std::move(*edit.after));
  for (const auto& [key, value] : epoch.edits()) store.put_epoch(*value);
  write(policy, store.policy);
  write(founding, store.founding);
  write(founding_claims, store.founding_claims);
  write(keys, store.keys);
  for (const auto& [id, value] : kept.edits()) store.put_kept(id, *value);
  write(budgets, store.budgets);
  write(freezes, store.freezes);
  write(joined, store.joined);
  write(left_out, store.left_out);
  write(checks, store.checks);
  write(disputes, store.disputes);
  for (const auto& [id, value] : ceremonies.edits()) {
    if (value) {
      store.put_ceremony(id, *value);
    } else {
      store.erase_ceremony(id);
    }
  }
  write(group_keys, store.group_keys);
  store.zone_writes += group_keys.edits().size();
  write(releases, store.releases);
  write(pieces, store.pieces);
  for (const auto& [id, value] : proposals.edits()) {
    if (value) store.proposals.put(id, *value);
  }
  // Ends go first: they free the slot that another proposal may take in the same transaction.
  for (const auto& [id, value] : progress.edits()) {
    if (!value && store.progress.find(id) != nullptr) store.erase_proposal(id);
  }
  for (const auto& [id, value] : progress.edits()) {
    if (value) store.put_progress(id, *value);
  }
}

}  // namespace charter
