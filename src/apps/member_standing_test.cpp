// Aim: a status says of each member what can be known here, and names what was cosigned and does not count.
// Method: memories and judged checkpoints made by hand, beside one checkpoint.
#include "apps/member_standing.h"

#include <gtest/gtest.h>

#include "base/files.h"

namespace apps {
namespace {

using base::Result;
using base::TreeSize;

note::Checkpoint counted() {
  note::Checkpoint checkpoint{"registry.example/test", TreeSize(7), {}};
  checkpoint.root.bytes[0] = 1;
  return checkpoint;
}

Result<storage::Cosigned> memory(std::uint64_t size, const base::Hash& root) {
  storage::Cosigned cosigned;
  cosigned.size = TreeSize(size);
  cosigned.root = root;
  return cosigned;
}

TEST(MemberStanding, AMemoryThatCannotBeReadIsNamed) {
  const Result<storage::Cosigned> gone = base::fail(base::kFileMissing, "members/MEMBER-B/cosigned");
  const MemberStanding standing = standing_by_memory("MEMBER-B", gone, counted());
  EXPECT_EQ(standing.member, "MEMBER-B");
  EXPECT_FALSE(standing.cosigned_size);
  EXPECT_NE(standing.state.find("file-missing"), std::string::npos) << standing.state;
}

TEST(MemberStanding, MoreThanWhatCountsIsSaid) {
  const MemberStanding standing = standing_by_memory("MEMBER-B", memory(9, {}), counted());
  EXPECT_EQ(standing.cosigned_size, 9U);
  EXPECT_EQ(standing.state, "cosigned 9 leaves, which do not count yet");
}

TEST(MemberStanding, OnlyTheSameRootIsInStep) {
  EXPECT_EQ(standing_by_memory("MEMBER-B", memory(5, counted().root), counted()).state, "behind");
  EXPECT_EQ(standing_by_memory("MEMBER-B", memory(7, {}), counted()).state, "behind");
  EXPECT_EQ(standing_by_memory("MEMBER-B", memory(7, counted().root), counted()).state, "in step");
}

TEST(MemberStanding, FromAfarTheLineIsSeen) {
  const Result<note::CheckedCheckpoint> no = base::fail(note::kNoQuorum, "too few");
  EXPECT_EQ(standing_by_line("MEMBER-B", no, counted()).state, "not on this checkpoint");
  note::CheckedCheckpoint checked;
  checked.cosigners.emplace_back().name = "MEMBER-C";
  EXPECT_EQ(standing_by_line("MEMBER-B", checked, counted()).state, "not on this checkpoint");
  const MemberStanding there = standing_by_line("MEMBER-C", checked, counted());
  EXPECT_EQ(there.state, "in step");
  EXPECT_EQ(there.cosigned_size, 7U);
}

}  // namespace
}  // namespace apps
