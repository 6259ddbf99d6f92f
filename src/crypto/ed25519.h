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

/// A secret key in locked, guarded memory, wiped when destroyed. Movable, not copyable.
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

/// Cost: about 50 us.   Threads: any.   Spec: RFC 8032 section 5.1.7; docs/formats/notes.md
[[nodiscard]] bool verify_signature(const PublicKey& key, base::ByteView message, const Signature& signature);

/// True for a canonical encoding of a point of prime order. Asked once, when a key is registered. About 40 us.
[[nodiscard]] bool is_prime_order_key(const PublicKey& key);

/// Initialises the libraries and refuses to go on if the point checks accept a known mixed-order point
/// (CVE-2025-69277 is fixed under an unchanged version string, so the behaviour is tested, not the version).
base::Result<void> start();

inline constexpr base::ErrorKind kCryptoUnusable{"crypto-unusable", base::Category::kUnavailable,
                                                 "docs/formats/notes.md"};

}  // namespace crypto
