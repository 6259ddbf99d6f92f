#include "crypto/sha512.h"

#include <sodium.h>

namespace crypto {
namespace {

// The header names no library, so the state is bytes there and libsodium's structure here.
crypto_hash_sha512_state* as_state(std::array<base::Byte, 208>& bytes) {
  static_assert(sizeof(crypto_hash_sha512_state) == 208 && alignof(crypto_hash_sha512_state) <= 8);
  return reinterpret_cast<crypto_hash_sha512_state*>(bytes.data());
}

}  // namespace

Sha512::Sha512() {
  crypto_hash_sha512_init(as_state(state_));
}

Sha512::~Sha512() {
  sodium_memzero(state_.data(), state_.size());
}

Sha512& Sha512::update(base::ByteView part) {
  crypto_hash_sha512_update(as_state(state_), part.data(), part.size());
  return *this;
}

Hash512 Sha512::finish() {
  Hash512 out;
  crypto_hash_sha512_final(as_state(state_), out.bytes.data());
  return out;
}

Hash512 sha512(std::initializer_list<base::ByteView> parts) {
  Sha512 hash;
  for (const base::ByteView part : parts) hash.update(part);
  return hash.finish();
}

}  // namespace crypto
