// Aim: replace_file makes its steps in the one order that survives a crash, and stops at the first that
// fails. Method: a disk that only writes down what it is asked. (The disk that forgets, tests/sim, shows that
// the order works.)
#include "base/files.h"

#include <gtest/gtest.h>

namespace base {
namespace {

class NotingFiles final : public Files {
 public:
  explicit NotingFiles(std::size_t failing_step) : failing_step_(failing_step) {}
  std::vector<std::string> notes;

  Result<void> write_synced(const std::string& path, ByteView content, FileMode mode) override {
    return note("write " + path + " " + std::string(as_text(content)) +
                (mode == FileMode::kSecret ? " secret" : ""));
  }
  Result<void> rename(const std::string& from, const std::string& to) override {
    return note("rename " + from + " " + to);
  }
  Result<void> sync_folder(const std::string& path) override { return note("sync " + path); }
  Result<void> remove(const std::string& path) override { return note("remove " + path); }
  Result<void> make_folders(const std::string& path) override { return note("make " + path); }
  Result<Bytes> read(const std::string&, std::size_t) const override { return fail(kFileUnreadable); }
  Result<SecretBytes> read_secret(const std::string&, std::size_t) const override {
    return fail(kFileUnreadable);
  }
  Result<bool> exists(const std::string&) const override { return fail(kFileUnreadable); }
  Result<std::vector<std::string>> list(const std::string&) const override { return fail(kFileUnreadable); }
  Result<std::unique_ptr<FileLock>> lock(const std::string&) override { return fail(kFileLocked); }

 private:
  Result<void> note(std::string text) {
    notes.push_back(std::move(text));
    if (notes.size() == failing_step_) return fail(kFileUnwritable, notes.back());
    return {};
  }
  std::size_t failing_step_;
};

const std::vector<std::string> kSteps{"write a/b.new text secret", "rename a/b.new a/b", "sync a"};

TEST(ReplaceFile, StopsAtTheFirstFailureAndReportsIt) {
  for (std::size_t failing = 1; failing <= kSteps.size(); ++failing) {
    NotingFiles files(failing);
    const auto replaced = replace_file(files, "a/b", as_bytes("text"), FileMode::kSecret);
    ASSERT_FALSE(replaced.has_value());
    EXPECT_EQ(replaced.error().kind(), kFileUnwritable);
    EXPECT_EQ(replaced.error().detail(), kSteps[failing - 1]);
    EXPECT_EQ(files.notes.size(), failing);
  }
}

TEST(ReplaceFile, WritesThenRenamesThenSyncsTheFolder) {
  NotingFiles files(0);
  EXPECT_TRUE(replace_file(files, "a/b", as_bytes("text"), FileMode::kSecret).has_value());
  EXPECT_EQ(files.notes, kSteps);
}

TEST(FolderOf, IsWhatStandsBeforeTheLastSlash) {
  EXPECT_EQ(folder_of("a/b/c"), "a/b");
  EXPECT_EQ(folder_of("c"), ".");
  EXPECT_EQ(folder_of("/c"), "/");
  EXPECT_EQ(folder_of("/a/c"), "/a");
}

}  // namespace
}  // namespace base
