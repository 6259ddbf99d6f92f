// Aim: secret bytes are wiped when cut, replaced or dropped, and moved without a copy.
// Method: what is cut off is read through a view of the buffer that is still alive; freed memory is left to
// ASan.
#include "base/secret_bytes.h"

#include <algorithm>
#include <type_traits>
#include <utility>

#include <gtest/gtest.h>

namespace base {
namespace {

static_assert(!std::is_copy_constructible_v<SecretBytes> && !std::is_copy_assignable_v<SecretBytes>);

SecretBytes filled(std::size_t size, Byte value) {
  SecretBytes bytes(size);
  std::ranges::fill(bytes.writable(), value);
  return bytes;
}

TEST(SecretBytesDeathTest, CannotGrow) {
  SecretBytes bytes(3);
  EXPECT_DEATH(bytes.shrink(4), "CHECK failed");
}

TEST(SecretBytes, WhatIsCutOffIsWiped) {
  SecretBytes bytes = filled(8, 7);
  const ByteView whole = bytes.view();
  bytes.shrink(3);
  EXPECT_EQ(bytes.size(), 3U);
  EXPECT_EQ(Bytes(whole.begin(), whole.end()), (Bytes{7, 7, 7, 0, 0, 0, 0, 0}));
}

TEST(SecretBytes, MovesWithoutACopy) {
  SecretBytes first = filled(4, 7);
  const Byte* const address = first.view().data();
  SecretBytes second = std::move(first);
  EXPECT_EQ(second.view().data(), address);
  EXPECT_EQ(first.size(), 0U);  // NOLINT(bugprone-use-after-move): promised to be empty
  SecretBytes third = filled(2, 9);
  third = std::move(second);
  EXPECT_EQ(third.view().data(), address);
  EXPECT_EQ(SecretBytes(5).view()[4], 0);
  EXPECT_EQ(SecretBytes().size(), 0U);
}

}  // namespace
}  // namespace base
