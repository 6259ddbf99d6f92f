// The public keys that a member's or organisation's object names: which role each has, how many of a role
// must sign, and which role serves when one has no keys. Whether a signature verifies is charter's question.
// Format: docs/formats/objects.md (scopes), docs/formats/records.md (key ids)
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "crypto/ed25519.h"
#include "resource/change.h"
#include "resource/object.h"

namespace resource {

/// The first five are the scopes of an organisation, the others the keys of a member.
enum class Role : std::uint8_t {
  kAdmin,
  kDns,
  kDs,
  kLock,
  kRpki,
  kGovernance,
  kOperator,
  kRegistrar,
  kEngine
};

/// "admin", "governance", ...
std::string_view role_name(Role role);
/// An organisation's scope by its name; nullopt for any other word.
std::optional<Role> scope_from_name(std::string_view name);

struct PartyKey {
  Role role;
  crypto::PublicKey key;
  std::string_view text;  ///< base64 with the type octet; a view into the object's text
};

/// Every key of a live member or organisation, in the object's order; empty for other classes and tombstones.
std::vector<PartyKey> party_keys(const Object& party);

/// The keys that may sign for `role`, and how many distinct ones must.
struct RoleKeys {
  Role role;                   ///< the role that serves: admin where dns, ds or rpki has no key
  std::vector<PartyKey> keys;  ///< empty if the party has no such keys (lock, engine): nobody can sign
  std::size_t threshold = 1;   ///< 1 <= threshold <= keys.size() unless keys is empty
};
RoleKeys keys_for(const Object& party, Role role);

/// The threshold the object states for exactly this role (no substitute); 1 if it states none.
std::size_t stated_threshold(const Object& party, Role role);

/// Keys that the paragraph gives to its object: the last word of each `+` and `=` line, where that is a key ("auth: SCOPE
/// KEY", "operator: KEY").
std::vector<crypto::PublicKey> added_keys(const Change& change);

/// The key id of the party's signature lines (type 0x01).
std::uint32_t key_id(std::string_view name, const crypto::PublicKey& key);

}  // namespace resource
