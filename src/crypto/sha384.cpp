#include "crypto/sha384.h"

#include <openssl/evp.h>

#include "base/check.h"

namespace crypto {

std::array<base::Byte, 48> sha384(base::ByteView message) {
  std::array<base::Byte, 48> out{};
  unsigned int size = 0;
  CHECK(EVP_Digest(message.data(), message.size(), out.data(), &size, EVP_sha384(), nullptr) == 1);
  CHECK(size == out.size());
  return out;
}

}  // namespace crypto
