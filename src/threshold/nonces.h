// Round one of signing: secret nonces and the commitments to them. A nonce pair that answered twice gives the key share
// away, so the type lets it answer once: Nonces cannot be copied, sign() swallows them, and there is no way to write
// them anywhere. They live in locked memory and die with the process.
// Spec: RFC 9591 sections 4.1 and 5.1; docs/formats/threshold.md, "Round one"
#pragma once

#include <cstddef>
#include <vector>

#include "base/random.h"
#include "crypto/multi_scalar.h"
#include "crypto/scalar.h"

namespace threshold {

/// What one signer publishes for one message: its hiding and its binding nonce times the generator.
struct Commitment {
  crypto::DecodedPoint hiding;
  crypto::DecodedPoint binding;
  friend bool operator==(const Commitment&, const Commitment&) = default;
};

/// The secret side: one pair for each message of one session. A moved-from one is empty.   Threads: one owner.
class Nonces {
 public:
  Nonces(Nonces&&) noexcept = default;
  Nonces& operator=(Nonces&&) noexcept = default;

  /// How many messages they can sign.
  std::size_t size() const { return commitments_.size(); }
  const std::vector<Commitment>& commitments() const { return commitments_; }

 private:
  friend class NonceAccess;
  explicit Nonces(std::size_t count) : secrets_(2 * count) {}
  crypto::SecretScalars secrets_;  // hiding and binding by turns
  std::vector<Commitment> commitments_;
};

/// `count` fresh pairs. Each nonce is a hash of 32 random bytes and the secret share, so that neither a weak source
/// of randomness nor a restored machine makes one foreseeable or known to others; equal ones are left only if the
/// source repeats itself.
/// Shapes: 1 <= count <= kSessionSignaturesMax (CHECK).   Cost: 45 us each, over `threads` threads.   Threads: any.
Nonces commit(const crypto::SecretScalar& share, std::size_t count, base::Random& random,
              unsigned threads = 1);

}  // namespace threshold
