// Which scopes have to sign a body: the table of docs/formats/records.md, read the way a signer needs it. The
// rules read it from the other side (charter/); where they differ, the record is refused and nothing is lost.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "charter/state.h"
#include "crypto/ed25519.h"
#include "record/record.h"
#include "resource/keys.h"

namespace apps {

struct NeededSigners {
  std::string party;                  ///< the handle that signs
  std::vector<resource::Role> roles;  ///< its threshold of each
  bool any_one = false;               ///< one key of any role will do (an organisation's own freeze)
  std::vector<crypto::PublicKey>
      new_keys;  ///< keys that the record (or the proposal it accepts) gives to the party
};

/// Shapes: `record` was parsed from a body with any signature block. One entry a signing party: one, but for
/// disputes.
std::vector<NeededSigners> needed_signers(const record::Record& record, const charter::State& state);

}  // namespace apps
