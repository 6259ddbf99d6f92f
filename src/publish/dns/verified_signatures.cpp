#include "publish/dns/verified_signatures.h"

#include <vector>

#include "base/parallel.h"
#include "crypto/hash.h"

namespace publish {
namespace {

/// A few checks for each thread's turn: one takes 50 us, a turn well over the cost of taking it.
constexpr std::size_t kGrain = 16;

}  // namespace

std::optional<std::size_t> VerifiedSignatures::first_bad(std::span<const SignatureClaim> claims) {
  std::vector<base::Hash> names(claims.size());
  std::vector<std::size_t> fresh;
  for (std::size_t i = 0; i < claims.size(); ++i) {
    names[i] = crypto::sha256({claims[i].key->bytes, claims[i].signature->bytes, claims[i].bytes});
    if (!known_.contains(names[i])) fresh.push_back(i);
  }
  std::vector<base::Byte> holds(fresh.size());
  base::parallel_for(threads_, fresh.size(), kGrain, [&](std::size_t begin, std::size_t end) {
    for (std::size_t i = begin; i < end; ++i) {
      const SignatureClaim& claim = claims[fresh[i]];
      holds[i] = crypto::verify_signature(*claim.key, claim.bytes, *claim.signature) ? 1 : 0;
    }
  });
  if (known_.size() + fresh.size() > kVerifiedSignaturesMax) known_.clear();
  std::optional<std::size_t> bad;
  for (std::size_t i = 0; i < fresh.size(); ++i) {
    if (holds[i] != 0) {
      known_.insert(names[fresh[i]]);
    } else if (!bad) {
      bad = fresh[i];
    }
  }
  return bad;
}

}  // namespace publish
