// Aim: a sound log passes in both modes of trust and leads to the replica's state; every kind of damage is
// found and named by file or leaf: bytes flipped, files cut or gone, records swapped, dropped, forged, block
// records altered or missing, another root. Method: a log of more than one bundle on a disk in memory; damage
// to its files, and whole logs written anew around one lie, whose tiles and root are then right.
#include "audit/fsck.h"

#include <functional>

#include <gtest/gtest.h>

#include "base/check.h"
#include "codec/base64.h"
#include "sim/forgetful_files.h"
#include "sim/table.h"
#include "storage/log_store.h"
#include "support/world.h"

namespace audit {
namespace {

using actors::Draft;
using Leaves = std::vector<std::string>;

constexpr Trust kModes[] = {Trust::kNothing, Trust::kCheckpoint};

class FsckTest : public ::testing::Test {
 protected:
  static void SetUpTestSuite() { grow(); }
  static void TearDownTestSuite() { leaves_.clear(); }

  // The world, and country changes until there are two full bundles and a bit.
  static void grow() {
    sim::ForgetfulFiles disk(1);
    sim::StandingClock clock(actors::kGenesisTime + base::Seconds(60));
    actors::Cast cast(4);
    sim::Table table(disk, clock, cast);
    CHECK(table.open({"MEMBER-A"}).error().kind() == engine::kNotCounted);  // alone: a log, but no checkpoint
    replica::Replica& replica = table.replica(0);
    const auto play = [&](const std::vector<Draft>& drafts) {
      Leaves block;
      for (const Draft& draft : drafts) block.push_back(draft.leaf());
      const auto outcome = replica.finalize({replica.info().height.next(), clock.now(), block});
      CHECK(outcome && replica.commit());
      for (const auto& refusal : outcome->outcomes) CHECK(!refusal);
    };
    cast.now = clock.now();
    play(actors::standard_world(cast));
    play(actors::close_founding(cast));
    for (int i = 0; replica.log().size().value() < 600; ++i) {
      cast.now = cast.now + base::Seconds(14'400);  // within the budget of a day
      clock.move_to(cast.now);
      std::vector<Draft> drafts;
      for (const char* handle : {"ORG-ALFA", "ORG-BETA", "ORG-GAMMA", "ORG-DELTA"}) {
        const std::string change = i == 0 ? "+ country: NL" : i % 2 == 1 ? "- country: NL" : "+ country: NL";
        drafts.push_back(cast.proposal(handle, "H1", {actors::change("organisation", handle, {change})}));
      }
      play(drafts);
    }
    state_ = replica.info().state;
    const auto read =
        replica.log().read_leaves(base::LeafIndex(0), base::LeafIndex(replica.log().size().value()),
                                  [&](auto, base::ByteView leaf) -> base::Result<void> {
                                    leaves_.emplace_back(base::as_text(leaf));
                                    return {};
                                  });
    CHECK(read);
  }

  // Writes a log of these leaves; its tiles and its checkpoint are right, whatever the leaves say.
  note::Checkpoint write(const Leaves& leaves) {
    files = std::make_unique<sim::ForgetfulFiles>(2);
    auto store = storage::LogStore::open(*files, "log", base::TreeSize(0), merkle::empty_log_root());
    CHECK(store);
    std::vector<base::ByteView> views;
    for (const std::string& leaf : leaves) views.push_back(base::as_bytes(leaf));
    CHECK((*store)->append(views) && (*store)->sync());
    return {std::string(actors::kOrigin), (*store)->size(), (*store)->root()};
  }
  base::Result<FsckReport> check(const note::Checkpoint& checkpoint, Trust trust, unsigned threads = 2) {
    FsckOptions options{trust, threads, nullptr};
    return check_log(storage::LogFolder(*files, "log", checkpoint.size), checkpoint, options);
  }
  // The damage must be found in the given modes, and its detail must hold `named`.
  void expect_named(const note::Checkpoint& checkpoint, const std::string& named,
                    std::span<const Trust> modes = kModes) {
    for (const Trust trust : modes) {
      const auto report = check(checkpoint, trust);
      ASSERT_FALSE(report) << named << ", trust " << static_cast<int>(trust);
      EXPECT_NE(report.error().message().find(named), std::string::npos) << report.error().message();
    }
  }
  void expect_lie_named(const std::function<void(Leaves&)>& lie, const std::string& named,
                        std::span<const Trust> modes = kModes) {
    Leaves leaves = leaves_;
    lie(leaves);
    expect_named(write(leaves), named, modes);
  }
  static std::size_t find(std::string_view what, std::size_t from = 0) {
    for (std::size_t i = from; i < leaves_.size(); ++i) {
      if (leaves_[i].find(what) != std::string::npos) return i;
    }
    CHECK(false);
    return 0;
  }
  static std::string leaf_name(std::size_t index) { return "leaf " + std::to_string(index) + ":"; }
  static std::string with(std::string text, const std::string& from, const std::string& to) {
    CHECK(text.find(from) != std::string::npos);
    return text.replace(text.find(from), from.size(), to);
  }

  static Leaves leaves_;
  static base::Hash state_;
  std::unique_ptr<sim::ForgetfulFiles> files;
};

Leaves FsckTest::leaves_;
base::Hash FsckTest::state_;

TEST_F(FsckTest, ASoundLogPassesAndLeadsToTheState) {
  const note::Checkpoint checkpoint = write(leaves_);
  ASSERT_GT(checkpoint.size.value(), 512U);
  for (const Trust trust : kModes) {
    for (const unsigned threads : {1U, 4U}) {
      const auto report = check(checkpoint, trust, threads);
      ASSERT_TRUE(report) << report.error().message();
      EXPECT_EQ(report->registry.state(), state_);
      EXPECT_EQ(report->leaves, leaves_.size());
      EXPECT_EQ(report->signatures > leaves_.size() / 2, trust == Trust::kNothing);
    }
  }
}

TEST_F(FsckTest, EveryFileOfTheLogIsMissedAndEveryByteOfItCounts) {
  const note::Checkpoint checkpoint = write(leaves_);
  const std::string tail = std::to_string(checkpoint.size.value() - 512);
  const std::vector<std::string> paths{"tile/entries/000", "tile/entries/001", "tile/entries/002.p/" + tail,
                                       "tile/0/000",       "tile/0/001",       "tile/0/002.p/" + tail,
                                       "tile/1/000.p/2"};
  for (const std::string& name : paths) {
    const std::string path = "log/" + name;
    const auto whole = files->read(path, base::kBundleBytesMax);
    ASSERT_TRUE(whole) << path;
    for (std::size_t at = 0; at < whole->size(); at += 1 + whole->size() / 5) {
      base::Bytes spoilt = *whole;
      spoilt[at] ^= 0x20;
      ASSERT_TRUE(files->write_synced(path, spoilt, base::FileMode::kPublic));
      // A flipped bit in a bundle may be seen as a hash that differs from the tile beside it.
      const std::string number = name.substr(name.rfind("/00") + 1);
      for (const Trust trust : kModes) {
        const auto report = check(checkpoint, trust);
        ASSERT_FALSE(report) << path << " byte " << at;
        EXPECT_NE(report.error().message().find(number), std::string::npos) << report.error().message();
      }
    }
    base::Bytes cut = *whole;
    cut.pop_back();
    ASSERT_TRUE(files->write_synced(path, cut, base::FileMode::kPublic));
    expect_named(checkpoint, path);
    ASSERT_TRUE(files->remove(path));
    expect_named(checkpoint, path);
    ASSERT_TRUE(files->write_synced(path, *whole, base::FileMode::kPublic));
  }
  EXPECT_TRUE(check(checkpoint, Trust::kNothing));
}

TEST_F(FsckTest, AnotherRootOrSizeIsNotThisLogs) {
  note::Checkpoint checkpoint = write(leaves_);
  checkpoint.root.bytes[3] ^= 1;
  for (const Trust trust : kModes) {
    const auto report = check(checkpoint, trust);
    ASSERT_FALSE(report);
    EXPECT_TRUE(report.error().kind() == kWrongRoot);
  }
}

TEST_F(FsckTest, ALogThatDoesNotEndABlockIsRefused) {
  const auto shorter = [](Leaves& leaves) { leaves.pop_back(); };
  expect_lie_named(shorter, "the last leaf is no block record");
  expect_lie_named([](Leaves& leaves) { leaves.resize(1); }, "the last leaf is no block record");
}

TEST_F(FsckTest, RecordsSwappedDroppedRepeatedOrStrangeAreNamed) {
  const std::size_t proposal = find("class: K");
  expect_lie_named([&](Leaves& leaves) { std::swap(leaves[proposal], leaves[proposal + 1]); },
                   leaf_name(proposal));
  const std::size_t ballot = find("comity/1 ballot");
  const std::size_t block = find("comity/1 block", ballot);
  const auto position = [](std::size_t at) { return static_cast<std::ptrdiff_t>(at); };
  // Without one ballot something later does not hold: at the latest the block record.
  expect_lie_named([&](Leaves& leaves) { leaves.erase(leaves.begin() + position(block - 1)); },
                   leaf_name(block - 1));
  expect_lie_named([&](Leaves& leaves) { leaves.insert(leaves.begin() + position(block), leaves[ballot]); },
                   leaf_name(block));
  expect_lie_named([&](Leaves& leaves) { leaves[ballot] = "nonsense\n"; }, leaf_name(ballot));
  expect_lie_named([&](Leaves& leaves) { leaves[ballot].insert(0, 1, ' '); }, leaf_name(ballot));
  expect_lie_named(
      [&](Leaves& leaves) { leaves[ballot] = with(leaves[ballot], "registry.example", "another.example"); },
      leaf_name(ballot));
  const std::size_t late = find("class: H1", 300);
  expect_lie_named(
      [&](Leaves& leaves) { leaves[late] = with(leaves[late], "organisation: ORG-", "organisation: ORG-X"); },
      leaf_name(late));
}

// A checkpoint that counts vouches for signatures: only the mode without trust verifies them.
TEST_F(FsckTest, AWrongSignatureIsNamedWhereSignaturesAreVerified) {
  for (const std::size_t at : {std::size_t{0}, find("comity/1 ballot"), find("class: H1", 400)}) {
    Leaves leaves = leaves_;
    std::string& leaf = leaves[at];
    const std::size_t line = leaf.rfind("\u2014 ");
    const std::size_t base64 = leaf.find(' ', line + 4) + 1;
    leaf[base64 + 20] = leaf[base64 + 20] == 'A' ? 'B' : 'A';
    const note::Checkpoint checkpoint = write(leaves);
    const Trust strict[] = {Trust::kNothing};
    expect_named(checkpoint, leaf_name(at), strict);
    EXPECT_TRUE(check(checkpoint, Trust::kCheckpoint));
  }
}

TEST_F(FsckTest, AlteredBlockRecordsAreNamedWithTheirLine) {
  const std::size_t effects = find("effect: ");
  struct Case {
    std::size_t at;
    std::string from;
    std::string to;
    std::string named;
  };
  const std::size_t block = find("comity/1 block", 500);
  const std::string line = leaves_[effects].substr(leaves_[effects].find("effect: "), 60);
  const std::string word = line.substr(0, line.find(' ', 8));
  const std::vector<Case> cases{
      {block, "height: ", "height: 7", "line 2"},
      {block, "records: 4", "records: 3", "line 4"},
      {block, "time: 2026", "time: 2027", ""},
      {block, "time: 2026", "time: 2025", "time goes back"},
      {effects, word, "effect: failed", "line 5"},
      {effects, line, "effect: locked " + std::string(43, 'A') + "=\n" + line, "line 5"},
      {1, "records: 1", "records: 2", "line 4"}};
  for (const Case& one : cases) {
    SCOPED_TRACE(one.from + " -> " + one.to);
    expect_lie_named([&](Leaves& leaves) { leaves[one.at] = with(leaves[one.at], one.from, one.to); },
                     one.named.empty() ? "leaf " : leaf_name(one.at));
    if (!one.named.empty()) {
      expect_lie_named([&](Leaves& leaves) { leaves[one.at] = with(leaves[one.at], one.from, one.to); },
                       one.named);
    }
  }
}

// The last root is always computed; the others where nothing is trusted.
TEST_F(FsckTest, AWrongStateRootIsNamed) {
  const std::string nothing = "state: " + codec::serialize_base64(base::Hash{}.view()) + "\n";
  const auto lie_at = [&](std::size_t at) {
    return
        [&, at](Leaves& leaves) { leaves[at] = leaves[at].substr(0, leaves[at].rfind("state: ")) + nothing; };
  };
  const std::size_t last = leaves_.size() - 1;
  const Trust strict[] = {Trust::kNothing};
  expect_lie_named(lie_at(last), leaf_name(last));
  expect_lie_named(lie_at(find("comity/1 block", 300)), leaf_name(find("comity/1 block", 300)), strict);
  expect_lie_named(lie_at(1), leaf_name(1));
}

TEST_F(FsckTest, ABlockRecordThatVanishedOrCameTwiceIsNamed) {
  const std::size_t block = find("comity/1 block", 300);
  const auto at = static_cast<std::ptrdiff_t>(block);
  expect_lie_named([&](Leaves& leaves) { leaves.erase(leaves.begin() + at); }, "leaf ");
  expect_lie_named([&](Leaves& leaves) { leaves.insert(leaves.begin() + at, leaves[block]); },
                   leaf_name(block + 1));
  expect_lie_named([&](Leaves& leaves) { leaves.erase(leaves.begin() + 1); }, "genesis");
}

}  // namespace
}  // namespace audit
