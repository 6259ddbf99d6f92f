// One record's (or one due effect's) changes over a Store that stays as it is: reads look through, writes
// stay here until commit. Dropping a transaction leaves no trace; copying one makes a savepoint. No rule is
// decided here.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "charter/effects.h"
#include "charter/store.h"

namespace charter {

/// Writes over one table. Few per record, so a list is searched.
template <typename TableType>
class Layer {
 public:
  using Key = typename TableType::Key;
  using Value = typename TableType::Value;
  explicit Layer(const TableType& under) : under_(&under) {}

  /// Lives until the next write to this layer.
  template <typename K>
  const Value* find(const K& key) const {
    for (const auto& [edited, value] : edits_) {
      if (edited == key) return value ? &*value : nullptr;
    }
    return under_->find(key);
  }
  void put(const Key& key, Value value) { edit(key) = std::move(value); }
  void erase(const Key& key) { edit(key) = std::nullopt; }
  const std::vector<std::pair<Key, std::optional<Value>>>& edits() const { return edits_; }

 private:
  std::optional<Value>& edit(const Key& key) {
    for (auto& [edited, value] : edits_) {
      if (edited == key) return value;
    }
    return edits_.emplace_back(key, std::nullopt).second;
  }
  const TableType* under_;
  std::vector<std::pair<Key, std::optional<Value>>> edits_;
};

struct ObjectEdit {
  const resource::Object* before;  ///< in the store; null if it never existed
  std::shared_ptr<resource::Object> after;
};

class Transaction {
 public:
  explicit Transaction(const Store& store);

  const Store& store() const { return *store_; }
  base::EpochSeconds now() const { return store_->clock.time; }

  /// Live or tombstone; null if it never existed. Lives as long as this transaction and its copies.
  const resource::Object* object(resource::ObjectClass object_class, std::string_view key) const;
  /// The same, but null for a tombstone.
  const resource::Object* live(resource::ObjectClass object_class, std::string_view key) const;
  void put_object(resource::Object object);
  const std::vector<ObjectEdit>& edits() const { return objects_; }

  const resource::CharterNumbers& numbers() const { return *numbers_; }
  const std::vector<std::string>& members() const { return members_ ? *members_ : store_->members(); }
  std::uint64_t n() const { return members().size(); }
  bool is_member(std::string_view handle) const { return contains_sorted(members(), handle); }

  Layer<decltype(Store::epoch)> epoch;
  Layer<decltype(Store::policy)> policy;
  Layer<decltype(Store::founding)> founding;
  Layer<decltype(Store::founding_claims)> founding_claims;
  Layer<decltype(Store::keys)> keys;
  Layer<decltype(Store::kept)> kept;
  Layer<decltype(Store::budgets)> budgets;
  Layer<decltype(Store::freezes)> freezes;
  Layer<decltype(Store::joined)> joined;
  Layer<decltype(Store::left_out)> left_out;
  Layer<decltype(Store::checks)> checks;
  Layer<decltype(Store::disputes)> disputes;
  Layer<decltype(Store::ceremonies)> ceremonies;
  Layer<decltype(Store::group_keys)> group_keys;
  Layer<decltype(Store::releases)> releases;
  Layer<decltype(Store::pieces)> pieces;
  Layer<decltype(Store::proposals)> proposals;
  Layer<decltype(Store::progress)> progress;

  Effects effects;
  void effect(EffectKind kind, const base::Hash& proposal) { effects.push_back({kind, proposal}); }

  /// Writes everything into `store`, the one this was made over. The transaction is spent.
  void commit(Store& store);

 private:
  static constexpr std::size_t kLinearMax = 8;
  const Store* store_;
  std::vector<ObjectEdit> objects_;
  std::map<resource::ObjectId, std::size_t> places_;  ///< of objects_, once it is long
  std::shared_ptr<const resource::CharterNumbers> numbers_;
  std::optional<std::vector<std::string>> members_;
};

}  // namespace charter
