#include "dnssec/stage.h"

#include <algorithm>
#include <array>

#include <gtest/gtest.h>

#include "base/check.h"
#include "import/zone_file.h"

namespace dnssec_tests {

Signer::Signer() {
  CHECK(crypto::start().has_value());
  for (base::Byte first = 1; first <= 4; ++first) {
    std::array<base::Byte, 32> seed{};
    seed.fill(first);
    keys_.push_back(crypto::SecretKey::from_seed(seed));
  }
}

crypto::Signature Signer::sign(const publish::BatchItem& item) const {
  const auto key = std::ranges::find(keys_, item.key, &crypto::SecretKey::public_key);
  CHECK(key != keys_.end());
  return key->sign(item.bytes);
}

std::vector<crypto::Signature> Signer::sign(const publish::Batch& batch) const {
  std::vector<crypto::Signature> signatures;
  for (const publish::BatchItem& item : batch.items) signatures.push_back(sign(item));
  return signatures;
}

publish::Release release_at(const Signer& signer, std::string apex, std::uint32_t serial,
                            base::EpochSeconds time) {
  using publish::KeyDuty;
  return {.apex = std::move(apex),
          .serial = serial,
          .time = time,
          .keys = {{publish::kZskFlags, signer.zsk().public_key(), KeyDuty::kSignsZone},
                   {publish::kKskFlags, signer.ksk().public_key(), KeyDuty::kSignsKeys},
                   {publish::kKskFlags, signer.standby().public_key(), KeyDuty::kStandby}},
          .prepared = {}};
}

publish::SignedZone signed_zone(const resource::ObjectSource& objects, const publish::Release& release,
                                const Signer& signer, const publish::SignedZone* previous,
                                publish::VerifiedSignatures& known) {
  auto zone = publish::lay_out(objects, release);
  CHECK(zone.has_value());
  auto draft = publish::ZoneDraft::begin(std::move(*zone), release, previous);
  EXPECT_TRUE(draft) << draft.error().message();
  CHECK(draft.has_value());
  for (int batch = 1; batch <= 2; ++batch) {
    const auto taken = draft->take(signer.sign(draft->batch()), known);
    EXPECT_TRUE(taken) << taken.error().message();
    CHECK(taken.has_value());
  }
  return std::move(*draft).finish();
}

zone_tests::MapRegistry registry_of(const std::string& zone_file, std::string_view apex) {
  auto zone = import::parse_zone(base::as_bytes(zone_file), apex);
  EXPECT_TRUE(zone) << zone.error().message();
  zone_tests::MapRegistry registry;
  if (zone) zone_tests::follow(registry, *zone);
  return registry;
}

}  // namespace dnssec_tests
