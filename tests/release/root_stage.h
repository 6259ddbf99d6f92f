// A whole imported zone in a registry whose members sign it with keys that none of them holds: 3 of 4, in one process.
// The keys' secrets follow from seeds, so that an ordinary signer can be given the same ones; never for anything but tests.
#pragma once

#include <array>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/random.h"
#include "import/zone_file.h"
#include "registry/group_signer.h"
#include "registry/zone_stage.h"

namespace release_tests {

/// What an ordinary signer needs of a key.
struct SeededKey {
  std::uint16_t flags = 0;
  std::array<base::Byte, 32> seed{};
  crypto::PublicKey public_key;
};

class RootStage {
 public:
  /// An empty registry; `threads` sign and verify.
  RootStage(base::Random& random, unsigned threads);

  /// Makes the zone equal to the file, by proposals of class U.
  void import(const import::ParsedZone& zone);
  /// A ZSK, a KSK and a standby KSK come into force.
  void deal_keys();
  const std::vector<SeededKey>& keys() const { return keys_; }

  void move_to(base::EpochSeconds time) { stage_.now = time; }
  /// The block in which a release begins, if one is due.
  void tick() { stage_.tick(); }
  /// What a quorum signs of the open batch, as records; then the block that takes them.
  std::vector<std::string> sign();
  void play(const std::vector<std::string>& leaves) { stage_.play_leaves(leaves); }
  /// Signs until nothing is under way, every third release by other signers.
  void release();

  registry_tests::ZoneStage& stage() { return stage_; }
  const registry::Registry& registry() const { return stage_.registry(); }

 private:
  registry_tests::ZoneStage stage_;
  registry_tests::GroupSigner signer_;
  base::Random* random_;
  std::vector<SeededKey> keys_;
  unsigned imports_ = 0;
  unsigned threads_;
};

}  // namespace release_tests
