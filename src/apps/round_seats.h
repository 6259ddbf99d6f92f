// The members whose operator keys lie in a registry's folder, and the part of each in ceremonies and signing rounds.
// It finds out which key is in force and what is to be signed, and lets the parts act upon one state; messages and
// records go to whoever runs the seats (rounds.h: a serving process, rounds_in_folder.h: a verb).
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "apps/operator_keys.h"
#include "apps/registry_folder.h"
#include "base/clock.h"
#include "base/files.h"
#include "base/random.h"
#include "base/result.h"
#include "registry/registry.h"
#include "replica/round_jobs.h"
#include "replica/rounds_part.h"
#include "storage/log_folder.h"

namespace apps {

/// Where a member keeps what it has of ceremonies.
std::string ceremony_folder(const FolderLayout& layout, std::string_view member);

struct RoundSeatsOptions {
  base::Files* files = nullptr;
  const base::Clock* clock = nullptr;
  base::Random* random = nullptr;
  const RegistryFolder* folder = nullptr;
  unsigned threads = 1;
  base::Seconds repeat{10};
  base::Seconds missing_after{21'600};
  replica::Begins log_begins = replica::Begins::kElsewhere;
};

/// What a seat acts upon: under a counted checkpoint, its own.
struct SeatView {
  const registry::Registry& registry;
  std::string_view checkpoint;  ///< its published text
};

/// What a seat wants done, besides the records and the mail of replica::RoundsStep.
struct SeatStep {
  std::vector<std::string> leaves;
  std::vector<std::string> mail;
  std::vector<replica::LogLine> log_lines;
  std::vector<base::Hash> wanted;
  std::vector<base::Error> troubles;
  std::vector<std::string> remarks;  ///< what a person should hear
};

/// Threads: one.
class RoundSeats {
 public:
  /// Errors: those of OperatorKeys::load.
  static base::Result<std::unique_ptr<RoundSeats>> open(const RoundSeatsOptions& options);

  std::size_t size() const { return seats_.size(); }
  const std::string& member(std::size_t seat) const { return seats_[seat].part->member(); }

  /// Nothing where the seat's member has no key in force.
  SeatStep step(std::size_t seat, const SeatView& view);
  SeatStep take(std::size_t seat, const SeatView& view, std::string_view message);
  /// The message that fetches a seat's mail; empty where it has no key in force.
  std::string fetch(std::size_t seat, const SeatView& view, std::uint64_t after);
  void take_part(std::size_t seat, const SeatView& view, base::ByteView part);
  /// Something is under way: members should be asked again soon.
  bool is_busy(const SeatView& view);

 private:
  struct Seat {
    std::unique_ptr<replica::RoundsPart> part;
  };
  RoundSeats(const RoundSeatsOptions& options, OperatorKeys keys)
      : options_(options), keys_(std::move(keys)) {}
  const note::Signer* signer(std::size_t seat, const charter::State& state) const;
  std::optional<replica::Begins> begins(std::size_t seat) const;
  template <typename Work>
  SeatStep with(std::size_t seat, const SeatView& view, const Work& work);
  SeatStep follow_up(std::size_t seat, const SeatView& view, replica::RoundsStep step);

  RoundSeatsOptions options_;
  OperatorKeys keys_;
  replica::RoundJobs jobs_;
  std::vector<Seat> seats_;
};

}  // namespace apps
