// Every class of the rules state by its name and its table, in the bytewise order of "class:". One list, so
// that writing, reading and walking the rules state cannot disagree. Format: docs/formats/rules.md, "Rules
// state"
#pragma once

#include <string_view>

#include "charter/store.h"

namespace charter {

/// Calls visit(class name, table) for each class but the clock, which stands between `check` and `dispute`.
template <typename StoreType, typename Visit>
void for_each_table(StoreType& store, Visit&& visit) {
  visit(std::string_view("budget"), store.budgets);
  visit(std::string_view("ceremony"), store.ceremonies);
  visit(std::string_view("check"), store.checks);
  visit(std::string_view("dispute"), store.disputes);
  visit(std::string_view("epoch"), store.epoch);
  visit(std::string_view("founding-claim"), store.founding_claims);
  visit(std::string_view("founding"), store.founding);
  visit(std::string_view("freeze"), store.freezes);
  visit(std::string_view("group-key"), store.group_keys);
  visit(std::string_view("joined"), store.joined);
  visit(std::string_view("kept"), store.kept);
  visit(std::string_view("key"), store.keys);
  visit(std::string_view("left-out"), store.left_out);
  visit(std::string_view("policy"), store.policy);
  visit(std::string_view("progress"), store.progress);
  visit(std::string_view("proposal"), store.proposals);
  visit(std::string_view("release"), store.releases);
  visit(std::string_view("signatures"), store.pieces);
}

/// The entry's whole text; `key_text` is from serialize_entry_key.
template <typename Value>
std::string rule_text(std::string_view class_name, std::string_view key_text, const Value& value) {
  const std::string body = serialize_entry(value);
  std::string text;
  text.reserve(class_name.size() + 2 + key_text.size() + 1 + body.size());
  return text.append(class_name).append(": ").append(key_text).append("\n").append(body);
}

}  // namespace charter
