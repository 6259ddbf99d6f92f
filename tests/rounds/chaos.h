// Members who make a key, sign with it and share it out anew while up to n - t of them do what they like: fall silent,
// lie, tell everybody something else, repeat what was said before, coordinate badly; and while anybody's process dies
// between any two messages, and mail is lost, late, doubled and out of order. Everybody runs the production's part; who
// is faulty says something else than it does. Everything follows from a seed.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "replica/round_message.h"

namespace rounds {

/// What one run came to.
struct ChaosStory {
  std::string complaint;      ///< empty if all is as it must be
  unsigned ceremonies = 0;    ///< that ended with a key or with new shares
  unsigned attempts = 0;      ///< of them
  unsigned excluded = 0;      ///< faulty members left out by them
  unsigned jobs = 0;          ///< signed
  unsigned sessions = 0;      ///< opened by honest coordinators for them
  unsigned named = 0;         ///< wrong shares found out
  unsigned deaths = 0;        ///< of processes
  std::uint64_t seconds = 0;  ///< the longest that a job took
  void add(const ChaosStory& other);
};

/// A key, jobs, in every third run new shares and jobs again.
ChaosStory run_chaos(unsigned members, std::uint64_t seed);

/// A member changes what it sends before it signs it; false: it does not send it.
using Twist = std::function<bool(replica::RoundMessage&)>;

/// Jobs of one message with one key, a fresh set of processes for each: the wire is quiet, and the first holder sends
/// what `twist` makes of its messages. The key is made once.
class TwistedRounds {
 public:
  TwistedRounds(unsigned members, std::uint64_t seed);
  ~TwistedRounds();
  ChaosStory sign(const Twist& twist);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace rounds
