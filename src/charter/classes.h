// The classes of change and the arithmetic of quorums. n members, f of them may be lost: nothing here knows a
// state. Format: docs/formats/rules.md, first table
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace charter {

/// In the order in which a batch's `class` lists them.
enum class RuleClass : std::uint8_t { kH1, kH2, kA, kK, kU, kV, kM, kC, kR, kG, kE };
inline constexpr std::array<std::string_view, 11> kClassWords{"H1", "H2", "A", "K", "U", "V",
                                                              "M",  "C",  "R", "G", "E"};

/// The classes of one batch.
class ClassSet {
 public:
  constexpr ClassSet() = default;
  constexpr ClassSet(std::initializer_list<RuleClass> classes) {
    for (const RuleClass one : classes) add(one);
  }
  constexpr void add(RuleClass one) { bits_ = static_cast<std::uint16_t>(bits_ | bit(one)); }
  constexpr bool has(RuleClass one) const { return (bits_ & bit(one)) != 0; }
  constexpr bool meets(ClassSet other) const { return (bits_ & other.bits_) != 0; }
  constexpr bool is_empty() const { return bits_ == 0; }
  /// Classes that go alone: a batch never mixes them with another class.
  bool is_mixed_wrongly() const;
  /// "H1 H2", in the classes' order.
  std::string text() const;
  /// The inverse of text(); nullopt for anything else.
  static std::optional<ClassSet> parse(std::string_view text);
  friend constexpr bool operator==(ClassSet, ClassSet) = default;

 private:
  static constexpr std::uint16_t bit(RuleClass one) {
    return static_cast<std::uint16_t>(1U << static_cast<unsigned>(one));
  }
  std::uint16_t bits_ = 0;
};

/// While one of these is locked, what it names is neither transferred nor deleted.
inline constexpr ClassSet kHoldingClasses{RuleClass::kV, RuleClass::kM, RuleClass::kR};

// The numbers that CHARTER.md derives from n.
constexpr std::uint64_t faults_of(std::uint64_t n) {
  return n == 0 ? 0 : (n - 1) / 3;
}
constexpr std::uint64_t majority_of(std::uint64_t n) {
  return n / 2 + 1;
}
constexpr std::uint64_t supermajority_of(std::uint64_t n) {
  return n - faults_of(n);
}
constexpr std::uint64_t small_quorum_of(std::uint64_t n) {
  return std::max<std::uint64_t>(2, faults_of(n) + 1);
}
/// max(Maj, n - F): fresh votes after F objections.
constexpr std::uint64_t fresh_quorum_of(std::uint64_t n) {
  const std::uint64_t small = small_quorum_of(n);
  return std::max(majority_of(n), n > small ? n - small : 0);
}
/// max(2, min(Maj, n - F)): cancellations that lift a freeze.
constexpr std::uint64_t lift_quorum_of(std::uint64_t n) {
  const std::uint64_t small = small_quorum_of(n);
  return std::max<std::uint64_t>(2, std::min(majority_of(n), n > small ? n - small : 0));
}
constexpr std::uint64_t frozen_members_max(std::uint64_t n) {
  return std::max<std::uint64_t>(1, faults_of(n));
}

}  // namespace charter
