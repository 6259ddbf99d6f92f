// The ways this room can compute SHA-256, for hash.cpp to choose from at run time and for tests and
// benchmarks to compare. Each kernel is compiled for its own instructions by attributes, so one binary runs
// everywhere; calling a kernel that the processor lacks is our bug and would be an illegal instruction.
// Callers outside this room use crypto/hash.h. Kept because they pay (bench/hash_bench.cpp, figures in
// docs/performance.md): SHA-NI for single messages, two streams of it and sixteen AVX-512 lanes for trie
// nodes. Not kept: AVX2 lanes, since the processors that have AVX2 and neither SHA-NI nor AVX-512 are a dying
// kind. Spec: FIPS 180-4 section 6.2
#pragma once

#include <initializer_list>
#include <span>

#include "base/bytes.h"

namespace crypto {

/// Any processor: OpenSSL's, with a fetched digest and one reused context per thread.
base::Hash sha256_evp(std::initializer_list<base::ByteView> parts);

bool has_sha_ni();
base::Hash sha256_sha_ni(std::initializer_list<base::ByteView> parts);
/// As sha256_65_many; two messages at a time, because one stream waits for its own rounds half of the time.
void sha256_65_sha_ni(base::ByteView messages, std::span<base::Hash> out);

bool has_avx512();
/// As sha256_65_many, for exactly sixteen messages.
void sha256_65_avx512(std::span<const base::Byte, 1040> messages, std::span<base::Hash, 16> out);

}  // namespace crypto
