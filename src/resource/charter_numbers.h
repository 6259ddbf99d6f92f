// The charter object's numbers as values, and the floors that no charter may go below. What the numbers mean
// is charter/. Format: docs/formats/objects.md, "The charter's numbers"
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.h"
#include "base/strong.h"
#include "resource/object.h"

namespace resource {

/// In the order of the object, which is bytewise.
inline constexpr std::array<std::string_view, 15> kLockNames{
    "A",         "C",           "C-loosening", "G",  "H1-dependants",
    "H1-locked", "H1-override", "H1-unlock",   "H2", "K",
    "M",         "R-holder",    "R-member",    "U",  "V"};
inline constexpr std::array<std::string_view, 12> kPeriodNames{
    "ceremony", "check-fresh",     "dispute", "epoch-grace", "extension-holder", "extension-objection",
    "founding", "founding-revert", "freeze",  "freeze-join", "freeze-own",       "open"};
inline constexpr std::array<std::string_view, 9> kQuorumNames{"A", "C", "G", "H2", "K", "M", "R", "U", "V"};
inline constexpr std::array<std::string_view, 4> kBudgetNames{"member", "member-reserve", "organisation",
                                                              "organisation-reserve"};

/// Words of `quorum`, in order of strictness.
enum class Quorum : std::uint8_t { kMajority, kSupermajority, kAll };

/// What a party may spend in a UTC day of block time; `open` proposals at a time.
struct Budget {
  std::uint64_t records = 0;
  std::uint64_t bytes = 0;
  std::uint64_t open = 0;
  friend bool operator==(const Budget&, const Budget&) = default;
};

class CharterNumbers {
 public:
  /// Shapes: `charter` is a live charter object (CHECKed); Object::parse has held it to the table and the
  /// floors.
  static CharterNumbers parse(const Object& charter);

  // A name outside the tables above is our bug (CHECK).
  base::Seconds lock(std::string_view name) const;
  base::Seconds period(std::string_view name) const;
  Quorum quorum(std::string_view name) const;
  const Budget& budget(std::string_view name) const;
  bool checks_required() const { return checks_required_; }
  /// The member that may sign redactions; empty if none is named.
  const std::string& controller() const { return controller_; }

 private:
  friend bool is_tightening(const CharterNumbers& before, const CharterNumbers& after);
  std::array<base::Seconds, kLockNames.size()> locks_;
  std::array<base::Seconds, kPeriodNames.size()> periods_;
  std::array<Quorum, kQuorumNames.size()> quorums_{};
  std::array<Budget, kBudgetNames.size()> budgets_;
  bool checks_required_ = false;
  std::string controller_;
};

/// Longer locks, higher quorums, required checks, smaller budgets, and nothing else changed (a change of a
/// period or of the controller is loosening). Equal charters count as tightening.
bool is_tightening(const CharterNumbers& before, const CharterNumbers& after);
bool is_tightening(const Object& before, const Object& after);

/// The charter object with the tested defaults, version 1.
const std::string& default_charter();

// For the object parser.
[[nodiscard]] bool is_lock_line(std::string_view value);
[[nodiscard]] bool is_period_line(std::string_view value);
[[nodiscard]] bool is_quorum_line(std::string_view value);
[[nodiscard]] bool is_budget_line(std::string_view value);
[[nodiscard]] bool is_checks_word(std::string_view value);
/// Names that are missing or doubled, and numbers below the floors; empty if nothing is wrong.
std::string check_charter(const Object& charter);

}  // namespace resource
