#include "resource/charter_numbers.h"

#include <algorithm>
#include <optional>
#include <ranges>
#include <span>
#include <vector>

#include "base/check.h"
#include "base/limits.h"
#include "codec/decimal.h"
#include "codec/time_text.h"

namespace resource {
namespace {

constexpr std::uint64_t kDay = 86'400;
constexpr base::Seconds kLockVMin{30 * kDay};
constexpr base::Seconds kOpenMin{kDay};
constexpr base::Seconds kOpenMax{14 * kDay};
/// Machines answer each other within seconds; below this a slow one would be excluded for nothing.
constexpr base::Seconds kCeremonyMin{10};
/// Ten years: keeps every sum of times far from overflow, and from the end of four-digit years.
constexpr base::Seconds kDurationMax{3'650 * kDay};
constexpr std::uint64_t kBudgetMax = 1'000'000'000'000;
/// Below these nobody could bring in the change that mends it: a proposal, a ballot, an objection a day, one of
/// them as large as a record may be, and one proposal open.
constexpr std::uint64_t kBudgetRecordsMin = 3;
constexpr std::uint64_t kBudgetBytesMin = base::kRecordBytesMax;
constexpr std::array<std::string_view, 3> kQuorumWords{"majority", "supermajority", "all"};

struct NamedValue {
  std::string_view name;
  std::string_view value;
};

NamedValue split(std::string_view line) {
  const auto space = line.find(' ');
  if (space == std::string_view::npos) return {line, {}};
  return {line.substr(0, space), line.substr(space + 1)};
}

std::size_t index_of(std::span<const std::string_view> names, std::string_view name) {
  return static_cast<std::size_t>(std::ranges::find(names, name) - names.begin());
}

bool is_named_duration(std::span<const std::string_view> names, std::string_view line) {
  const NamedValue named = split(line);
  if (index_of(names, named.name) == names.size()) return false;
  const auto duration = codec::read_duration(named.value);
  return duration && *duration <= kDurationMax;
}

std::optional<Quorum> read_quorum(std::string_view word) {
  const std::size_t index = index_of(kQuorumWords, word);
  if (index == kQuorumWords.size()) return std::nullopt;
  return static_cast<Quorum>(index);
}

std::optional<Budget> read_budget(std::string_view text) {
  Budget budget;
  const NamedValue records = split(text);
  const NamedValue bytes = split(records.value);
  const bool numbers = codec::read_decimal(records.name, budget.records) &&
                       codec::read_decimal(bytes.name, budget.bytes) &&
                       codec::read_decimal(bytes.value, budget.open);
  if (!numbers || std::max({budget.records, budget.bytes, budget.open}) > kBudgetMax) return std::nullopt;
  return budget;
}

// Sorted unique values with names of the table, as many as the table has: complete if each is the next one.
std::string check_names(const Object& charter, std::string_view attribute,
                        std::span<const std::string_view> names) {
  const auto lines = charter.values(attribute);
  CHECK(lines.size() == names.size());
  for (std::size_t i = 0; i < names.size(); ++i) {
    if (split(lines[i]).name != names[i]) {
      return std::string(attribute) + ": exactly one line for " + std::string(names[i]) + " is expected";
    }
  }
  return "";
}

template <typename Values>
auto& value_of(Values& values, std::span<const std::string_view> names, std::string_view name) {
  const std::size_t index = index_of(names, name);
  CHECK(index < names.size());
  return values[index];
}

base::Seconds duration_of(std::string_view line) {
  const auto duration = codec::read_duration(split(line).value);
  CHECK(duration.has_value());
  return *duration;
}

std::string check_budget_floors(const CharterNumbers& numbers) {
  for (const std::string_view name : kBudgetNames) {
    const Budget& budget = numbers.budget(name);
    const std::string what = "budget: " + std::string(name) + " is at least ";
    if (budget.records < kBudgetRecordsMin)
      return what + std::to_string(kBudgetRecordsMin) + " records a day";
    if (budget.bytes < kBudgetBytesMin) return what + std::to_string(kBudgetBytesMin) + " bytes a day";
    if (budget.open < 1 && !name.ends_with("-reserve")) return what + "1 open proposal";
  }
  return "";
}

}  // namespace

bool is_lock_line(std::string_view value) {
  return is_named_duration(kLockNames, value);
}
bool is_period_line(std::string_view value) {
  return is_named_duration(kPeriodNames, value);
}
bool is_quorum_line(std::string_view value) {
  const NamedValue named = split(value);
  return index_of(kQuorumNames, named.name) != kQuorumNames.size() && read_quorum(named.value).has_value();
}
bool is_budget_line(std::string_view value) {
  const NamedValue named = split(value);
  return index_of(kBudgetNames, named.name) != kBudgetNames.size() && read_budget(named.value).has_value();
}
bool is_checks_word(std::string_view value) {
  return value == "off" || value == "required";
}

std::string check_charter(const Object& charter) {
  for (std::string wrong :
       {check_names(charter, "budget", kBudgetNames), check_names(charter, "lock", kLockNames),
        check_names(charter, "period", kPeriodNames), check_names(charter, "quorum", kQuorumNames)}) {
    if (!wrong.empty()) return wrong;
  }
  const CharterNumbers numbers = CharterNumbers::parse(charter);
  if (numbers.lock("V") < kLockVMin) return "lock: V is at least 30d";
  if (numbers.period("open") > kOpenMax || numbers.period("open") < kOpenMin)
    return "period: open is 1d to 14d";
  if (numbers.period("ceremony") < kCeremonyMin) return "period: ceremony is at least 10s";
  return check_budget_floors(numbers);
}

CharterNumbers CharterNumbers::parse(const Object& charter) {
  CHECK(charter.object_class() == ObjectClass::kCharter && !charter.is_tombstone());
  CharterNumbers numbers;
  for (const std::string_view line : charter.values("lock")) {
    value_of(numbers.locks_, kLockNames, split(line).name) = duration_of(line);
  }
  for (const std::string_view line : charter.values("period")) {
    value_of(numbers.periods_, kPeriodNames, split(line).name) = duration_of(line);
  }
  for (const std::string_view line : charter.values("quorum")) {
    const auto quorum = read_quorum(split(line).value);
    CHECK(quorum.has_value());
    value_of(numbers.quorums_, kQuorumNames, split(line).name) = *quorum;
  }
  for (const std::string_view line : charter.values("budget")) {
    const auto budget = read_budget(split(line).value);
    CHECK(budget.has_value());
    value_of(numbers.budgets_, kBudgetNames, split(line).name) = *budget;
  }
  numbers.checks_required_ = charter.value("checks") == "required";
  numbers.controller_ = charter.value("controller");
  return numbers;
}

base::Seconds CharterNumbers::lock(std::string_view name) const {
  return value_of(locks_, kLockNames, name);
}
base::Seconds CharterNumbers::period(std::string_view name) const {
  return value_of(periods_, kPeriodNames, name);
}
Quorum CharterNumbers::quorum(std::string_view name) const {
  return value_of(quorums_, kQuorumNames, name);
}
const Budget& CharterNumbers::budget(std::string_view name) const {
  return value_of(budgets_, kBudgetNames, name);
}

bool is_tightening(const CharterNumbers& before, const CharterNumbers& after) {
  const auto all_of_pairs = [](const auto& old_values, const auto& new_values, auto tighter) {
    return std::ranges::equal(old_values, new_values, tighter);
  };
  const auto smaller = [](const Budget& old_budget, const Budget& new_budget) {
    return new_budget.records <= old_budget.records && new_budget.bytes <= old_budget.bytes &&
           new_budget.open <= old_budget.open;
  };
  return all_of_pairs(before.locks_, after.locks_, std::less_equal<>()) &&
         all_of_pairs(before.quorums_, after.quorums_, std::less_equal<>()) &&
         all_of_pairs(before.budgets_, after.budgets_, smaller) && before.periods_ == after.periods_ &&
         before.controller_ == after.controller_ && (after.checks_required_ || !before.checks_required_);
}

bool is_tightening(const Object& before, const Object& after) {
  return is_tightening(CharterNumbers::parse(before), CharterNumbers::parse(after));
}

const std::string& default_charter() {
  static const std::string text =
      "charter: registry\n"
      "version: 1\n"
      "budget: member 1000 16000000 20\n"
      "budget: member-reserve 1000 2000000 0\n"
      "budget: organisation 100 1000000 5\n"
      "budget: organisation-reserve 50 200000 0\n"
      "checks: off\n"
      "lock: A 1d\n"
      "lock: C 14d\n"
      "lock: C-loosening 60d\n"
      "lock: G 14d\n"
      "lock: H1-dependants 3d\n"
      "lock: H1-locked 1d\n"
      "lock: H1-override 1d\n"
      "lock: H1-unlock 3d\n"
      "lock: H2 3d\n"
      "lock: K 14d\n"
      "lock: M 14d\n"
      "lock: R-holder 30d\n"
      "lock: R-member 14d\n"
      "lock: U 0d\n"
      "lock: V 30d\n"
      "period: ceremony 1d\n"
      "period: check-fresh 1d\n"
      "period: dispute 60d\n"
      "period: epoch-grace 7d\n"
      "period: extension-holder 30d\n"
      "period: extension-objection 14d\n"
      "period: founding 30d\n"
      "period: founding-revert 30d\n"
      "period: freeze 3d\n"
      "period: freeze-join 30d\n"
      "period: freeze-own 7d\n"
      "period: open 14d\n"
      "quorum: A majority\n"
      "quorum: C supermajority\n"
      "quorum: G supermajority\n"
      "quorum: H2 majority\n"
      "quorum: K majority\n"
      "quorum: M supermajority\n"
      "quorum: R supermajority\n"
      "quorum: U majority\n"
      "quorum: V supermajority\n";
  return text;
}

}  // namespace resource
