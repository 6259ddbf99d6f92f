// How rules ask whether a signature verifies. The rules decide which key must have signed; a checker says
// whether it did. Audits verify ahead on all cores and hand in a checker that remembers; the answer is the
// same either way.
#pragma once

#include <cstddef>

#include "crypto/ed25519.h"
#include "record/record.h"

namespace charter {

/// Threads: as the caller's.
class SignatureChecker {
 public:
  virtual ~SignatureChecker() = default;
  /// Does signature line `index` of `record` verify over its body under `key`? The key id has been compared
  /// already.
  virtual bool verifies(const record::Record& record, std::size_t index, const crypto::PublicKey& key) = 0;
};

/// Verifies on the spot.
class DirectChecker final : public SignatureChecker {
 public:
  bool verifies(const record::Record& record, std::size_t index, const crypto::PublicKey& key) override;
};

}  // namespace charter
