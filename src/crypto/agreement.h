// What two parties need to speak in secret: a Diffie-Hellman number and authenticated encryption. Used by key
// generation to hand shares over (docs/formats/threshold.md), which says what is hashed into the key.
#pragma once

#include "base/bytes.h"
#include "base/result.h"
#include "base/secret_bytes.h"
#include "crypto/edwards.h"
#include "crypto/scalar.h"

namespace crypto {

inline constexpr base::ErrorKind kSealBroken{"seal-broken", base::Category::kInvalid,
                                             "docs/formats/threshold.md"};

/// The encoding of secret * theirs: 32 bytes that only the two can compute. Constant time. An Edwards encoding, not
/// ristretto255's: COCKTAIL-DKG's text asks for that, its vectors for this, and within the group of prime order either
/// names the point uniquely. `secret` is not zero and `theirs` not neutral (CHECKed).   Cost: 85 us.
base::SecretBytes agree(const SecretScalar& secret, const Point& theirs);

inline constexpr std::size_t kSealKeyBytes = 32;
inline constexpr std::size_t kSealNonceBytes = 24;
inline constexpr std::size_t kSealTagBytes = 16;

/// XChaCha20-Poly1305: plaintext.size() + 16 bytes. A (key, nonce) must never be used twice.
base::Bytes seal(base::ByteView key32, base::ByteView nonce24, base::ByteView associated,
                 base::ByteView plaintext);

/// Errors: kSealBroken (too short, altered, or made with another key).
base::Result<base::SecretBytes> unseal(base::ByteView key32, base::ByteView nonce24,
                                       base::ByteView associated, base::ByteView sealed);

}  // namespace crypto
