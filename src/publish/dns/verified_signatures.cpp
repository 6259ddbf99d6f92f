#include "publish/dns/verified_signatures.h"

#include <vector>

#include "base/parallel.h"
#include "crypto/hash.h"

namespace publish {
namespace {

/// A few checks for each thread's turn: one takes 50 us, a turn well over the cost of taking it.
constexpr std::size_t kGrain = 16;

base::Hash name_of(const SignatureClaim& claim) {
  return crypto::sha256({claim.key->bytes, claim.signature->bytes, claim.bytes});
}

}  // namespace

std::optional<std::size_t> VerifiedSignatures::first_bad(std::span<const SignatureClaim> claims) {
  std::vector<base::Hash> names(claims.size());
  for (std::size_t i = 0; i < claims.size(); ++i) names[i] = name_of(claims[i]);
  std::vector<std::size_t> fresh;
  {
    const std::scoped_lock guard(lock_);
    for (std::size_t i = 0; i < claims.size(); ++i) {
      if (!known_.contains(names[i])) fresh.push_back(i);
    }
  }
  std::vector<base::Byte> holds(fresh.size());
  base::parallel_for(threads_, fresh.size(), kGrain, [&](std::size_t begin, std::size_t end) {
    for (std::size_t i = begin; i < end; ++i) {
      const SignatureClaim& claim = claims[fresh[i]];
      holds[i] = crypto::verify_signature(*claim.key, claim.bytes, *claim.signature) ? 1 : 0;
    }
  });
  std::optional<std::size_t> bad;
  std::vector<base::Hash> good;
  for (std::size_t i = 0; i < fresh.size(); ++i) {
    if (holds[i] != 0) {
      good.push_back(names[fresh[i]]);
    } else if (!bad) {
      bad = fresh[i];
    }
  }
  keep(good);
  return bad;
}

void VerifiedSignatures::remember(std::span<const SignatureClaim> claims) {
  std::vector<base::Hash> names;
  names.reserve(claims.size());
  for (const SignatureClaim& claim : claims) names.push_back(name_of(claim));
  keep(names);
}

std::size_t VerifiedSignatures::size() const {
  const std::scoped_lock guard(lock_);
  return known_.size();
}

void VerifiedSignatures::keep(std::span<const base::Hash> names) {
  const std::scoped_lock guard(lock_);
  if (known_.size() + names.size() > kVerifiedSignaturesMax) known_.clear();
  known_.insert(names.begin(), names.end());
}

}  // namespace publish
