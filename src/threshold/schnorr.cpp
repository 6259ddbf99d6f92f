#include "threshold/schnorr.h"

#include <algorithm>

#include "base/check.h"
#include "crypto/multi_scalar.h"
#include "crypto/sha512.h"
#include "crypto/wipe.h"

namespace threshold {
namespace {

using base::ByteView;
using crypto::Hash512;
using crypto::Point;
using crypto::PublicScalar;

constexpr std::string_view kNoncePrefix = "COCKTAIL-DKG-Ed25519-SHA512-NONCE";
constexpr std::string_view kChallengePrefix = "COCKTAIL-DKG-Ed25519-SHA512-H7";

PublicScalar challenge(ByteView r, const Point& key, std::initializer_list<ByteView> message) {
  crypto::Sha512 hash;
  hash.update(base::as_bytes(kChallengePrefix)).update(r).update(key.bytes());
  for (const ByteView part : message) hash.update(part);
  return PublicScalar::reduce(hash.finish());
}

}  // namespace

Proof schnorr_sign(const crypto::SecretScalar& secret, const Point& key,
                   std::initializer_list<ByteView> message) {
  crypto::Sha512 hash;
  hash.update(base::as_bytes(kNoncePrefix)).update(secret.secret_bytes());  // 2
  for (const ByteView part : message) hash.update(part);
  Hash512 wide = hash.finish();
  crypto::SecretScalars places(2);
  crypto::SecretScalar& nonce = places[0];
  nonce.set_reduced(wide.bytes);
  crypto::wipe(wide.bytes);
  CHECK(!nonce.is_zero());  // 3: once in 2^252 messages, and then no proof may leave
  const Point r = crypto::multiply_generator(nonce);  // 4
  crypto::SecretScalar& response = places[1];
  response.set(secret);
  response.multiply(challenge(r.bytes(), key, message));  // 5 and 6
  response.add(nonce);
  Proof proof;
  const PublicScalar z = response.reveal();
  std::ranges::copy(r.bytes(), proof.bytes.begin());
  std::ranges::copy(z.bytes(), proof.bytes.begin() + crypto::kPointBytes);
  return proof;
}

bool schnorr_verify(const Point& key, std::initializer_list<ByteView> message, const Proof& proof) {
  const ByteView bytes(proof.bytes);
  const auto z = PublicScalar::parse(bytes.subspan(crypto::kPointBytes));
  if (!z) return false;
  const auto r = Point::parse(bytes.first(crypto::kPointBytes));
  if (!r) return false;
  const PublicScalar c = challenge(r->bytes(), key, message);
  const crypto::DecodedPoint decoded(key);
  const std::array<crypto::Term, 2> sum{{{*z, nullptr}, {-c, &decoded}}};
  return crypto::multi_scalar(sum) == *r;
}

}  // namespace threshold
