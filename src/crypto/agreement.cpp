#include "crypto/agreement.h"

#include <optional>
#include <utility>

#include <sodium.h>

#include "base/check.h"
#include "crypto/edwards_math.h"

namespace crypto {
namespace {

using base::Byte;
using base::ByteView;

// 1 / sqrt(-1 - d), and sqrt(-1): RFC 9496 section 4.1.
constexpr Field kOneOverRootOfMinusOneMinusD{
    {278908739862762, 821645201101625, 8113234426968, 1777959178193151, 2118520810568447}};
constexpr Field kRootOfMinusOne{
    {1718705420411056, 234908883556509, 2233514472574048, 2117202627021982, 765476049583133}};

}  // namespace

// RFC 9496 section 4.3.2 with Z = 1. Its steps' names are kept; products by one make loose numbers tight.
std::array<Byte, 32> ristretto_bytes(const Point& point) {
  const std::optional<Affine> affine = decode(point.bytes());
  CHECK(affine.has_value());
  const Field& x0 = affine->x;
  const Field& y0 = affine->y;
  const Field t0 = x0 * y0;
  const Field u1 = (kFieldOne + y0) * (kFieldOne - y0);
  const Field inverse_root = square_root_of_ratio(kFieldOne, u1 * square(t0)).value;
  const Field den1 = inverse_root * u1;
  const Field den2 = inverse_root * t0;
  const Field z_inverse = den1 * den2 * t0;
  const bool rotate = is_negative(t0 * z_inverse);
  const Field x = rotate ? y0 * kRootOfMinusOne : x0;
  Field y = rotate ? x0 * kRootOfMinusOne : y0;
  const Field den = rotate ? den1 * kOneOverRootOfMinusOneMinusD : den2;
  if (is_negative(x * z_inverse)) y = negate(y) * kFieldOne;
  Field s = den * (kFieldOne - y);
  if (is_negative(s)) s = negate(s);
  return store_field(s);
}

base::SecretBytes agree(const SecretScalar& secret, const Point& theirs) {
  CHECK(!secret.is_zero() && !theirs.is_neutral());
  base::SecretBytes out(crypto_scalarmult_ristretto255_BYTES);
  CHECK(crypto_scalarmult_ristretto255(out.writable().data(), secret.secret_bytes().data(),
                                       ristretto_bytes(theirs).data()) == 0);
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
