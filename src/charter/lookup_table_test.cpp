// Aim: a LookupTable finds what was put, forgets what was erased, and lists in one order whatever came
// before. Method: the same entries by two histories; text keys and hashed keys; random histories beside
// std::map, with keys whose places collide.
#include "charter/lookup_table.h"

#include <map>

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

namespace charter {
namespace {

using Names = LookupTable<std::string, int>;

std::vector<std::string> listed(const Names& names) {
  std::vector<std::string> keys;
  for (const auto* entry : names.sorted()) keys.push_back(entry->first + "=" + std::to_string(entry->second));
  return keys;
}

TEST(LookupTable, WhatIsNotThereIsNotFound) {
  Names names;
  EXPECT_EQ(names.find(std::string_view("a.")), nullptr);
  names.erase(std::string_view("a."));
  EXPECT_EQ(names.size(), 0U);
  EXPECT_TRUE(names.sorted().empty());
}

TEST(LookupTable, ListsTheSameWhateverItsHistory) {
  Names forth;
  Names back;
  for (int i = 0; i < 500; ++i) EXPECT_TRUE(forth.put("name" + std::to_string(i), i));
  for (int i = 999; i >= 0; --i) back.find_or_add(std::string_view("name" + std::to_string(i))) = i;
  for (int i = 500; i < 1000; ++i) back.erase("name" + std::to_string(i));
  EXPECT_EQ(listed(forth), listed(back));
  EXPECT_FALSE(forth.put("name7", 70));
  EXPECT_EQ(*forth.find(std::string_view("name7")), 70);
  EXPECT_NE(listed(forth), listed(back));
}

TEST(LookupTable, ValuesKeepTheirPlaceWhileOthersCome) {
  Names names;
  names.put("first", 1);
  const int* first = names.find(std::string_view("first"));
  for (int i = 0; i < 10'000; ++i) names.put(std::to_string(i), i);
  EXPECT_EQ(names.find(std::string_view("first")), first);
}

TEST(LookupTable, HashesThatBeginAlikeAreTold) {
  LookupTable<base::Hash, int> table;
  base::Hash one;
  base::Hash two;
  two.bytes[31] = 1;
  table.put(one, 1);
  table.put(two, 2);
  EXPECT_EQ(*table.find(one), 1);
  EXPECT_EQ(*table.find(two), 2);
  EXPECT_EQ(table.sorted().front()->first, one);
}

TEST(LookupTable, TakesAValueOutOnce) {
  Names names;
  names.put("a.", 1);
  EXPECT_EQ(names.take(std::string_view("b.")), std::nullopt);
  EXPECT_EQ(names.take(std::string_view("a.")), 1);
  EXPECT_EQ(names.take(std::string_view("a.")), std::nullopt);
  EXPECT_EQ(names.size(), 0U);
}

TEST(LookupTable, ExpectingChangesNothingAndNeedsNothing) {
  Names names;
  const std::uint32_t part = Names::part_of_hash(std::string_view("a."));
  names.expect_slot(part);
  EXPECT_EQ(names.expect_entry(part), nullptr);
  names.put("a.", 1);
  names.expect_slot(part);
  ASSERT_NE(names.expect_entry(part), nullptr);
  EXPECT_EQ(names.expect_entry(part)->second, 1);
  EXPECT_EQ(names.expect_entry(part + 1), nullptr);
}

// The four low bytes choose the place, so keys of few low bytes make long runs of taken slots that wrap round
// the end; what differs elsewhere makes keys that only comparing tells apart.
base::Hash crowded_key(int number) {
  base::Hash key;
  key.bytes[0] = static_cast<base::Byte>(number % 7 == 0 ? 0xff : number % 3);
  key.bytes[1] = key.bytes[2] = key.bytes[3] = key.bytes[0] == 0xff ? 0xff : 0;
  key.bytes[20] = static_cast<base::Byte>(number);
  return key;
}

RC_GTEST_PROP(LookupTable, IsAMapWhateverHappens, ()) {
  const auto steps = *rc::gen::container<std::vector<std::pair<bool, int>>>(
      rc::gen::pair(rc::gen::arbitrary<bool>(), rc::gen::inRange(0, 60)));
  LookupTable<base::Hash, int> table;
  std::map<base::Hash, int> model;
  int value = 0;
  for (const auto& [puts, number] : steps) {
    const base::Hash key = crowded_key(number);
    ++value;
    if (puts) {
      RC_ASSERT(table.put(key, value) == model.insert_or_assign(key, value).second);
    } else {
      RC_ASSERT(table.take(key).has_value() == (model.erase(key) == 1));
    }
    RC_ASSERT(table.size() == model.size());
  }
  for (int number = 0; number < 60; ++number) {
    const auto found = model.find(crowded_key(number));
    const int* const there = table.find(crowded_key(number));
    RC_ASSERT((there == nullptr) == (found == model.end()));
    if (there != nullptr) RC_ASSERT(*there == found->second);
  }
  std::vector<std::pair<base::Hash, int>> listed;
  for (const auto* entry : table.sorted()) listed.emplace_back(entry->first, entry->second);
  RC_ASSERT(listed == (std::vector<std::pair<base::Hash, int>>(model.begin(), model.end())));
}

}  // namespace
}  // namespace charter
