// What the tests of signed zones share: a registry filled from a zone file, two ordinary keys, and a signer
// that answers any batch with them.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "crypto/ed25519.h"
#include "publish/dns/signed_zone.h"
#include "zone/map_registry.h"

namespace dnssec_tests {

/// Keys from fixed seeds: the same zone every time.
class Signer {
 public:
  Signer();
  const crypto::SecretKey& zsk() const { return keys_[0]; }
  const crypto::SecretKey& ksk() const { return keys_[1]; }
  const crypto::SecretKey& standby() const { return keys_[2]; }
  const crypto::SecretKey& next_zsk() const { return keys_[3]; }
  std::vector<crypto::Signature> sign(const publish::Batch& batch) const;
  crypto::Signature sign(const publish::BatchItem& item) const;

 private:
  std::vector<crypto::SecretKey> keys_;
};

/// ZSK, KSK and a standby KSK in force.
publish::Release release_at(const Signer& signer, std::string apex, std::uint32_t serial,
                            base::EpochSeconds time);

/// Both batches signed. Fails the running test on any error.
publish::SignedZone signed_zone(const resource::ObjectSource& objects, const publish::Release& release,
                                const Signer& signer, const publish::SignedZone* previous,
                                publish::VerifiedSignatures& known);

/// The registry after the import of a zone file.
zone_tests::MapRegistry registry_of(const std::string& zone_file, std::string_view apex = ".");

}  // namespace dnssec_tests
