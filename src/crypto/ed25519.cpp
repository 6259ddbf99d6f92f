#include "crypto/ed25519.h"

#include <algorithm>
#include <array>
#include <optional>
#include <utility>

#include <sodium.h>

#include "base/check.h"
#include "crypto/edwards.h"
#include "crypto/multi_scalar.h"

namespace crypto {

struct SecretKey::Guarded {
  std::array<base::Byte, crypto_sign_SECRETKEYBYTES>
      secret;  // seed, then public key, as libsodium keeps them
  PublicKey public_key;
};

namespace {

template <typename T>
T* allocate_guarded() {
  CHECK(sodium_init() >= 0);
  void* const memory = sodium_malloc(sizeof(T));
  CHECK(memory != nullptr);
  return static_cast<T*>(memory);
}

constexpr PublicKey with_last_byte(base::Byte fill, base::Byte last) {
  PublicKey key;
  key.bytes.fill(fill);
  key.bytes.back() = last;
  return key;
}

// The base point B; B plus the point of order 2 (L times it is (0, -1): a check that looks at x alone is
// content, which was CVE-2025-69277); B plus a point of order 8; the neutral element.
constexpr PublicKey kBasePoint = [] {
  PublicKey key = with_last_byte(0x66, 0x66);
  key.bytes.front() = 0x58;
  return key;
}();
constexpr PublicKey kBasePlusOrderTwo = [] {
  PublicKey key = with_last_byte(0x99, 0x99);
  key.bytes.front() = 0x95;
  return key;
}();
constexpr PublicKey kBasePlusOrderEight{{0x98, 0x51, 0x9e, 0xad, 0xf3, 0x5b, 0x99, 0x52, 0x33, 0xb5, 0x1b,
                                         0x5c, 0xd2, 0x3e, 0x9c, 0xc5, 0xa2, 0x8b, 0x63, 0x9b, 0x5a, 0x4a,
                                         0xf0, 0xec, 0x90, 0x3c, 0xb9, 0x60, 0xd8, 0x1b, 0x78, 0x19}};
constexpr PublicKey kNeutral{{1}};

// RFC 8032 section 7.1, test 1: the empty message.
constexpr PublicKey kKnownKey{{0xd7, 0x5a, 0x98, 0x01, 0x82, 0xb1, 0x0a, 0xb7, 0xd5, 0x4b, 0xfe,
                               0xd3, 0xc9, 0x64, 0x07, 0x3a, 0x0e, 0xe1, 0x72, 0xf3, 0xda, 0xa6,
                               0x23, 0x25, 0xaf, 0x02, 0x1a, 0x68, 0xf7, 0x07, 0x51, 0x1a}};
constexpr Signature kKnownSignature{
    {0xe5, 0x56, 0x43, 0x00, 0xc3, 0x60, 0xac, 0x72, 0x90, 0x86, 0xe2, 0xcc, 0x80, 0x6e, 0x82, 0x8a,
     0x84, 0x87, 0x7f, 0x1e, 0xb8, 0xe5, 0xd9, 0x74, 0xd8, 0x73, 0xe0, 0x65, 0x22, 0x49, 0x01, 0x55,
     0x5f, 0xb8, 0x82, 0x15, 0x90, 0xa3, 0x3b, 0xac, 0xc6, 0x1e, 0x39, 0x70, 0x1c, 0xf9, 0xb4, 0x6b,
     0xd2, 0x5b, 0xf5, 0xf0, 0x59, 0x5b, 0xbe, 0x24, 0x65, 0x51, 0x41, 0x43, 0x8e, 0x7a, 0x10, 0x0b}};

base::Result<void> test_points() {
  if (!is_prime_order_key(kBasePoint)) return base::fail(kCryptoUnusable, "the base point is refused");
  for (const PublicKey& bad : {kBasePlusOrderTwo, kBasePlusOrderEight, kNeutral}) {
    if (is_prime_order_key(bad))
      return base::fail(kCryptoUnusable, "a point that is not of prime order is accepted");
  }
  return {};
}

base::Result<void> test_signatures() {
  if (!verify_signature(kKnownKey, {}, kKnownSignature)) {
    return base::fail(kCryptoUnusable, "a known good signature is refused");
  }
  Signature altered = kKnownSignature;
  altered.bytes.front() ^= 1U;
  // For a key and an R of small order, S = 0 satisfies the equation whatever the message.
  Signature forged;
  forged.bytes.front() = 1;
  if (verify_signature(kKnownKey, {}, altered) || verify_signature(kNeutral, {}, forged)) {
    return base::fail(kCryptoUnusable, "a known bad signature is accepted");
  }
  return {};
}

// Our own arithmetic on public points, and the way in for points and scalars, against libsodium.
base::Result<void> test_group() {
  for (const PublicKey& bad : {kBasePlusOrderTwo, kBasePlusOrderEight, kNeutral}) {
    const std::optional<Affine> decoded = decode(bad.bytes);
    const bool own_refuses = decoded && (bad == kNeutral || !has_prime_order_or_one(*decoded));
    if (Point::parse(bad.bytes) || !own_refuses)
      return base::fail(kCryptoUnusable, "a point outside the group is accepted");
  }
  constexpr std::array<base::Byte, kScalarBytes> kOrder{
      0xed, 0xd3, 0xf5, 0x5c, 0x1a, 0x63, 0x12, 0x58, 0xd6, 0x9c, 0xf7, 0xa2, 0xde, 0xf9, 0xde, 0x14,
      0,    0,    0,    0,    0,    0,    0,    0,    0,    0,    0,    0,    0,    0,    0,    0x10};
  if (PublicScalar::parse(kOrder))
    return base::fail(kCryptoUnusable, "a scalar that is not below the order is accepted");
  const auto base_point = Point::parse(kBasePoint.bytes);
  const auto known = Point::parse(kKnownKey.bytes);
  if (!base_point || !known) return base::fail(kCryptoUnusable, "a known good point is refused");
  const PublicScalar a = PublicScalar::reduce(sha512({kKnownKey.bytes}));
  const PublicScalar b = -PublicScalar(3);
  const DecodedPoint decoded(*known);
  const std::array<Term, 2> terms{{{a, &decoded}, {b, nullptr}}};
  if (multi_scalar(terms) != multiply(a, *known) + multiply(b, *base_point))
    return base::fail(kCryptoUnusable, "a sum of products is not libsodium's");
  return {};
}

}  // namespace

SecretKey::SecretKey(Guarded* guarded) : guarded_(guarded) {}
SecretKey::SecretKey(SecretKey&& other) noexcept : guarded_(std::exchange(other.guarded_, nullptr)) {}
SecretKey& SecretKey::operator=(SecretKey&& other) noexcept {
  std::swap(guarded_, other.guarded_);
  return *this;
}
SecretKey::~SecretKey() {
  sodium_free(guarded_);  // wipes first; accepts null
}

SecretKey SecretKey::from_seed(base::ByteView seed32) {
  CHECK(seed32.size() == crypto_sign_SEEDBYTES);
  auto* const guarded = allocate_guarded<Guarded>();
  CHECK(crypto_sign_seed_keypair(guarded->public_key.bytes.data(), guarded->secret.data(), seed32.data()) ==
        0);
  CHECK(sodium_mprotect_readonly(guarded) == 0);
  return SecretKey(guarded);
}

SecretKey SecretKey::generate(base::Random& random) {
  struct Seed {
    std::array<base::Byte, crypto_sign_SEEDBYTES> bytes;
  };
  auto* const seed = allocate_guarded<Seed>();
  random.fill(seed->bytes);
  SecretKey key = from_seed(seed->bytes);
  sodium_free(seed);
  return key;
}

const PublicKey& SecretKey::public_key() const {
  CHECK(guarded_ != nullptr);
  return guarded_->public_key;
}

Signature SecretKey::sign(base::ByteView message) const {
  CHECK(guarded_ != nullptr);
  Signature signature;
  CHECK(crypto_sign_detached(signature.bytes.data(), nullptr, message.data(), message.size(),
                             guarded_->secret.data()) == 0);
  return signature;
}

void SecretKey::export_seed(std::span<base::Byte> out32) const {
  CHECK(guarded_ != nullptr && out32.size() == crypto_sign_SEEDBYTES);
  std::copy_n(guarded_->secret.begin(), out32.size(), out32.begin());
}

// libsodium's crypto_sign_verify_detached is exactly the strict, cofactorless check that FORMATS.md asks for;
// tests/vectors holds it to that over every edge case we know of.
bool verify_signature(const PublicKey& key, base::ByteView message, const Signature& signature) {
  return crypto_sign_verify_detached(signature.bytes.data(), message.data(), message.size(),
                                     key.bytes.data()) == 0;
}

bool is_prime_order_key(const PublicKey& key) {
  return crypto_core_ed25519_is_valid_point(key.bytes.data()) == 1;
}

base::Result<void> start() {
  if (sodium_init() < 0) return base::fail(kCryptoUnusable, "libsodium does not start");
  TRY(test_points());
  TRY(test_signatures());
  return test_group();
}

}  // namespace crypto
