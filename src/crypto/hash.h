// SHA-256 (and HMAC) behind one door. Callers see whole messages or lists of parts; contexts and kernels stay
// inside.
#pragma once

#include <cstddef>
#include <initializer_list>
#include <span>

#include "base/bytes.h"

namespace crypto {

using base::ByteView;
using base::Hash;

/// SHA-256 of the concatenation of `parts`.
/// Cost: no allocation; one context per thread.   Threads: any.
/// Spec: FIPS 180-4 section 6.2
Hash sha256(std::initializer_list<ByteView> parts);
Hash sha256(ByteView message);

/// A trie node is hashed from 65 bytes: a tag and two hashes.
inline constexpr std::size_t kNodeBytes = 65;

/// SHA-256 of many 65-byte messages that lie one after another: out[i] = SHA-256(messages[65 i .. 65 i +
/// 65)). The trie hashes a whole level with one call; 16 or more messages at a time let the wide kernels run
/// full. Shapes: messages.size() == 65 * out.size() (CHECKed); out does not overlap messages. Cost:   see
/// docs/performance.md; no allocation.   Threads: any.
void sha256_65_many(ByteView messages, std::span<Hash> out);

/// HMAC-SHA-256.   Spec: RFC 2104
Hash hmac_sha256(ByteView key, ByteView message);

}  // namespace crypto
