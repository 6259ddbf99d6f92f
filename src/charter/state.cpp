#include "charter/state.h"

#include <algorithm>
#include <deque>
#include <mutex>

#include "base/check.h"
#include "charter/admission.h"
#include "charter/ceremonies.h"
#include "charter/ceremony_math.h"
#include "charter/errors.h"
#include "charter/founding.h"
#include "charter/lifecycle.h"
#include "charter/loading.h"
#include "charter/plan.h"
#include "charter/rule_tables.h"
#include "charter/store.h"
#include "charter/succession.h"
#include "charter/transaction.h"
#include "resource/values.h"

namespace charter {
namespace {

using resource::Object;
using resource::ObjectClass;

/// Bounds what one block forgets; far above what one block can add within the budgets.
constexpr std::size_t kPurgesPerBlockMax = 65'536;

/// Classes in the bytewise order of "class:".
constexpr std::array<ObjectClass, 6> kClassesByName{ObjectClass::kCharter,      ObjectClass::kDomain,
                                                    ObjectClass::kHost,         ObjectClass::kMember,
                                                    ObjectClass::kOrganisation, ObjectClass::kZone};

std::string clock_text(const Store& store) {
  return "clock: current\n" + serialize_entry(store.clock);
}

template <typename TableType>
void visit_sorted(std::string_view class_name, const TableType& table,
                  const std::function<void(std::string_view, std::string_view)>& visit) {
  std::vector<std::pair<std::string, const typename TableType::Key*>> names;
  names.reserve(table.entries().size());
  for (const auto* entry : table.entries().sorted()) {
    names.emplace_back(serialize_entry_key(entry->first), &entry->first);
  }
  std::sort(names.begin(), names.end());
  for (const auto& [name, key] : names) {
    visit(std::string(class_name) + ":" + name, rule_text(class_name, name, *table.find(*key)));
  }
}

template <typename TableType>
void drain_table(std::string_view class_name, TableType& table, std::vector<TextChange>& changes) {
  table.drain([&](const auto& key, const auto* value) {
    TextChange& change = changes.emplace_back(TextChange{Tree::kRules, {}, std::nullopt});
    const std::string key_text = serialize_entry_key(key);
    change.name.reserve(class_name.size() + 1 + key_text.size());
    change.name.append(class_name).append(":").append(key_text);
    if (value != nullptr) change.text = rule_text(class_name, key_text, *value);
  });
}

}  // namespace

struct State::Impl {
  Store store;
  // Rule texts are made when asked for; views of them live until the next write.
  mutable std::mutex texts_lock;
  mutable std::deque<std::string> texts;

  void forget_texts() { texts.clear(); }
  bool policy_changed_now() const {
    const PolicyEntry* policy = store.policy.find(std::string_view("current"));
    return policy != nullptr && policy->height == store.clock.height && store.clock.height != base::Height(0);
  }
  std::optional<std::string_view> keep_text(std::string text) const {
    const std::scoped_lock guard(texts_lock);
    return texts.emplace_back(std::move(text));
  }
};

State::State(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
State::State(State&&) noexcept = default;
State& State::operator=(State&&) noexcept = default;
State::~State() = default;

base::Result<State> State::found(const record::Record& genesis, SignatureChecker& checker) {
  auto impl = std::make_unique<Impl>();
  TRY(found_registry(impl->store, genesis, checker));
  return State(std::move(impl));
}

base::Result<State> State::from_texts(std::vector<std::string> objects,
                                      const std::vector<std::string>& rules) {
  auto impl = std::make_unique<Impl>();
  TRY(load_store(impl->store, std::move(objects), rules));
  return State(std::move(impl));
}

base::Result<void> State::succeed(const record::Record& genesis, SignatureChecker& checker) {
  impl_->forget_texts();
  return succeed_registry(impl_->store, genesis, checker);
}

void State::begin_block(base::Height height, base::EpochSeconds time) {
  Store& store = impl_->store;
  CHECK(height == store.clock.height.next());
  CHECK(time >= store.clock.time);
  impl_->forget_texts();
  store.clock.height = height;
  store.clock.time = time;
  store.clock_dirty = true;
  store.purge(time, kPurgesPerBlockMax);
}

Effects State::run_due(std::size_t effects_max) {
  Store& store = impl_->store;
  impl_->forget_texts();
  Effects effects;
  while (!store.dues().empty() && !impl_->policy_changed_now()) {
    const auto [due, id] = *store.dues().begin();
    if (due > store.clock.time) break;
    Transaction tx(store);
    if (store.ceremonies.find(id) != nullptr) {
      run_due_ceremony(tx, id);
    } else {
      run_due_proposal(tx, id);
    }
    if (effects.size() + tx.effects.size() > effects_max) break;
    effects.insert(effects.end(), tx.effects.begin(), tx.effects.end());
    tx.commit(store);
  }
  return effects;
}

base::Result<Effects> State::apply(const record::Record& record, SignatureChecker& checker,
                                   std::size_t effects_max) {
  if (impl_->policy_changed_now())
    return base::fail(kBlockFull, "the cosigners changed; the block ends here");
  Transaction tx(impl_->store);
  TRY(admit(tx, record, checker));
  if (tx.effects.size() > effects_max) return base::fail(kBlockFull, "no room for the record's effects");
  impl_->forget_texts();
  tx.commit(impl_->store);
  return std::move(tx.effects);
}

base::Result<void> State::check(const record::Record& record, SignatureChecker& checker) const {
  if (impl_->policy_changed_now())
    return base::fail(kBlockFull, "the cosigners changed; the block ends here");
  return check_for_next_block(record, checker);
}

base::Result<void> State::check_for_next_block(const record::Record& record,
                                               SignatureChecker& checker) const {
  Transaction tx(impl_->store);
  return admit(tx, record, checker);
}

base::Result<std::string> State::classes_of(const record::Record& proposal) const {
  Transaction tx(impl_->store);
  ASSIGN_OR_RETURN(const Plan plan, make_plan(tx, proposal));
  return plan.classes.text();
}

base::Height State::height() const {
  return impl_->store.clock.height;
}
base::EpochSeconds State::time() const {
  return impl_->store.clock.time;
}
base::Epoch State::epoch() const {
  return impl_->store.epoch.find(std::string_view("current"))->current.number;
}
const std::string& State::origin() const {
  return impl_->store.clock.origin;
}
const record::RecordId& State::genesis_id() const {
  return impl_->store.clock.genesis;
}
base::Epoch State::policy_epoch() const {
  return impl_->store.policy.find(std::string_view("current"))->number;
}

std::vector<CosignerKey> State::cosigners() const {
  std::vector<CosignerKey> cosigners;
  for (const std::string& member : impl_->store.members()) {
    CosignerKey cosigner{member, {}};
    const Object* object = impl_->store.find(ObjectClass::kMember, member);
    CHECK(object != nullptr && resource::read_key(object->value("operator"), cosigner.operator_key));
    cosigners.push_back(std::move(cosigner));
  }
  return cosigners;
}

std::vector<HeldObject> State::held_objects() const {
  const Store& store = impl_->store;
  std::vector<HeldObject> held;
  for (const auto& [id, entry] : store.progress.entries()) {
    const ProgressEntry& progress = entry.value;
    const ProposalEntry* proposal = store.proposals.find(id);
    if (!progress.locked || !proposal->classes.meets(kHoldingClasses)) continue;
    for (const resource::Change& change : proposal->record->changes())
      held.push_back({change.id(), proposal->classes.text(), progress.due});
  }
  for (const auto& [key, entry] : store.disputes.entries()) {
    const DisputeEntry& dispute = entry.value;
    if (dispute.until <= time()) continue;
    const std::size_t space = key.find(' ');
    const auto object_class = resource::class_from_name(std::string_view(key).substr(0, space));
    CHECK(object_class && space != std::string::npos);
    held.push_back({{*object_class, key.substr(space + 1)}, "", dispute.until});
  }
  return held;
}

bool State::is_recovering(std::string_view party) const {
  return impl_->store.is_recovering(party);
}

std::uint64_t State::attests_needed() const {
  Plan plan;
  plan.classes.add(RuleClass::kU);
  const Transaction tx(impl_->store);
  return required_votes(plan, tx, tx.n(), false, false);
}

std::optional<base::EpochSeconds> State::next_due() const {
  const auto& dues = impl_->store.dues();
  if (dues.empty()) return std::nullopt;
  return dues.begin()->first;
}

const Object* State::find(const resource::ObjectId& id) const {
  return impl_->store.find(id.object_class, id.key);
}

std::optional<std::string_view> State::text(Tree tree, std::string_view name) const {
  const std::size_t colon = name.find(':');
  if (colon == std::string_view::npos) return std::nullopt;
  const std::string_view class_word = name.substr(0, colon);
  const std::string_view key_text = name.substr(colon + 1);
  if (tree == Tree::kObjects) {
    const auto object_class = resource::class_from_name(class_word);
    const Object* object = object_class ? impl_->store.find(*object_class, key_text) : nullptr;
    return object == nullptr ? std::nullopt : std::optional(object->text());
  }
  if (name == "clock:current") return impl_->keep_text(clock_text(impl_->store));
  std::optional<std::string> text;
  for_each_table(std::as_const(impl_->store), [&](std::string_view table_class, const auto& table) {
    if (table_class != class_word) return;
    typename std::remove_cvref_t<decltype(table)>::Key key{};
    if (!read_entry_key(key_text, key)) return;
    if (const auto* value = table.find(key)) text = rule_text(table_class, key_text, *value);
  });
  if (!text) return std::nullopt;
  return impl_->keep_text(std::move(*text));
}

void State::for_each(Tree tree, const std::function<void(std::string_view, std::string_view)>& visit) const {
  if (tree == Tree::kObjects) {
    for (const ObjectClass object_class : kClassesByName) {
      const std::string prefix = std::string(class_name(object_class)) + ":";
      for (const Object* object : impl_->store.sorted_objects(object_class)) {
        visit(prefix + std::string(object->key()), object->text());
      }
    }
    return;
  }
  for_each_table(std::as_const(impl_->store), [&](std::string_view table_class, const auto& table) {
    if (table_class == "dispute") visit("clock:current", clock_text(impl_->store));
    visit_sorted(table_class, table, visit);
  });
}

void State::for_each_object(ObjectClass object_class, const std::function<void(const Object&)>& visit) const {
  for (const Object* object : impl_->store.sorted_objects(object_class)) visit(*object);
}

ObjectCounts State::counts(ObjectClass object_class) const {
  return impl_->store.counts(object_class);
}

std::vector<record::RecordId> State::proposals() const {
  std::vector<record::RecordId> ids;
  for (const auto* entry : std::as_const(impl_->store).proposals.entries().sorted())
    ids.push_back(entry->first);
  return ids;
}

const ProposalEntry* State::proposal(const record::RecordId& id) const {
  return std::as_const(impl_->store).proposals.find(id);
}

const ProgressEntry* State::progress(const record::RecordId& id) const {
  return std::as_const(impl_->store).progress.find(id);
}

std::vector<record::RecordId> State::ceremonies() const {
  std::vector<record::RecordId> ids;
  for (const auto* entry : std::as_const(impl_->store).ceremonies.entries().sorted())
    ids.push_back(entry->first);
  return ids;
}

const CeremonyEntry* State::ceremony(const record::RecordId& id) const {
  return std::as_const(impl_->store).ceremonies.find(id);
}

Attempt State::ceremony_attempt(const record::RecordId& id) const {
  const CeremonyEntry* entry = ceremony(id);
  CHECK(entry != nullptr && entry->phase != CeremonyPhase::kAnnouncing);
  return attempt_of(Transaction(impl_->store), id, *entry);
}

std::vector<crypto::PublicKey> State::group_keys() const {
  std::vector<crypto::PublicKey> keys;
  for (const auto* entry : std::as_const(impl_->store).group_keys.entries().sorted())
    keys.push_back(entry->first);
  return keys;
}

const GroupKeyEntry* State::group_key(const crypto::PublicKey& key) const {
  return std::as_const(impl_->store).group_keys.find(key);
}

std::vector<std::string> State::left_out() const {
  std::vector<std::string> members;
  for (const auto* entry : std::as_const(impl_->store).left_out.entries().sorted())
    members.push_back(entry->first);
  return members;
}

const LeftOutEntry* State::left_out(std::string_view member) const {
  return std::as_const(impl_->store).left_out.find(member);
}

std::vector<std::string> State::releases() const {
  std::vector<std::string> apexes;
  for (const auto* entry : std::as_const(impl_->store).releases.entries().sorted())
    apexes.push_back(entry->first);
  return apexes;
}

const ReleaseEntry* State::release(std::string_view apex) const {
  return std::as_const(impl_->store).releases.find(apex);
}

const PieceEntry* State::piece(std::string_view key) const {
  return std::as_const(impl_->store).pieces.find(key);
}

std::uint64_t State::zone_writes() const {
  return impl_->store.zone_writes;
}

void State::set_batch_checker(std::shared_ptr<const BatchChecker> checker) {
  impl_->store.batch_checker = std::move(checker);
}

void State::put_release(const std::string& apex, std::optional<ReleaseEntry> entry) {
  impl_->forget_texts();
  if (entry) {
    impl_->store.releases.put(apex, std::move(*entry));
  } else {
    impl_->store.releases.erase(apex);
  }
}

void State::erase_pieces(std::string_view apex) {
  impl_->forget_texts();
  std::vector<std::string> keys;
  for (const auto& [key, unused] : impl_->store.pieces.entries()) {
    if (key.size() > apex.size() && key.starts_with(apex) && key[apex.size()] == '/') keys.push_back(key);
  }
  for (const std::string& key : keys) impl_->store.pieces.erase(key);
}

void State::expect(const record::Record& record, Foresight foresight) const {
  impl_->store.expect(record, foresight);
}

std::vector<TextChange> State::drain_changes() {
  Store& store = impl_->store;
  std::vector<TextChange> changes;
  for (const Object* object : store.take_dirty_objects()) {
    changes.push_back({Tree::kObjects, object->id().trie_name(), std::string(object->text())});
  }
  if (store.clock_dirty) changes.push_back({Tree::kRules, "clock:current", clock_text(store)});
  store.clock_dirty = false;
  for_each_table(
      store, [&](std::string_view table_class, auto& table) { drain_table(table_class, table, changes); });
  return changes;
}

}  // namespace charter
