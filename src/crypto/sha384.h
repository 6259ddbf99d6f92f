// SHA-384, which the DNS wants for the digest of a whole zone (ZONEMD). Everything of our own uses SHA-256.
#pragma once

#include <array>

#include "base/bytes.h"

namespace crypto {

/// Cost: about 2 ns a byte.   Threads: any.   Spec: FIPS 180-4 section 6.5
std::array<base::Byte, 48> sha384(base::ByteView message);

}  // namespace crypto
