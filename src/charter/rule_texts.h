// The entries of the rules state as values, and their canonical texts. An entry is its text:
// parse(serialize(x)) == x, and whatever the rules remember stands in one of these. Nothing here decides
// anything. Format: docs/formats/rules.md, "Rules state"
#pragma once

#include <compare>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/bytes.h"
#include "base/strong.h"
#include "charter/classes.h"
#include "crypto/ed25519.h"
#include "record/record.h"
#include "resource/object.h"

namespace charter {

struct ClockEntry {
  std::string origin;
  record::RecordId genesis;
  std::string mode;  ///< `real` or `virtual`, as the genesis says
  base::Height height;
  base::EpochSeconds time;
};
struct EpochPair {
  base::Epoch number;
  base::Hash charter;
};
struct EpochEntry {
  EpochPair current;
  base::EpochSeconds changed;
  std::optional<EpochPair> previous;
};
struct PolicyEntry {
  base::Epoch number;
  base::Height height;  ///< the block in which the cosigners last changed
  std::vector<std::string>
      cosigners;  ///< "MEMBER-A KEY", sorted: a policy step proves the new keys by this entry
};
struct FoundingEntry {
  base::EpochSeconds until;
};
struct FoundingClaimEntry {
  std::vector<std::string> domains;
  std::vector<std::string> objections;
};
struct KeyEntry {
  std::string party;
  std::string role;
  bool retired = false;
};
struct KeptEntry {
  base::EpochSeconds until;
};
struct Spent {
  std::uint64_t records = 0;
  std::uint64_t bytes = 0;
};
struct BudgetEntry {
  std::uint64_t day = 0;  ///< days since 1970-01-01
  Spent main;
  Spent reserve;
};
struct FreezeEntry {
  record::RecordId proposal;
  base::EpochSeconds until;
  std::vector<std::string> lifts;  ///< members who cancelled
};
struct JoinedEntry {
  base::EpochSeconds until;
};
/// Who gave a wrong signature share takes no part in signing rounds.
struct LeftOutEntry {
  base::EpochSeconds until;
  record::RecordId evidence;  ///< the record that showed it
};
struct CheckEntry {
  base::Hash hash;
  base::EpochSeconds until;
};
struct DisputeEntry {
  record::RecordId objection;
  std::string by;
  std::string with;
  base::EpochSeconds until;
  base::EpochSeconds renewable;  ///< votes for another period count from then on
  std::vector<std::string> votes;
};

/// What never changes about a proposal.
struct ProposalEntry {
  base::EpochSeconds opened;
  ClassSet classes;
  std::vector<std::string> electors;  ///< members when it was opened
  std::shared_ptr<const record::Record> record;
};
enum class Vote : std::uint8_t { kYes, kNo, kAbstain };
struct Ballot {
  std::string member;
  Vote vote = Vote::kYes;
};
using Ballots = std::vector<Ballot>;  ///< sorted by member, each once
/// What happens to it.
struct ProgressEntry {
  bool locked = false;
  bool is_void = false;       ///< its organisation's keys rotated; fails at the next run of dues
  base::EpochSeconds due;     ///< open: expires; locked: the end of the lock
  std::uint64_t reached = 0;  ///< M and C that wait for the slot: their order; 0 otherwise
  Ballots ballots;
  Ballots fresh;  ///< after F members objected
  std::vector<std::string> acceptances;
  std::vector<std::string> objections;
  bool extended_by_members = false;
  bool extended_by_holder = false;
};

// Bodies: the lines after `class: key`.
std::string serialize_entry(const ClockEntry& entry);
std::string serialize_entry(const EpochEntry& entry);
std::string serialize_entry(const PolicyEntry& entry);
std::string serialize_entry(const FoundingEntry& entry);
std::string serialize_entry(const FoundingClaimEntry& entry);
std::string serialize_entry(const KeyEntry& entry);
std::string serialize_entry(const KeptEntry& entry);
std::string serialize_entry(const BudgetEntry& entry);
std::string serialize_entry(const FreezeEntry& entry);
std::string serialize_entry(const JoinedEntry& entry);
std::string serialize_entry(const LeftOutEntry& entry);
std::string serialize_entry(const CheckEntry& entry);
std::string serialize_entry(const DisputeEntry& entry);
std::string serialize_entry(const ProposalEntry& entry);
std::string serialize_entry(const ProgressEntry& entry);

/// The inverse: false unless `body` is exactly what serialize_entry would give.
[[nodiscard]] bool read_entry(std::string_view body, ClockEntry& entry);
[[nodiscard]] bool read_entry(std::string_view body, EpochEntry& entry);
[[nodiscard]] bool read_entry(std::string_view body, PolicyEntry& entry);
[[nodiscard]] bool read_entry(std::string_view body, FoundingEntry& entry);
[[nodiscard]] bool read_entry(std::string_view body, FoundingClaimEntry& entry);
[[nodiscard]] bool read_entry(std::string_view body, KeyEntry& entry);
[[nodiscard]] bool read_entry(std::string_view body, KeptEntry& entry);
[[nodiscard]] bool read_entry(std::string_view body, BudgetEntry& entry);
[[nodiscard]] bool read_entry(std::string_view body, FreezeEntry& entry);
[[nodiscard]] bool read_entry(std::string_view body, JoinedEntry& entry);
[[nodiscard]] bool read_entry(std::string_view body, LeftOutEntry& entry);
[[nodiscard]] bool read_entry(std::string_view body, CheckEntry& entry);
[[nodiscard]] bool read_entry(std::string_view body, DisputeEntry& entry);
[[nodiscard]] bool read_entry(std::string_view body, ProposalEntry& entry);
[[nodiscard]] bool read_entry(std::string_view body, ProgressEntry& entry);

// Keys of entries. Hashes and public keys are written in base64 (public keys with the type octet 0x01).
std::string serialize_entry_key(const std::string& key);
std::string serialize_entry_key(const base::Hash& key);
std::string serialize_entry_key(const crypto::PublicKey& key);
[[nodiscard]] bool read_entry_key(std::string_view text, std::string& key);
[[nodiscard]] bool read_entry_key(std::string_view text, base::Hash& key);
[[nodiscard]] bool read_entry_key(std::string_view text, crypto::PublicKey& key);

/// Adds `word` to a sorted list without doubles; false if it was there.
bool insert_sorted(std::vector<std::string>& words, std::string_view word);
bool contains_sorted(const std::vector<std::string>& words, std::string_view word);
/// Sets a member's ballot.
void set_ballot(Ballots& ballots, std::string_view member, Vote vote);
/// Removes it; false if there was none.
bool erase_ballot(Ballots& ballots, std::string_view member);

}  // namespace charter
