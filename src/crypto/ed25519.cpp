#include "crypto/ed25519.h"

#include <sodium.h>

#include <algorithm>
#include <utility>

#include "base/check.h"

namespace crypto {

struct SecretKey::Guarded {
  std::array<base::Byte, crypto_sign_SECRETKEYBYTES> secret;  // seed, then public key, as libsodium keeps them
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
  CHECK(crypto_sign_seed_keypair(guarded->public_key.bytes.data(), guarded->secret.data(), seed32.data()) == 0);
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

bool verify_signature(const PublicKey& key, base::ByteView message, const Signature& signature) {
  return crypto_sign_verify_detached(signature.bytes.data(), message.data(), message.size(), key.bytes.data()) == 0;
}

bool is_prime_order_key(const PublicKey& key) {
  return crypto_core_ed25519_is_valid_point(key.bytes.data()) == 1;
}

base::Result<void> start() {
  if (sodium_init() < 0) return base::fail(kCryptoUnusable, "libsodium does not start");
  return {};
}

}  // namespace crypto
