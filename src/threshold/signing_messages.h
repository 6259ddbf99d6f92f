// The two messages of a signing session as bytes: commitments, and signature shares. Fixed sizes, one encoding for each
// value; the reader says what it expects and everything that is known beforehand is only compared. Who sent a message
// is for the bearer to prove (an authenticated channel, a signed record).
// Format: docs/formats/threshold.md, "Messages of a signing session"
#pragma once

#include <cstddef>
#include <vector>

#include "base/bytes.h"
#include "base/random.h"
#include "base/result.h"
#include "threshold/frost.h"

namespace threshold {

inline constexpr base::ErrorKind kBadSigningMessage{"bad-signing-message", base::Category::kInvalid,
                                                    "docs/formats/threshold.md"};

/// A byte for the kind, 32 of session, 32 of signer, 4 of count.
inline constexpr std::size_t kSigningHeaderBytes = 1 + 32 + 32 + 4;

/// `session`: the session's id.   Shapes: 1 <= commitments.size() <= kSessionSignaturesMax (CHECKed).
base::Bytes serialize_commitments(const base::Hash& session, Identifier signer,
                                  const std::vector<Commitment>& commitments);

/// The commitments of `signer` for a session of `count` messages.
/// Errors: kBadSigningMessage (detail: another kind, session, signer, count or length), kBadPoint (detail: "point I:
///         why"; point 2m is message m's hiding commitment, 2m + 1 its binding one). In all of these the sender
///         broke the rules, if the bearer vouches for the sender.
/// Cost: as crypto::parse_points.   Threads: any.
base::Result<std::vector<Commitment>> parse_commitments(base::ByteView message, const base::Hash& session,
                                                        Identifier signer, std::size_t count,
                                                        base::Random& random);

/// `session`: the digest of the session that the shares are for (SigningSession::digest).
base::Bytes serialize_shares(const base::Hash& session, const SignerShares& shares);

/// Errors: kBadSigningMessage (detail: as above), kBadScalar (detail: "share I: why").
base::Result<SignerShares> parse_shares(base::ByteView message, const base::Hash& session, Identifier signer,
                                        std::size_t count);

}  // namespace threshold
