// Aim: an honest hub and honest members come to the same log and state whatever dies in between; one silent
// member of four stops nothing; a member that slept through changes of keys and members walks after them; and
// no honest machine is ever accused. Method: the real engine, desk and followers, each on a disk that
// forgets, stopped at steps that come from a seed.
#include <random>

#include <gtest/gtest.h>

#include "note/checkpoint.h"
#include "sim/hub_run.h"
#include "support/world.h"

namespace sim {
namespace {

class HubTest : public ::testing::Test {
 protected:
  static void open_all(HubRun& run) {
    for (const std::string& handle : run.cast.members()) {
      if (handle == "MEMBER-A") continue;
      ASSERT_TRUE(run.open_follower(handle)) << handle;
    }
    ASSERT_TRUE(run.open_hub());
    ASSERT_TRUE(run.submit(actors::standard_world(run.cast)));
    ASSERT_TRUE(run.submit(actors::close_founding(run.cast)));
  }
  static void pass_due(HubRun& run) {
    const auto due = run.registry().charter().next_due();
    ASSERT_TRUE(due);
    run.clock.move_to(*due);
    ASSERT_TRUE(run.tick());
  }
  static void expect_same(HubRun& run, const std::string& handle) {
    const replica::FollowerStatus status = run.follower(handle).status();
    EXPECT_EQ(status.info.state, run.registry().state()) << handle;
    EXPECT_EQ(status.counted, status.info.size) << handle;
    EXPECT_FALSE(status.halted) << handle << ": " << *status.halted;
  }
};

TEST_F(HubTest, EverybodyComesToTheSameState) {
  HubRun run(1, 4);
  open_all(run);
  run.step_followers();
  for (const char* handle : {"MEMBER-B", "MEMBER-C", "MEMBER-D"}) expect_same(run, handle);
  const auto counted = note::check_checkpoint(policy_of(run.registry().charter()), run.published.back());
  ASSERT_TRUE(counted);
  EXPECT_GE(counted->cosigners.size(), 3U);
  EXPECT_EQ(run.complaint, "");
}

TEST_F(HubTest, OneSilentMemberStopsNothingAndTwoDo) {
  HubRun run(2, 4);
  open_all(run);
  run.asleep = {"MEMBER-C"};
  const std::size_t before = run.published.size();
  ASSERT_TRUE(run.tick());
  EXPECT_GT(run.published.size(), before);
  run.asleep = {"MEMBER-C", "MEMBER-D"};
  EXPECT_FALSE(run.tick());
  EXPECT_FALSE(run.tick()) << "nothing is ordered upon it";
  run.asleep.clear();
  run.step_followers();
  EXPECT_TRUE(run.settle());
  EXPECT_TRUE(run.tick());
  run.step_followers();
  for (const char* handle : {"MEMBER-B", "MEMBER-C", "MEMBER-D"}) expect_same(run, handle);
  EXPECT_EQ(run.complaint, "");
}

// MEMBER-B changes its operator key while MEMBER-C is silent, so both quorums need both of B's lines.
TEST_F(HubTest, KeysChangeWhileAFollowerSleeps) {
  HubRun run(3, 4);
  open_all(run);
  run.asleep = {"MEMBER-C"};
  run.keys["MEMBER-B"] = {"MEMBER-B/operator/1", "MEMBER-B/operator/2"};
  ASSERT_TRUE(run.submit({run.cast.proposal(
      "MEMBER-B", "H2",
      {actors::change("member", "MEMBER-B",
                      {"- operator: " + actors::Key::of("MEMBER-B/operator/1").text(),
                       "+ operator: " + actors::Key::of("MEMBER-B/operator/2").text()})})}));
  pass_due(run);
  EXPECT_EQ(run.registry().charter().policy_epoch(), base::Epoch(2));
  ASSERT_TRUE(run.tick());
  run.asleep.clear();
  run.step_followers();
  run.step_followers();
  expect_same(run, "MEMBER-C");
  const auto policy = run.disk("MEMBER-C").read("MEMBER-C/policy", 1 << 20);
  ASSERT_TRUE(policy);
  EXPECT_EQ(base::as_text(*policy), note::serialize_policy(policy_of(run.registry().charter())));
  EXPECT_TRUE(*run.disk("MEMBER-C").exists("MEMBER-C/policies/2.step"));
  // It goes on cosigning under the new policy.
  run.asleep = {"MEMBER-D"};
  ASSERT_TRUE(run.tick());
  EXPECT_EQ(run.complaint, "");
}

TEST_F(HubTest, AnyMachineMayDieAtAnyStep) {
  for (std::uint64_t seed = 10; seed < 18; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    HubRun run(seed, 4);
    open_all(run);
    std::mt19937_64 random(seed);
    const std::vector<std::string> handles{"MEMBER-B", "MEMBER-C", "MEMBER-D"};
    std::map<std::uint64_t, std::string> bodies;  // what was ever published, by size
    const auto note_published = [&] {
      for (const std::string& text : run.published) {
        const auto parsed = note::parse_signed_checkpoint(text);
        ASSERT_TRUE(parsed);
        const auto [known, is_new] =
            bodies.emplace(parsed->checkpoint.size.value(), std::string(parsed->note.text));
        ASSERT_EQ(known->second, parsed->note.text) << "two histories";
      }
    };
    int strikes = 0;
    for (int turn = 0; turn < 30; ++turn) {
      run.clock.move_to(run.clock.now() + base::Seconds(1));
      const bool hits_hub = random() % 4 == 0;
      const std::string& victim = handles[random() % handles.size()];
      ForgetfulFiles& disk = hits_hub ? run.hub_disk() : run.disk(victim);
      disk.fault_at(disk.steps() + random() % 40, Fault::kStop);
      if (run.hub_is_open()) (void)run.tick();
      run.step_followers();
      note_published();
      if (disk.stopped()) {
        ++strikes;
        if (hits_hub) {
          run.crash_hub();
        } else {
          run.crash_follower(victim);
        }
      }
      disk.clear_fault();
      for (const std::string& handle : handles) {
        ASSERT_TRUE(run.is_open(handle) || run.open_follower(handle)) << handle;
      }
      if (!run.hub_is_open()) (void)run.open_hub();
      ASSERT_TRUE(run.hub_is_open());
      (void)run.settle();
      run.step_followers();
      ASSERT_EQ(run.complaint, "");
    }
    ASSERT_TRUE(run.settle());
    run.step_followers();
    run.step_followers();
    note_published();
    EXPECT_GT(strikes, 5);
    EXPECT_GT(bodies.size(), 15U);
    for (const std::string& handle : handles) expect_same(run, handle);
  }
}

}  // namespace
}  // namespace sim
