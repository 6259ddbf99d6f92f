// Aim: the memory of what was cosigned never goes back; annexes come back or are gone; snapshots with any
// damage are refused with the line. Method: error paths first, every byte of each file altered and every
// prefix of it read.
#include <algorithm>

#include <gtest/gtest.h>

#include "codec/base64.h"
#include "crypto/hash.h"
#include "storage/annex_store.h"
#include "storage/cosign_memory.h"
#include "storage/map_files_for_test.h"
#include "storage/snapshot_file.h"

namespace storage {
namespace {

using base::EpochSeconds;
using base::Hash;
using base::Height;
using base::TreeSize;

Hash number_hash(int number) {
  return crypto::sha256(base::as_bytes(std::to_string(number)));
}

constexpr const char* kPath = "member/cosigned";

CosignMemory open_memory(MapFiles& files) {
  auto memory = CosignMemory::open(files, kPath, "log.example");
  EXPECT_TRUE(memory);
  return std::move(*memory);
}

TEST(CosignMemory, RefusesToForget) {
  MapFiles files;
  CosignMemory memory = open_memory(files);
  EXPECT_FALSE(memory.last());
  ASSERT_TRUE(memory.store(TreeSize(10), number_hash(10), EpochSeconds(1'000)));
  const Cosigned kept{"log.example", TreeSize(10), number_hash(10), EpochSeconds(1'000)};
  EXPECT_EQ(memory.store(TreeSize(9), number_hash(9), EpochSeconds(1'001)).error().kind(), kWouldForget);
  EXPECT_EQ(memory.store(TreeSize(10), number_hash(9), EpochSeconds(1'001)).error().kind(), kWouldForget);
  EXPECT_EQ(memory.store(TreeSize(11), number_hash(11), EpochSeconds(999)).error().kind(), kWouldForget);
  EXPECT_EQ(memory.last(), kept);
  EXPECT_EQ(open_memory(files).last(), kept);
  EXPECT_TRUE(memory.store(TreeSize(10), number_hash(10), EpochSeconds(1'300)));
  EXPECT_TRUE(memory.store(TreeSize(11), number_hash(11), EpochSeconds(1'300)));
  EXPECT_EQ(open_memory(files).last()->size, TreeSize(11));
}

TEST(CosignMemory, StopsAfterAFailedWrite) {
  MapFiles files;
  CosignMemory memory = open_memory(files);
  ASSERT_TRUE(memory.store(TreeSize(1), number_hash(1), EpochSeconds(1)));
  files.writes_left = 0;
  EXPECT_FALSE(memory.store(TreeSize(2), number_hash(2), EpochSeconds(2)));
  files.writes_left.reset();
  EXPECT_EQ(memory.store(TreeSize(3), number_hash(3), EpochSeconds(3)).error().kind(), kMemoryStopped);
  EXPECT_EQ(memory.last()->size, TreeSize(1));
}

TEST(CosignMemory, TakesNoDamageForAnEmptyMemory) {
  MapFiles files;
  ASSERT_TRUE(open_memory(files).store(TreeSize(10), number_hash(10), EpochSeconds(1'000)));
  EXPECT_FALSE(CosignMemory::open(files, kPath, "another.example"));
  const base::Bytes good = files.contents.at(kPath);
  for (std::size_t i = 0; i < good.size(); ++i) {
    base::Bytes& bytes = files.contents[kPath];
    bytes.resize(i);
    EXPECT_FALSE(CosignMemory::open(files, kPath, "log.example")) << i;
    bytes = good;
    bytes[i] ^= 1;
    EXPECT_FALSE(CosignMemory::open(files, kPath, "log.example")) << i;
    bytes = good;
  }
  EXPECT_EQ(base::as_text(good).substr(0, 38), "comity/1 cosigned log.example\nsize: 10");
}

TEST(Annex, FormAndCommitment) {
  const Annex annex{number_hash(5), "why\n\nbecause\n"};
  const std::string file = serialize_annex(annex);
  for (const std::string& wrong : {std::string(), file.substr(1), file.substr(0, 45), "!" + file.substr(1),
                                   serialize_annex({annex.salt, std::string(65'537, 'a')})}) {
    EXPECT_FALSE(parse_annex(wrong));
  }
  EXPECT_EQ(parse_annex(file).value(), annex);
  EXPECT_TRUE(parse_annex(serialize_annex({annex.salt, ""})));
  EXPECT_NE(annex_commitment({base::Hash{}, annex.text}), annex_commitment(annex));
}

TEST(AnnexStore, GivesBackErasesAndSeesAlteration) {
  MapFiles files;
  AnnexStore store(files, "annex");
  EXPECT_EQ(store.get(number_hash(1)).error().kind(), base::kFileMissing);
  EXPECT_TRUE(store.erase(number_hash(1)));
  EXPECT_FALSE(store.put({number_hash(1), std::string(65'537, 'x')}));
  const Annex annex{number_hash(1), "reason: the holder\nis gone\n"};
  const auto commitment = store.put(annex);
  ASSERT_TRUE(commitment);
  EXPECT_EQ(*commitment, crypto::hmac_sha256(annex.salt.view(), base::as_bytes(annex.text)));
  EXPECT_EQ(*store.get(*commitment), annex);
  const std::string path = store.path_of(*commitment);
  EXPECT_EQ(path.substr(0, 6), "annex/");
  EXPECT_EQ(path.size(), 6U + 43U);
  const base::Bytes good = files.contents.at(path);
  for (std::size_t i = 0; i < good.size(); ++i) {
    files.contents[path][i] ^= 1;
    EXPECT_EQ(store.get(*commitment).error().kind(), kBadAnnex) << i;
    files.contents[path] = base::Bytes(good.begin(), good.begin() + static_cast<std::ptrdiff_t>(i));
    EXPECT_EQ(store.get(*commitment).error().kind(), kBadAnnex) << i;
    files.contents[path] = good;
  }
  files.contents[path + ".new"] = good;  // what a crash in a second put leaves
  ASSERT_TRUE(store.erase(*commitment));
  EXPECT_TRUE(files.contents.empty());
  EXPECT_TRUE(store.put({number_hash(2), ""}));  // an empty text is an annex too
}

TEST(AnnexStore, WhatIsHeldIsNotGivenAwayBeforeItIsKept) {
  MapFiles files;
  AnnexStore store(files, "annex");
  EXPECT_TRUE(store.held().value().empty());
  EXPECT_TRUE(store.keep(number_hash(1)) && store.drop(number_hash(1))) << "nothing is no error";
  EXPECT_FALSE(store.hold({number_hash(1), std::string(65'537, 'x')}));
  const Annex annex{number_hash(1), "because\n"};
  const Hash commitment = store.hold(annex).value();
  EXPECT_EQ(store.get(commitment).error().kind(), base::kFileMissing);
  EXPECT_EQ(store.held().value(), std::vector{commitment});
  for (const auto& [path, bytes] : files.contents)
    EXPECT_TRUE(AnnexStore::is_passing(path)) << path << " would be served";
  ASSERT_TRUE(store.keep(commitment));
  EXPECT_EQ(store.get(commitment).value(), annex);
  EXPECT_TRUE(store.held().value().empty());

  // Whoever hands in another record with the same annex, and is refused, takes nothing away.
  ASSERT_TRUE(store.hold(annex));
  ASSERT_TRUE(store.drop(commitment));
  EXPECT_TRUE(store.held().value().empty());
  EXPECT_EQ(store.get(commitment).value(), annex);

  ASSERT_TRUE(store.hold(annex));
  files.contents[store.path_of(commitment) + ".held.new"] = {};  // what a crash in a second hold leaves
  files.contents["annex/stranger.held"] = {};
  EXPECT_EQ(store.held().value(), std::vector{commitment});
  files.contents.erase("annex/stranger.held");
  ASSERT_TRUE(store.erase(commitment));
  EXPECT_TRUE(files.contents.empty()) << "a redaction leaves no copy";
}

NextText reader(std::vector<std::string> texts) {
  return [texts = std::move(texts), next = std::size_t{0}]() mutable -> std::optional<std::string_view> {
    if (next == texts.size()) return std::nullopt;
    return texts[next++];
  };
}

const std::vector<std::string> kObjects{"domain: ru.\nversion: 1\n", "host: a.\nversion: 3\n",
                                        "host: b.\nversion: 1\n"};
const std::vector<std::string> kRules{"clock: now\ntime: 5\n", "kept: abc\n"};

/// In order of their hashes, as they have to be given.
std::vector<std::string> some_zones() {
  std::vector<std::string> zones{". 1 IN SOA x\n. 1 IN NS y\n", "com. 1 IN SOA z\n"};
  std::ranges::sort(zones, {}, [](const std::string& text) { return crypto::sha256(base::as_bytes(text)); });
  return zones;
}

SnapshotHeader some_header(std::uint64_t height) {
  return {"log.example", Height(height), TreeSize(77), EpochSeconds(1'700'000'000), number_hash(4), 0, 0};
}

TEST(SnapshotFile, RefusesTextsThatItCannotHold) {
  const std::vector<std::vector<std::string>> bad = {{"host: b.\n", "host: a.\n"},
                                                     {"host: a.\n", "host: a.\n"},
                                                     {"host: a."},
                                                     {"host: a.\n\nx\n"},
                                                     {"\nhost: a.\n"},
                                                     {"host: a.\n\n"},
                                                     {"no name in it\n"},
                                                     {""},
                                                     {"host: a\n" + std::string(1 << 20, 'x') + "\n"}};
  for (const auto& texts : bad) {
    EXPECT_FALSE(serialize_snapshot(some_header(1), reader(texts), reader({}))) << texts[0].substr(0, 40);
    EXPECT_FALSE(serialize_snapshot(some_header(1), reader({}), reader(texts)));
  }
  const std::vector<std::string> zones = some_zones();
  const std::vector<std::vector<std::string>> bad_zones = {
      {zones[1], zones[0]}, {zones[0], zones[0]}, {""}, {"a"}, {"a\n\nb\n"}, {"\na\n"}};
  for (const auto& texts : bad_zones)
    EXPECT_FALSE(serialize_snapshot(some_header(1), reader({}), reader({}), texts)) << texts[0];
}

TEST(SnapshotFile, RefusesDamageAnywhereAndNamesTheLine) {
  const auto good = serialize_snapshot(some_header(9), reader(kObjects), reader(kRules), some_zones());
  ASSERT_TRUE(good);
  for (std::size_t i = 0; i < good->size(); ++i) {
    base::Bytes bytes = *good;
    bytes[i] ^= 1;
    const auto altered = parse_snapshot(bytes);
    ASSERT_FALSE(altered) << i;
    EXPECT_TRUE(altered.error().detail().starts_with("line ")) << altered.error().detail();
    const auto cut =
        parse_snapshot(base::Bytes(good->begin(), good->begin() + static_cast<std::ptrdiff_t>(i)));
    ASSERT_FALSE(cut) << i;
    EXPECT_TRUE(cut.error().detail().starts_with("line ")) << cut.error().detail();
  }
  base::Bytes longer = *good;
  longer.push_back('\n');
  EXPECT_FALSE(parse_snapshot(longer));
  std::string many(base::as_text(*good));  // a count that would need more memory than there is
  many.replace(many.find("objects: 3"), 10, "objects: 4611686018427387904");
  const auto refused = parse_snapshot(base::Bytes(many.begin(), many.end()));
  ASSERT_FALSE(refused);
}

TEST(SnapshotFile, ComesBackAsItWas) {
  MapFiles files;
  ASSERT_TRUE(store_snapshot(files, "snapshot", some_header(9), reader(kObjects), reader(kRules)));
  const auto snapshot = load_snapshot(files, "snapshot", Height(9));
  ASSERT_TRUE(snapshot) << snapshot.error().message();
  SnapshotHeader expected = some_header(9);
  expected.objects = 3;
  expected.rules = 2;
  EXPECT_EQ(snapshot->header, expected);
  EXPECT_EQ(std::vector<std::string>(snapshot->objects.begin(), snapshot->objects.end()), kObjects);
  EXPECT_EQ(std::vector<std::string>(snapshot->rules.begin(), snapshot->rules.end()), kRules);
  EXPECT_TRUE(snapshot->zones.empty());
  ASSERT_TRUE(
      store_snapshot(files, "snapshot", some_header(9), reader(kObjects), reader(kRules), some_zones()));
  const auto with_zones = load_snapshot(files, "snapshot", Height(9));
  ASSERT_TRUE(with_zones) << with_zones.error().message();
  EXPECT_EQ(with_zones->header.zones, 2U);
  EXPECT_EQ(std::vector<std::string>(with_zones->zones.begin(), with_zones->zones.end()), some_zones());
  ASSERT_TRUE(store_snapshot(files, "snapshot", some_header(10), reader({}), reader({})));
  EXPECT_TRUE(load_snapshot(files, "snapshot", Height(10))->objects.empty());
  files.contents["snapshot/11"] = files.contents["snapshot/9"];
  EXPECT_FALSE(load_snapshot(files, "snapshot", Height(11)));
}

TEST(SnapshotFile, KeepsTheNewestThree) {
  MapFiles files;
  EXPECT_TRUE(list_snapshots(files, "snapshot")->empty());
  EXPECT_TRUE(prune_snapshots(files, "snapshot"));
  for (const std::uint64_t height : {9U, 10U, 100U, 2U, 30U}) {
    ASSERT_TRUE(store_snapshot(files, "snapshot", some_header(height), reader(kObjects), reader(kRules)));
  }
  files.contents["snapshot/101.new"] = {};
  files.contents["snapshot/notes.txt"] = {};
  files.contents["snapshot/007"] = {};
  ASSERT_TRUE(prune_snapshots(files, "snapshot"));
  EXPECT_EQ(*list_snapshots(files, "snapshot"), (std::vector<Height>{Height(100), Height(30), Height(10)}));
  EXPECT_FALSE(files.contents.contains("snapshot/101.new"));
  EXPECT_TRUE(files.contents.contains("snapshot/notes.txt"));
}

}  // namespace
}  // namespace storage
