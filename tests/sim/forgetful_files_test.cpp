// Aim: the disk that forgets keeps what base/files.h promises, and forgets everything else often enough to
// matter. Method: small stories over a thousand seeds, collecting every outcome; the set of outcomes is
// asserted whole. One story of ordinary calls runs on the real disk too, so that both agree on what is an
// error.
#include "sim/forgetful_files.h"

#include <cstdlib>
#include <filesystem>
#include <functional>
#include <set>

#include <gtest/gtest.h>

#include "os/posix_files.h"

namespace sim {
namespace {

using base::as_bytes;
using base::as_text;
using base::FileMode;

constexpr std::uint64_t kSeeds = 1'000;

/// The content, or "-" if there is none.
std::string look(const base::Files& files, const std::string& path) {
  const auto content = files.read(path, 1'000);
  return content ? std::string(as_text(*content)) : "-";
}

void write(base::Files& files, const std::string& path, std::string_view text) {
  ASSERT_TRUE(files.write_synced(path, as_bytes(text), FileMode::kPublic).has_value());
}

std::set<std::string> outcomes(const std::function<std::string(ForgetfulFiles&)>& story) {
  std::set<std::string> seen;
  for (std::uint64_t seed = 0; seed < kSeeds; ++seed) {
    ForgetfulFiles files(seed);
    seen.insert(story(files));
  }
  return seen;
}

using Outcomes = std::set<std::string>;

TEST(ForgetfulFiles, ANewNameLastsOnlyOnceItsFolderIsSynced) {
  EXPECT_EQ(outcomes([](ForgetfulFiles& files) {
              write(files, "file", "new");
              files.crash();
              return look(files, "file");
            }),
            (Outcomes{"-", "new"}));
  EXPECT_EQ(outcomes([](ForgetfulFiles& files) {
              write(files, "file", "new");
              EXPECT_TRUE(files.sync_folder(".").has_value());
              files.crash();
              return look(files, "file");
            }),
            Outcomes{"new"});
}

TEST(ForgetfulFiles, SyncingAnotherFolderHelpsNothing) {
  EXPECT_EQ(outcomes([](ForgetfulFiles& files) {
              EXPECT_TRUE(files.make_folders("a/b").has_value());
              write(files, "a/b/file", "new");
              EXPECT_TRUE(files.sync_folder("a").has_value());
              files.crash();
              return look(files, "a/b/file") + (files.exists("a/b").value_or(false) ? " b" : "");
            }),
            (Outcomes{"- b", "new b"}));
}

TEST(ForgetfulFiles, ARenameIsTheOldFileOrTheNewOneWhole) {
  EXPECT_EQ(outcomes([](ForgetfulFiles& files) {
              write(files, "file", "old");
              EXPECT_TRUE(files.sync_folder(".").has_value());
              write(files, "file.new", "new");
              EXPECT_TRUE(files.rename("file.new", "file").has_value());
              EXPECT_EQ(look(files, "file") + look(files, "file.new"), "new-");
              files.crash();
              return look(files, "file") + " " + look(files, "file.new");
            }),
            (Outcomes{"old -", "old new", "new -"}));
}

TEST(ForgetfulFiles, ARenameBetweenFoldersNeverLosesAndNeverDoubles) {
  EXPECT_EQ(outcomes([](ForgetfulFiles& files) {
              EXPECT_TRUE(files.make_folders("a").has_value());
              EXPECT_TRUE(files.make_folders("b").has_value());
              write(files, "a/x", "text");
              EXPECT_TRUE(files.rename("a/x", "b/y").has_value());
              EXPECT_TRUE(files.sync_folder("b").has_value());
              files.crash();
              return look(files, "a/x") + " " + look(files, "b/y");
            }),
            Outcomes{"- text"});
}

TEST(ForgetfulFiles, ReplaceFileIsAtomicAndThenDurable) {
  for (std::uint64_t step = 0; step < 5; ++step) {
    const Outcomes seen = outcomes([step](ForgetfulFiles& files) {
      write(files, "file", "old");
      EXPECT_TRUE(files.sync_folder(".").has_value());
      files.fault_at(files.steps() + step, Fault::kStop);
      EXPECT_FALSE(base::replace_file(files, "file", as_bytes("new"), FileMode::kPublic).has_value());
      EXPECT_TRUE(files.stopped());
      EXPECT_FALSE(files.read("file", 100).has_value());
      EXPECT_FALSE(files.exists("file").has_value());
      files.crash();
      return look(files, "file");
    });
    EXPECT_EQ(seen, step < 4 ? Outcomes{"old"} : (Outcomes{"old", "new"})) << "step " << step;
  }
  EXPECT_EQ(outcomes([](ForgetfulFiles& files) {
              write(files, "file", "old");
              EXPECT_TRUE(base::replace_file(files, "file", as_bytes("new"), FileMode::kPublic).has_value());
              EXPECT_EQ(files.steps(), 8U);
              files.crash();
              return look(files, "file");
            }),
            Outcomes{"new"});
}

TEST(ForgetfulFiles, ContentThatWasNotSyncedIsTorn) {
  const Outcomes seen = outcomes([](ForgetfulFiles& files) {
    write(files, "file", "old");
    EXPECT_TRUE(files.sync_folder(".").has_value());
    files.fault_at(files.steps() + 2, Fault::kRefuse);  // truncate, fill, then the sync that fails
    EXPECT_FALSE(files.write_synced("file", as_bytes("ab"), FileMode::kPublic).has_value());
    EXPECT_EQ(look(files, "file"), "ab");
    files.crash();
    return look(files, "file");
  });
  using namespace std::string_literals;
  EXPECT_EQ(seen, (Outcomes{"old", "", "a", "ab", "\0\0"s, "a\0"s}));
}

TEST(ForgetfulFiles, AProcessThatDiesForgetsNothing) {
  EXPECT_EQ(outcomes([](ForgetfulFiles& files) {
              write(files, "file", "new");
              files.fault_at(files.steps(), Fault::kStop);
              EXPECT_FALSE(files.remove("file").has_value());
              files.restart();
              EXPECT_FALSE(files.stopped());
              return look(files, "file");
            }),
            Outcomes{"new"});
}

TEST(ForgetfulFiles, RemovalsAreForgottenToo) {
  EXPECT_EQ(outcomes([](ForgetfulFiles& files) {
              write(files, "file", "old");
              EXPECT_TRUE(files.sync_folder(".").has_value());
              EXPECT_TRUE(files.remove("file").has_value());
              EXPECT_FALSE(files.exists("file").value_or(true));
              files.crash();
              return look(files, "file");
            }),
            (Outcomes{"-", "old"}));
}

TEST(ForgetfulFiles, AFolderWhoseNameIsLostTakesItsFilesAlong) {
  EXPECT_EQ(outcomes([](ForgetfulFiles& files) {
              files.fault_at(1, Fault::kRefuse);  // the folder is made, the sync of its parent fails
              EXPECT_FALSE(files.make_folders("a").has_value());
              write(files, "a/file", "new");
              EXPECT_TRUE(files.sync_folder("a").has_value());
              files.crash();
              return look(files, "a/file");
            }),
            (Outcomes{"-", "new"}));
}

TEST(ForgetfulFiles, AFullDiskStillRenamesAndRemoves) {
  const Outcomes seen = outcomes([](ForgetfulFiles& files) {
    write(files, "file", "old");
    write(files, "other", "x");
    files.fault_at(files.steps(), Fault::kFull);
    const auto written = files.write_synced("file", as_bytes("ab"), FileMode::kPublic);
    EXPECT_EQ(written.error().kind(), base::kFileUnwritable);
    EXPECT_FALSE(files.write_synced("new", as_bytes("ab"), FileMode::kPublic).has_value());
    EXPECT_FALSE(files.make_folders("folder").has_value());
    EXPECT_TRUE(files.rename("other", "another").has_value());
    EXPECT_TRUE(files.sync_folder(".").has_value());
    EXPECT_TRUE(files.remove("another").has_value());
    const std::string partial = look(files, "file");
    files.clear_fault();
    write(files, "file", "room again");
    return partial;
  });
  EXPECT_EQ(seen, (Outcomes{"", "a", "ab"}));
}

TEST(ForgetfulFiles, TheSameSeedForgetsTheSame) {
  const auto story = [](std::uint64_t seed) {
    ForgetfulFiles files(seed);
    for (int i = 0; i < 20; ++i) write(files, "file" + std::to_string(i), "x");
    files.crash();
    return *files.list(".");
  };
  EXPECT_EQ(story(7), story(7));
  EXPECT_NE(story(3), story(12));
}

/// What both disks must say alike about ordinary use.
void ordinary_story(base::Files& files, const std::string& top) {
  EXPECT_EQ(files.read(top + "/none", 9).error().kind(), base::kFileMissing);
  EXPECT_EQ(files.list(top + "/none").error().kind(), base::kFileMissing);
  EXPECT_EQ(files.write_synced(top + "/none/x", {}, FileMode::kPublic).error().kind(), base::kFileMissing);
  EXPECT_TRUE(files.make_folders(top + "/b/c/").has_value());
  EXPECT_TRUE(files.make_folders(top + "/b/c").has_value());
  EXPECT_TRUE(files.write_synced(top + "/b/key", as_bytes("secret"), FileMode::kSecret).has_value());
  EXPECT_TRUE(files.write_synced(top + "/b/a", as_bytes("open"), FileMode::kPublic).has_value());
  EXPECT_EQ(*files.list(top + "/b"), (std::vector<std::string>{"a", "c", "key"}));
  EXPECT_EQ(as_text(files.read_secret(top + "/b/key", 6)->view()), "secret");
  EXPECT_EQ(files.read_secret(top + "/b/key", 5).error().kind(), base::kFileTooLarge);
  EXPECT_EQ(files.read_secret(top + "/b/a", 9).error().kind(), base::kFileExposed);
  EXPECT_EQ(files.write_synced(top + "/b/a", as_bytes("x"), FileMode::kSecret).error().kind(),
            base::kFileExposed);
  EXPECT_EQ(look(files, top + "/b/a"), "open");
  EXPECT_EQ(files.read(top + "/b/a", 3).error().kind(), base::kFileTooLarge);
  EXPECT_EQ(files.read(top + "/b", 9).error().kind(), base::kFileUnreadable);
  EXPECT_EQ(files.remove(top + "/b").error().kind(), base::kFileUnwritable);
  EXPECT_EQ(files.rename(top + "/b/a", top + "/b/c").error().kind(), base::kFileUnwritable);
  EXPECT_EQ(files.rename(top + "/b/x", top + "/b/y").error().kind(), base::kFileMissing);
  EXPECT_TRUE(files.rename(top + "/b/a", top + "/b/a").has_value());
  EXPECT_TRUE(files.remove(top + "/b/c").has_value());
  EXPECT_TRUE(files.remove(top + "/b/a").has_value());
  EXPECT_EQ(files.remove(top + "/b/a").error().kind(), base::kFileMissing);
  EXPECT_FALSE(*files.exists(top + "/b/key/below"));
  EXPECT_EQ(files.list(top + "/b/key").error().kind(), base::kFileMissing);
  EXPECT_EQ(files.sync_folder(top + "/b/key").error().kind(), base::kFileMissing);
  auto held = files.lock(top + "/lock");
  ASSERT_TRUE(held.has_value());
  EXPECT_EQ(files.lock(top + "/lock").error().kind(), base::kFileLocked);
  held->reset();
  EXPECT_TRUE(files.lock(top + "/lock").has_value());
  EXPECT_EQ(*files.list(top), (std::vector<std::string>{"b", "lock"}));
}

TEST(ForgetfulFiles, AgreesWithTheRealDiskOnOrdinaryUse) {
  ForgetfulFiles forgetful(1);
  ASSERT_TRUE(forgetful.make_folders("top").has_value());
  ordinary_story(forgetful, "top");
  std::string folder = testing::TempDir() + "/forgetful-XXXXXX";
  ASSERT_NE(::mkdtemp(folder.data()), nullptr);
  os::PosixFiles real;
  ordinary_story(real, folder);
  std::filesystem::remove_all(folder);
}

TEST(ForgetfulFiles, ACrashDropsLocksAndAnOldLockDropsNothing) {
  ForgetfulFiles files(1);
  auto old = files.lock("lock");
  files.crash();
  const auto mine = files.lock("lock");
  ASSERT_TRUE(mine.has_value());
  old->reset();
  EXPECT_EQ(files.lock("lock").error().kind(), base::kFileLocked);
}

TEST(ForgetfulFiles, AnExposedSecretIsRefused) {
  ForgetfulFiles files(1);
  ASSERT_TRUE(files.write_synced("key", as_bytes("secret"), FileMode::kSecret).has_value());
  files.expose("key");
  EXPECT_EQ(files.read_secret("key", 9).error().kind(), base::kFileExposed);
}

}  // namespace
}  // namespace sim
