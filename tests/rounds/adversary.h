// What a faulty member says instead of what the production's part would say for it: some of it dropped, altered,
// repeated, told differently to different ears; and things that it says unasked. It has its own operator key and all it
// ever heard, and nothing else. Formats: docs/formats/rounds.md, docs/formats/ceremonies.md
#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "note/key.h"
#include "record/record.h"
#include "replica/round_message.h"
#include "replica/signing_part.h"

namespace rounds {

/// Numbers that follow from a seed.
class Dice {
 public:
  explicit Dice(std::uint64_t seed) : state_(seed * 0x9e3779b97f4a7c15 + 1) {}
  std::uint64_t next();
  std::uint64_t below(std::uint64_t limit) { return next() % limit; }
  bool chance(unsigned percent) { return below(100) < percent; }

 private:
  std::uint64_t state_;
};

/// In percent of what passes by.
struct Habits {
  unsigned drops = 0;
  unsigned alters = 0;       ///< one octet of a body
  unsigned wrong_share = 0;  ///< a scalar that is none of its share's
  unsigned repeats = 0;      ///< a body that it sent before instead
  unsigned two_lists = 0;    ///< a second list of signers after the first, with others' commitments
  unsigned floods = 0;       ///< opens sessions that it has no use for, each second
  unsigned spoils_records = 0;
  bool keeps_parts = false;  ///< sends no private part to anybody
  bool deals_wrongly = false;
};
Habits draw_habits(Dice& dice);

/// Threads: one.
class Adversary {
 public:
  Adversary(std::string origin, const note::Signer& signer, std::uint64_t seed);

  const Habits& habits() const { return habits_; }
  /// What goes over the wire for one signed message that the honest part would send.
  std::vector<std::string> twist(const std::string& mail);
  /// The same message; if it answers with shares and the dice say so, with a wrong one that it answers for.
  std::string lie(const charter::State& state, const replica::SigningJob& job, const std::string& mail);
  /// What goes to the log for one record.
  std::vector<std::string> twist_record(const std::string& leaf);
  /// Sessions opened for nothing.
  std::vector<std::string> unasked(const base::Hash& job, const std::vector<std::string>& others,
                                   base::EpochSeconds now);
  /// It hears what is sent to it.
  void hear(const replica::RoundMessage& message);

 private:
  std::string sign(const replica::RoundMessage& message) const;
  void alter(base::Bytes& bytes);
  std::optional<std::string> second_list(const replica::RoundMessage& message);

  std::string origin_;
  const note::Signer* signer_;
  Dice dice_;
  Habits habits_;
  std::map<replica::Purpose, std::deque<base::Bytes>> said_;
  std::deque<base::Bytes> heard_commitments_;
  std::map<base::Hash, base::Bytes> asked_;  // bodies of `signers`, by session
  std::deque<std::string> records_;
};

}  // namespace rounds
