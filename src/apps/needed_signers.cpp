#include "apps/needed_signers.h"

#include <algorithm>
#include <utility>

#include "charter/pending.h"
#include "codec/dns_name.h"
#include "resource/keys.h"

namespace apps {
namespace {

using record::Kind;
using record::Record;
using resource::Change;
using resource::ObjectClass;
using resource::Role;

bool is_organisation(std::string_view party) {
  return party.starts_with("ORG-");
}

void add_role(std::vector<Role>& roles, Role role) {
  if (std::ranges::find(roles, role) == roles.end()) roles.push_back(role);
}

std::vector<crypto::PublicKey> keys_added_to(std::string_view party, const std::vector<Change>& changes) {
  std::vector<crypto::PublicKey> keys;
  for (const Change& change : changes) {
    if (change.key != party) continue;
    const std::vector<crypto::PublicKey> added = resource::added_keys(change);
    keys.insert(keys.end(), added.begin(), added.end());
  }
  return keys;
}

// The domain at or above a name that is under registry-lock, if any: its lock keys have to sign too.
bool is_locked(const charter::State& state, std::string_view name) {
  for (std::string at(name); at != "."; at = std::string(codec::parent_of(at))) {
    const resource::Object* const domain = state.find({ObjectClass::kDomain, at});
    if (domain != nullptr && !domain->is_tombstone()) return domain->has("registry-lock", "on");
  }
  return false;
}

void add_roles_of_domain(const Change& change, const charter::State& state, std::vector<Role>& roles) {
  if (change.action == resource::Action::kDelete) add_role(roles, Role::kAdmin);
  for (const resource::LineChange& line : change.lines) {
    if (line.name == "nserver") {
      add_role(roles, Role::kDns);
    } else if (line.name == "ds-rdata") {
      add_role(roles, Role::kDs);
    } else {
      add_role(roles, Role::kAdmin);
    }
    if (line.name == "registry-lock") add_role(roles, Role::kLock);
  }
  if (is_locked(state, change.key)) add_role(roles, Role::kLock);
}

std::vector<Role> roles_of_organisation(const std::vector<Change>& changes, const charter::State& state) {
  std::vector<Role> roles;
  for (const Change& change : changes) {
    switch (change.object_class) {
      case ObjectClass::kDomain:
        add_roles_of_domain(change, state, roles);
        break;
      case ObjectClass::kHost:
        add_role(roles, Role::kDns);
        if (is_locked(state, change.key)) add_role(roles, Role::kLock);
        break;
      case ObjectClass::kCharter:
      case ObjectClass::kMember:
      case ObjectClass::kOrganisation:
      case ObjectClass::kZone:
        add_role(roles, Role::kAdmin);
        break;
    }
  }
  if (roles.empty()) roles.push_back(Role::kAdmin);
  return roles;
}

NeededSigners for_proposal(const Record& record, const charter::State& state) {
  NeededSigners needed{std::string(record.by()), {}, false, keys_added_to(record.by(), record.changes())};
  if (is_organisation(record.by())) {
    needed.any_one = record.value("class") == "E";
    if (!needed.any_one) needed.roles = roles_of_organisation(record.changes(), state);
  } else {
    needed.roles = {record.value("class") == "U" ? Role::kRegistrar : Role::kGovernance};
  }
  return needed;
}

NeededSigners for_acceptance(const Record& record, const charter::State& state) {
  NeededSigners needed{std::string(record.by()), {}, false, {}};
  const bool organisation = is_organisation(record.by());
  const resource::Object* const party = state.find(
      {organisation ? ObjectClass::kOrganisation : ObjectClass::kMember, std::string(record.by())});
  const auto proposal = record.proposal() ? charter::find_pending(state, *record.proposal()) : std::nullopt;
  if (proposal) needed.new_keys = keys_added_to(record.by(), proposal->entry.record->changes());
  // A party that begins with this proposal, or gets its keys back by it, has only its new keys to sign with.
  const bool recovers = proposal && proposal->entry.record->value("subject") == record.by();
  if (party == nullptr || party->is_tombstone() || recovers) return needed;
  needed.roles = {organisation ? Role::kAdmin : Role::kGovernance};
  return needed;
}

}  // namespace

std::vector<NeededSigners> needed_signers(const Record& record, const charter::State& state) {
  const std::string by(record.by());
  const Role own = is_organisation(by) ? Role::kAdmin : Role::kGovernance;
  switch (record.kind()) {
    case Kind::kProposal:
      return {for_proposal(record, state)};
    case Kind::kAcceptance:
      return {for_acceptance(record, state)};
    case Kind::kBallot:
      return {{by, {record.value("vote") == "attest" ? Role::kRegistrar : Role::kGovernance}, false, {}}};
    case Kind::kCheck:
      return {{by, {Role::kOperator}, false, {}}};
    case Kind::kObjection:
      if (const std::string with(record.value("with")); !with.empty()) {
        return {{by, {Role::kAdmin}, false, {}}, {with, {Role::kGovernance}, false, {}}};
      }
      return {{by, {own}, false, {}}};
    case Kind::kWithdrawal:
    case Kind::kCancellation:
    case Kind::kRedaction:
      return {{by, {own}, false, {}}};
    case Kind::kCeremony:
      return {{by, {record.value("step") == "announce" ? Role::kGovernance : Role::kOperator}, false, {}}};
    case Kind::kSignatures:
    case Kind::kEvidence:
      return {{by, {Role::kOperator}, false, {}}};
    case Kind::kGenesis:
    case Kind::kCarry:
    case Kind::kBlock:
      return {};
  }
  return {};
}

}  // namespace apps
