// Aim: whatever happens to the disk and whenever the process or the machine dies: no acknowledged record is
// lost, no published checkpoint is lost, shrinks or stops counting, nobody cosigns two histories, all
// replicas come to the same state, the charter holds in every step, and the work goes on. Method: members'
// replicas around the engine on a disk that forgets; a workload from a seed; the fault at every step of a
// short run and at random ones of long runs. COMITY_SEED=n repeats one random run; COMITY_SEEDS=n runs n of
// them (default 24).
#include "sim/council.h"

#include <cstdlib>

#include <gtest/gtest.h>

namespace sim {
namespace {

std::uint64_t number_from(const char* name, std::uint64_t otherwise) {
  const char* const text = std::getenv(name);
  return text == nullptr || *text == '\0' ? otherwise : std::strtoull(text, nullptr, 10);
}

void expect_sound(Council& council, const std::string& replay) {
  ASSERT_TRUE(council.complaint().empty()) << council.complaint() << "\nreplay: " << replay;
}

// One life is cut at `step`; the second one goes on.
void run_short(std::uint64_t seed, std::uint64_t step, Fault fault, bool power, const std::string& replay) {
  Council council(seed);
  council.fault_at(step, fault);
  const bool went_through = council.open() && council.play_world() && council.play(6);
  expect_sound(council, replay);
  if (::testing::Test::HasFatalFailure()) return;
  if (went_through && fault == Fault::kStop) return;  // the run ended before the step
  council.die(power);
  expect_sound(council, replay);
  if (::testing::Test::HasFatalFailure()) return;
  const bool goes_on =
      council.open() && (council.published_size() > 50 || council.play_world()) && council.play(4);
  expect_sound(council, replay);
  if (::testing::Test::HasFatalFailure()) return;
  ASSERT_TRUE(goes_on) << "stopped without a fault\nreplay: " << replay;
  council.check_history();
  expect_sound(council, replay);
}

std::uint64_t steps_of_a_short_run(std::uint64_t seed) {
  Council council(seed);
  EXPECT_TRUE(council.open() && council.play_world() && council.play(6)) << council.complaint();
  return council.steps();
}

// By day every 29th step, each seed beginning at another; by night every one.
void at_many_steps(Fault fault, std::uint64_t seed) {
  const std::uint64_t stride = number_from("COMITY_SEEDS", 0) >= 1'000 ? 1 : 29;
  const std::uint64_t steps = steps_of_a_short_run(seed);
  ASSERT_GT(steps, 300U);
  for (std::uint64_t step = seed % stride; step < steps; step += stride) {
    for (const bool power : {true, false}) {
      if (!power && fault != Fault::kStop) continue;
      run_short(seed, step, fault, power,
                "run_short(" + std::to_string(seed) + ", " + std::to_string(step) + ", Fault(" +
                    std::to_string(static_cast<int>(fault)) + "), " + (power ? "true" : "false") + ")");
      if (::testing::Test::HasFatalFailure()) return;
    }
  }
}

TEST(Council, SurvivesDeathAtEveryStep) {
  at_many_steps(Fault::kStop, 3);
}
TEST(Council, SurvivesAFullDiskAtEveryStep) {
  at_many_steps(Fault::kFull, 5);
}
TEST(Council, SurvivesAFailedWriteAtEveryStep) {
  at_many_steps(Fault::kRefuse, 11);
}

// Many lives, each cut at random, some of them while starting.
void run_long(std::uint64_t seed, Council& council, const std::string& replay) {
  static const Fault faults[] = {Fault::kStop, Fault::kStop, Fault::kStop, Fault::kFull, Fault::kRefuse};
  bool has_world = false;
  for (std::uint64_t life = 0; life < 6 + seed % 5; ++life) {
    const std::uint64_t ahead = council.random(3) == 0 ? council.random(40) : council.random(900);
    const Fault fault = faults[council.random(5)];
    council.fault_at(council.steps() + ahead, fault);
    if (council.open()) {
      if (!has_world) has_world = council.play_world();
      if (has_world) council.play(3 + council.random(8));
    }
    expect_sound(council, replay);
    if (::testing::Test::HasFatalFailure()) return;
    council.die(council.random(3) != 0);
    expect_sound(council, replay);
    if (::testing::Test::HasFatalFailure()) return;
  }
  ASSERT_TRUE(council.open()) << council.complaint() << "\nreplay: " << replay;
  ASSERT_TRUE(council.play(5)) << council.complaint() << "\nreplay: " << replay;
  council.check_history();
  expect_sound(council, replay);
}

TEST(Council, SurvivesManyRandomLives) {
  const std::uint64_t one = number_from("COMITY_SEED", 0);
  const std::uint64_t count = number_from("COMITY_SEEDS", 24);
  std::size_t accepted = 0;
  std::size_t policies = 0;
  for (std::uint64_t seed = one != 0 ? one : 1; seed <= (one != 0 ? one : count); ++seed) {
    Council council(seed);
    run_long(seed, council,
             "COMITY_SEED=" + std::to_string(seed) +
                 " build/tests/sim/sim_council_test --gtest_filter=*ManyRandomLives");
    if (HasFatalFailure()) return;
    accepted += council.accepted();
    policies += council.policies();
  }
  RecordProperty("accepted", std::to_string(accepted));
  if (one != 0) return;
  EXPECT_GT(accepted, count * 40) << "the workload hardly gets anything done";
  EXPECT_GT(policies, count + count / 4) << "the cosigners hardly ever change";
}

}  // namespace
}  // namespace sim
