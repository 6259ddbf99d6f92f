// Aim: what a Table tells of its changes keeps a copy equal to it, and says nothing of what came and went.
// Method: single stories, and random histories with drains between, for hashed and for sorted entries.
#include <map>

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "charter/store.h"

namespace charter {
namespace {

using Hashed = Table<LookupTable, std::string, int>;
using Sorted = Table<SortedTable, std::string, int>;

template <typename TableType>
std::map<std::string, std::optional<int>> drained(TableType& table) {
  std::map<std::string, std::optional<int>> told;
  table.drain([&](const std::string& key, const int* value) {
    EXPECT_FALSE(told.contains(key)) << key << " is told twice";
    told[key] = value == nullptr ? std::nullopt : std::optional(*value);
  });
  return told;
}

using Told = std::map<std::string, std::optional<int>>;

TEST(Table, TellsNothingOfWhatCameAndWent) {
  Hashed table;
  table.erase("never");
  table.put("a", 1);
  table.put("b", 2);
  table.erase("a");
  EXPECT_EQ(drained(table), (Told{{"b", 2}}));
  EXPECT_EQ(drained(table), Told());
}

TEST(Table, TellsOnceWhatWentAndCameAgain) {
  Hashed table;
  table.put("a", 1);
  drained(table);
  table.erase("a");
  table.put("a", 2);
  EXPECT_EQ(drained(table), (Told{{"a", 2}}));
  table.erase("a");
  table.put("a", 3);
  table.erase("a");
  EXPECT_EQ(drained(table), (Told{{"a", std::nullopt}}));
}

TEST(Table, ForgetsAChangeThatStoodLastOrBetween) {
  Hashed table;
  for (const char* key : {"a", "b", "c"}) table.put(key, 1);
  table.erase("c");
  table.erase("a");
  table.put("b", 2);
  EXPECT_EQ(drained(table), (Told{{"b", 2}}));
}

template <typename TableType>
void copy_follows() {
  const auto steps = *rc::gen::container<std::vector<std::pair<int, int>>>(
      rc::gen::pair(rc::gen::inRange(0, 7), rc::gen::inRange(0, 12)));
  TableType table;
  std::map<std::string, int> model;
  std::map<std::string, int> copy;
  const auto follow = [&] {
    for (const auto& [key, value] : drained(table)) {
      RC_ASSERT(value || copy.contains(key));
      if (value) {
        copy[key] = *value;
      } else {
        copy.erase(key);
      }
    }
    RC_ASSERT(copy == model);
  };
  int value = 0;
  for (const auto& [action, number] : steps) {
    const std::string key = "key" + std::to_string(number);
    if (action == 0) {
      follow();
    } else if (action < 4) {
      table.put(key, ++value);
      model[key] = value;
    } else {
      table.erase(key);
      model.erase(key);
    }
  }
  follow();
}

RC_GTEST_PROP(Table, ACopyFollowsHashedEntries, ()) {
  copy_follows<Hashed>();
}

RC_GTEST_PROP(Table, ACopyFollowsSortedEntries, ()) {
  copy_follows<Sorted>();
}

}  // namespace
}  // namespace charter
