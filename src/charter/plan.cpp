#include "charter/plan.h"

#include <algorithm>
#include <array>

#include "charter/errors.h"
#include "charter/state.h"
#include "codec/dns_name.h"
#include "resource/values.h"

namespace charter {

using resource::Action;
using resource::Change;
using resource::LineChange;
using resource::Object;
using resource::ObjectClass;
using resource::Operation;
using resource::Role;

bool is_organisation(std::string_view handle) {
  return handle.starts_with("ORG-");
}

bool is_frozen(const Transaction& tx, std::string_view party) {
  const FreezeEntry* freeze = tx.freezes.find(party);
  return freeze != nullptr && tx.now() < freeze->until;
}

bool is_founding(const Transaction& tx) {
  const FoundingEntry* founding = tx.founding.find(std::string_view("names"));
  return founding != nullptr && tx.now() < founding->until;
}

HostPlace place_of_host(const Transaction& tx, std::string_view name) {
  for (; !name.empty(); name = name_above(name)) {
    if (const Object* domain = tx.live(ObjectClass::kDomain, name))
      return {domain->value("holder"), domain, false};
    if (tx.live(ObjectClass::kZone, name) != nullptr) return {resource::kUnclaimed, nullptr, false};
  }
  return {resource::kUnclaimed, nullptr, true};
}

namespace {

constexpr std::array<std::string_view, 6> kReservedNames{"localhost.", "invalid.", "test.",
                                                         "example.",   "local.",   "onion."};

std::string paragraph(const Change& change) {
  static constexpr std::array<std::string_view, 3> kWords{"create ", "change ", "delete "};
  return std::string(kWords[static_cast<std::size_t>(change.action)])
      .append(class_name(change.object_class))
      .append(": ")
      .append(change.key);
}

std::unexpected<base::Error> wrong(const Change& change, std::string_view why) {
  return base::fail(kWrongClass, paragraph(change).append(": ").append(why));
}
std::unexpected<base::Error> wrong(const Change& change, const LineChange& line, std::string_view why) {
  return base::fail(kWrongClass, paragraph(change).append(": ").append(line.name).append(": ").append(why));
}

bool has_line(const Change& change, std::string_view name) {
  return std::any_of(change.lines.begin(), change.lines.end(),
                     [name](const LineChange& line) { return line.name == name; });
}
/// The value that a `+` or `=` line of this name gives; empty if none.
std::string_view new_value(const Change& change, std::string_view name) {
  for (const LineChange& line : change.lines) {
    if (line.name == name && line.operation != Operation::kRemove) return line.value;
  }
  return {};
}
bool only_sets(const Change& change) {
  return std::all_of(change.lines.begin(), change.lines.end(),
                     [](const LineChange& line) { return line.operation == Operation::kSet; });
}
bool any_sets(const Change& change) {
  return std::any_of(change.lines.begin(), change.lines.end(),
                     [](const LineChange& line) { return line.operation == Operation::kSet; });
}

bool is_key_attribute(std::string_view name) {
  return name == "auth" || name == "governance" || name == "operator" || name == "registrar" ||
         name == "engine";
}
bool is_threshold_attribute(std::string_view name) {
  return name == "threshold" || name == "governance-threshold";
}

/// Keys that the paragraph gives to its party and that `before` does not have.
KeyList new_keys(const Change& change, const Object* before) {
  KeyList keys;
  std::vector<resource::PartyKey> old;
  if (before != nullptr) old = resource::party_keys(*before);
  for (const LineChange& line : change.lines) {
    if (line.operation == Operation::kRemove || !is_key_attribute(line.name)) continue;
    const std::string_view text =
        line.name == "auth" ? line.value.substr(line.value.find(' ') + 1) : line.value;
    crypto::PublicKey key;
    if (!resource::read_key(text, key)) continue;  // apply_change refuses it
    const bool known = std::any_of(old.begin(), old.end(), [&](const auto& one) { return one.key == key; });
    if (!known && std::find(keys.begin(), keys.end(), key) == keys.end()) keys.push_back(key);
  }
  return keys;
}

class Planner {
 public:
  Planner(const Transaction& tx, const record::Record& proposal)
      : tx_(tx), record_(proposal), by_(proposal.by()), subject_(proposal.value("subject")) {}

  base::Result<Plan> run() {
    TRY(classify());
    if (plan_.classes.is_mixed_wrongly()) {
      return base::fail(kWrongClass,
                        "classes U, V, M, C, R and E go alone, this batch has " + plan_.classes.text());
    }
    TRY(check_attributes());
    TRY(check_obstacles());
    TRY(check_frozen());
    plan_.lock = std::max(plan_.lock, lock_of_classes());
    return std::move(plan_);
  }

 private:
  base::Result<void> classify() {
    if (record_.changes().empty()) return classify_empty();
    for (const Change& change : record_.changes()) {
      if (is_organisation(by_)) {
        TRY(by_organisation(change));
      } else {
        TRY(by_member(change));
      }
    }
    return {};
  }

  base::Result<void> classify_empty() {
    if (!record_.value("founding").empty()) {
      if (is_organisation(by_)) return base::fail(kWrongClass, "founding: members alone ask to close it");
      if (!is_founding(tx_)) return base::fail(kRefused, "founding: the founding period is over");
      add(RuleClass::kA, Role::kGovernance);
      plan_.closes_founding = true;
      return {};
    }
    if (subject_.empty())
      return base::fail(kWrongClass, "a proposal changes something, freezes or closes founding");
    const bool exists = tx_.live(ObjectClass::kOrganisation, subject_) != nullptr || tx_.is_member(subject_);
    if (!exists) return base::fail(kUnknownParty, "subject: " + std::string(subject_) + " does not exist");
    plan_.classes.add(RuleClass::kE);
    if (!is_organisation(by_)) {
      plan_.by_roles.add(Role::kGovernance);
      return check_freeze_room();
    }
    if (subject_ != by_) return base::fail(kWrongClass, "subject: an organisation freezes only itself");
    plan_.any_key = true;
    return {};
  }

  base::Result<void> check_freeze_room() const {
    if (is_organisation(subject_) || is_frozen(tx_, subject_)) return {};
    std::uint64_t frozen = 0;
    for (const std::string& member : tx_.members()) frozen += is_frozen(tx_, member) ? 1 : 0;
    if (frozen < frozen_members_max(tx_.n())) return {};
    return base::fail(kRefused, "subject: at most max(1, f) members are frozen at once");
  }

  void add(RuleClass one, Role role) {
    plan_.classes.add(one);
    plan_.by_roles.add(role);
  }
  void lock_at_least(std::string_view name) { plan_.lock = std::max(plan_.lock, tx_.numbers().lock(name)); }
  void touch(std::string_view party) {
    if (is_organisation(party)) insert_sorted(plan_.touched, party);
  }
  void consent(std::string_view party, KeyList keys) {
    for (Consent& one : plan_.consents) {
      if (one.party != party) continue;
      if (one.new_keys.empty()) one.new_keys = std::move(keys);
      return;
    }
    plan_.consents.push_back({std::string(party), std::move(keys)});
  }
  void guard_by_lock(const Object* domain) {
    if (domain == nullptr || domain->value("registry-lock").empty()) return;
    plan_.by_roles.add(Role::kLock);
    lock_at_least("H1-locked");
  }

  // By an organisation.
  base::Result<void> by_organisation(const Change& change) {
    if (any_sets(change)) return wrong(change, "'=' is for classes V, M and R");
    touch(by_);
    switch (change.object_class) {
      case ObjectClass::kOrganisation:
        return own_organisation(change);
      case ObjectClass::kDomain:
        return domain_by_holder(change);
      case ObjectClass::kHost:
        return host_by_holder(change);
      case ObjectClass::kCharter:
      case ObjectClass::kMember:
      case ObjectClass::kZone:
        break;
    }
    return wrong(change, "not for an organisation");
  }

  base::Result<void> own_organisation(const Change& change) {
    if (change.key != by_ || change.action == Action::kCreate)
      return wrong(change, "an organisation changes only itself");
    if (change.action == Action::kDelete) {
      add(RuleClass::kH2, Role::kAdmin);
      plan_.h2_votes = true;
      return {};
    }
    for (const LineChange& line : change.lines) {
      if (line.name == "country") {
        add(RuleClass::kH1, Role::kAdmin);
      } else if (line.name == "auth" || line.name == "threshold") {
        add(RuleClass::kH2, Role::kAdmin);
        if (tx_.store().holdings(by_).locked > 0) plan_.by_roles.add(Role::kLock);
      } else if (line.name == "org-name") {
        add(RuleClass::kH2, Role::kAdmin);
        plan_.h2_votes = true;
      } else {
        return wrong(change, line, "no class lets an organisation change it");
      }
    }
    plan_.by_new_keys = new_keys(change, tx_.live(ObjectClass::kOrganisation, by_));
    return {};
  }

  base::Result<void> domain_by_holder(const Change& change) {
    if (change.action == Action::kCreate) return wrong(change, "members create domains (class A)");
    const Object* domain = tx_.live(ObjectClass::kDomain, change.key);
    if (domain == nullptr) return base::fail(resource::kStaleChange, paragraph(change) + ": does not exist");
    const std::string_view holder = domain->value("holder");
    if (change.action == Action::kDelete) {
      if (holder != by_) return wrong(change, "only its holder deletes it");
      add(RuleClass::kH2, Role::kAdmin);
      plan_.h2_votes = true;
      guard_by_lock(domain);
      return {};
    }
    for (const LineChange& line : change.lines) {
      if (line.name == "holder") {
        if (line.operation == Operation::kAdd) TRY(holder_line(change, line, holder));
        continue;
      }
      if (holder != by_) return wrong(change, line, "only its holder changes it");
      TRY(domain_line(change, line));
    }
    if (plan_.classes.is_empty()) return wrong(change, "a holder is replaced, not removed");
    if (has_line(change, "nserver") || has_line(change, "ds-rdata") || has_line(change, "holder"))
      guard_by_lock(domain);
    return {};
  }

  base::Result<void> holder_line(const Change& change, const LineChange& line, std::string_view holder) {
    if (holder == resource::kUnclaimed && line.value == by_) {
      if (record_.value("annex").empty()) return base::fail(kRefused, "annex: a claim names its evidence");
      add(RuleClass::kK, Role::kAdmin);
      return {};
    }
    if (holder != by_ || !is_organisation(line.value) || line.value == by_) {
      return wrong(change, line,
                   "a holder gives its own domain to another organisation, or claims an UNCLAIMED one");
    }
    add(RuleClass::kH2, Role::kAdmin);
    plan_.h2_votes = true;
    consent(line.value, {});
    touch(line.value);
    return {};
  }

  base::Result<void> domain_line(const Change& change, const LineChange& line) {
    if (line.name == "nserver" || line.name == "ds-rdata") {
      add(RuleClass::kH1, line.name == "nserver" ? Role::kDns : Role::kDs);
      plan_.needs_checks = true;
      return known_digest(change, line);
    }
    if (line.name != "registry-lock") return wrong(change, line, "not on the holder's whitelist");
    add(RuleClass::kH1, Role::kAdmin);
    plan_.by_roles.add(Role::kLock);
    if (line.operation == Operation::kRemove) lock_at_least("H1-unlock");
    return {};
  }

  base::Result<void> known_digest(const Change& change, const LineChange& line) const {
    if (line.name != "ds-rdata" || line.operation == Operation::kRemove ||
        resource::is_known_digest(line.value)) {
      return {};
    }
    return base::fail(kRefused, paragraph(change) + ": ds-rdata: its digest type is not 1, 2 or 4");
  }

  base::Result<void> host_by_holder(const Change& change) {
    const HostPlace place = place_of_host(tx_, change.key);
    const bool is_own = place.holder == by_;
    if (change.action == Action::kCreate && !is_own && place.holder == resource::kUnclaimed &&
        !place.is_outside) {
      add(RuleClass::kA, Role::kAdmin);
      return {};
    }
    if (!is_own && !(change.action == Action::kCreate && place.is_outside)) {
      return wrong(change, "the host stands under nothing that its proposer holds");
    }
    add(RuleClass::kH1, Role::kDns);
    if (change.action != Action::kDelete) plan_.needs_checks = true;
    guard_by_lock(place.domain);
    if (change.action == Action::kChange) find_dependants(change.key);
    return {};
  }

  void find_dependants(std::string_view host) {
    for (const auto& [holder, count] : tx_.store().use_of(host).by_holder) {
      if (holder == by_) continue;
      if (holder == resource::kUnclaimed) {
        plan_.unclaimed_dependants = true;
      } else {
        insert_sorted(plan_.dependants, holder);
      }
    }
  }

  // By a member.
  base::Result<void> by_member(const Change& change) {
    if (!record_.value("upstream").empty()) return by_upstream(change);
    if (!subject_.empty()) return involuntary(change);
    switch (change.object_class) {
      case ObjectClass::kCharter:
        if (change.action != Action::kChange || any_sets(change))
          return wrong(change, "a charter is changed by '-' and '+'");
        add(RuleClass::kC, Role::kGovernance);
        return {};
      case ObjectClass::kMember:
        return member_change(change);
      case ObjectClass::kOrganisation:
      case ObjectClass::kDomain:
        if (change.action == Action::kCreate) return allocate(change);
        break;
      case ObjectClass::kZone:
      case ObjectClass::kHost:
        break;
    }
    return wrong(change, "a member needs `upstream` (class U) or `subject` (classes V and R) for this");
  }

  base::Result<void> allocate(const Change& change) {
    add(RuleClass::kA, Role::kGovernance);
    if (change.object_class == ObjectClass::kOrganisation) {
      consent(change.key, new_keys(change, nullptr));
      touch(change.key);
      return {};
    }
    const std::string_view holder = new_value(change, "holder");
    if (!is_organisation(holder)) return wrong(change, "holder: class A gives it to an organisation");
    if (has_line(change, "registry-lock")) return wrong(change, "registry-lock: its holder sets it later");
    for (const std::string_view reserved : kReservedNames) {
      if (codec::is_at_or_below(change.key, reserved)) {
        return base::fail(kRefused, paragraph(change) + ": the name is reserved by RFC 6761");
      }
    }
    for (const LineChange& line : change.lines) TRY(known_digest(change, line));
    consent(holder, {});
    touch(holder);
    // A name between a domain and its hosts takes the hosts away: whoever holds them is asked.
    const std::string_view above = place_of_host(tx_, change.key).holder;
    if (above != resource::kUnclaimed && above != holder) consent(above, {});
    return {};
  }

  base::Result<void> by_upstream(const Change& change) {
    const auto refuse = [&] {
      return wrong(change, "class U touches only UNCLAIMED zones, domains and hosts");
    };
    const bool is_name =
        change.object_class == ObjectClass::kDomain || change.object_class == ObjectClass::kZone;
    if (change.action == Action::kCreate && is_name &&
        place_of_host(tx_, change.key).holder != resource::kUnclaimed) {
      return wrong(change, "class U creates no name at or below a domain that somebody holds");
    }
    if (any_sets(change)) return wrong(change, "'=' is for classes V, M and R");
    if (change.object_class == ObjectClass::kDomain) {
      const Object* domain = tx_.live(ObjectClass::kDomain, change.key);
      if (domain != nullptr && domain->value("holder") != resource::kUnclaimed) return refuse();
      if (change.action == Action::kCreate && new_value(change, "holder") != resource::kUnclaimed)
        return refuse();
      if (change.action == Action::kChange && has_line(change, "holder")) return refuse();
      if (has_line(change, "registry-lock")) return refuse();
    } else if (change.object_class == ObjectClass::kHost) {
      if (place_of_host(tx_, change.key).holder != resource::kUnclaimed) return refuse();
    } else if (change.object_class != ObjectClass::kZone) {
      return refuse();
    }
    add(RuleClass::kU, Role::kRegistrar);
    return {};
  }

  base::Result<void> involuntary(const Change& change) {
    if (change.action == Action::kCreate) return wrong(change, "nothing is created with `subject`");
    if (change.action == Action::kChange && !only_sets(change))
      return wrong(change, "classes V and R use '=' lines");
    const bool is_party =
        change.object_class == ObjectClass::kOrganisation || change.object_class == ObjectClass::kMember;
    if (is_party && change.action == Action::kChange) {
      const bool keys = std::all_of(change.lines.begin(), change.lines.end(), [](const LineChange& line) {
        return is_key_attribute(line.name) || is_threshold_attribute(line.name);
      });
      if (keys) return recover(change);
      for (const LineChange& line : change.lines) {
        if (is_key_attribute(line.name) || is_threshold_attribute(line.name)) {
          return wrong(change, line, "keys and thresholds change alone (class R)");
        }
      }
    }
    if (change.object_class == ObjectClass::kMember || change.object_class == ObjectClass::kCharter) {
      return wrong(change, "not with `subject`");
    }
    TRY(belongs_to_subject(change));
    if (record_.value("annex").empty()) return base::fail(kRefused, "annex: class V gives its reasons");
    for (const LineChange& line : change.lines) TRY(known_digest(change, line));
    add(RuleClass::kV, Role::kGovernance);
    return {};
  }

  base::Result<void> belongs_to_subject(const Change& change) const {
    std::string_view owner = resource::kUnclaimed;
    if (change.object_class == ObjectClass::kOrganisation) owner = change.key;
    if (change.object_class == ObjectClass::kHost) owner = place_of_host(tx_, change.key).holder;
    if (change.object_class == ObjectClass::kDomain) {
      const Object* domain = tx_.live(ObjectClass::kDomain, change.key);
      if (domain == nullptr)
        return base::fail(resource::kStaleChange, paragraph(change) + ": does not exist");
      owner = domain->value("holder");
    }
    if (owner == subject_) return {};
    return wrong(change, "class V names one holder: this belongs to " + std::string(owner));
  }

  base::Result<void> recover(const Change& change) {
    if (change.key != subject_) return wrong(change, "class R changes the keys of its subject");
    if (subject_ == by_) return wrong(change, "class R is proposed by another member");
    const Object* before = tx_.live(change.object_class, change.key);
    if (before == nullptr) return base::fail(kUnknownParty, paragraph(change) + ": does not exist");
    add(RuleClass::kR, Role::kGovernance);
    plan_.second_voucher = true;
    KeyList keys = new_keys(change, before);
    if (!keys.empty()) consent(subject_, std::move(keys));
    if (tx_.is_member(subject_)) insert_sorted(plan_.non_voters, subject_);
    return {};
  }

  base::Result<void> member_change(const Change& change) {
    if (change.action == Action::kCreate) {
      add(RuleClass::kM, Role::kGovernance);
      consent(change.key, new_keys(change, nullptr));
      return {};
    }
    const Object* before = tx_.live(ObjectClass::kMember, change.key);
    if (before == nullptr) return base::fail(kUnknownParty, paragraph(change) + ": is no member");
    if (change.action == Action::kDelete) {
      add(RuleClass::kM, Role::kGovernance);
      if (change.key != by_) insert_sorted(plan_.non_voters, change.key);
      return {};
    }
    const bool own = change.key == by_;
    for (const LineChange& line : change.lines) TRY(member_line(change, line, own));
    KeyList keys = new_keys(change, before);
    if (own) {
      plan_.by_new_keys.insert(plan_.by_new_keys.end(), keys.begin(), keys.end());
    } else {
      consent(change.key, std::move(keys));
    }
    return {};
  }

  base::Result<void> member_line(const Change& change, const LineChange& line, bool own) {
    if (line.name == "governance" || line.name == "governance-threshold" || line.name == "organisation") {
      add(RuleClass::kM, Role::kGovernance);
      return {};
    }
    if (!own) return wrong(change, line, "only the member itself changes it");
    if (line.operation == Operation::kSet) return wrong(change, line, "'=' is for classes V, M and R");
    add(RuleClass::kH2, Role::kGovernance);
    return {};
  }

  // What holds for the whole.
  base::Result<void> check_attributes() {
    const ClassSet classes = plan_.classes;
    if (!subject_.empty() && !classes.meets({RuleClass::kV, RuleClass::kR, RuleClass::kE})) {
      return base::fail(kWrongClass, "subject: stands in classes V, R and E only");
    }
    if (!record_.value("upstream").empty() && !classes.has(RuleClass::kU)) {
      return base::fail(kWrongClass, "upstream: stands in class U only");
    }
    if (!record_.value("founding").empty() && !plan_.closes_founding) {
      return base::fail(kWrongClass, "founding: goes without paragraphs");
    }
    if (record_.value("override").empty()) return {};
    if (!classes.has(RuleClass::kH1)) return base::fail(kWrongClass, "override: stands in class H1 only");
    plan_.needs_checks = false;
    lock_at_least("H1-override");
    return {};
  }

  base::Result<void> check_obstacles() const {
    if (plan_.classes.meets({RuleClass::kV, RuleClass::kM, RuleClass::kC, RuleClass::kR})) return {};
    for (const Change& change : record_.changes()) {
      const bool moves = change.action == Action::kDelete || has_line(change, "holder");
      if (change.action == Action::kCreate) {
        TRY(check_creation(change));
      } else if (moves) {
        TRY(check_move(change));
      }
    }
    return {};
  }

  base::Result<void> check_creation(const Change& change) const {
    if (change.object_class != ObjectClass::kDomain && change.object_class != ObjectClass::kHost) return {};
    for (std::string_view name = change.key; !name.empty(); name = name_above(name)) {
      if (tx_.store().is_held({ObjectClass::kDomain, std::string(name)}) ||
          tx_.store().is_held({ObjectClass::kZone, std::string(name)})) {
        return base::fail(kRefused,
                          paragraph(change) + ": a locked V on " + std::string(name) + " forbids it");
      }
    }
    return {};
  }

  base::Result<void> check_move(const Change& change) const {
    const resource::ObjectId id = change.id();
    if (tx_.store().is_held(id)) {
      return base::fail(kRefused, paragraph(change) + ": a locked V, M or R forbids transfer and deletion");
    }
    const DisputeEntry* dispute = tx_.disputes.find(std::string(class_name(id.object_class)) + " " + id.key);
    if (dispute != nullptr && tx_.now() < dispute->until) {
      return base::fail(kRefused, paragraph(change) + ": a dispute forbids transfer and deletion");
    }
    return {};
  }

  base::Result<void> check_frozen() const {
    if (plan_.classes.meets({RuleClass::kV, RuleClass::kM, RuleClass::kC, RuleClass::kR, RuleClass::kE}))
      return {};
    for (const std::string& party : plan_.touched) {
      if (is_frozen(tx_, party)) return base::fail(kFrozen, party + " is frozen");
    }
    return {};
  }

  base::Seconds lock_of_classes() const {
    const resource::CharterNumbers& numbers = tx_.numbers();
    base::Seconds lock;
    const auto raise = [&](RuleClass one, std::string_view name) {
      if (plan_.classes.has(one)) lock = std::max(lock, numbers.lock(name));
    };
    raise(RuleClass::kH2, "H2");
    raise(RuleClass::kU, "U");
    raise(RuleClass::kV, "V");
    raise(RuleClass::kM, "M");
    raise(RuleClass::kR, is_organisation(subject_) ? "R-holder" : "R-member");
    if (plan_.classes.has(RuleClass::kC)) lock = charter_lock();
    // With another lock in the batch it would execute after founding, without A's or K's own lock: so it has
    // them.
    const bool waits_anyway = std::max(lock, plan_.lock) > base::Seconds(0);
    if (!is_founding(tx_) || waits_anyway) {
      raise(RuleClass::kA, "A");
      raise(RuleClass::kK, "K");
    }
    return lock;
  }

  base::Seconds charter_lock() const {
    const resource::CharterNumbers& numbers = tx_.numbers();
    const Change& change = record_.changes().front();
    const Object* before = tx_.live(ObjectClass::kCharter, change.key);
    const auto after = resource::apply_change(before, change);
    const bool tightens = before != nullptr && after && resource::is_tightening(*before, *after);
    return numbers.lock(tightens ? "C" : "C-loosening");
  }

  const Transaction& tx_;
  const record::Record& record_;
  std::string_view by_;
  std::string_view subject_;
  Plan plan_;
};

std::uint64_t votes_of(resource::Quorum quorum, std::uint64_t n) {
  switch (quorum) {
    case resource::Quorum::kMajority:
      return majority_of(n);
    case resource::Quorum::kSupermajority:
      return supermajority_of(n);
    case resource::Quorum::kAll:
      return n;
  }
  return n;
}

}  // namespace

base::Result<Plan> make_plan(const Transaction& tx, const record::Record& proposal) {
  return Planner(tx, proposal).run();
}

std::uint64_t required_votes(const Plan& plan, const Transaction& tx, std::uint64_t n, bool by_votes,
                             bool objected) {
  std::uint64_t votes = 0;
  const auto raise = [&](bool applies, std::string_view name) {
    if (applies) votes = std::max(votes, votes_of(tx.numbers().quorum(name), n));
  };
  raise(plan.classes.has(RuleClass::kH2) && plan.h2_votes, "H2");
  raise(plan.classes.has(RuleClass::kA), "A");
  raise(plan.classes.has(RuleClass::kK), "K");
  raise(plan.classes.has(RuleClass::kU), "U");
  raise(plan.classes.has(RuleClass::kV), "V");
  raise(plan.classes.has(RuleClass::kM), "M");
  raise(plan.classes.has(RuleClass::kC), "C");
  raise(plan.classes.has(RuleClass::kR), "R");
  if (plan.classes.has(RuleClass::kE) && !plan.any_key) votes = small_quorum_of(n);
  if (by_votes) votes = std::max(votes, objected ? majority_of(n) : small_quorum_of(n));
  // One less than all, however many do not vote: a batch of removals must not lower its own quorum. For R it
  // is so even when its subject is an organisation, which has no vote to lose.
  const bool is_reduced = plan.classes.has(RuleClass::kR) || !plan.non_voters.empty();
  if (is_reduced) votes = std::min(votes, n > 1 ? n - 1 : 0);
  return votes;
}

}  // namespace charter
