// Aim: name servers find the last good zone in the folder, whole, whatever happens: a crash at any step of writing, a
// disk that is full, a zone that does not pass the check. Method: two releases of one zone written on a disk that
// forgets; every step is the last one once, before a crash, a restart and a full disk.
#include "apps/zone_output.h"

#include <gtest/gtest.h>

#include "base/zone_limits.h"
#include "charter/release_entries.h"
#include "publish/dns/record_set.h"
#include "publish/dns/zone_check.h"
#include "registry/zone_stage.h"
#include "sim/forgetful_files.h"

namespace {

using apps::ZoneOutput;
using registry_tests::ZoneStage;
using sim::Fault;
using sim::ForgetfulFiles;

constexpr const char* kFolder = "reg/publish";

class ZoneOutputTest : public ::testing::Test {
 protected:
  ZoneOutputTest() {
    stage.put_key("group/zsk/1", "zsk", "active");
    stage.put_key("group/ksk/1", "ksk", "active");
    stage.pass(actors::kHour);
    stage.tick();
    stage.sign_all();
    first = *apps::published_files(stage.registry(), ".");
    before = registry_tests::texts_of(stage.registry());
    stage.play(stage.import({actors::change("domain", registry_tests::more_domain(3),
                                            {"+ ds-rdata: 1 8 2 " + std::string(64, 'A')})},
                            "ds"));
    stage.sign_all();
    second = *apps::published_files(stage.registry(), ".");
  }

  static std::string read(const base::Files& files, const std::string& name) {
    const auto bytes = files.read(std::string(kFolder) + "/" + name, base::kZoneTextBytesMax);
    return bytes ? std::string(base::as_text(*bytes)) : "";
  }
  void expect_second(const base::Files& files) const {
    EXPECT_EQ(read(files, "root.zone"), second.zone);
    EXPECT_EQ(read(files, "trust-anchor.key"), second.anchor_keys);
    EXPECT_EQ(read(files, "trust-anchor.ds"), second.anchor_ds);
  }
  static void make_place(ForgetfulFiles& files) { ASSERT_TRUE(files.make_folders("reg")); }

  ZoneStage stage;
  apps::ZoneFiles first;
  apps::ZoneFiles second;
  registry_tests::Texts before;
};

TEST_F(ZoneOutputTest, WritesNothingBeforeTheFirstRelease) {
  ForgetfulFiles files(1);
  make_place(files);
  const ZoneStage bare;
  const std::uint64_t steps = files.steps();
  EXPECT_TRUE(ZoneOutput(files, kFolder).write(bare.registry()));
  EXPECT_EQ(files.steps(), steps);
  EXPECT_FALSE(apps::published_files(bare.registry(), "."));
}

TEST_F(ZoneOutputTest, WritesOnceWhatWasPublished) {
  ForgetfulFiles files(1);
  make_place(files);
  ZoneOutput output(files, kFolder);
  ASSERT_TRUE(output.write(stage.registry()));
  expect_second(files);
  EXPECT_NE(second.anchor_keys.find(". 172800 IN DNSKEY 257 3 15 "), std::string::npos) << second.anchor_keys;
  EXPECT_NE(second.anchor_ds.find(" 15 2 "), std::string::npos);
  const std::uint64_t steps = files.steps();
  EXPECT_TRUE(output.write(stage.registry()));
  EXPECT_TRUE(ZoneOutput(files, kFolder).write(stage.registry()));  // after a restart
  EXPECT_EQ(files.steps(), steps);
}

TEST_F(ZoneOutputTest, ReplacesWhatSomebodySpoilt) {
  ForgetfulFiles files(1);
  make_place(files);
  ASSERT_TRUE(ZoneOutput(files, kFolder).write(stage.registry()));
  for (const char* name : {"root.zone", "trust-anchor.key", "trust-anchor.ds"}) {
    const std::string path = std::string(kFolder) + "/" + name;
    ASSERT_TRUE(files.write_synced(path, base::as_bytes("; nothing\n"), base::FileMode::kPublic));
    ASSERT_TRUE(ZoneOutput(files, kFolder).write(stage.registry()));
    expect_second(files);
    ASSERT_TRUE(files.remove(path));
    ASSERT_TRUE(ZoneOutput(files, kFolder).write(stage.registry()));
    expect_second(files);
  }
}

TEST_F(ZoneOutputTest, AZoneThatIsNotGoodReplacesNothing) {
  ForgetfulFiles files(1);
  make_place(files);
  ASSERT_TRUE(ZoneOutput(files, kFolder).write(registry_tests::registry_of(before)));
  // Weeks without a quorum: the second zone has expired when somebody comes to write it.
  registry::Registry late = registry_tests::registry_of(registry_tests::texts_of(stage.registry()));
  late.begin_block(stage.now + base::Seconds(30 * actors::kDay));
  late.end_block();
  const auto refused = ZoneOutput(files, kFolder).write(late);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().kind(), publish::kBadZone) << refused.error().message();
  EXPECT_NE(refused.error().message().find("zone ."), std::string::npos);
  EXPECT_EQ(read(files, "root.zone"), first.zone);
}

// After any fault the zone is the first or the second, whole; its anchors lie beside it; and the next call ends what was
// begun.
TEST_F(ZoneOutputTest, EveryStepMayBeTheLast) {
  const registry::Registry old = registry_tests::registry_of(before);
  std::size_t faults = 0;
  for (const Fault fault : {Fault::kStop, Fault::kRefuse, Fault::kFull}) {
    for (const bool loses_power : {true, false}) {
      for (std::uint64_t step = 0;; ++step) {
        ForgetfulFiles files(step + 1);
        make_place(files);
        ASSERT_TRUE(ZoneOutput(files, kFolder).write(old));
        files.fault_at(files.steps() + step, fault);
        ZoneOutput output(files, kFolder);
        const bool is_written = output.write(stage.registry()).has_value();
        if (fault == Fault::kStop && loses_power) {
          files.crash();
        } else if (fault == Fault::kStop) {
          files.restart();
        } else {
          files.clear_fault();
        }
        const std::string zone = read(files, "root.zone");
        ASSERT_TRUE(zone == first.zone || zone == second.zone)
            << "step " << step << ", " << zone.size() << " octets";
        ASSERT_EQ(read(files, "trust-anchor.key"), first.anchor_keys);
        ASSERT_EQ(read(files, "trust-anchor.ds"), first.anchor_ds);
        if (is_written) {
          ASSERT_EQ(zone, second.zone);
          break;
        }
        ++faults;
        ASSERT_TRUE(fault == Fault::kStop ? ZoneOutput(files, kFolder).write(stage.registry())
                                          : output.write(stage.registry()));
        ASSERT_EQ(read(files, "root.zone"), second.zone);
      }
    }
  }
  EXPECT_GT(faults, 40U) << "this test did not test";
}

// Nothing can make a registry publish what no object explains; the guard is shown two stories of one name instead.
TEST_F(ZoneOutputTest, WhatNothingExplainsReplacesNothing) {
  apps::ZoneGuard guard;
  const registry::Registry old = registry_tests::registry_of(before);
  const auto first_zone = old.releases().published(".");
  const auto second_zone = stage.registry().releases().published(".");
  EXPECT_TRUE(guard.unexplained(old, *second_zone).empty()) << "it has seen nothing yet";
  guard.note(old, first_zone);
  EXPECT_TRUE(guard.unexplained(old, *second_zone).empty()) << "it has seen too little yet";
  guard.note(old, first_zone);
  EXPECT_TRUE(guard.unexplained(old, *first_zone).empty());
  const auto left = guard.unexplained(old, *second_zone);
  ASSERT_EQ(left.size(), 1U);
  EXPECT_EQ(left[0].owner, "d03.");
  EXPECT_EQ(left[0].type, publish::kTypeDs);
  EXPECT_TRUE(guard.unexplained(stage.registry(), *second_zone).empty()) << "there it was written";
}

TEST_F(ZoneOutputTest, GoesOnThroughManyReleases) {
  ForgetfulFiles files(1);
  make_place(files);
  ZoneOutput output(files, kFolder);
  for (int number = 10; number < 16; ++number) {
    stage.pass(actors::kHour);
    stage.play(
        stage.import({actors::erase("domain", registry_tests::more_domain(number))}, std::to_string(number)));
    stage.sign_all();
    const auto written = output.write(stage.registry());
    ASSERT_TRUE(written) << written.error().message();
    EXPECT_EQ(read(files, "root.zone"), apps::published_files(stage.registry(), ".")->zone);
  }
}

TEST(ZoneFileNames, OfOtherZonesCarryTheirNames) {
  EXPECT_EQ(apps::zone_file_name("."), "root.zone");
  EXPECT_EQ(apps::zone_file_name("example."), "example.zone");
  EXPECT_EQ(apps::zone_file_name("a.example."), "a.example.zone");
  EXPECT_EQ(apps::anchor_file_name(".", "key"), "trust-anchor.key");
  EXPECT_EQ(apps::anchor_file_name("example.", "ds"), "example-trust-anchor.ds");
}

}  // namespace
