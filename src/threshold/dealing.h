// One dealer's message: a secret number shared out by a polynomial. Its public part goes on the log: commitments, proof
// of possession, ephemeral key, and the hash of the private part. The private part holds the shares, each sealed for its
// recipient; members archive it off the log and hand it to each other, and the hash says whether it is the one dealt.
// Key generation and resharing deal alike; only the number that is shared out differs.
// Spec: C2SP COCKTAIL-DKG v0.2.1, "Round 1" and "Round 2"; docs/formats/threshold.md, "Dealing"
#pragma once

#include <optional>
#include <vector>

#include "base/bytes.h"
#include "base/result.h"
#include "base/secret_bytes.h"
#include "crypto/agreement.h"
#include "threshold/commitments.h"
#include "threshold/encryption_key.h"
#include "threshold/session.h"

namespace threshold {

inline constexpr base::ErrorKind kBadPublicPart{"bad-public-part", base::Category::kInvalid,
                                                "docs/formats/threshold.md"};
inline constexpr base::ErrorKind kNotPossessed{"not-possessed", base::Category::kInvalid,
                                               "docs/formats/threshold.md"};
inline constexpr base::ErrorKind kNotHandedOn{"not-handed-on", base::Category::kInvalid,
                                              "docs/formats/threshold.md"};
inline constexpr base::ErrorKind kNoParticipant{"no-participant", base::Category::kDenied,
                                                "docs/formats/threshold.md"};
/// The private part is not the one that was dealt: says nothing against the dealer, only against whoever gave it.
inline constexpr base::ErrorKind kOtherPrivatePart{"other-private-part", base::Category::kCorrupt,
                                                   "docs/formats/threshold.md"};
// What is wrong with a dealt share; each names the dealer.
inline constexpr base::ErrorKind kBadFrames{"bad-frames", base::Category::kInvalid,
                                            "docs/formats/threshold.md"};
inline constexpr base::ErrorKind kNotOpening{"not-opening", base::Category::kInvalid,
                                             "docs/formats/threshold.md"};
inline constexpr base::ErrorKind kNoScalar{"no-scalar", base::Category::kInvalid,
                                           "docs/formats/threshold.md"};
inline constexpr base::ErrorKind kOffPolynomial{"off-polynomial", base::Category::kInvalid,
                                                "docs/formats/threshold.md"};

/// What the log holds of a dealing.
struct PublicPart {
  VssCommitment commitments;  ///< exactly as many as the threshold
  Proof possession;           ///< of the constant coefficient
  crypto::Point ephemeral_key;
  base::Hash private_part;  ///< SHA-256 of the private part
  friend bool operator==(const PublicPart&, const PublicPart&) = default;
};

inline constexpr std::size_t kSealedShareBytes = crypto::kScalarBytes + crypto::kSealTagBytes;
inline constexpr std::size_t kFrameBytes = 8 + kSealedShareBytes;

/// How long a private part is: any other is none of this session, and is not fetched.
inline std::size_t private_part_bytes(const Session& session) {
  return session.recipients().size() * kFrameBytes;
}

/// 32 t + 128 bytes.
base::Bytes serialize_public_part(const PublicPart& part);
/// Errors: kBadPublicPart (length), kBadPoint (detail: which), kBadScalar.   Cost: 40 us for each commitment.
base::Result<PublicPart> parse_public_part(base::ByteView bytes, std::size_t threshold);

struct Dealing {
  PublicPart public_part;
  base::Bytes private_part;
};

/// Checks everything about a dealing that the log alone can show. Public and deterministic: a part that fails is not
/// taken, whoever looks.
/// Errors: kNoParticipant (no such dealer), kBadPublicPart (not exactly t commitments), kNotHandedOn (resharing: does
///         not begin with the dealer's verification share), kNotPossessed.   Cost: 130 us.
base::Result<void> verify_public_part(const Session& session, const Identifier& dealer,
                                      const PublicPart& part);

/// Opens the share that `dealer` sealed for the holder of `key` into `out`, and checks it against the commitments.
/// `part` must have passed verify_public_part.
/// Errors: kNoParticipant (not a recipient, no such dealer); kOtherPrivatePart; and those that blames_dealer() names.
base::Result<void> open_share(const Session& session, const Identifier& dealer, const PublicPart& part,
                              base::ByteView private_part, const EncryptionKey& key,
                              crypto::SecretScalar& out);

/// True for kBadFrames, kNotOpening, kNoScalar and kOffPolynomial.
[[nodiscard]] bool blames_dealer(const base::Error& error);

// What follows is for this room.

/// Shares out `secret` for the recipients of `session`.
Dealing deal_secret(const Session& session, const Session::Dealer& dealer, const EncryptionKey& key,
                    const crypto::SecretScalar& secret, base::Random& random);

/// The two numbers that a dealer and a recipient alone can compute, 32 bytes each: ephemeral key with recipient's key,
/// and dealer's key with recipient's key.
struct Agreement {
  base::SecretBytes ephemeral;
  base::SecretBytes lasting;
};
Agreement agree_as_recipient(const EncryptionKey& key, const crypto::Point& ephemeral_key,
                             const crypto::Point& dealer_key);

/// `plain` sealed under what the two parties agreed on. It is the share; COCKTAIL-DKG lets a payload follow, and ours
/// never does.
base::Bytes seal_share(const Session& session, const Session::Dealer& dealer,
                       const crypto::Point& ephemeral_key, const crypto::Point& recipient_key,
                       const Agreement& agreement, base::ByteView plain);
/// Errors: as open_share's last four. `out` is the share in its first place.
base::Result<void> open_sealed_share(const Session& session, const Session::Dealer& dealer,
                                     const PublicPart& part, const Identifier& recipient,
                                     const Agreement& agreement, base::ByteView sealed,
                                     crypto::SecretScalar& out);

/// The sealed share for `recipient`.   Errors: kOtherPrivatePart, kBadFrames.
base::Result<base::ByteView> find_sealed_share(const Session& session, const PublicPart& part,
                                               base::ByteView private_part, const Identifier& recipient);

}  // namespace threshold
