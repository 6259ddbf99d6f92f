// A state with its watch, its clock and its parties: what the exhaustive tests and the scenarios play on.
// Records go in as drafts or leaves; the stage follows every proposal through the effects it is told of, and
// every step passes under the eyes of oracle::Watch.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "charter/state.h"
#include "charter/watch.h"
#include "support/actors.h"

namespace oracle {

/// Order: found | load, then ( at play* )*.   Threads: one.
class Stage {
 public:
  /// Where a proposal stands, as the effects tell it.
  struct Standing {
    std::string word =
        "open";  ///< open, locked, executed, failed, expired, rejected, cancelled, withdrawn, reverted
    Time since = 0;
    unsigned extensions = 0;
  };
  struct Snapshot {
    std::vector<std::string> objects;
    std::vector<std::string> rules;
    actors::Cast cast;
    Watch watch;
    std::map<std::string, Standing> standings;
  };

  /// A state from the cast's genesis, then `world` in one block an hour later. A refusal ends the process:
  /// the stage itself must stand.
  static Stage found(actors::Cast cast, const std::vector<actors::Draft>& world);
  Snapshot save() const;
  static Stage load(const Snapshot& snapshot);

  /// Moves block time and runs everything due, in as many blocks as it takes.
  void at(Time time);
  /// Nothing if the record was accepted, else why not. A refused record must leave no trace: that is checked
  /// too.
  std::optional<std::string> play(const actors::Draft& draft) { return play_leaf(draft.leaf()); }
  std::optional<std::string> play_leaf(const std::string& leaf);

  /// How many effects each block of the last `at` had, blocks without any left out.
  const std::vector<std::size_t>& due_counts() const { return due_counts_; }
  Time time() const { return state_->time().value(); }
  Standing standing(const std::string& id) const;
  /// The text of "domain:alfa."; empty if there is none.
  std::string object(const std::string& name) const;
  /// What the watch found, and what the stage itself saw: a refused record that left a trace, a check that
  /// promised something else than apply did.
  std::vector<std::string> complaints() const;
  /// After every step the state is written out and read back; play goes on with the copy.
  bool reloads = false;
  /// Compares all texts around a refusal, and asks State::check first.
  bool thorough = false;
  charter::State& state() { return *state_; }

  actors::Cast cast;

 private:
  explicit Stage(actors::Cast the_cast) : cast(std::move(the_cast)) {}
  void follow(const charter::Effects& effects);
  base::Result<charter::Effects> apply(const record::Record& record);
  void reload();
  void refresh_cast();
  std::unique_ptr<charter::State> state_;
  std::optional<Watch> watch_;
  std::map<std::string, Standing> standings_;
  std::vector<std::string> own_complaints_;
  std::vector<std::size_t> due_counts_;
};

}  // namespace oracle
