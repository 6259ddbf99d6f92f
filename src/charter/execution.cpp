#include "charter/execution.h"

#include <algorithm>

#include "charter/errors.h"
#include "charter/state.h"
#include "crypto/ed25519.h"
#include "resource/change.h"

namespace charter {
namespace {

using resource::Action;
using resource::Change;
using resource::Object;
using resource::ObjectClass;

bool is_live(const Object* object) {
  return object != nullptr && !object->is_tombstone();
}

std::vector<resource::PartyKey> keys_of(const Object* object) {
  return is_live(object) ? resource::party_keys(*object) : std::vector<resource::PartyKey>();
}

const resource::PartyKey* find_key(const std::vector<resource::PartyKey>& keys,
                                   const crypto::PublicKey& key) {
  const auto found = std::find_if(keys.begin(), keys.end(), [&](const auto& one) { return one.key == key; });
  return found == keys.end() ? nullptr : &*found;
}

std::unexpected<base::Error> bad_key(const Object& object, std::string_view key, std::string_view why) {
  return base::fail(kInvariant, std::string(object.key()) + ": key " + std::string(key) + " " +
                                    std::string(why) + " (invariant 6)");
}

base::Result<void> add_key(Transaction& tx, const Object& party, const resource::PartyKey& key) {
  if (const KeyEntry* entry = tx.keys.find(key.key)) {
    return bad_key(party, key.text,
                   entry->retired ? "was given up once and never returns"
                                  : "is in use already, here or by another party");
  }
  if (!crypto::is_prime_order_key(key.key)) return bad_key(party, key.text, "is not of prime order");
  tx.keys.put(key.key, {std::string(party.key()), std::string(resource::role_name(key.role)), false});
  return {};
}

/// Two name servers at least, except where upstream says otherwise.
base::Result<void> check_nservers(const Object& after, const Change& change, ClassSet classes) {
  if (classes.has(RuleClass::kU) || after.object_class() != ObjectClass::kDomain || after.is_tombstone())
    return {};
  const bool named = std::any_of(change.lines.begin(), change.lines.end(),
                                 [](const resource::LineChange& line) { return line.name == "nserver"; });
  if (!named || after.values("nserver").size() >= 2) return {};
  return base::fail(kInvariant,
                    "domain: " + std::string(after.key()) + ": nserver: at least two are asked for");
}

base::Result<void> check_membership_size(const Transaction& tx, const record::Record& proposal) {
  const bool leaves =
      std::any_of(proposal.changes().begin(), proposal.changes().end(), [](const Change& change) {
        return change.object_class == ObjectClass::kMember && change.action == Action::kDelete;
      });
  const std::size_t before = tx.store().members().size();
  if (!leaves || tx.n() >= 4 || (before <= 3 && tx.n() >= 1)) return {};
  return base::fail(kRefused,
                    "delete member: at least 4 members must remain; another may join in the same batch");
}

}  // namespace

base::Result<void> register_keys(Transaction& tx, const Object* before, const Object& after) {
  const auto old_keys = keys_of(before);
  const auto new_keys = keys_of(&after);
  std::vector<std::uint32_t> ids;
  for (std::size_t i = 0; i < new_keys.size(); ++i) {
    const resource::PartyKey& key = new_keys[i];
    ids.push_back(resource::key_id(after.key(), key.key));
    if (find_key(new_keys, key.key) != &key) return bad_key(after, key.text, "stands there twice");
    const resource::PartyKey* old = find_key(old_keys, key.key);
    if (old == nullptr) {
      TRY(add_key(tx, after, key));
    } else if (old->role != key.role) {
      return bad_key(after, key.text, "has one role for ever, it cannot get another");
    }
  }
  std::sort(ids.begin(), ids.end());
  if (std::adjacent_find(ids.begin(), ids.end()) != ids.end()) {
    return base::fail(kInvariant,
                      std::string(after.key()) + ": two of its keys have the same key id (invariant 6)");
  }
  for (const resource::PartyKey& key : old_keys) {
    if (find_key(new_keys, key.key) != nullptr) continue;
    tx.keys.put(key.key, {std::string(after.key()), std::string(resource::role_name(key.role)), true});
  }
  return {};
}

bool has_rotated(const ObjectEdit& edit) {
  const auto old_keys = keys_of(edit.before);
  const auto new_keys = keys_of(edit.after.get());
  if (old_keys.empty()) return false;
  return old_keys.size() != new_keys.size() ||
         std::any_of(old_keys.begin(), old_keys.end(),
                     [&](const resource::PartyKey& key) { return find_key(new_keys, key.key) == nullptr; });
}

base::Result<void> apply_paragraphs(Transaction& tx, const record::Record& proposal, ClassSet classes) {
  for (const Change& change : proposal.changes()) {
    const Object* before = tx.object(change.object_class, change.key);
    ASSIGN_OR_RETURN(Object after, resource::apply_change(before, change));
    TRY(check_nservers(after, change, classes));
    if (after.object_class() == ObjectClass::kMember || after.object_class() == ObjectClass::kOrganisation) {
      TRY(register_keys(tx, before, after));
    }
    tx.put_object(std::move(after));
  }
  TRY(check_membership_size(tx, proposal));
  return check_invariants(tx);
}

}  // namespace charter
