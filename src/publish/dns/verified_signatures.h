// Remembers which (key, bytes, signature) were verified, so that a zone signed, put on the log, read by a second
// replica of the same process, published and read again pays for each signature once: a release makes three new ones
// and keeps thousands. Only successes are kept.
#pragma once

#include <atomic>
#include <cstddef>
#include <mutex>
#include <optional>
#include <span>
#include <unordered_set>

#include "base/bytes.h"
#include "crypto/ed25519.h"

namespace publish {

/// Views live as long as the caller's call.
struct SignatureClaim {
  const crypto::PublicKey* key;
  base::ByteView bytes;
  const crypto::Signature* signature;
};

/// Threads: any (it starts its own).
class VerifiedSignatures {
 public:
  explicit VerifiedSignatures(unsigned threads = 1) : threads_(threads) {}
  /// The position of the first claim that does not hold; nothing if all hold. Those that hold are remembered.
  /// Cost: a SHA-256 for each, and 50 us on one of `threads` for each that is new.
  std::optional<std::size_t> first_bad(std::span<const SignatureClaim> claims);
  /// Claims for each of which the caller has itself called crypto::verify_signature, and it held.
  void remember(std::span<const SignatureClaim> claims);
  void set_threads(unsigned threads) { threads_ = threads; }
  std::size_t size() const;

 private:
  void keep(std::span<const base::Hash> names);

  std::atomic<unsigned> threads_;
  mutable std::mutex lock_;
  std::unordered_set<base::Hash> known_;  ///< SHA-256(key, signature, bytes); forgotten as a whole when full
};

inline constexpr std::size_t kVerifiedSignaturesMax = std::size_t{1} << 18;

}  // namespace publish
