// What a signer vouches for when it gives signature shares, and how one of them is shown to be wrong. With its shares a
// signer gives a statement, signed by its operator key, that commits to each share together with all that the share
// answers: the message, and every signer's commitments for it. One share with its branch of that tree, the statement and
// the sharing on the log are enough for anybody, offline; and nothing that an honest member ever signs passes here.
// Who is blamed for it, and what follows, is wrong_shares.h.
// Format: docs/formats/rounds.md, "Statements"
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.h"
#include "base/result.h"
#include "base/strong.h"
#include "charter/ceremony_entries.h"
#include "crypto/ed25519.h"
#include "merkle/log_tree.h"
#include "record/record.h"
#include "threshold/frost.h"

namespace charter {

/// What the operator key signs.
struct ShareStatement {
  std::string origin;
  std::string member;
  base::EpochSeconds time;
  crypto::PublicKey key;
  record::RecordId sharing;  ///< the ceremony whose share was used
  std::uint64_t count = 0;
  base::Hash root;  ///< over the leaves of all shares
};
std::string serialize_statement(const ShareStatement& statement);

/// Over everything that these shares answer, and the shares.
/// Shapes: as many shares as the session has messages (CHECKed).   Cost: a hash of the commitments for each message.
base::Hash shares_root(const threshold::SigningSession& session, const threshold::SignerShares& shares);

struct ShareSigner {
  std::uint16_t number = 0;
  std::array<base::Byte, 64> commitments{};  ///< hiding, then binding
};

/// One share of a session, and what binds its signer to it.
struct ShareProof {
  std::string member;
  crypto::PublicKey key;
  record::RecordId sharing;
  base::EpochSeconds time;
  std::uint64_t count = 0;
  std::uint64_t position = 0;
  base::Bytes message;
  std::vector<ShareSigner> signers;  ///< by rising number
  std::array<base::Byte, 32> share{};
  merkle::LogProof path;
  crypto::Signature statement;
};

/// Shapes: `statement` is about these shares of this session; position < session.size() (CHECKed).
ShareProof prove_share(const threshold::SigningSession& session, const threshold::SignerShares& shares,
                       std::size_t position, const ShareStatement& statement,
                       const crypto::Signature& signature);

/// The member signed this share, and it is wrong.
/// Errors: kRefused (detail: the attribute of the record and what is wrong with it).
/// Cost: a millisecond.
base::Result<void> verify_wrong_share(const ShareProof& proof, std::string_view origin,
                                      const GroupKeyEntry& sharing, const crypto::PublicKey& operator_key);

}  // namespace charter
