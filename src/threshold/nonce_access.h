// The way to the secret side of Nonces, for the two bodies that make and use them.
#pragma once

#include "threshold/nonces.h"

namespace threshold {

class NonceAccess {
 public:
  static Nonces make(std::size_t count) { return Nonces(count); }
  static crypto::SecretScalar& hiding(Nonces& nonces, std::size_t i) { return nonces.secrets_[2 * i]; }
  static crypto::SecretScalar& binding(Nonces& nonces, std::size_t i) { return nonces.secrets_[2 * i + 1]; }
  static std::vector<Commitment>& commitments(Nonces& nonces) { return nonces.commitments_; }
};

}  // namespace threshold
