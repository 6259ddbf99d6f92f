// A registry of four members, and a fifth that joins and leaves, on one disk that forgets; a workload that
// comes from a seed; and an observer outside who remembers what he was told: answers, published checkpoints,
// and by which policy they counted. After every life of the process he compares what the disk holds with his
// notes.
#pragma once

#include <map>
#include <optional>
#include <random>
#include <set>
#include <string>
#include <vector>

#include "sim/forgetful_files.h"
#include "sim/table.h"

namespace sim {

class Council {
 public:
  explicit Council(std::uint64_t seed);

  /// Opens all replicas and checks everything that must hold then; false if the disk failed meanwhile.
  bool open();
  /// The founding and a small world; then random actions. Ends early when the sequencer can go no further.
  bool play_world();
  bool play(std::size_t actions);
  /// The process is gone: by `power` the machine as well.
  void die(bool power);
  /// The whole log from its first leaf, under the eyes of the charter tests' watch.
  void check_history();

  std::uint64_t steps() const { return files_.steps(); }
  /// Something will go wrong at this step of this life; until die() a disk that fails is no complaint.
  void fault_at(std::uint64_t step, Fault fault);
  /// What is wrong so far; empty if nothing.
  const std::string& complaint() const { return complaint_; }
  std::size_t accepted() const { return acknowledged_.size(); }
  std::uint64_t published_size() const { return published_.empty() ? 0 : published_.rbegin()->first; }
  std::size_t policies() const { return policies_seen_.size(); }
  std::uint64_t random(std::uint64_t below) { return rng_() % below; }

 private:
  void complain(const std::string& what);
  base::Result<void> see(const std::string& checkpoint);
  void check_disk();
  void check_replicas();
  bool submit(const std::vector<actors::Draft>& drafts);
  bool act();
  std::vector<actors::Draft> random_drafts();
  std::vector<actors::Draft> governance_drafts();
  std::vector<actors::Draft> answers_to(const actors::Draft& proposal);
  void refresh_cast();
  bool can_go_on() const;

  ForgetfulFiles files_;
  StandingClock clock_;
  actors::Cast cast_;
  std::mt19937_64 rng_;
  std::unique_ptr<Table> table_;
  std::vector<std::string> handles_;
  std::vector<actors::Draft> proposals_;
  std::uint64_t counter_ = 0;
  bool is_faulty_ = false;
  // The observer's notes.
  std::map<std::uint64_t, std::string> acknowledged_;  ///< leaf by index
  std::map<std::uint64_t, base::Hash> published_;      ///< root by size
  std::map<std::string, std::uint64_t> cosigned_;      ///< the largest size that bears a member's line
  std::optional<note::Policy> policy_;                 ///< the one he walked to
  std::set<std::uint64_t> policies_seen_;
  std::string complaint_;
};

}  // namespace sim
