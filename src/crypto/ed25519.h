// Ed25519 signatures as FORMATS.md fixes them: cofactorless, R compared by bytes, S < L, canonical encodings,
// small-order A and R refused, no batch verification. Registered public keys must also be of prime order.
#pragma once

#include <array>
#include <compare>
#include <memory>

#include "base/bytes.h"
#include "base/random.h"
#include "base/result.h"

namespace crypto {

struct PublicKey {
  std::array<base::Byte, 32> bytes{};
  friend auto operator<=>(const PublicKey&, const PublicKey&) = default;
};
struct Signature {
  std::array<base::Byte, 64> bytes{};
  friend auto operator<=>(const Signature&, const Signature&) = default;
};

/// A secret key in memory that is locked (never swapped), fenced by unreadable pages, read-only once made,
/// and wiped when destroyed. Movable, not copyable; a moved-from key may only be destroyed or assigned to.
/// Signing takes the same time for every key and every message of one length: libsodium branches on no secret
/// bit. Threads: const calls from any.
class SecretKey {
 public:
  static SecretKey generate(base::Random& random);
  /// From the 32-byte seed of RFC 8032. The caller wipes its copy.
  static SecretKey from_seed(base::ByteView seed32);
  SecretKey(SecretKey&&) noexcept;
  SecretKey& operator=(SecretKey&&) noexcept;
  ~SecretKey();

  const PublicKey& public_key() const;
  Signature sign(base::ByteView message) const;
  /// Copies the seed into `out` (32 bytes): for writing the key file only.
  void export_seed(std::span<base::Byte> out32) const;

 private:
  struct Guarded;
  explicit SecretKey(Guarded* guarded);
  Guarded* guarded_;
};

/// True only if S < L, neither A nor R is of small order or written in a second way, and the encoding of S B
/// - k A is R byte for byte (no cofactor), where k = SHA-512(R, A, message) mod L. A key with a small-order
/// part passes here if the equation holds: such keys are kept out where they are registered
/// (is_prime_order_key), and then no two implementations can disagree. Variable time: all its inputs are
/// public. Cost: about 50 us.   Threads: any.   Spec: RFC 8032 section 5.1.7; docs/formats/notes.md
[[nodiscard]] bool verify_signature(const PublicKey& key, base::ByteView message, const Signature& signature);

/// True for a canonical encoding of a point of prime order: on the curve, not small-order, no small-order
/// part. Asked once, when a key is registered.   Cost: about 40 us.   Threads: any, after start().
[[nodiscard]] bool is_prime_order_key(const PublicKey& key);

/// Initialises the libraries and tests what everything rests on: a known signature, known bad points, one
/// of which libsodium took for prime-order before its fix (CVE-2025-69277; the fixed package has the same
/// version string, so the behaviour is tested, not the version), and our own sums of points against
/// libsodium's. To be called once, before anything else of
/// this room; again does no harm. Errors: kCryptoUnusable (detail: which test failed).   Cost: under a
/// millisecond.
base::Result<void> start();

inline constexpr base::ErrorKind kCryptoUnusable{"crypto-unusable", base::Category::kUnavailable,
                                                 "docs/formats/notes.md"};

}  // namespace crypto
