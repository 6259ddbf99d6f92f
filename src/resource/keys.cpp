#include "resource/keys.h"

#include <algorithm>
#include <array>

#include "base/check.h"
#include "codec/decimal.h"
#include "crypto/key_id.h"
#include "resource/values.h"

namespace resource {
namespace {

constexpr std::array<std::string_view, 9> kRoleNames{"admin",      "dns",      "ds",        "lock",  "rpki",
                                                     "governance", "operator", "registrar", "engine"};
constexpr std::array kMemberRoles{Role::kGovernance, Role::kOperator, Role::kRegistrar, Role::kEngine};

PartyKey read_party_key(Role role, std::string_view text) {
  PartyKey party_key{role, {}, text};
  CHECK(read_key(text, party_key.key));
  return party_key;
}

bool admin_serves(Role role) {
  return role == Role::kDns || role == Role::kDs || role == Role::kRpki;
}

}  // namespace

std::string_view role_name(Role role) {
  return kRoleNames[static_cast<std::size_t>(role)];
}

std::optional<Role> scope_from_name(std::string_view name) {
  for (const Role role : {Role::kAdmin, Role::kDns, Role::kDs, Role::kLock, Role::kRpki}) {
    if (role_name(role) == name) return role;
  }
  return std::nullopt;
}

std::vector<PartyKey> party_keys(const Object& party) {
  std::vector<PartyKey> keys;
  if (party.is_tombstone()) return keys;
  if (party.object_class() == ObjectClass::kMember) {
    for (const Role role : kMemberRoles) {
      for (const std::string_view text : party.values(role_name(role)))
        keys.push_back(read_party_key(role, text));
    }
  } else if (party.object_class() == ObjectClass::kOrganisation) {
    for (const std::string_view line : party.values("auth")) {
      const auto space = line.find(' ');
      const auto role = scope_from_name(line.substr(0, space));
      CHECK(role.has_value());
      keys.push_back(read_party_key(*role, line.substr(space + 1)));
    }
  }
  return keys;
}

RoleKeys keys_for(const Object& party, Role role) {
  const std::vector<PartyKey> all = party_keys(party);
  RoleKeys found{role, {}, 1};
  const auto collect = [&] {
    std::ranges::copy_if(all, std::back_inserter(found.keys),
                         [&](const PartyKey& party_key) { return party_key.role == found.role; });
  };
  collect();
  if (found.keys.empty() && admin_serves(role)) {
    found.role = Role::kAdmin;
    collect();
  }
  found.threshold = stated_threshold(party, found.role);
  return found;
}

std::size_t stated_threshold(const Object& party, Role role) {
  std::uint64_t count = 1;
  if (party.object_class() == ObjectClass::kMember && role == Role::kGovernance) {
    CHECK(codec::read_decimal(party.value("governance-threshold"), count));
  } else if (party.object_class() == ObjectClass::kOrganisation) {
    for (const std::string_view line : party.values("threshold")) {
      const auto space = line.find(' ');
      if (line.substr(0, space) == role_name(role)) CHECK(codec::read_decimal(line.substr(space + 1), count));
    }
  }
  return count;
}

std::vector<crypto::PublicKey> added_keys(const Change& change) {
  std::vector<crypto::PublicKey> keys;
  for (const LineChange& line : change.lines) {
    crypto::PublicKey key;
    const std::string_view last_word = line.value.substr(line.value.rfind(' ') + 1);
    if (line.operation != Operation::kRemove && read_key(last_word, key)) keys.push_back(key);
  }
  return keys;
}

std::uint32_t key_id(std::string_view name, const crypto::PublicKey& key) {
  return crypto::key_id(name, kEd25519NoteType, key);
}

}  // namespace resource
