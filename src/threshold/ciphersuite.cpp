#include "threshold/ciphersuite.h"

#include <string_view>

#include "crypto/wipe.h"

namespace threshold {
namespace {

using base::ByteView;
using crypto::Hash512;
using crypto::Sha512;

Sha512 start(std::string_view purpose) {
  Sha512 hash;
  hash.update(base::as_bytes("FROST-ED25519-SHA512-v1")).update(base::as_bytes(purpose));
  return hash;
}

}  // namespace

Sha512 start_h1(std::initializer_list<ByteView> parts) {
  Sha512 hash = start("rho");
  for (const ByteView part : parts) hash.update(part);
  return hash;
}

crypto::PublicScalar finish_h1(Sha512 started, ByteView last) {
  return crypto::PublicScalar::reduce(started.update(last).finish());
}

// Without the suite's prefix, so that signatures are those of RFC 8032.
crypto::PublicScalar h2(std::initializer_list<ByteView> parts) {
  return crypto::PublicScalar::reduce(crypto::sha512(parts));
}

void h3(std::initializer_list<ByteView> parts, crypto::SecretScalar& out) {
  Sha512 hash = start("nonce");
  for (const ByteView part : parts) hash.update(part);
  Hash512 wide = hash.finish();
  out.set_reduced(wide.bytes);
  crypto::wipe(wide.bytes);
}

Hash512 h4(ByteView message) {
  return start("msg").update(message).finish();
}

Hash512 h5(ByteView commitments) {
  return start("com").update(commitments).finish();
}

}  // namespace threshold
