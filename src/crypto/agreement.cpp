#include "crypto/agreement.h"

#include <sodium.h>

#include "base/check.h"

namespace crypto {

using base::ByteView;

base::SecretBytes agree(const SecretScalar& secret, const Point& theirs) {
  CHECK(!secret.is_zero() && !theirs.is_neutral());
  base::SecretBytes out(crypto_scalarmult_ed25519_BYTES);
  CHECK(crypto_scalarmult_ed25519_noclamp(out.writable().data(), secret.secret_bytes().data(),
                                          theirs.bytes().data()) == 0);
  return out;
}

base::Bytes seal(ByteView key32, ByteView nonce24, ByteView associated, ByteView plaintext) {
  CHECK(key32.size() == kSealKeyBytes && nonce24.size() == kSealNonceBytes);
  base::Bytes out(plaintext.size() + kSealTagBytes);
  CHECK(crypto_aead_xchacha20poly1305_ietf_encrypt(out.data(), nullptr, plaintext.data(), plaintext.size(),
                                                   associated.data(), associated.size(), nullptr,
                                                   nonce24.data(), key32.data()) == 0);
  return out;
}

base::Result<base::SecretBytes> unseal(ByteView key32, ByteView nonce24, ByteView associated,
                                       ByteView sealed) {
  CHECK(key32.size() == kSealKeyBytes && nonce24.size() == kSealNonceBytes);
  if (sealed.size() < kSealTagBytes) return base::fail(kSealBroken, "shorter than its tag");
  base::SecretBytes out(sealed.size() - kSealTagBytes);
  if (crypto_aead_xchacha20poly1305_ietf_decrypt(out.writable().data(), nullptr, nullptr, sealed.data(),
                                                 sealed.size(), associated.data(), associated.size(),
                                                 nonce24.data(), key32.data()) != 0) {
    return base::fail(kSealBroken, "altered, or made with another key");
  }
  return out;
}

}  // namespace crypto
