// A fleet of members in one process, each with the production's part in ceremonies on a disk that forgets, before one
// charter state and one mailbox. Tests silence members, spoil what they deal, pull their plugs and take their disks.
// Everything follows from a seed.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "ceremony/players.h"
#include "charter/stage.h"
#include "note/key.h"
#include "replica/ceremony_part.h"
#include "replica/mailbox.h"
#include "sim/forgetful_files.h"

namespace rounds {

class StageClock final : public base::Clock {
 public:
  explicit StageClock(const oracle::Stage& stage) : stage_(&stage) {}
  base::EpochSeconds now() const override { return base::EpochSeconds(stage_->time()); }

 private:
  const oracle::Stage* stage_;
};

struct Node {
  std::string member;
  std::unique_ptr<sim::ForgetfulFiles> files;
  std::unique_ptr<ceremony::SeededRandom> random;
  std::unique_ptr<note::Signer> signer;
  std::unique_ptr<replica::CeremonyPart> part;
  std::uint64_t fetched = 0;
  bool is_silent = false;
  bool keeps_back = false;  ///< puts its steps on the log and sends nothing to anybody
};

class Fleet {
 public:
  Fleet(unsigned members, std::uint64_t seed);

  std::string order(const std::string& text) { return players_.order(text); }
  /// The key is made in the member's folder, as `comity ceremony announce` does.
  std::string announce(const std::string& ceremony, const std::string& member);
  /// Spoils, on its own disk, the dealing that this member will put on the log next.
  void spoil_dealing(const std::string& ceremony, const std::string& member, const std::string& victim);
  /// The same for a private part of any other octets, whose hash its dealing has.
  void deal_other(const std::string& ceremony, const std::string& member,
                  const std::function<void(base::Bytes& private_part)>& change);
  /// Everybody steps once and gets its mail; then `seconds` pass.
  void round(std::uint64_t seconds = 5);
  /// Rounds until the ceremony is keyed or gone, at most `rounds`; whether it is keyed.
  bool run(const std::string& ceremony, unsigned rounds = 2'000, std::uint64_t seconds = 5);
  /// The process of this member dies; its disk forgets what was not synced.
  void crash(const std::string& member);
  /// Erases everything of this member but its encryption keys.
  void lose_all_but_key(const std::string& member);

  const charter::CeremonyEntry* entry(const std::string& ceremony) const { return players_.entry(ceremony); }
  /// The share that a member holds of a key, from its disk.
  std::optional<threshold::StoredShare> share(const std::string& member, const crypto::PublicKey& key);
  /// That t of the holders' shares make the key; empty if so.
  std::string check_shares(const crypto::PublicKey& key);

  oracle::Stage stage;
  std::map<std::string, Node> nodes;
  std::vector<std::string> refused;                    ///< leaves that the state did not take, and why
  std::map<std::string, std::set<std::string>> dealt;  ///< by member and attempt: messages of its deals
  std::size_t asked = 0;                               ///< messages that ask for a private part
  bool has_mail = true;                                ///< off: no mailbox answers anybody
  std::function<void(Node&)> before_step;

 private:
  void start(Node& node);
  void step(Node& node);
  void fetch(Node& node);

  ceremony::Players players_;
  StageClock clock_;
  replica::Mailbox mailbox_;
};

}  // namespace rounds
