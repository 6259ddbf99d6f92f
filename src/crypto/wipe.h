// Overwrites bytes that held a secret; the compiler may not leave it out.
#pragma once

#include <span>

#include "base/bytes.h"

namespace crypto {

void wipe(std::span<base::Byte> secret);

}  // namespace crypto
