// Aim: nobody promises two successors of one log, whatever crashes and whatever is damaged.
// Method: second promises refused; every byte of the file altered and every prefix of it read; writes that fail.
#include "storage/succession_memory.h"

#include <gtest/gtest.h>

#include "crypto/hash.h"
#include "storage/map_files_for_test.h"

namespace storage {
namespace {

constexpr const char* kPath = "keys/MEMBER-A.succeeded";

Succeeded promise(const std::string& origin, const std::string& successor, int genesis = 1) {
  return {origin, successor, crypto::sha256(base::as_bytes(std::to_string(genesis)))};
}
SuccessionMemory opened(MapFiles& files) {
  auto memory = SuccessionMemory::open(files, kPath);
  EXPECT_TRUE(memory) << memory.error().message();
  return std::move(*memory);
}

TEST(SuccessionMemory, OneLogHasOneSuccessor) {
  MapFiles files;
  SuccessionMemory memory = opened(files);
  EXPECT_TRUE(memory.all().empty());
  ASSERT_TRUE(memory.store(promise("a", "b")));
  for (const Succeeded& other : {promise("a", "c"), promise("a", "b", 2)}) {
    EXPECT_EQ(memory.check(other).error().kind(), kSucceededOtherwise);
    EXPECT_EQ(memory.store(other).error().kind(), kSucceededOtherwise);
    EXPECT_EQ(opened(files).store(other).error().kind(), kSucceededOtherwise);
  }
  // The successor's own end does not make the first one forgotten.
  ASSERT_TRUE(opened(files).store(promise("b", "c")));
  EXPECT_EQ(opened(files).check(promise("a", "c")).error().kind(), kSucceededOtherwise);
  EXPECT_TRUE(opened(files).check(promise("a", "b")));
  EXPECT_EQ(opened(files).all().size(), 2U);
}

TEST(SuccessionMemory, AFailedWritePromisesNothing) {
  MapFiles files;
  SuccessionMemory memory = opened(files);
  files.writes_left = 0;
  EXPECT_FALSE(memory.store(promise("a", "b")));
  files.writes_left.reset();
  EXPECT_TRUE(memory.all().empty());
  ASSERT_TRUE(memory.store(promise("a", "b")));
  files.writes_left = 0;
  EXPECT_TRUE(memory.store(promise("a", "b"))) << "nothing is to be written";
  EXPECT_FALSE(memory.store(promise("b", "c")));
  EXPECT_EQ(opened(files).all().size(), 1U);
}

TEST(SuccessionMemory, TakesNoDamageForAnEmptyMemory) {
  MapFiles files;
  ASSERT_TRUE(opened(files).store(promise("a.example", "b.example")));
  ASSERT_TRUE(opened(files).store(promise("b.example", "c.example")));
  const base::Bytes good = files.contents.at(kPath);
  for (std::size_t i = 0; i < good.size(); ++i) {
    base::Bytes& bytes = files.contents[kPath];
    bytes.resize(i);
    EXPECT_FALSE(SuccessionMemory::open(files, kPath)) << i;
    bytes = good;
    bytes[i] ^= 1;
    EXPECT_FALSE(SuccessionMemory::open(files, kPath)) << i;
    bytes = good;
  }
  files.contents[kPath].push_back('\n');
  EXPECT_FALSE(SuccessionMemory::open(files, kPath));
  const std::string twice = serialize_succeeded({promise("a", "b"), promise("a", "c")});
  EXPECT_FALSE(parse_succeeded(twice));
}

TEST(SuccessionMemory, HasABound) {
  MapFiles files;
  SuccessionMemory memory = opened(files);
  for (std::size_t i = 0; i < kSuccessionsMax; ++i)
    ASSERT_TRUE(memory.store(promise("log" + std::to_string(i), "next")));
  EXPECT_EQ(memory.store(promise("one-more", "next")).error().kind(), kTooManySuccessions);
  EXPECT_EQ(opened(files).all().size(), kSuccessionsMax);
}

}  // namespace
}  // namespace storage
