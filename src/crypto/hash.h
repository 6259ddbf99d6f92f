// SHA-256 (and HMAC) behind one door. Callers see whole messages or lists of parts; contexts and kernels stay inside.
#pragma once

#include <initializer_list>

#include "base/bytes.h"

namespace crypto {

using base::ByteView;
using base::Hash;

/// SHA-256 of the concatenation of `parts`.
/// Cost: no allocation; one context per thread.   Threads: any.
/// Spec: FIPS 180-4 section 6.2
Hash sha256(std::initializer_list<ByteView> parts);
Hash sha256(ByteView message);

/// HMAC-SHA-256.   Spec: RFC 2104
Hash hmac_sha256(ByteView key, ByteView message);

}  // namespace crypto
