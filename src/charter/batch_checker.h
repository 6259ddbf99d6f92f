// How the rules ask whether signatures for a zone verify. Which record may bring them, and which piece they fill, is
// the rules' affair; what there is to sign is known to whoever lays the zone out (registry/releases.h), a floor above.
#pragma once

#include <cstddef>
#include <span>
#include <string_view>

#include "base/result.h"
#include "crypto/ed25519.h"

namespace charter {

/// Threads: any, while nobody writes.
class BatchChecker {
 public:
  virtual ~BatchChecker() = default;
  /// Do these verify at the positions from `first` on of the batch that the zone's release has under way?
  /// Shapes: all of them lie in that batch.
  /// Errors: the implementation's (detail: the first position that does not hold).
  virtual base::Result<void> verify_piece(std::string_view apex, std::size_t first,
                                          std::span<const crypto::Signature> signatures) const = 0;
};

}  // namespace charter
