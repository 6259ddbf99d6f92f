// SHA-256 by the processor's own instructions. The instructions keep the eight working variables in two
// registers, A B E F and C D G H from the highest lane down, do two rounds at a time, and extend the message
// four words at a time.
#include <algorithm>
#include <cstring>
#include <utility>

#include "base/check.h"
#include "crypto/hash.h"
#include "crypto/sha256_constants.h"
#include "crypto/sha256_kernels.h"

#if defined(__x86_64__)

#include <cpuid.h>
#include <immintrin.h>

namespace crypto {
namespace {

using base::Byte;
using base::ByteView;
using base::Hash;

constexpr std::size_t kBlockBytes = 64;

struct Stream {
  __m128i abef, cdgh;
  __m128i words[4];  // the sixteen latest words of the message schedule, four in a register
};

[[gnu::target("sha,sse4.1"), gnu::always_inline]] inline __m128i four_constants(const std::uint32_t* first) {
  return _mm_load_si128(reinterpret_cast<const __m128i*>(first));
}

[[gnu::target("sha,sse4.1"), gnu::always_inline]] inline void start(Stream& stream) {
  const auto word = [](std::size_t i) { return static_cast<int>(kInitialState[i]); };
  stream.abef = _mm_set_epi32(word(0), word(1), word(4), word(5));
  stream.cdgh = _mm_set_epi32(word(2), word(3), word(6), word(7));
}

/// Step 1 for t = 0 to 15: big-endian words.
[[gnu::target("sha,sse4.1"), gnu::always_inline]] inline void load(Stream& stream, const Byte* block) {
  const __m128i swap = _mm_set_epi64x(0x0c0d0e0f08090a0b, 0x0405060700010203);
  const auto* const words = reinterpret_cast<const __m128i*>(block);
  stream.words[0] = _mm_shuffle_epi8(_mm_loadu_si128(words), swap);
  stream.words[1] = _mm_shuffle_epi8(_mm_loadu_si128(words + 1), swap);
  stream.words[2] = _mm_shuffle_epi8(_mm_loadu_si128(words + 2), swap);
  stream.words[3] = _mm_shuffle_epi8(_mm_loadu_si128(words + 3), swap);
}

/// Step 1 for t >= 16: four words into the place of the oldest four, which are `w0`; `w3` are the latest.
[[gnu::target("sha,sse4.1"), gnu::always_inline]] inline void extend(__m128i& w0, __m128i w1, __m128i w2,
                                                                     __m128i w3) {
  const __m128i seven_back = _mm_alignr_epi8(w3, w2, 4);
  w0 = _mm_sha256msg2_epu32(_mm_add_epi32(_mm_sha256msg1_epu32(w0, w1), seven_back), w3);
}

/// Rounds 4 kGroup to 4 kGroup + 3 of every stream. The group is a template's number, because the words stay
/// in registers only if no index is left at run time; without that it is slower than OpenSSL. Each round
/// instruction leaves the new A B E F in its first operand; the old A B E F is then C D G H.
template <std::size_t kGroup, std::size_t kStreams>
[[gnu::target("sha,sse4.1"), gnu::always_inline]] inline void four_rounds(Stream (&streams)[kStreams]) {
  static_assert(kStreams == 1 || kStreams == 2);
  constexpr std::size_t kLast = kStreams - 1;
  Stream& a = streams[0];
  Stream& b = streams[kLast];
  constexpr std::size_t w0 = kGroup % 4;
  constexpr std::size_t w1 = (kGroup + 1) % 4;
  constexpr std::size_t w2 = (kGroup + 2) % 4;
  constexpr std::size_t w3 = (kGroup + 3) % 4;
  if constexpr (kGroup >= 4) {
    extend(a.words[w0], a.words[w1], a.words[w2], a.words[w3]);
    if constexpr (kLast == 1) extend(b.words[w0], b.words[w1], b.words[w2], b.words[w3]);
  }
  const __m128i constants = four_constants(&kRoundConstants[4 * kGroup]);
  const __m128i sums_a = _mm_add_epi32(a.words[w0], constants);
  const __m128i sums_b = _mm_add_epi32(b.words[w0], constants);
  a.cdgh = _mm_sha256rnds2_epu32(a.cdgh, a.abef, sums_a);
  if constexpr (kLast == 1) b.cdgh = _mm_sha256rnds2_epu32(b.cdgh, b.abef, sums_b);
  a.abef = _mm_sha256rnds2_epu32(a.abef, a.cdgh, _mm_shuffle_epi32(sums_a, 0x0e));
  if constexpr (kLast == 1) b.abef = _mm_sha256rnds2_epu32(b.abef, b.cdgh, _mm_shuffle_epi32(sums_b, 0x0e));
}

template <std::size_t kStreams, std::size_t... kGroups>
[[gnu::target("sha,sse4.1"), gnu::always_inline]] inline void all_rounds(Stream (&streams)[kStreams],
                                                                         std::index_sequence<kGroups...>) {
  (four_rounds<kGroups>(streams), ...);
}

/// Steps 1 to 4 for one block of each stream, side by side. `words` hold the block already.
template <std::size_t kStreams>
[[gnu::target("sha,sse4.1"), gnu::always_inline]] inline void compress(Stream (&streams)[kStreams]) {
  __m128i before[kStreams][2];
  for (std::size_t s = 0; s < kStreams; ++s) {
    before[s][0] = streams[s].abef;
    before[s][1] = streams[s].cdgh;
  }
  all_rounds(streams, std::make_index_sequence<16>());
  for (std::size_t s = 0; s < kStreams; ++s) {
    streams[s].abef = _mm_add_epi32(streams[s].abef, before[s][0]);
    streams[s].cdgh = _mm_add_epi32(streams[s].cdgh, before[s][1]);
  }
}

[[gnu::target("sha,sse4.1"), gnu::always_inline]] inline void store(const Stream& stream, Hash& out) {
  const __m128i reverse = _mm_set_epi64x(0x0001020304050607, 0x08090a0b0c0d0e0f);
  const __m128i dcba = _mm_unpackhi_epi64(stream.cdgh, stream.abef);
  const __m128i hgfe = _mm_unpacklo_epi64(stream.cdgh, stream.abef);
  auto* const target = reinterpret_cast<__m128i*>(out.bytes.data());
  _mm_storeu_si128(target, _mm_shuffle_epi8(dcba, reverse));
  _mm_storeu_si128(target + 1, _mm_shuffle_epi8(hgfe, reverse));
}

[[gnu::target("sha,sse4.1")]] void absorb(Stream& stream, const Byte* blocks, std::size_t count) {
  Stream one[1] = {stream};
  for (std::size_t i = 0; i < count; ++i) {
    load(one[0], blocks + kBlockBytes * i);
    compress(one);
  }
  stream = one[0];
}

/// Section 5.1.1: a one bit, zeros, the length in bits.
[[gnu::target("sha,sse4.1")]] void finish(Stream& stream, Byte (&block)[kBlockBytes], std::size_t fill,
                                          std::uint64_t total_bytes) {
  block[fill++] = 0x80;
  std::fill(block + fill, block + kBlockBytes, Byte{0});
  if (fill > kBlockBytes - 8) {
    absorb(stream, block, 1);
    std::fill(block, block + kBlockBytes, Byte{0});
  }
  const std::uint64_t bits = __builtin_bswap64(8 * total_bytes);
  std::memcpy(block + kBlockBytes - 8, &bits, 8);
  absorb(stream, block, 1);
}

template <std::size_t kStreams>
[[gnu::target("sha,sse4.1")]] void hash_nodes(const Byte* messages, Hash* out) {
  Stream streams[kStreams];
  for (std::size_t s = 0; s < kStreams; ++s) {
    start(streams[s]);
    load(streams[s], messages + kNodeBytes * s);
  }
  compress(streams);
  for (std::size_t s = 0; s < kStreams; ++s) {
    // The second block: the last byte, the one bit, zeros, 520 bits.
    const int first = static_cast<int>((std::uint32_t{messages[kNodeBytes * s + 64]} << 24) | 0x80'0000U);
    streams[s].words[0] = _mm_set_epi32(0, 0, 0, first);
    streams[s].words[1] = _mm_setzero_si128();
    streams[s].words[2] = _mm_setzero_si128();
    streams[s].words[3] = _mm_set_epi32(static_cast<int>(8 * kNodeBytes), 0, 0, 0);
  }
  compress(streams);
  for (std::size_t s = 0; s < kStreams; ++s) store(streams[s], out[s]);
}

}  // namespace

bool has_sha_ni() {
  static const bool answer = [] {
    unsigned a = 0;
    unsigned b = 0;
    unsigned c = 0;
    unsigned d = 0;
    constexpr unsigned kShaBit = 1U << 29;  // leaf 7, EBX
    return __builtin_cpu_supports("sse4.1") && __get_cpuid_count(7, 0, &a, &b, &c, &d) != 0 &&
           (b & kShaBit) != 0;
  }();
  return answer;
}

[[gnu::target("sha,sse4.1")]] Hash sha256_sha_ni(std::initializer_list<ByteView> parts) {
  Stream stream;
  start(stream);
  alignas(16) Byte block[kBlockBytes];
  std::size_t fill = 0;
  std::uint64_t total = 0;
  for (ByteView part : parts) {
    total += part.size();
    if (fill > 0) {
      const std::size_t count = std::min(part.size(), kBlockBytes - fill);
      std::copy_n(part.begin(), count, block + fill);
      fill += count;
      part = part.subspan(count);
      if (fill < kBlockBytes) continue;
      absorb(stream, block, 1);
    }
    const std::size_t whole = part.size() / kBlockBytes;
    absorb(stream, part.data(), whole);
    part = part.subspan(whole * kBlockBytes);
    std::ranges::copy(part, block);
    fill = part.size();
  }
  finish(stream, block, fill, total);
  Hash out;
  store(stream, out);
  return out;
}

void sha256_65_sha_ni(ByteView messages, std::span<Hash> out) {
  CHECK(messages.size() == kNodeBytes * out.size());
  std::size_t i = 0;
  for (; i + 2 <= out.size(); i += 2) hash_nodes<2>(messages.data() + kNodeBytes * i, out.data() + i);
  if (i < out.size()) hash_nodes<1>(messages.data() + kNodeBytes * i, out.data() + i);
}

}  // namespace crypto

#else

namespace crypto {

bool has_sha_ni() {
  return false;
}
base::Hash sha256_sha_ni(std::initializer_list<base::ByteView>) {
  CHECK(false);
  return {};
}
void sha256_65_sha_ni(base::ByteView, std::span<base::Hash>) {
  CHECK(false);
}

}  // namespace crypto

#endif
