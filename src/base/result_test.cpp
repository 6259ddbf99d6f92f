// Aim: errors keep their kind, gather where they happened, and leave a function by TRY and ASSIGN_OR_RETURN
// only. Method: direct.
#include "base/result.h"

#include <memory>

#include <gtest/gtest.h>

namespace base {
namespace {

constexpr ErrorKind kOdd{"odd-number", Category::kInvalid, "our test, section 1"};
constexpr ErrorKind kPlain{"plain", Category::kConflict, ""};

Result<int> halve(int number) {
  if (number % 2 != 0) return fail(kOdd, std::to_string(number));
  return number / 2;
}

Result<int> quarter(int number, bool& reached) {
  ASSIGN_OR_RETURN(const int half, halve(number));
  ASSIGN_OR_RETURN(const int result, halve(half));
  reached = true;
  return result;
}

Result<void> check_even(int number, bool& reached) {
  TRY(halve(number));
  reached = true;
  return {};
}

TEST(Result, ErrorsLeaveAtOnce) {
  bool reached = false;
  EXPECT_EQ(quarter(6, reached).error().detail(), "3");
  EXPECT_EQ(quarter(5, reached).error().kind(), kOdd);
  EXPECT_EQ(check_even(3, reached).error().kind(), kOdd);
  EXPECT_FALSE(reached);
}

TEST(Result, ValuesPass) {
  bool reached = false;
  EXPECT_EQ(*quarter(8, reached), 2);
  EXPECT_TRUE(reached);
  reached = false;
  EXPECT_TRUE(check_even(4, reached).has_value());
  EXPECT_TRUE(reached);
}

TEST(Result, AssignOrReturnMovesAndEvaluatesOnce) {
  int calls = 0;
  const auto make = [&calls]() -> Result<std::unique_ptr<int>> {
    ++calls;
    return std::make_unique<int>(7);
  };
  const auto use = [&make]() -> Result<int> {
    ASSIGN_OR_RETURN(const std::unique_ptr<int> number, make());
    return *number;
  };
  EXPECT_EQ(*use(), 7);
  EXPECT_EQ(calls, 1);
}

TEST(Error, SaysWhatWhereAndWhichRule) {
  EXPECT_EQ(Error(kOdd, "3").message(), "odd-number: 3 [our test, section 1]");
  EXPECT_EQ(Error(kPlain, "").message(), "plain");
  EXPECT_EQ(Error(kPlain, "x").at("line 4").at("file").message(), "plain: file: line 4: x");
  EXPECT_EQ(Error(kPlain, "").at("file").message(), "plain: file");
  EXPECT_EQ(Error(kOdd, "3").at("file").kind(), kOdd);
  EXPECT_NE(kOdd, kPlain);
}

}  // namespace
}  // namespace base
