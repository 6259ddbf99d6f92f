// Aim: a state is cut into carry records in one way only, and comes out of them as it went in.
// Method: cut states whose texts end at, before and behind the border of a leaf; then spoil one part at a time.
#include "record/carry.h"

#include <algorithm>

#include <gtest/gtest.h>

#include "base/limits.h"

namespace record {
namespace {

constexpr std::string_view kOrigin = "new.example/root";

std::vector<Record> parsed(const std::vector<std::string>& leaves) {
  std::vector<Record> records;
  for (const std::string& leaf : leaves) {
    auto record = Record::parse(std::string_view(leaf));
    EXPECT_TRUE(record) << record.error().message();
    if (record) records.push_back(std::move(*record));
  }
  return records;
}

std::string text_of(std::size_t number, std::size_t lines, std::size_t line_bytes) {
  std::string text = "domain: " + std::to_string(1'000'000 + number) + ".\n";
  for (std::size_t i = 0; i < lines; ++i) text += std::string(line_bytes, 'x') + "\n";
  return text;
}

CarriedTexts sample_texts(std::size_t count, std::size_t line_bytes) {
  CarriedTexts texts;
  for (std::size_t i = 0; i < count; ++i) texts.objects.push_back(text_of(i, 1 + i % 7, line_bytes));
  texts.rules = {"clock: current\norigin: registry.example/root\n", "proposal: ID\nclass: H1\n||leaf\n"};
  return texts;
}

TEST(Carry, RefusesWhatIsNotTheOneCut) {
  const auto leaves = serialize_carry(kOrigin, sample_texts(1'500, 61)).value();
  ASSERT_GE(leaves.size(), 4U);
  const auto expect_refused = [&](const auto& spoil, std::string_view detail) {
    std::vector<std::string> spoiled = leaves;
    spoil(spoiled);
    const auto refused = parse_carry(kOrigin, parsed(spoiled));
    ASSERT_FALSE(refused) << detail;
    EXPECT_EQ(refused.error().kind(), kBadCarry);
    EXPECT_NE(refused.error().detail().find(detail), std::string::npos) << refused.error().detail();
  };
  const auto replace = [](std::string& text, std::string_view from, std::string_view to) {
    const auto at = text.find(from);
    ASSERT_NE(at, std::string::npos) << from;
    text.replace(at, from.size(), to);
  };
  expect_refused([](auto& parts) { parts.erase(parts.begin() + 1); }, "part 2");
  expect_refused([](auto& parts) { std::swap(parts[0], parts[1]); }, "part 1");
  expect_refused([](auto& parts) { parts.pop_back(); }, "objects and rules");
  expect_refused([&](auto& parts) { replace(parts[0], kOrigin, "old.example/root"); }, "part 1");
  expect_refused([&](auto& parts) { replace(parts.back(), "tree: rules", "tree: objects"); }, "room");
  expect_refused([&](auto& parts) { replace(parts[0], "tree: objects", "tree: rules"); },
                 "objects come first");
  expect_refused([&](auto& parts) { replace(parts[0], "1000000.\n", "1000001.\n"); }, "domain:1000001.");
  const std::string line = "|" + std::string(61, 'x') + "\n";
  expect_refused([&](auto& parts) { replace(parts[0], "|\n|domain: 1000001.\n" + line, ""); }, "has room");
  expect_refused([&](auto& parts) { replace(parts.back(), "|||leaf\n|\n", "|||leaf\n"); }, "has no end");
  expect_refused([&](auto& parts) { replace(parts.back(), "|proposal: ID\n", ""); }, "class:H1");
  expect_refused([&](auto& parts) { replace(parts.back(), "|clock: current\n", "|clock:\n"); }, "class: key");
  EXPECT_FALSE(parse_carry(kOrigin, {}));
}

TEST(Carry, ComesOutAsItWentIn) {
  for (std::size_t line_bytes = 40; line_bytes < 75; ++line_bytes) {
    const CarriedTexts texts = sample_texts(900, line_bytes);
    const auto leaves = serialize_carry(kOrigin, texts).value();
    EXPECT_TRUE(std::ranges::all_of(
        leaves, [](const std::string& leaf) { return leaf.size() <= base::kRecordBytesMax; }));
    const auto again = parse_carry(kOrigin, parsed(leaves));
    ASSERT_TRUE(again) << again.error().message();
    EXPECT_EQ(again->objects, texts.objects);
    EXPECT_EQ(again->rules, texts.rules);
  }
}

// A proposal's text holds a whole leaf, so it is longer than one record and goes over several.
TEST(Carry, CutsWithinATextAndNoFurther) {
  CarriedTexts texts = sample_texts(1, 10);
  texts.rules = {text_of(1, 2'000, 900)};
  const auto leaves = serialize_carry(kOrigin, texts).value();
  EXPECT_GT(leaves.size(), 20U);
  EXPECT_EQ(parse_carry(kOrigin, parsed(leaves)).value().rules, texts.rules);
  texts.rules = {text_of(1, 1, base::kRecordBytesMax)};
  EXPECT_FALSE(serialize_carry(kOrigin, texts));
  texts.rules = {text_of(1, 300'000, 1'000)};
  EXPECT_FALSE(serialize_carry(kOrigin, texts));  // more than 4,095 leaves
  texts.rules = {"clock\n"};
  EXPECT_FALSE(serialize_carry(kOrigin, texts));
}

}  // namespace
}  // namespace record
