// COCKTAIL-DKG's own Schnorr signatures: proofs of possession, certificates of a transcript, and the announcement of
// an encryption key. Not Ed25519 signatures, on purpose: neither verifies as the other.
// Spec: C2SP COCKTAIL-DKG v0.2.1, "Schnorr Signature Scheme"; docs/formats/threshold.md, "Proofs"
#pragma once

#include <array>
#include <compare>
#include <initializer_list>

#include "base/bytes.h"
#include "crypto/edwards.h"
#include "crypto/scalar.h"

namespace threshold {

inline constexpr std::size_t kProofBytes = 64;

/// A commitment R (32 bytes) and a response z (32 bytes).
struct Proof {
  std::array<base::Byte, kProofBytes> bytes{};
  friend auto operator<=>(const Proof&, const Proof&) = default;
};

/// Signs the concatenation of `message` with `secret`, whose point is `key`. The nonce is a hash of the secret and
/// the message, as the specification has it, so the same message gets the same proof.
/// Cost: 20 us; constant time.   Threads: any.
Proof schnorr_sign(const crypto::SecretScalar& secret, const crypto::Point& key,
                   std::initializer_list<base::ByteView> message);

/// True only for canonical R and z, R of prime order, and z B = R + c key.   Cost: 130 us.   Threads: any.
[[nodiscard]] bool schnorr_verify(const crypto::Point& key, std::initializer_list<base::ByteView> message,
                                  const Proof& proof);

}  // namespace threshold
