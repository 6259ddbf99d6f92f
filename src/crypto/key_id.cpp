#include "crypto/key_id.h"

#include <array>

#include "crypto/hash.h"

namespace crypto {

std::uint32_t key_id(std::string_view name, base::Byte type, const PublicKey& key) {
  const std::array<base::Byte, 2> middle{'\n', type};
  const base::Hash hash = sha256({base::as_bytes(name), middle, key.bytes});
  return (std::uint32_t{hash.bytes[0]} << 24) | (std::uint32_t{hash.bytes[1]} << 16) |
         (std::uint32_t{hash.bytes[2]} << 8) | hash.bytes[3];
}

}  // namespace crypto
