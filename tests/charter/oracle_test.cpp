// Aim: the oracle itself says what CHARTER.md says.
// Method: the page's numbers worked out by hand for 3, 4, 7 and 13 members, and short lives of proposals with
// their times.
#include "charter/oracle.h"

#include <gtest/gtest.h>

namespace oracle {
namespace {

struct Row {
  unsigned n, f, maj, s, few, fresh, lift, frozen;
};

TEST(Oracle, TheNumbersOfThePageByHand) {
  for (const Row& row : {Row{3, 0, 2, 3, 2, 2, 2, 1}, Row{4, 1, 3, 3, 2, 3, 2, 1},
                         Row{7, 2, 4, 5, 3, 4, 4, 2}, Row{13, 4, 7, 9, 5, 8, 7, 4}}) {
    const Numbers numbers{row.n};
    EXPECT_EQ(numbers.f(), row.f) << row.n;
    EXPECT_EQ(numbers.majority(), row.maj) << row.n;
    EXPECT_EQ(numbers.supermajority(), row.s) << row.n;
    EXPECT_EQ(numbers.few(), row.few) << row.n;
    EXPECT_EQ(numbers.fresh(), row.fresh) << row.n;
    EXPECT_EQ(numbers.lift(), row.lift) << row.n;
    EXPECT_EQ(numbers.frozen_members_max(), row.frozen) << row.n;
  }
}

TEST(Oracle, FourMembersMayNotBecomeThreeButThreeMayBecomeTwo) {
  EXPECT_TRUE(terms_of({4, Kind::kMRemove, false, 3}).refused);
  EXPECT_TRUE(terms_of({4, Kind::kMLeave, false, 3}).refused);
  EXPECT_FALSE(terms_of({3, Kind::kMRemove, false, 2}).refused);
  EXPECT_FALSE(terms_of({5, Kind::kMRemove, false, 4}).refused);
}

TEST(Oracle, AnInvoluntaryChangeWithBothExtensions) {
  const Time start = 1'000'000;
  Course course({7, Kind::kVChange}, start, start + 13 * kDay);
  for (unsigned member = 0; member < 4; ++member) EXPECT_TRUE(course.vote(member, Vote::kYes, start));
  EXPECT_EQ(course.status(), Status::kOpen);
  EXPECT_TRUE(course.vote(4, Vote::kYes, start));
  EXPECT_EQ(course.status(), Status::kLocked);
  EXPECT_FALSE(course.vote(5, Vote::kNo, start));
  EXPECT_TRUE(course.holder_objects(start + 1));
  EXPECT_TRUE(course.holder_objects(start + 2));
  for (unsigned member = 4; member < 7; ++member) EXPECT_TRUE(course.object(member, start + 3));
  EXPECT_EQ(course.locked_until(), start + 74 * kDay);
  for (unsigned member = 0; member < 4; ++member) EXPECT_TRUE(course.vote(member, Vote::kYes, start + 4));
  course.pass(start + 74 * kDay - 1);
  EXPECT_EQ(course.status(), Status::kLocked);
  course.pass(start + 74 * kDay);
  EXPECT_EQ(course.status(), Status::kExecuted);
}

TEST(Oracle, RejectedAsSoonAsTheQuorumIsOutOfReach) {
  Course course({4, Kind::kCTighten}, 0, 13 * kDay);
  EXPECT_TRUE(course.vote(0, Vote::kNo, 1));
  EXPECT_EQ(course.status(), Status::kOpen);
  EXPECT_TRUE(course.vote(1, Vote::kAbstain, 2));
  EXPECT_EQ(course.status(), Status::kRejected);
  EXPECT_EQ(course.since(), 2u);
}

}  // namespace
}  // namespace oracle
