#include "charter/loading.h"

#include <map>

#include "charter/rule_tables.h"
#include "charter/state.h"

namespace charter {
namespace {

std::unexpected<base::Error> bad(std::string_view text, std::string_view why) {
  return base::fail(kBadState, std::string(text.substr(0, text.find('\n'))).append(": ").append(why));
}

/// "class: key\nbody".
struct RuleText {
  std::string_view object_class;
  std::string_view key;
  std::string_view body;
};

bool split(std::string_view text, RuleText& parts) {
  const std::size_t end = text.find('\n');
  const std::size_t colon = text.find(": ");
  if (end == std::string_view::npos || colon == std::string_view::npos || colon > end) return false;
  parts = {text.substr(0, colon), text.substr(colon + 2, end - colon - 2), text.substr(end + 1)};
  return true;
}

/// Entries whose writing needs others first are put by their own function.
class Loader {
 public:
  explicit Loader(Store& store) : store_(store) {}

  base::Result<void> load(std::string_view text) {
    RuleText parts;
    if (!split(text, parts)) return bad(text, "is no entry");
    if (parts.object_class == "clock") {
      if (has_clock_) return bad(text, "stands twice");
      has_clock_ = parts.key == "current" && read_entry(parts.body, store_.clock);
      if (!has_clock_ || serialize_entry(store_.clock) != parts.body) return bad(text, "is not canonical");
      return {};
    }
    bool found = false;
    bool read = false;
    for_each_table(store_, [&](std::string_view name, auto& table) {
      if (name != parts.object_class) return;
      found = true;
      read = load_into(table, name, parts, text);
    });
    if (!found) return bad(text, "its class is unknown");
    if (!read) return bad(text, "is not canonical, or stands twice");
    return {};
  }

  base::Result<void> finish() {
    if (!has_clock_) return base::fail(kBadState, "clock: current is missing");
    const bool complete = store_.epoch.find(std::string_view("current")) != nullptr &&
                          store_.policy.find(std::string_view("current")) != nullptr &&
                          store_.founding.find(std::string_view("names")) != nullptr;
    if (!complete) return base::fail(kBadState, "epoch, policy or founding is missing");
    for (const auto& [id, entry] : progress_) {
      if (store_.proposals.find(id) == nullptr) return base::fail(kBadState, "progress without its proposal");
      if (entry.locked && !is_slot_free_for(id)) return base::fail(kBadState, "two proposals hold the slot");
      store_.put_progress(id, entry);
    }
    if (progress_.size() != store_.proposals.entries().size()) {
      return base::fail(kBadState, "a proposal without its progress");
    }
    return {};
  }

 private:
  bool is_slot_free_for(const base::Hash& id) const {
    return !store_.slot() || !store_.proposals.find(id)->classes.meets({RuleClass::kM, RuleClass::kC});
  }

  template <typename TableType>
  bool load_into(TableType& table, std::string_view name, const RuleText& parts, std::string_view text) {
    typename TableType::Key key{};
    typename TableType::Value value{};
    if (!read_entry_key(parts.key, key) || !read_entry(parts.body, value)) return false;
    if (table.find(key) != nullptr || rule_text(name, serialize_entry_key(key), value) != text) return false;
    return put(table, key, std::move(value));
  }
  template <typename TableType, typename Key, typename Value>
  bool put(TableType& table, const Key& key, Value value) {
    table.put(key, std::move(value));
    return true;
  }
  bool put(decltype(Store::kept)& /*table*/, const base::Hash& key, KeptEntry value) {
    store_.put_kept(key, value);
    return true;
  }
  bool put(decltype(Store::progress)& /*table*/, const base::Hash& key, ProgressEntry value) {
    return progress_.emplace(key, std::move(value)).second;
  }
  bool put(decltype(Store::ceremonies)& /*table*/, const base::Hash& key, const CeremonyEntry& value) {
    store_.put_ceremony(key, value);
    return true;
  }
  bool put(decltype(Store::epoch)& /*table*/, const std::string& /*key*/, EpochEntry value) {
    store_.put_epoch(value);
    return true;
  }

  Store& store_;
  bool has_clock_ = false;
  std::map<base::Hash, ProgressEntry> progress_;
};

base::Result<void> load_objects(Store& store, std::vector<std::string> objects) {
  bool has_charter = false;
  for (std::string& text : objects) {
    const std::string name = text.substr(0, text.find('\n'));
    auto object = resource::Object::parse(std::move(text));
    if (!object) return base::fail(kBadState, name + ": " + object.error().message());
    if (store.find(object->object_class(), object->key()) != nullptr) return bad(name, "stands twice");
    const bool is_charter = object->object_class() == resource::ObjectClass::kCharter;
    if (is_charter && object->is_tombstone()) return bad(name, "a registry has a charter");
    has_charter = has_charter || is_charter;
    store.put_object(std::move(*object));
  }
  if (!has_charter) return base::fail(kBadState, "charter: registry is missing");
  return {};
}

}  // namespace

base::Result<void> load_store(Store& store, std::vector<std::string> objects,
                              const std::vector<std::string>& rules) {
  TRY(load_objects(store, std::move(objects)));
  Loader loader(store);
  for (const std::string& text : rules) TRY(loader.load(text));
  TRY(loader.finish());
  store.take_dirty_objects();
  store.clock_dirty = false;
  for_each_table(store, [](std::string_view /*name*/, auto& table) {
    table.drain([](const auto& /*key*/, const auto* /*value*/) {});
  });
  return {};
}

}  // namespace charter
