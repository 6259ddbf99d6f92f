// Ordinary keys from fixed seeds, and a signer that answers any batch with them.
#pragma once

#include <algorithm>
#include <array>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "base/check.h"
#include "publish/dns/signed_zone.h"

namespace publish {

class TestKeys {
 public:
  TestKeys() {
    CHECK(crypto::start().has_value());
    for (base::Byte first = 1; first <= 5; ++first) {
      std::array<base::Byte, 32> seed{};
      seed.fill(first);
      keys_.push_back(crypto::SecretKey::from_seed(seed));
    }
  }
  const crypto::PublicKey& operator[](std::size_t i) const { return keys_.at(i).public_key(); }
  crypto::Signature sign(const BatchItem& item) const {
    const auto key = std::ranges::find(keys_, item.key, &crypto::SecretKey::public_key);
    CHECK(key != keys_.end());
    return key->sign(item.bytes);
  }
  std::vector<crypto::Signature> sign(const std::vector<BatchItem>& items) const {
    std::vector<crypto::Signature> signatures;
    for (const BatchItem& item : items) signatures.push_back(sign(item));
    return signatures;
  }

 private:
  std::vector<crypto::SecretKey> keys_;
};

inline const TestKeys& test_keys() {
  static const TestKeys keys;
  return keys;
}

/// Key 0 signs the zone, key 1 the keys, key 2 stands by.
inline Release test_release(std::uint32_t serial, std::uint64_t seconds, std::string apex = ".") {
  return {.apex = std::move(apex),
          .serial = serial,
          .time = base::EpochSeconds(seconds),
          .keys = {{kZskFlags, test_keys()[0], KeyDuty::kSignsZone},
                   {kKskFlags, test_keys()[1], KeyDuty::kSignsKeys},
                   {kKskFlags, test_keys()[2], KeyDuty::kStandby}},
          .prepared = {}};
}

/// "OWNER TYPE" of each position.
inline std::vector<std::string> asked(const Batch& batch) {
  std::vector<std::string> names;
  for (const BatchItem& item : batch.items) names.push_back(item.owner + " " + type_name(item.type));
  return names;
}

inline base::Result<ZoneDraft> begin_draft(const resource::ObjectSource& objects, const Release& release,
                                           const SignedZone* previous) {
  ASSIGN_OR_RETURN(UnsignedZone zone, lay_out(objects, release));
  return ZoneDraft::begin(std::move(zone), release, previous);
}

/// Both batches signed; what batch 1 asked for goes to `first` if wanted.
inline SignedZone sign_zone(const resource::ObjectSource& objects, const Release& release,
                            const SignedZone* previous = nullptr, std::vector<std::string>* first = nullptr) {
  static VerifiedSignatures known;
  auto draft = begin_draft(objects, release, previous);
  EXPECT_TRUE(draft) << draft.error().message();
  CHECK(draft.has_value());
  if (first != nullptr) *first = asked(draft->batch());
  for (int batch = 1; batch <= 2; ++batch) {
    const auto taken = draft->take(test_keys().sign(draft->batch().items), known);
    EXPECT_TRUE(taken) << taken.error().message();
  }
  return std::move(*draft).finish();
}

}  // namespace publish
