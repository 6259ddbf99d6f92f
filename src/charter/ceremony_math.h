// What the messages of a ceremony prove, in the charter's words: threshold/'s answers about an attempt, as results
// that a record is accepted or refused by. Public data only. Format: docs/formats/ceremonies.md,
// docs/formats/threshold.md
#pragma once

#include <array>
#include <optional>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "charter/ceremony_entries.h"
#include "charter/transaction.h"
#include "record/record.h"
#include "threshold/keys.h"
#include "threshold/session.h"

namespace charter {

/// Everything that the proofs of one attempt are about.
struct Attempt {
  std::string origin;
  record::RecordId id;
  KeyUse use = KeyUse::kLog;
  std::uint64_t number = 0;
  std::uint64_t threshold = 0;
  std::vector<Announcement> participants;  ///< the i-th has the identifier i + 1
  std::optional<GroupKeyEntry> reshared;   ///< the old sharing
};
/// A sharing of a group key as signers and dealers use it.
/// Errors: those of the points and of threshold::group_keys; none for what the rules entered.
base::Result<threshold::GroupKeys> group_keys_of(const GroupKeyEntry& sharing);
/// Holders are numbered from 1 in the order of the entry; nothing if the member is none of them.
std::optional<threshold::Identifier> identifier_in(const GroupKeyEntry& sharing, std::string_view member);
/// For those who take part. Identifiers are given by the order of the encryption keys.
threshold::Session session_of(const Attempt& attempt);
Attempt attempt_of(const Transaction& tx, const record::RecordId& id, const CeremonyEntry& entry);

/// What the proof of an announced key is bound to.
base::Bytes announcement_binding(std::string_view origin, const record::RecordId& ceremony,
                                 std::string_view member);
/// The announcer knows the secret of its key.   Errors: kRefused.
base::Result<void> verify_announcement(const Transaction& tx, const record::RecordId& id,
                                       const Announcement& announcement, std::string_view possession);

// Errors: kRefused (detail: the attribute and what is wrong with it).
/// `before`: the attempt's deals that stand already.
base::Result<void> verify_deal(const Attempt& attempt, const std::vector<CeremonyMessage>& before,
                               const CeremonyMessage& deal);
/// The record's `piece` lines are what the dealing has the hash of.
base::Result<void> verify_private_part(const Attempt& attempt, base::ByteView dealing,
                                       const record::Record& record);
/// Shows that `dealing` gave the record's `by` a wrong share.
base::Result<void> verify_complaint(const Attempt& attempt, const CeremonyMessage& dealing,
                                    const record::Record& record);
base::Result<void> verify_certificate(const Attempt& attempt, const std::vector<CeremonyMessage>& deals,
                                      std::string_view by, base::ByteView signature);
/// The new sharing: as many points as shares are needed; the first is the group key. The deals were accepted.
std::vector<std::array<base::Byte, 32>> group_commitments(const Attempt& attempt,
                                                          const std::vector<CeremonyMessage>& deals);

}  // namespace charter
