// What two parties need to speak in secret: a Diffie-Hellman number and authenticated encryption. Used by key
// generation to hand shares over (docs/formats/threshold.md), which says what is hashed into the key.
#pragma once

#include <array>

#include "base/bytes.h"
#include "base/result.h"
#include "base/secret_bytes.h"
#include "crypto/edwards.h"
#include "crypto/scalar.h"

namespace crypto {

inline constexpr base::ErrorKind kSealBroken{"seal-broken", base::Category::kInvalid,
                                             "docs/formats/threshold.md"};

/// The canonical ristretto255 encoding of a public point.   Cost: 5 us.   Spec: RFC 9496 section 4.3.2
std::array<base::Byte, 32> ristretto_bytes(const Point& point);

/// The ristretto255 encoding of secret * theirs: 32 bytes that only the two can compute. Constant time.
/// `secret` is not zero and `theirs` not neutral (CHECKed).   Cost: 80 us.
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
