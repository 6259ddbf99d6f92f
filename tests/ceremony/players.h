// Members in a key ceremony, for tests: each has its encryption key, deals, opens what the others sealed for it,
// and certifies, with the code that real members run; what goes on the log is written as a draft that a test may
// spoil. Private parts lie in a common basket, from which a test may take.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "charter/ceremony_math.h"
#include "charter/stage.h"
#include "threshold/encryption_key.h"
#include "threshold/key_generation.h"

namespace ceremony {

/// Random bytes that follow from a seed, so that a failing run can be played again.
class SeededRandom final : public base::Random {
 public:
  explicit SeededRandom(std::uint64_t seed) : state_(seed) {}
  void fill(std::span<base::Byte> out) override;

 private:
  std::uint64_t state_;
};

/// Where a ceremony happens: records go in, the state shows what came of them.
class Ground {
 public:
  virtual ~Ground() = default;
  virtual const actors::Cast& cast() const = 0;
  virtual const charter::State& state() const = 0;
  /// Nothing if the record was accepted, else why not.
  virtual std::optional<std::string> play(const actors::Draft& draft) = 0;
};

class Players {
 public:
  /// `stage` outlives this.
  Players(oracle::Stage& stage, std::uint64_t seed);
  /// `ground` outlives this.
  Players(Ground& ground, std::uint64_t seed) : ground_(&ground), random_(seed) {}

  /// A whole ceremony in which nobody fails; its id. A refusal ends the process, here and in its three parts.
  std::string complete(const std::string& order);
  /// The order, and everybody's announcement.
  std::string begin(const std::string& order);
  /// Whoever can deals, as long as dealings are asked for.
  void deal_all(const std::string& ceremony);
  void certify_all(const std::string& ceremony);
  /// Proposes the order by the first member and has every member vote; the id is that of the ceremony.
  std::string order(const std::string& text);

  // Drafts of one member's steps for the ceremony in its present attempt.
  actors::Draft announce(const std::string& ceremony, const std::string& member);
  actors::Draft deal(const std::string& ceremony, const std::string& member);
  /// Certifies, or complains about the first dealer that wronged it; nothing if a private part is missing.
  std::optional<actors::Draft> answer(const std::string& ceremony, const std::string& member);
  actors::Draft missing(const std::string& ceremony, const std::string& member, const std::string& from);
  actors::Draft private_part(const std::string& ceremony, const std::string& member, const std::string& from);
  actors::Draft complaint(const std::string& ceremony, const std::string& member, const std::string& against);

  /// Spoils what `dealer` sealed for `recipient` in everything it deals from now on.
  void lie(const std::string& dealer, const std::string& recipient) { lies_[dealer] = recipient; }
  /// Takes a dealer's private part out of the basket.
  void lose(const std::string& dealer) { lost_.insert(dealer); }

  /// The share that a member got; null before.
  const threshold::KeyShare* share(const std::string& member) const;
  /// Everybody's, in the order of their identifiers, and the public keys of that sharing. Nobody has one afterwards.
  std::pair<threshold::GroupKeys, std::vector<threshold::KeyShare>> take_shares(const std::string& ceremony);
  const threshold::EncryptionKey& encryption_key(const std::string& ceremony, const std::string& member);
  const charter::CeremonyEntry* entry(const std::string& ceremony) const;

 private:
  void play(const actors::Draft& draft);
  actors::Draft step(const std::string& ceremony, const std::string& member, const std::string& word);
  threshold::Transcript transcript(const std::string& ceremony) const;
  std::map<threshold::Identifier, base::Bytes> parts(const std::string& ceremony) const;
  threshold::Identifier dealer(const std::string& ceremony, const std::string& member) const;

  std::unique_ptr<Ground> own_ground_;  ///< over a stage
  Ground* ground_;
  SeededRandom random_;
  unsigned orders_ = 0;  ///< so that no order's record equals an earlier one's
  std::map<std::pair<std::string, std::string>, threshold::EncryptionKey> keys_;  ///< by ceremony and member
  std::map<std::string, base::Bytes> basket_;  ///< by hash of the private part
  std::map<std::string, threshold::KeyShare> shares_;
  std::map<std::string, threshold::GroupKeys> group_keys_;  ///< by ceremony
  std::map<std::string, std::string> lies_;
  std::set<std::string> lost_;
};

}  // namespace ceremony
