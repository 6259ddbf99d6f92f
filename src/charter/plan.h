// What a proposal is, seen from the present state: its class, who must sign, consent and vote, and how long
// it is locked. A plan is computed at entry and again whenever the proposal moves; it is never kept. Format:
// docs/formats/rules.md, "Which class a difference has", "Consents"
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "base/strong.h"
#include "charter/change_lines.h"
#include "charter/classes.h"
#include "charter/transaction.h"
#include "record/record.h"
#include "resource/keys.h"

namespace charter {

/// A set of scopes.
class RoleSet {
 public:
  void add(resource::Role role) { bits_ |= 1U << static_cast<unsigned>(role); }
  bool has(resource::Role role) const { return (bits_ >> static_cast<unsigned>(role) & 1U) != 0; }

 private:
  unsigned bits_ = 0;
};

/// A party that must accept: by all of `new_keys`, or, if there are none, by its standing admin or governance
/// keys.
struct Consent {
  std::string party;
  KeyList new_keys;
};

struct Plan {
  ClassSet classes;
  // Who signs.
  RoleSet by_roles;
  bool any_key = false;  ///< an organisation's own freeze
  KeyList by_new_keys;
  // Who accepts.
  std::vector<Consent> consents;
  bool second_voucher = false;
  std::vector<std::string> dependants;  ///< sorted; holders whose domains use a host that changes
  bool unclaimed_dependants = false;
  // Who votes.
  bool h2_votes = false;
  std::vector<std::string> non_voters;  ///< sorted
  // What stops it.
  std::vector<std::string> touched;  ///< organisations whose freeze does
  base::Seconds lock;
  bool needs_checks = false;
  bool closes_founding = false;
  bool publishes_zone = false;

  bool has_dependants() const { return !dependants.empty() || unclaimed_dependants; }
};

/// Errors: kWrongClass (no line of the table), kRefused, kFrozen, kStaleChange.
/// Cost:   one lookup per paragraph and line; the ancestors of created names.
base::Result<Plan> make_plan(const Transaction& tx, const record::Record& proposal);

/// Yes votes that `plan` needs with n members; `by_votes`: the dependants have not all accepted; `objected`:
/// one of them objected.
std::uint64_t required_votes(const Plan& plan, const Transaction& tx, std::uint64_t n, bool by_votes,
                             bool objected);

bool is_frozen(const Transaction& tx, std::string_view party);
/// "ORG-X is frozen until ...", for a party that is.
std::string frozen_text(const Transaction& tx, std::string_view party);
bool is_founding(const Transaction& tx);
bool is_organisation(std::string_view handle);

/// Who holds a host: the nearest live domain at or above its name, unless a zone's apex is nearer.
struct HostPlace {
  std::string_view holder;                   ///< `UNCLAIMED` if nobody's
  const resource::Object* domain = nullptr;  ///< null under a zone or outside
  bool is_outside = false;                   ///< outside every apex
};
HostPlace place_of_host(const Transaction& tx, std::string_view name);

}  // namespace charter
