// A signer's answer in a signing round: its shares, and the statement by which its operator key answers for them. An
// answer without it is none, so whoever gives a wrong share has signed what shows it.
// Format: docs/formats/rounds.md, "Statements"
#pragma once

#include "base/bytes.h"
#include "base/result.h"
#include "charter/share_proof.h"
#include "crypto/ed25519.h"
#include "note/key.h"
#include "replica/round_message.h"
#include "threshold/frost.h"

namespace replica {

struct StatedShares {
  threshold::SignerShares shares;
  charter::ShareStatement statement;
  crypto::Signature signature;
};

/// `who`: all of the statement but count and root, which follow from the shares.
base::Bytes serialize_stated_shares(const threshold::SigningSession& session,
                                    const threshold::SignerShares& shares, charter::ShareStatement who,
                                    const note::Signer& signer);

/// The shares of `signer` for this session, which `operator_key` answers for.
/// Errors: kBadRoundMessage (no statement, or one about anything else), threshold::kBadSigningMessage, kBadScalar.
/// Cost: a signature, and a hash of the commitments for each message.
base::Result<StatedShares> parse_stated_shares(base::ByteView body, const threshold::SigningSession& session,
                                               threshold::Identifier signer, charter::ShareStatement who,
                                               const crypto::PublicKey& operator_key);

}  // namespace replica
