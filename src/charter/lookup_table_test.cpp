// Aim: a LookupTable finds what was put, forgets what was erased, and lists in one order whatever came
// before. Method: the same entries by two histories; text keys and hashed keys.
#include "charter/lookup_table.h"

#include <gtest/gtest.h>

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

}  // namespace
}  // namespace charter
