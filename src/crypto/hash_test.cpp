// Aim: SHA-256 is the standard's, and every kernel that this processor has computes the same.
// Method: NIST's examples; OpenSSL as the oracle for every length to 300, every way to cut it into parts, and
// random nodes in every number that takes another path. A kernel the processor lacks is skipped loudly.
#include "crypto/hash.h"

#include <algorithm>
#include <array>
#include <random>

#include <gtest/gtest.h>
#include <sodium.h>

#include "crypto/sha256_kernels.h"

namespace crypto {
namespace {

using base::as_bytes;
using base::Byte;
using base::Bytes;

std::string hex(const Hash& hash) {
  std::array<char, 65> text{};
  sodium_bin2hex(text.data(), text.size(), hash.bytes.data(), hash.bytes.size());
  return text.data();
}

Bytes random_bytes(std::mt19937_64& random, std::size_t size) {
  Bytes bytes(size);
  for (Byte& byte : bytes) byte = static_cast<Byte>(random());
  return bytes;
}

TEST(Sha256DeathTest, NodesAndOutputsMustFit) {
  std::array<Hash, 2> out;
  EXPECT_DEATH(sha256_65_many(Bytes(65), out), "CHECK failed");
}

TEST(Sha256, ExamplesOfTheStandard) {
  EXPECT_EQ(hex(sha256({})), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  EXPECT_EQ(hex(sha256(as_bytes("abc"))), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  EXPECT_EQ(hex(sha256(as_bytes("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq"))),
            "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1");
  EXPECT_EQ(hex(sha256(as_bytes(std::string(1'000'000, 'a')))),
            "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
}

TEST(Sha256, KernelsAgreeOnEveryLength) {
  if (!has_sha_ni()) GTEST_SKIP() << "SKIPPED: this processor has no SHA instructions";
  std::mt19937_64 random(1);
  for (std::size_t size = 0; size <= 300; ++size) {
    const Bytes message = random_bytes(random, size);
    const Hash expected = sha256_evp({message});
    EXPECT_EQ(sha256_sha_ni({message}), expected) << size;
    EXPECT_EQ(sha256(message), expected) << size;
  }
}

TEST(Sha256, KernelsAgreeHoweverAMessageIsCut) {
  std::mt19937_64 random(2);
  for (int round = 0; round < 3'000; ++round) {
    const Bytes message = random_bytes(random, random() % 300);
    const base::ByteView whole(message);
    std::size_t first = random() % (whole.size() + 1);
    std::size_t second = random() % (whole.size() + 1);
    if (first > second) std::swap(first, second);
    const auto cut = {whole.first(first), whole.subspan(first, second - first), whole.subspan(second)};
    const Hash expected = sha256_evp({whole});
    ASSERT_EQ(sha256(cut), expected) << whole.size() << " " << first << " " << second;
    ASSERT_EQ(sha256_evp(cut), expected);
  }
}

TEST(Sha256, ManyNodesAreTheSameAsOneByOne) {
  std::mt19937_64 random(3);
  for (std::size_t count = 0; count <= 70; ++count) {
    const Bytes messages = random_bytes(random, count * kNodeBytes);
    std::vector<Hash> out(count);
    sha256_65_many(messages, out);
    std::vector<Hash> narrow(count);
    if (has_sha_ni()) sha256_65_sha_ni(messages, narrow);
    for (std::size_t i = 0; i < count; ++i) {
      const Hash expected = sha256_evp({base::ByteView(messages).subspan(i * kNodeBytes, kNodeBytes)});
      ASSERT_EQ(out[i], expected) << i << " of " << count;
      if (has_sha_ni()) {
        ASSERT_EQ(narrow[i], expected) << i << " of " << count;
      }
    }
  }
}

TEST(Sha256, SixteenLanes) {
  if (!has_avx512()) GTEST_SKIP() << "SKIPPED: this processor has no AVX-512";
  std::mt19937_64 random(4);
  for (int round = 0; round < 200; ++round) {
    std::array<Byte, 16 * kNodeBytes> messages{};
    for (Byte& byte : messages) byte = static_cast<Byte>(random());
    std::array<Hash, 16> out;
    sha256_65_avx512(messages, out);
    for (std::size_t i = 0; i < 16; ++i) {
      ASSERT_EQ(out[i], sha256_evp({base::ByteView(messages).subspan(i * kNodeBytes, kNodeBytes)})) << i;
    }
  }
}

TEST(HmacSha256, VectorsOfTheRfc) {
  // RFC 4231, test cases 1, 2 and 6 (a key longer than a block).
  EXPECT_EQ(hex(hmac_sha256(Bytes(20, 0x0b), as_bytes("Hi There"))),
            "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7");
  EXPECT_EQ(hex(hmac_sha256(as_bytes("Jefe"), as_bytes("what do ya want for nothing?"))),
            "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
  EXPECT_EQ(
      hex(hmac_sha256(Bytes(131, 0xaa), as_bytes("Test Using Larger Than Block-Size Key - Hash Key First"))),
      "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54");
  EXPECT_NE(hmac_sha256({}, as_bytes("x")), hmac_sha256({}, as_bytes("y")));
}

}  // namespace
}  // namespace crypto
