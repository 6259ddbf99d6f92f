#include "crypto/hash.h"

#include <memory>

#include <openssl/evp.h>
#include <openssl/hmac.h>

#include "base/check.h"
#include "crypto/sha256_kernels.h"

namespace crypto {
namespace {

struct FreeContext {
  void operator()(EVP_MD_CTX* context) const { EVP_MD_CTX_free(context); }
};
struct FreeDigest {
  void operator()(EVP_MD* digest) const { EVP_MD_free(digest); }
};

// A fetched digest and a reused context: the one-shot calls look the algorithm up each time and are three
// times slower.
const EVP_MD* digest() {
  static const std::unique_ptr<EVP_MD, FreeDigest> fetched(EVP_MD_fetch(nullptr, "SHA256", nullptr));
  CHECK(fetched != nullptr);
  return fetched.get();
}

EVP_MD_CTX* context() {
  thread_local const std::unique_ptr<EVP_MD_CTX, FreeContext> reused(EVP_MD_CTX_new());
  CHECK(reused != nullptr);
  return reused.get();
}

constexpr std::size_t kWideLanes = 16;
}  // namespace

Hash sha256_evp(std::initializer_list<ByteView> parts) {
  EVP_MD_CTX* const ctx = context();
  CHECK(EVP_DigestInit_ex2(ctx, digest(), nullptr) == 1);
  for (const ByteView part : parts) CHECK(EVP_DigestUpdate(ctx, part.data(), part.size()) == 1);
  Hash out;
  unsigned int size = 0;
  CHECK(EVP_DigestFinal_ex(ctx, out.bytes.data(), &size) == 1 && size == out.bytes.size());
  return out;
}

Hash sha256(std::initializer_list<ByteView> parts) {
  return has_sha_ni() ? sha256_sha_ni(parts) : sha256_evp(parts);
}

Hash sha256(ByteView message) {
  return sha256({message});
}

// A wide call with empty lanes would pay for fifteen nodes only, and there by four parts in a hundred: the
// rest goes two by two.
void sha256_65_many(ByteView messages, std::span<Hash> out) {
  CHECK(messages.size() == kNodeBytes * out.size());
  if (has_avx512()) {
    while (out.size() >= kWideLanes) {
      sha256_65_avx512(messages.first<kWideLanes * kNodeBytes>(), out.first<kWideLanes>());
      messages = messages.subspan(kWideLanes * kNodeBytes);
      out = out.subspan(kWideLanes);
    }
  }
  if (has_sha_ni()) return sha256_65_sha_ni(messages, out);
  for (std::size_t i = 0; i < out.size(); ++i)
    out[i] = sha256_evp({messages.subspan(i * kNodeBytes, kNodeBytes)});
}

Hash hmac_sha256(ByteView key, ByteView message) {
  Hash out;
  unsigned int size = 0;
  CHECK(HMAC(EVP_sha256(), key.data(), static_cast<int>(key.size()), message.data(), message.size(),
             out.bytes.data(), &size) != nullptr);
  CHECK(size == out.bytes.size());
  return out;
}

}  // namespace crypto
