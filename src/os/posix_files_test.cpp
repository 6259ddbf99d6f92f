// Aim: the real disk keeps base::Files' contract, above all in what it refuses and how it says so.
// Method: a fresh folder under the system's temporary folder; a full disk by RLIMIT_FSIZE.
#include "os/posix_files.h"

#include <csignal>
#include <cstdlib>
#include <filesystem>

#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

namespace os {
namespace {

using base::as_bytes;
using base::as_text;
using base::FileMode;

class PosixFilesTest : public testing::Test {
 protected:
  void SetUp() override {
    std::string name = testing::TempDir() + "/posix-files-XXXXXX";
    ASSERT_NE(::mkdtemp(name.data()), nullptr);
    folder_ = name;
  }
  void TearDown() override { std::filesystem::remove_all(folder_); }
  std::string path(const std::string& name) const { return folder_ + "/" + name; }
  void write(const std::string& name, std::string_view text, FileMode mode = FileMode::kPublic) {
    const auto written = files_.write_synced(path(name), as_bytes(text), mode);
    ASSERT_TRUE(written.has_value()) << written.error().message();
  }
  std::string read(const std::string& name) const {
    const auto content = files_.read(path(name), 1'000'000);
    return content ? std::string(as_text(*content)) : content.error().message();
  }
  mode_t mode_of(const std::string& name) const {
    struct stat status{};
    EXPECT_EQ(::stat(path(name).c_str(), &status), 0);
    return status.st_mode & 07777U;
  }

  std::string folder_;
  PosixFiles files_;
};

TEST_F(PosixFilesTest, MissingFilesAreTheirOwnKindAndNamed) {
  const auto content = files_.read(path("none"), 10);
  ASSERT_FALSE(content.has_value());
  EXPECT_EQ(content.error().kind(), base::kFileMissing);
  EXPECT_NE(content.error().detail().find(path("none")), std::string::npos);
  EXPECT_NE(content.error().detail().find("No such file"), std::string::npos);
  EXPECT_EQ(files_.list(path("none")).error().kind(), base::kFileMissing);
  EXPECT_EQ(files_.remove(path("none")).error().kind(), base::kFileMissing);
  EXPECT_EQ(files_.rename(path("none"), path("other")).error().kind(), base::kFileMissing);
  EXPECT_EQ(files_.write_synced(path("none/file"), {}, FileMode::kPublic).error().kind(), base::kFileMissing);
  EXPECT_EQ(files_.sync_folder(path("none")).error().kind(), base::kFileMissing);
  EXPECT_FALSE(*files_.exists(path("none")));
  write("file", "x");
  EXPECT_FALSE(*files_.exists(path("file/below")));
}

TEST_F(PosixFilesTest, ReadsUpToTheLimitAndNotOneByteMore) {
  write("file", std::string(100, 'a'));
  EXPECT_EQ(files_.read(path("file"), 100)->size(), 100U);
  const auto content = files_.read(path("file"), 99);
  ASSERT_FALSE(content.has_value());
  EXPECT_EQ(content.error().kind(), base::kFileTooLarge);
  EXPECT_EQ(files_.read("/dev/zero", 200'000).error().kind(), base::kFileTooLarge);
  EXPECT_EQ(files_.read(folder_, 100).error().kind(), base::kFileUnreadable);
}

TEST_F(PosixFilesTest, WritesEverySizeAndTruncates) {
  for (const std::size_t size : {std::size_t{0}, std::size_t{1}, std::size_t{65'536}, std::size_t{300'001}}) {
    const std::string text(size, 'b');
    write("file", text);
    EXPECT_EQ(read("file"), text);
  }
  write("file", "short");
  EXPECT_EQ(read("file"), "short");
  const mode_t mask = ::umask(0);
  ::umask(mask);
  EXPECT_EQ(mode_of("file"), 0644U & ~mask);
}

TEST_F(PosixFilesTest, ADiskThatFillsUpMidwayIsReported) {
  // Past the limit the kernel first writes short, then fails: the same path as a disk without room.
  rlimit before{};
  ASSERT_EQ(::getrlimit(RLIMIT_FSIZE, &before), 0);
  ::signal(SIGXFSZ, SIG_IGN);
  const rlimit small{.rlim_cur = 1'000, .rlim_max = before.rlim_max};
  ASSERT_EQ(::setrlimit(RLIMIT_FSIZE, &small), 0);
  const auto written = files_.write_synced(path("file"), base::Bytes(1'500), FileMode::kPublic);
  ASSERT_EQ(::setrlimit(RLIMIT_FSIZE, &before), 0);
  ASSERT_FALSE(written.has_value());
  EXPECT_EQ(written.error().kind(), base::kFileUnwritable);
  EXPECT_EQ(written.error().detail(), path("file") + ": write: File too large");
  EXPECT_EQ(files_.read(path("file"), 2'000)->size(), 1'000U);
}

TEST_F(PosixFilesTest, SecretsAreReadOnlyByTheirOwner) {
  write("key", "secret", FileMode::kSecret);
  EXPECT_EQ(mode_of("key"), 0600U);
  const auto secret = files_.read_secret(path("key"), 6);
  ASSERT_TRUE(secret.has_value()) << secret.error().message();
  EXPECT_EQ(as_text(secret->view()), "secret");
  EXPECT_EQ(files_.read_secret(path("key"), 5).error().kind(), base::kFileTooLarge);
  EXPECT_EQ(files_.read_secret(path("none"), 5).error().kind(), base::kFileMissing);
}

TEST_F(PosixFilesTest, ExposedSecretsAreRefusedBothWays) {
  for (const mode_t mode : {0640U, 0604U, 0610U, 0602U, 0644U}) {
    write("key", "old", FileMode::kSecret);
    ASSERT_EQ(::chmod(path("key").c_str(), mode), 0);
    const auto secret = files_.read_secret(path("key"), 100);
    ASSERT_FALSE(secret.has_value());
    EXPECT_EQ(secret.error().kind(), base::kFileExposed);
    const auto written = files_.write_synced(path("key"), as_bytes("new"), FileMode::kSecret);
    ASSERT_FALSE(written.has_value());
    EXPECT_EQ(written.error().kind(), base::kFileExposed);
    EXPECT_EQ(read("key"), "old");
    ASSERT_EQ(::chmod(path("key").c_str(), 0600), 0);
  }
}

TEST_F(PosixFilesTest, LinksAndPipesDoNotStandInForSecretsOrWrites) {
  write("target", "old", FileMode::kSecret);
  ASSERT_EQ(::symlink(path("target").c_str(), path("link").c_str()), 0);
  EXPECT_FALSE(files_.read_secret(path("link"), 100).has_value());
  EXPECT_FALSE(files_.write_synced(path("link"), as_bytes("new"), FileMode::kPublic).has_value());
  EXPECT_FALSE(files_.lock(path("link")).has_value());
  EXPECT_EQ(read("target"), "old");
  EXPECT_EQ(read("link"), "old");
  ASSERT_EQ(::mkfifo(path("pipe").c_str(), 0600), 0);
  EXPECT_EQ(files_.read_secret(path("pipe"), 100).error().kind(), base::kFileUnreadable);
  EXPECT_EQ(files_.write_synced(path("pipe"), as_bytes("x"), FileMode::kSecret).error().kind(),
            base::kFileUnwritable);
}

TEST_F(PosixFilesTest, APathWithANulByteNamesNothing) {
  write("file", "x");
  const std::string cut = path("file") + std::string("\0.tmp", 5);
  EXPECT_FALSE(files_.read(cut, 10).has_value());
  EXPECT_FALSE(files_.exists(cut).has_value());
  EXPECT_FALSE(files_.list(cut).has_value());
  EXPECT_FALSE(files_.remove(cut).has_value());
  EXPECT_FALSE(files_.rename(path("file"), cut).has_value());
  EXPECT_FALSE(files_.make_folders(cut).has_value());
  EXPECT_EQ(read("file"), "x");
}

TEST_F(PosixFilesTest, MakesFoldersOnceAndListsSorted) {
  for (int round = 0; round < 2; ++round) {
    const auto made = files_.make_folders(path("a/b/c"));
    ASSERT_TRUE(made.has_value()) << made.error().message();
  }
  ASSERT_TRUE(files_.make_folders(path("a/d/")).has_value());
  write("a/z", "");
  write("a/B", "");
  EXPECT_EQ(*files_.list(path("a")), (std::vector<std::string>{"B", "b", "d", "z"}));
  EXPECT_FALSE(files_.make_folders(path("a/z")).has_value());
  EXPECT_FALSE(files_.make_folders(path("a/z/y")).has_value());
  EXPECT_FALSE(files_.make_folders("").has_value());
  EXPECT_TRUE(files_.sync_folder(path("a")).has_value());
  EXPECT_FALSE(files_.remove(path("a")).has_value());
  EXPECT_TRUE(files_.remove(path("a/d")).has_value());
  EXPECT_FALSE(*files_.exists(path("a/d")));
}

TEST_F(PosixFilesTest, ReplaceLeavesOnlyTheNewFile) {
  write("file", "old");
  write("file.new", "left by a crash, and longer than what follows");
  ASSERT_TRUE(base::replace_file(files_, path("file"), as_bytes("new"), FileMode::kPublic).has_value());
  EXPECT_EQ(read("file"), "new");
  EXPECT_EQ(*files_.list(folder_), std::vector<std::string>{"file"});
}

TEST_F(PosixFilesTest, ALockExcludesUntilItIsDropped) {
  auto first = files_.lock(path("lock"));
  ASSERT_TRUE(first.has_value());
  const auto second = files_.lock(path("lock"));
  ASSERT_FALSE(second.has_value());
  EXPECT_EQ(second.error().kind(), base::kFileLocked);
  first->reset();
  EXPECT_TRUE(files_.lock(path("lock")).has_value());
}

}  // namespace
}  // namespace os
