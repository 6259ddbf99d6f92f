#include "threshold/nonces.h"

#include <array>

#include "base/bytes.h"
#include "base/check.h"
#include "base/limits.h"
#include "base/parallel.h"
#include "crypto/edwards.h"
#include "crypto/wipe.h"
#include "threshold/ciphersuite.h"
#include "threshold/nonce_access.h"

namespace threshold {
namespace {

// RFC 9591 section 4.1, nonce_generate. Zero would publish the neutral element, which others refuse; it takes a
// broken source of randomness to see it.
void generate_nonce(const crypto::SecretScalar& share, base::Random& random, crypto::SecretScalar& out) {
  std::array<base::Byte, 32> bytes;
  do {
    random.fill(bytes);
    h3({bytes, share.secret_bytes()}, out);
  } while (out.is_zero());
  crypto::wipe(bytes);
}

constexpr std::size_t kGrain = 64;

}  // namespace

Nonces commit(const crypto::SecretScalar& share, std::size_t count, base::Random& random, unsigned threads) {
  CHECK(count >= 1 && count <= base::kSessionSignaturesMax && !share.is_zero());
  Nonces nonces = NonceAccess::make(count);
  // On one thread: the order in which randomness is drawn is part of the vectors.
  for (std::size_t i = 0; i < count; ++i) {
    generate_nonce(share, random, NonceAccess::hiding(nonces, i));
    generate_nonce(share, random, NonceAccess::binding(nonces, i));
  }
  std::vector<Commitment>& commitments = NonceAccess::commitments(nonces);
  commitments.resize(count);
  base::parallel_for(threads, count, kGrain, [&](std::size_t begin, std::size_t end) {
    for (std::size_t i = begin; i < end; ++i) {
      commitments[i] = {crypto::DecodedPoint(crypto::multiply_generator(NonceAccess::hiding(nonces, i))),
                        crypto::DecodedPoint(crypto::multiply_generator(NonceAccess::binding(nonces, i)))};
    }
  });
  return nonces;
}

}  // namespace threshold
