#include "crypto/wipe.h"

#include <sodium.h>

namespace crypto {

void wipe(std::span<base::Byte> secret) {
  sodium_memzero(secret.data(), secret.size());
}

}  // namespace crypto
