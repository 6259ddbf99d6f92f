// When the keys of a use may move on: the standby key has to have been seen by everybody for as long as they need to
// trust it, and that is not so before zones show it. Format: docs/formats/ceremonies.md, "Orders"
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "base/result.h"
#include "base/strong.h"
#include "charter/ceremony_entries.h"
#include "charter/release_entries.h"
#include "charter/transaction.h"
#include "crypto/ed25519.h"
#include "resource/object.h"

namespace charter {

/// The group key of this use and standing; at most one.
std::optional<crypto::PublicKey> key_with(const Transaction& tx, KeyUse use, KeyStanding standing);

/// Is that key in a zone as it was published last, or was no zone published ever?
bool may_have_been_seen(const Transaction& tx, const crypto::PublicKey& key);

/// A zone that is or was released. `zone` is null where it lives no more.
struct ReleasedZone {
  std::string_view apex;
  const ReleaseEntry* release = nullptr;
  const resource::Object* zone = nullptr;
};

/// From when on `standby`, which stands by as `entry` says, may become active.
/// Errors: kRefused: a zone that is published does not show it yet.
/// Spec:   RFC 5011 section 2.4.1, RFC 7583 section 3.2.1
base::Result<base::EpochSeconds> roll_from(const crypto::PublicKey& standby, const GroupKeyEntry& entry,
                                           std::span<const ReleasedZone> zones);
/// The same for the standby key of this use.   Errors: also kRefused: none stands by.
base::Result<base::EpochSeconds> roll_from(const Transaction& tx, KeyUse use);

}  // namespace charter
