// Signing with a key that no member holds: FROST(Ed25519, SHA-512), for many messages in one session. The result is
// an ordinary Ed25519 signature. Messages in, messages out: who carries them, who is asked again and when to give up
// is not known here; bytes on the wire are signing_messages.h.
//
//   commit (nonces.h) -> commitments to all -> SigningSession::create -> sign -> shares to all -> aggregate
//
// A signer makes the session from its own state and asks others for nothing but commitments. Format and rules:
// docs/formats/threshold.md, "Signing"
#pragma once

#include <cstddef>
#include <span>
#include <utility>
#include <vector>

#include "base/bytes.h"
#include "base/limits.h"
#include "base/random.h"
#include "base/result.h"
#include "crypto/ed25519.h"
#include "crypto/edwards.h"
#include "crypto/multi_scalar.h"
#include "crypto/scalar.h"
#include "threshold/keys.h"
#include "threshold/nonces.h"

namespace threshold {

inline constexpr base::ErrorKind kBadSigning{"bad-signing", base::Category::kInvalid,
                                             "docs/formats/threshold.md"};

/// One signer's commitments, one for each message of the session.
struct SignerCommitments {
  Identifier signer;
  std::vector<Commitment> commitments;
};

/// One signer's signature shares, one for each message.
struct SignerShares {
  Identifier signer;
  std::vector<crypto::PublicScalar> shares;
};

/// Everything of a session that all can compute: what is signed, by whom, and what follows from both. Signers and
/// whoever aggregates make the same one from the same parts.   Threads: const calls from any.
class SigningSession {
 public:
  /// `id`: 32 bytes that no other session has. The order of `commitments` does not matter.
  /// Errors: kBadSigning (detail: fewer signers than the threshold, one unknown or twice, a count of commitments
  ///         other than that of messages, no message or too many).
  /// Cost: for each message 45 us and 15 us for each signer, over `threads` threads.
  /// Spec: RFC 9591 sections 4.3 to 4.6
  static base::Result<SigningSession> create(const GroupKeys& keys, const base::Hash& id,
                                             std::vector<base::Bytes> messages,
                                             std::vector<SignerCommitments> commitments,
                                             unsigned threads = 1);

  const GroupKeys& keys() const { return keys_; }
  std::size_t size() const { return messages_.size(); }
  const std::vector<base::Bytes>& messages() const { return messages_; }
  /// By rising identifier.
  const std::vector<SignerCommitments>& signers() const { return signers_; }
  /// Names id, key, messages, signers and commitments: a share is good for this and nothing else.
  const base::Hash& digest() const { return digest_; }
  /// Where `signer` stands in signers(); signers().size() if it does not.
  std::size_t place_of(Identifier signer) const;

 private:
  friend class SessionAccess;
  explicit SigningSession(GroupKeys keys) : keys_(std::move(keys)) {}
  // What one message adds.
  struct Work {
    crypto::Point group_commitment;
    crypto::PublicScalar challenge;
    std::vector<crypto::PublicScalar> binding_factors;  // in the order of signers_
  };
  GroupKeys keys_;
  std::vector<base::Bytes> messages_;
  std::vector<SignerCommitments> signers_;
  std::vector<crypto::PublicScalar> lagrange_;  // in the order of signers_
  std::vector<Work> work_;
  base::Hash digest_;
};

/// A signer's answer. The nonces are gone afterwards, whatever comes of it, and each pair is erased before its share
/// exists outside locked memory.
/// Errors: kBadSigning (the signer is not in the session, its share is not the one the keys have, or the session has
///         other commitments of its than those of `nonces`: then somebody altered them, or they were used before).
/// Cost: 3 us for each message.   Spec: RFC 9591 section 5.2
base::Result<SignerShares> sign(const SigningSession& session, Identifier signer,
                                const crypto::SecretScalar& share, Nonces nonces);
inline base::Result<SignerShares> sign(const SigningSession& session, const KeyShare& share, Nonces nonces) {
  return sign(session, share.identifier(), share.secret(), std::move(nonces));
}

/// Which of a signer's shares are wrong: their positions. `random` must not be foreseeable by the signer: shares are
/// checked in random combination, and one by one only where that fails.
/// Shapes: as many shares as messages, from a signer of the session (CHECKed).
/// Cost: 20 us for each message; 60 us where something is wrong.   Spec: RFC 9591 section 5.4
std::vector<std::size_t> wrong_shares(const SigningSession& session, const SignerShares& shares,
                                      base::Random& random);

/// Is this one right? Asks for nothing random, so whoever replays a log may ask.
/// Shapes: `signer` is one of the session's, `message` one of its positions (CHECKed).   Cost: 60 us.
/// Spec: RFC 9591 section 5.4
bool is_right_share(const SigningSession& session, Identifier signer, std::size_t message,
                    const crypto::PublicScalar& share);

/// A share that proves its signer wrong: with the session's parts anybody can check it.
struct WrongShare {
  Identifier signer;
  std::size_t message = 0;
  friend bool operator==(const WrongShare&, const WrongShare&) = default;
};

/// Either a signature for each message, each checked by the plain verifier, or at least one wrong share.
struct Aggregate {
  std::vector<crypto::Signature> signatures;
  std::vector<WrongShare> wrong;
};

/// Errors: kBadSigning (not exactly the session's signers, or a wrong count of shares).
/// Cost: 52 us for each message over `threads` threads; if that fails, wrong_shares for each signer.
/// Spec: RFC 9591 section 5.3
base::Result<Aggregate> aggregate(const SigningSession& session, std::span<const SignerShares> shares,
                                  base::Random& random, unsigned threads = 1);

}  // namespace threshold
