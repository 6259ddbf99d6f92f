// SHA-256 of sixteen trie nodes side by side: lane i of every register belongs to message i, so the rounds
// are the standard's, word for word, and nothing depends on a neighbour lane but the transposition at both
// ends.
#include <utility>

#include "base/check.h"
#include "crypto/hash.h"
#include "crypto/sha256_constants.h"
#include "crypto/sha256_kernels.h"

#if defined(__x86_64__)

// GCC 12's header gives unmasked instructions a deliberately undefined operand, and then warns of it.
#if defined(__GNUC__) && !defined(__clang__)
#pragma GCC diagnostic ignored "-Wuninitialized"
#pragma GCC diagnostic ignored "-Wmaybe-uninitialized"
#endif
#include <immintrin.h>

#define LANES [[gnu::target("avx512f,avx512bw"), gnu::always_inline]] inline

namespace crypto {
namespace {

using base::Byte;
using base::Hash;

constexpr std::size_t kLanes = 16;

// What a three-input bit function gives for inputs 000 to 111, as the ternary instruction wants it.
constexpr int kXor = 0x96;
constexpr int kChoose = 0xca;    // section 4.1.2, Ch: the first input picks the second or the third
constexpr int kMajority = 0xe8;  // Maj

LANES __m512i add(__m512i a, __m512i b) {
  return _mm512_add_epi32(a, b);
}

// The four sigma functions of section 4.1.2.
LANES __m512i big_sigma0(__m512i x) {
  return _mm512_ternarylogic_epi32(_mm512_ror_epi32(x, 2), _mm512_ror_epi32(x, 13), _mm512_ror_epi32(x, 22),
                                   kXor);
}
LANES __m512i big_sigma1(__m512i x) {
  return _mm512_ternarylogic_epi32(_mm512_ror_epi32(x, 6), _mm512_ror_epi32(x, 11), _mm512_ror_epi32(x, 25),
                                   kXor);
}
LANES __m512i small_sigma0(__m512i x) {
  return _mm512_ternarylogic_epi32(_mm512_ror_epi32(x, 7), _mm512_ror_epi32(x, 18), _mm512_srli_epi32(x, 3),
                                   kXor);
}
LANES __m512i small_sigma1(__m512i x) {
  return _mm512_ternarylogic_epi32(_mm512_ror_epi32(x, 17), _mm512_ror_epi32(x, 19), _mm512_srli_epi32(x, 10),
                                   kXor);
}

/// Step 3 for one t. Instead of moving the eight variables down one place, each round finds them one place
/// further up; after eight rounds every variable is back in its place.
template <std::size_t t>
LANES void round(__m512i (&s)[8], __m512i w, std::uint32_t constant) {
  constexpr auto place = [](std::size_t variable) { return (variable + 8 - t) % 8; };
  const __m512i a = s[place(0)];
  const __m512i e = s[place(4)];
  __m512i& d = s[place(3)];
  __m512i& h = s[place(7)];
  const __m512i known = add(add(h, w), _mm512_set1_epi32(static_cast<int>(constant)));
  const __m512i choice = _mm512_ternarylogic_epi32(e, s[place(5)], s[place(6)], kChoose);
  const __m512i t1 = add(add(known, big_sigma1(e)), choice);
  d = add(d, t1);
  h = add(t1, add(big_sigma0(a), _mm512_ternarylogic_epi32(a, s[place(1)], s[place(2)], kMajority)));
}

template <std::size_t... kIndices>
LANES void eight_rounds(__m512i (&s)[8], const __m512i* w, const std::uint32_t* k,
                        std::index_sequence<kIndices...>) {
  (round<kIndices>(s, w[kIndices], k[kIndices]), ...);
}

/// Step 1 for the next sixteen words, in place: w[t] becomes W(t + 16).
template <std::size_t... kIndices>
LANES void extend(__m512i (&w)[16], std::index_sequence<kIndices...>) {
  ((w[kIndices] = add(add(w[kIndices], small_sigma0(w[(kIndices + 1) % 16])),
                      add(w[(kIndices + 9) % 16], small_sigma1(w[(kIndices + 14) % 16])))),
   ...);
}

[[gnu::target("avx512f,avx512bw")]] void compress(__m512i (&state)[8], __m512i (&w)[16]) {
  __m512i s[8];
  for (std::size_t i = 0; i < 8; ++i) s[i] = state[i];
  for (std::size_t t = 0; t < 64; t += 16) {
    if (t > 0) extend(w, std::make_index_sequence<16>());
    eight_rounds(s, w, &kRoundConstants[t], std::make_index_sequence<8>());
    eight_rounds(s, w + 8, &kRoundConstants[t + 8], std::make_index_sequence<8>());
  }
  for (std::size_t i = 0; i < 8; ++i) state[i] = add(state[i], s[i]);
}

/// Sixteen rows of sixteen words become columns, and bytes within words are swapped: messages to lanes, or
/// back.
LANES void transpose(__m512i (&rows)[16]) {
  __m512i pairs[16];
  for (std::size_t i = 0; i < 16; i += 2) {
    pairs[i] = _mm512_unpacklo_epi32(rows[i], rows[i + 1]);
    pairs[i + 1] = _mm512_unpackhi_epi32(rows[i], rows[i + 1]);
  }
  // quads[4 g + j], 128-bit part p: word 4 p + j of rows 4 g to 4 g + 3.
  __m512i quads[16];
  for (std::size_t i = 0; i < 16; i += 4) {
    quads[i] = _mm512_unpacklo_epi64(pairs[i], pairs[i + 2]);
    quads[i + 1] = _mm512_unpackhi_epi64(pairs[i], pairs[i + 2]);
    quads[i + 2] = _mm512_unpacklo_epi64(pairs[i + 1], pairs[i + 3]);
    quads[i + 3] = _mm512_unpackhi_epi64(pairs[i + 1], pairs[i + 3]);
  }
  const __m512i swap = _mm512_broadcast_i32x4(_mm_set_epi64x(0x0c0d0e0f08090a0b, 0x0405060700010203));
  for (std::size_t j = 0; j < 4; ++j) {
    const __m512i low_even = _mm512_shuffle_i32x4(quads[j], quads[4 + j], 0x88);
    const __m512i low_odd = _mm512_shuffle_i32x4(quads[j], quads[4 + j], 0xdd);
    const __m512i high_even = _mm512_shuffle_i32x4(quads[8 + j], quads[12 + j], 0x88);
    const __m512i high_odd = _mm512_shuffle_i32x4(quads[8 + j], quads[12 + j], 0xdd);
    rows[j] = _mm512_shuffle_epi8(_mm512_shuffle_i32x4(low_even, high_even, 0x88), swap);
    rows[4 + j] = _mm512_shuffle_epi8(_mm512_shuffle_i32x4(low_odd, high_odd, 0x88), swap);
    rows[8 + j] = _mm512_shuffle_epi8(_mm512_shuffle_i32x4(low_even, high_even, 0xdd), swap);
    rows[12 + j] = _mm512_shuffle_epi8(_mm512_shuffle_i32x4(low_odd, high_odd, 0xdd), swap);
  }
}

/// The second block of a 65-byte message: its last byte, the one bit, zeros, 520 bits.
LANES void load_second_block(const Byte* messages, __m512i (&w)[16]) {
  alignas(64) std::uint32_t first[kLanes];
  for (std::size_t i = 0; i < kLanes; ++i) {
    first[i] = (std::uint32_t{messages[kNodeBytes * i + 64]} << 24) | 0x80'0000U;
  }
  w[0] = _mm512_load_si512(first);
  for (std::size_t t = 1; t < 15; ++t) w[t] = _mm512_setzero_si512();
  w[15] = _mm512_set1_epi32(static_cast<int>(8 * kNodeBytes));
}

}  // namespace

bool has_avx512() {
  static const bool answer = __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw");
  return answer;
}

[[gnu::target("avx512f,avx512bw")]] void sha256_65_avx512(std::span<const Byte, 1040> messages,
                                                          std::span<Hash, 16> out) {
  static_assert(kLanes * kNodeBytes == 1040);
  __m512i state[8];
  __m512i w[16];
  for (std::size_t i = 0; i < 8; ++i) state[i] = _mm512_set1_epi32(static_cast<int>(kInitialState[i]));
  for (std::size_t i = 0; i < kLanes; ++i) w[i] = _mm512_loadu_si512(messages.data() + kNodeBytes * i);
  transpose(w);
  compress(state, w);
  load_second_block(messages.data(), w);
  compress(state, w);
  for (std::size_t i = 0; i < 8; ++i) {
    w[i] = state[i];
    w[i + 8] = _mm512_setzero_si512();
  }
  transpose(w);
  for (std::size_t i = 0; i < kLanes; ++i) {
    _mm256_storeu_si256(reinterpret_cast<__m256i*>(out[i].bytes.data()), _mm512_castsi512_si256(w[i]));
  }
}

}  // namespace crypto

#else

namespace crypto {

bool has_avx512() {
  return false;
}
void sha256_65_avx512(std::span<const base::Byte, 1040>, std::span<base::Hash, 16>) {
  CHECK(false);
}

}  // namespace crypto

#endif
