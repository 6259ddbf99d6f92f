// Aim: whatever a server sends, the cache holds only what leads to a checkpoint that counts, and the reader is
//      told by its URL what did not; a server that goes back or shows another history is refused for good.
// Method: a demo registry in memory behind a door that alters single answers; two histories of one genesis.
#include "apps/mirror.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "apps/hub_for_test.h"
#include "apps/reading.h"
#include "apps/registry_folder.h"
#include "codec/base64.h"
#include "merkle/log_tree.h"
#include "storage/annex_store.h"

namespace apps {
namespace {

using ::testing::HasSubstr;

class MirrorTest : public ::testing::Test {
 protected:
  static void SetUpTestSuite() {
    folder_ = new std::string(std::filesystem::temp_directory_path() /
                              ("comity-mirror-test-" + std::to_string(::getpid())));
    std::filesystem::remove_all(*folder_);
    Console console(true);
    InitOptions options;
    options.dir = *folder_;
    options.origin = "registry.example/test";
    options.time = "2026-01-01T00:00:00Z";
    ASSERT_TRUE(run_init(options, console));
    founded_ = new MemoryDisk();
    take_folder(*folder_, *founded_);
    grown_ = new MemoryDisk(*founded_);
    grow(*grown_, 300, base::Seconds(60));
    std::filesystem::remove_all(*folder_);
  }
  static void TearDownTestSuite() {
    delete founded_;
    delete grown_;
    delete folder_;
  }

  /// One empty block for each step of time.
  static void grow(MemoryDisk& disk, unsigned blocks, base::Seconds step) {
    auto session = Session::open(disk, "reg", {.threads = 1});
    ASSERT_TRUE(session) << session.error().message();
    for (unsigned i = 0; i < blocks; ++i) ASSERT_TRUE((*session)->advance(step));
    ASSERT_TRUE((*session)->close());
  }

  base::Result<std::unique_ptr<Mirror>> open(std::optional<std::string> policy = std::nullopt) {
    remarks.clear();
    return Mirror::open(cache, hub, "cache", std::move(policy), remarks, base::Seconds(0));
  }
  /// The state root as read through the mirror, or the error's name.
  static std::string state_through(Mirror& mirror) {
    const auto reading = Reading::open(mirror.files(), mirror.layout().dir);
    if (!reading) return reading.error().message();
    std::vector<std::string> warnings;
    const auto registry = reading->load(warnings);
    return registry ? codec::serialize_base64(registry->state().view()) : registry.error().message();
  }
  static std::string state_of(MemoryDisk& disk) {
    const auto reading = Reading::open(disk, "reg");
    std::vector<std::string> warnings;
    return codec::serialize_base64(reading->load(warnings)->state().view());
  }
  std::size_t tiles_asked() const {
    return static_cast<std::size_t>(
        std::ranges::count_if(hub.asked, [](const std::string& path) { return path.starts_with("/tile/"); }));
  }

  static inline std::string* folder_ = nullptr;
  static inline MemoryDisk* founded_ = nullptr;
  static inline MemoryDisk* grown_ = nullptr;
  HubInMemory hub;
  MemoryDisk cache;
  std::vector<std::string> remarks;
};

TEST_F(MirrorTest, ACheckpointThatDoesNotCountIsRefusedAndNothingIsKept) {
  hub.disk = *founded_;
  std::string text = founded_->text("reg/log/checkpoint");
  const auto last = text.rfind("\u2014 ", text.rfind("\u2014 ") - 1);
  hub.lies["/checkpoint"] = text.substr(0, last);  // two of four cosignatures are gone
  const auto mirror = open();
  ASSERT_FALSE(mirror);
  EXPECT_EQ(mirror.error().kind(), note::kNoQuorum);
  EXPECT_THAT(mirror.error().detail(), HasSubstr("http://hub.test/checkpoint"));
  EXPECT_FALSE(cache.contents.contains("cache/policy"));
  EXPECT_FALSE(cache.contents.contains("cache/log/checkpoint"));
}

TEST_F(MirrorTest, GarbageInEveryPlaceIsRefusedByItsUrlAndNotKept) {
  hub.disk = *grown_;
  {
    auto mirror = open();
    ASSERT_TRUE(mirror) << mirror.error().message();
    ASSERT_EQ(state_through(**mirror), state_of(hub.disk));
    const auto reading = Reading::open((*mirror)->files(), "cache");
    ASSERT_TRUE(reading->log().read_leaves(base::LeafIndex(0), base::LeafIndex(reading->log().size().value()),
                                           [](auto, auto) -> base::Result<void> { return {}; }));
  }
  std::set<std::string> paths(hub.asked.begin(), hub.asked.end());
  std::erase_if(paths, [](const std::string& path) { return !path.starts_with("/tile/"); });
  EXPECT_GE(paths.size(), 5U);  // a full tile and bundle, partial ones, two levels
  for (const std::string& path : paths) {
    const std::string genuine = hub.disk.text(HubInMemory::file_of(path));
    for (const std::string& lie :
         {std::string(), genuine.substr(0, genuine.size() - 1), genuine + "x",
          std::string(1, static_cast<char>(genuine.back() ^ 1)).insert(0, genuine, 0, genuine.size() - 1)}) {
      cache.contents.clear();
      hub.lies = {{path, lie}};
      const auto everything_through = [&]() -> base::Result<void> {
        ASSIGN_OR_RETURN(const auto mirror, open());
        ASSIGN_OR_RETURN(const Reading reading, Reading::open(mirror->files(), "cache"));
        return reading.log().read_leaves(base::LeafIndex(0), base::LeafIndex(reading.log().size().value()),
                                         [](auto, auto) -> base::Result<void> { return {}; });
      };
      const auto read = everything_through();
      EXPECT_FALSE(read) << path;
      if (!read) {
        EXPECT_EQ(read.error().kind(), kHubLies) << read.error().message();
        EXPECT_THAT(read.error().detail(), HasSubstr("http://hub.test"));
      }
      hub.lies.clear();
      const auto honest = everything_through();
      EXPECT_TRUE(honest) << path << ": " << honest.error().message();
    }
  }
}

TEST_F(MirrorTest, WhatWasReadIsNotAskedForAgain) {
  hub.disk = *grown_;
  const std::string expected = state_of(hub.disk);
  {
    const auto mirror = open();
    ASSERT_TRUE(mirror);
    EXPECT_THAT(remarks, ::testing::ElementsAre(HasSubstr("first look at http://hub.test")));
    EXPECT_EQ(state_through(**mirror), expected);
  }
  hub.asked.clear();
  const auto again = open();
  ASSERT_TRUE(again);
  EXPECT_EQ(state_through(**again), expected);
  EXPECT_TRUE(remarks.empty());
  EXPECT_THAT(hub.asked, ::testing::ElementsAre("/policy", "/checkpoint"));
}

TEST_F(MirrorTest, TheCacheGrowsWithTheLogAndDropsFormerPartials) {
  hub.disk = *grown_;
  ASSERT_TRUE(open());
  const std::size_t files = cache.contents.size();
  grow(hub.disk, 3, base::Seconds(60));
  const auto mirror = open();
  ASSERT_TRUE(mirror) << mirror.error().message();
  EXPECT_EQ(state_through(**mirror), state_of(hub.disk));
  EXPECT_LE(cache.contents.size(), files + 3);
}

TEST_F(MirrorTest, ALogThatDroppedItsPartialsIsReadFromTheFullFiles) {
  hub.disk = *founded_;
  const std::string early = hub.disk.text("reg/log/checkpoint");
  hub.disk = *grown_;
  hub.lies["/checkpoint"] = early;
  const auto size = note::parse_signed_checkpoint(early)->checkpoint.size;
  for (const merkle::TileName& name : merkle::partial_tiles(size))
    hub.lies["/" + merkle::tile_path(name)] = std::nullopt;
  hub.lies["/api/v1/snapshots"] = std::nullopt;
  const auto mirror = open();
  ASSERT_TRUE(mirror) << mirror.error().message();
  MemoryDisk founded = *founded_;
  EXPECT_EQ(state_through(**mirror), state_of(founded));
}

TEST_F(MirrorTest, AServerThatGoesBackIsRefusedAndBothCheckpointsAreKept) {
  hub.disk = *grown_;
  ASSERT_TRUE(open());
  const std::string kept = cache.text("cache/log/checkpoint");
  hub.disk = *founded_;
  const auto back = open();
  ASSERT_FALSE(back);
  EXPECT_EQ(back.error().kind(), kWentBack);
  EXPECT_THAT(back.error().detail(), HasSubstr("cache/evidence"));
  EXPECT_EQ(cache.text("cache/evidence/kept.checkpoint"), kept);
  EXPECT_EQ(cache.text("cache/evidence/served.checkpoint"), founded_->text("reg/log/checkpoint"));
  EXPECT_EQ(cache.text("cache/log/checkpoint"), kept);
}

TEST_F(MirrorTest, AnotherHistoryIsRefusedAndLeavesTheCacheUsable) {
  MemoryDisk other = *founded_;
  grow(other, 300, base::Seconds(61));
  hub.disk = other;
  const auto same_size = note::parse_signed_checkpoint(other.text("reg/log/checkpoint"))->checkpoint.size;
  {
    hub.disk = *grown_;
    ASSERT_EQ(note::parse_signed_checkpoint(grown_->text("reg/log/checkpoint"))->checkpoint.size, same_size);
    ASSERT_TRUE(open());
  }
  const auto kept = cache.contents;
  hub.disk = other;
  const auto equal = open();
  ASSERT_FALSE(equal);
  EXPECT_EQ(equal.error().kind(), kOtherHistory) << equal.error().message();
  grow(other, 300, base::Seconds(61));  // so long that full tiles of it are fetched for the comparison
  hub.disk = other;
  const auto longer = open();
  ASSERT_FALSE(longer);
  EXPECT_EQ(longer.error().kind(), kOtherHistory) << longer.error().message();
  for (const auto& [path, bytes] : kept) EXPECT_EQ(cache.contents[path], bytes) << path;
  EXPECT_EQ(cache.text("cache/evidence/served.checkpoint"), other.text("reg/log/checkpoint"));
  hub.disk = *grown_;
  grow(hub.disk, 300, base::Seconds(60));
  const auto mirror = open();
  ASSERT_TRUE(mirror) << mirror.error().message();
  EXPECT_EQ(state_through(**mirror), state_of(hub.disk));
}

TEST_F(MirrorTest, APolicyOfAnotherRegistryIsRefused) {
  hub.disk = *founded_;
  std::string policy = founded_->text("reg/policy");
  const auto genesis = policy.find("# genesis: ") + 11;
  policy[genesis] = policy[genesis] == 'A' ? 'B' : 'A';
  const auto given = open(policy);
  ASSERT_FALSE(given);
  EXPECT_EQ(given.error().kind(), kOtherRegistry) << given.error().message();
  // The same lie told by the server at the first look: the log does not begin with that genesis.
  hub.lies["/policy"] = policy;
  const auto served = open();
  ASSERT_FALSE(served);
  EXPECT_EQ(served.error().kind(), kOtherRegistry) << served.error().message();
  EXPECT_FALSE(cache.contents.contains("cache/policy"));
  hub.lies.clear();
  EXPECT_TRUE(open(founded_->text("reg/policy")));
  EXPECT_TRUE(remarks.empty());
}

TEST_F(MirrorTest, APolicyFarAheadWithoutStepsIsNotBelieved) {
  hub.disk = *founded_;
  ASSERT_TRUE(open());
  std::string policy = founded_->text("reg/policy");
  policy.replace(policy.find("# epoch: ") + 9, 1, "9");
  hub.lies["/policy"] = policy;
  auto mirror = open();
  ASSERT_TRUE(mirror) << mirror.error().message();  // it counts by the policy that is known, all else is talk
  EXPECT_EQ((*mirror)->policy().header->epoch, base::Epoch(1));
  policy.replace(policy.find("# epoch: ") + 9, 1, "99999999");
  hub.lies["/policy"] = policy;
  mirror->reset();
  const auto far = open();
  ASSERT_FALSE(far);
  EXPECT_EQ(far.error().kind(), kHubLies);
}

TEST_F(MirrorTest, SnapshotsAreKeptOnlyIfTheLogVouchesForThem) {
  hub.disk = *grown_;
  std::string path;
  for (const auto& [name, bytes] : hub.disk.contents)
    if (name.starts_with("reg/snapshots/")) path = name;
  ASSERT_FALSE(path.empty());
  const std::string url = path.substr(3);
  std::string snapshot = hub.disk.text(path);
  snapshot[snapshot.size() / 2] = static_cast<char>(snapshot[snapshot.size() / 2] ^ 1);
  hub.lies[url] = snapshot;
  {
    const auto mirror = open();
    ASSERT_TRUE(mirror);
    std::vector<std::string> warnings;
    (*mirror)->files().on_warning([&](const std::string& warning) { warnings.push_back(warning); });
    EXPECT_EQ(state_through(**mirror), state_of(hub.disk));
    EXPECT_FALSE(cache.contents.contains("cache" + url));
    EXPECT_THAT(warnings, ::testing::ElementsAre(HasSubstr("http://hub.test" + url)));
  }
  hub.lies.clear();
  const auto mirror = open();
  ASSERT_TRUE(mirror);
  EXPECT_EQ(state_through(**mirror), state_of(hub.disk));
  EXPECT_TRUE(cache.contents.contains("cache" + url));
}

TEST_F(MirrorTest, AnnexesAreReadAndNeverKept) {
  hub.disk = *founded_;
  storage::Annex annex{{}, "a reason\n"};
  const std::string name = "annex/" + codec::serialize_base64url(storage::annex_commitment(annex).view());
  hub.lies["/" + name] = storage::serialize_annex(annex);
  const auto mirror = open();
  ASSERT_TRUE(mirror);
  const storage::AnnexStore annexes((*mirror)->files(), (*mirror)->layout().annex_folder());
  const auto read = annexes.get(storage::annex_commitment(annex));
  ASSERT_TRUE(read) << read.error().message();
  EXPECT_EQ(*read, annex);
  EXPECT_FALSE(cache.contents.contains("cache/log/" + name));
  hub.lies["/" + name] = storage::serialize_annex({{}, "another\n"});
  EXPECT_EQ(annexes.get(storage::annex_commitment(annex)).error().kind(), storage::kBadAnnex);
  hub.lies["/" + name] = std::nullopt;
  EXPECT_EQ(annexes.get(storage::annex_commitment(annex)).error().kind(), base::kFileMissing);
}

TEST_F(MirrorTest, OneProcessAtATime) {
  hub.disk = *founded_;
  const auto first = open();
  ASSERT_TRUE(first);
  const auto second = open();
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().kind(), base::kFileLocked);
  (*first)->pause();
  EXPECT_TRUE(open());
  EXPECT_TRUE((*first)->refresh(remarks));
  EXPECT_FALSE(open());
}

TEST_F(MirrorTest, ADamagedEdgeInTheCacheIsFetchedAgain) {
  hub.disk = *grown_;
  ASSERT_TRUE(open());
  for (auto& [path, bytes] : cache.contents)
    if (path.starts_with("cache/log/tile/") && path.find(".p/") != std::string::npos) bytes.back() ^= 1;
  const auto mirror = open();
  ASSERT_TRUE(mirror) << mirror.error().message();
  EXPECT_EQ(state_through(**mirror), state_of(hub.disk));
}

}  // namespace
}  // namespace apps
