#include "charter/signatures.h"

#include <algorithm>
#include <array>

#include "charter/errors.h"
#include "resource/values.h"

namespace charter {
namespace {

using resource::Role;

bool has_role(const Party& party, Role role) {
  return std::any_of(party.keys.begin(), party.keys.end(),
                     [role](const SigningKey& key) { return key.role == role; });
}

constexpr std::array<Role, 9> kRoles{Role::kAdmin,    Role::kDns,       Role::kDs,
                                     Role::kLock,     Role::kRpki,      Role::kGovernance,
                                     Role::kOperator, Role::kRegistrar, Role::kEngine};

}  // namespace

base::Result<void> SignatureDemand::add_roles(std::string_view name, const Party& party, RoleSet roles) {
  for (const Role role : kRoles) {
    if (roles.has(role)) TRY(add_role(name, party, role));
  }
  return {};
}

base::Result<void> SignatureDemand::add_role(std::string_view name, const Party& party, Role role) {
  const bool falls_back = role == Role::kDns || role == Role::kDs || role == Role::kRpki;
  if (falls_back && !has_role(party, role)) role = Role::kAdmin;
  if (!has_role(party, role)) {
    return base::fail(kBadSignature,
                      std::string(name) + " has no " + std::string(resource::role_name(role)) + " key");
  }
  for (const Group& group : groups_) {
    if (group.party == &party && group.role == role) return {};
  }
  Group group;
  group.name = name;
  group.party = &party;
  group.role = role;
  group.needed = party.thresholds[static_cast<std::size_t>(role)];
  groups_.push_back(group);
  return {};
}

void SignatureDemand::add_any(std::string_view name, const Party& party) {
  Group group;
  group.name = name;
  group.party = &party;
  groups_.push_back(group);
}

void SignatureDemand::add_keys(std::string_view name, const KeyList& keys) {
  for (const crypto::PublicKey& key : keys) {
    Group group;
    group.name = name;
    group.key = key;
    group.id = resource::key_id(name, key);
    groups_.push_back(group);
  }
}

const crypto::PublicKey* SignatureDemand::match(const Group& group, const record::SignatureLine& line) {
  if (group.name != line.name) return nullptr;
  if (group.party == nullptr) return group.id == line.key_id ? &group.key : nullptr;
  for (const SigningKey& key : group.party->keys) {
    if (key.id == line.key_id && (!group.role || key.role == *group.role)) return &key.key;
  }
  return nullptr;
}

std::string SignatureDemand::demand_text(const Group& group) {
  if (group.party == nullptr) return "its new key " + serialize_entry_key(group.key) + " signs too, once";
  const std::string keys =
      group.role ? std::string(resource::role_name(*group.role)) + " keys" : "any of its keys";
  return "exactly " + std::to_string(group.needed) + " of its signatures by " + keys + " are asked for";
}

base::Result<void> SignatureDemand::verify(const record::Record& record, SignatureChecker& checker) const {
  std::vector<std::size_t> counts(groups_.size(), 0);
  const auto& lines = record.signatures();
  for (std::size_t i = 0; i < lines.size(); ++i) {
    const auto refuse = [&](std::string_view why) {
      return base::fail(kBadSignature, "signature line " + std::to_string(i + 1) + " (" +
                                           std::string(lines[i].name) + "): " + std::string(why));
    };
    bool matched = false;
    for (std::size_t g = 0; g < groups_.size() && !matched; ++g) {
      const crypto::PublicKey* key = match(groups_[g], lines[i]);
      if (key == nullptr) continue;
      matched = true;
      ++counts[g];
      if (!checker.verifies(record, i, *key)) return refuse("the signature does not verify");
    }
    if (!matched)
      return refuse(
          "a record like this is not signed by that key; exactly the signatures asked for may stand");
  }
  for (std::size_t g = 0; g < groups_.size(); ++g) {
    if (counts[g] == groups_[g].needed) continue;
    const Group& group = groups_[g];
    return base::fail(kBadSignature, std::string(group.name) + ": " + demand_text(group) + ", there are " +
                                         std::to_string(counts[g]));
  }
  return {};
}

bool DirectChecker::verifies(const record::Record& record, std::size_t index, const crypto::PublicKey& key) {
  return crypto::verify_signature(key, base::as_bytes(record.body()), record.signatures()[index].signature);
}

}  // namespace charter
