// Which keys must have signed a record, and whether exactly these did: no key too few, none too many.
// Format: docs/formats/records.md, "Kinds"
#pragma once

#include <string_view>
#include <vector>

#include "base/result.h"
#include "charter/plan.h"
#include "charter/signature_checker.h"
#include "charter/store.h"
#include "record/record.h"

namespace charter {

class SignatureDemand {
 public:
  /// k of m keys of each of `roles` (dns, ds and rpki fall back on admin). `party` outlives this.
  /// Errors: kBadSignature (a scope that has no keys cannot sign).
  base::Result<void> add_roles(std::string_view name, const Party& party, RoleSet roles);
  base::Result<void> add_role(std::string_view name, const Party& party, resource::Role role);
  /// One key of the party, whichever.
  void add_any(std::string_view name, const Party& party);
  /// Each of `keys`: proof of possession.
  void add_keys(std::string_view name, const KeyList& keys);

  /// Errors: kBadSignature (detail: the signature line or the scope that lacks one).
  /// Cost:   one verification per line.
  base::Result<void> verify(const record::Record& record, SignatureChecker& checker) const;

 private:
  struct Group {
    std::string_view name;
    const Party* party = nullptr;  ///< null: exactly `key`
    std::optional<resource::Role> role;
    crypto::PublicKey key;
    std::uint32_t id = 0;
    std::size_t needed = 1;
  };
  /// What is asked for, for a refusal.
  static std::string demand_text(const Group& group);
  static const crypto::PublicKey* match(const Group& group, const record::SignatureLine& line);
  std::vector<Group> groups_;
};

}  // namespace charter
