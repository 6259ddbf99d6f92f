// What zones' releases wait for: which positions of which batch have no signature on the log yet, what is to be signed
// there and with which group key; and the records that bring them. Every member sees the same in its own state, so a
// signing round names a task and carries no message. Who signs with whom, and when to give up, is not known here.
// Format: docs/formats/zones.md, "On the log"
//
//   for (const OpenBatch& batch : open_batches(registry))
//     for (const SigningTask& task : batch.tasks)              // one group key each
//       sign task.messages in one FROST session; task.positions say where the signatures belong
//     submit signature_leaves(...) of all positions that are signed; incomplete pieces are left out
#pragma once

#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <vector>

#include "base/bytes.h"
#include "base/limits.h"
#include "base/result.h"
#include "base/strong.h"
#include "crypto/ed25519.h"
#include "note/key.h"
#include "registry/registry.h"

namespace registry {

/// What one session of signing can do: positions of one key, in pieces that no record has filled.
struct SigningTask {
  crypto::PublicKey key;                 ///< a group key, State::group_key says who holds it
  std::uint64_t first = 0;               ///< position of its first piece: names the task within its batch
  std::vector<std::uint64_t> positions;  ///< rising
  std::vector<base::Bytes> messages;     ///< beside them
};

/// A batch under way.   Lifetime: a copy, good until the batch is another one.
struct OpenBatch {
  std::string apex;
  std::uint32_t serial = 0;
  base::EpochSeconds time;             ///< of its release
  std::uint8_t number = 1;             ///< 2: the digest's
  base::Hash hash;                     ///< names all of the above, and every octet to sign
  std::uint64_t positions = 0;         ///< of the whole batch
  std::vector<std::uint64_t> missing;  ///< first positions of the pieces that no record has filled
  std::vector<SigningTask> tasks;      ///< by first, then key; together they cover the missing pieces
};

/// By apex; none where nothing is under way. A task has at most `task_positions_max` positions, or those of one piece if
/// that is less than a piece.   Cost: copies the messages, 200 octets each.
std::vector<OpenBatch> open_batches(const Registry& registry,
                                    std::size_t task_positions_max = base::kSessionSignaturesMax);

/// Signatures by position.
using PlacedSignatures = std::map<std::uint64_t, crypto::Signature>;

/// Who puts them on the log: a member by its operator key.
struct Submitter {
  std::string member;
  const note::Signer* operator_key = nullptr;  ///< type 0x01, name: the member's handle
  base::EpochSeconds expires;
};

/// One `signatures` record for each missing piece of which every position is signed.
/// Errors: record::kBadRecord.
base::Result<std::vector<std::string>> signature_leaves(const Registry& registry, const OpenBatch& batch,
                                                        const PlacedSignatures& signatures,
                                                        const Submitter& submitter);

}  // namespace registry
