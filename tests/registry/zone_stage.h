// A registry that releases its root zone: the world of the test parties, sixty more delegations, a ZSK and a KSK, and
// members that sign whatever is asked. The group keys are ordinary keys that were put into the rules state as a
// ceremony would have left them; tests with a real ceremony are elsewhere (tests/ceremony).
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "charter/signature_checker.h"
#include "note/key.h"
#include "registry/open_batch.h"
#include "registry/registry.h"
#include "support/world.h"
#include "threshold/keys.h"

namespace registry_tests {

struct PlayedBlock {
  base::EpochSeconds time;
  std::vector<std::string> leaves;
  std::string block_record;
};

/// Texts of a state, as a snapshot has them.
struct Texts {
  std::vector<std::string> objects;
  std::vector<std::string> rules;
  std::vector<std::string> zones;
};
Texts texts_of(const registry::Registry& registry);
/// A registry from them. Fails the process if it cannot be made: tests of that ask themselves.
registry::Registry registry_of(const Texts& texts);

inline constexpr int kMoreDomains = 60;
std::string more_domain(int number);

class ZoneStage {
 public:
  explicit ZoneStage(int more_domains = kMoreDomains);
  /// Members, and nothing in the register.
  struct Empty {};
  explicit ZoneStage(Empty);

  /// Puts a group key into the rules state. Labels begin with "group/".
  void put_key(const std::string& label, std::string_view use, std::string_view standing);
  /// The same for one that members hold shares of; sign_all does not sign with it.
  void put_key(const threshold::GroupKeys& keys, std::string_view use, std::string_view standing);

  /// One block; refusals fail the running test.
  const PlayedBlock& play(const std::vector<actors::Draft>& drafts);
  const PlayedBlock& play_leaves(const std::vector<std::string>& leaves);
  const PlayedBlock& tick() { return play({}); }
  /// Why the leaf is refused in a block of its own; empty if it is not.
  std::string refusal(const actors::Draft& draft);
  void pass(std::uint64_t seconds) { now = now + base::Seconds(seconds); }

  /// The record of one piece of the present batch, signed as it should be.
  actors::Draft piece(std::size_t first, const std::string& member = "MEMBER-A") const;
  /// Whose records put signatures on the log; the key is that of the cast.
  registry::Submitter submitter(const std::string& member = "MEMBER-A");
  /// Signs until no release is under way; at most `blocks` batches.
  void sign_all(int batches = 2);
  /// A yes of the majority; with `publish` or class U attests.
  std::vector<actors::Draft> voted(const actors::Draft& proposal) const;
  /// Members import: class U. `label` makes it differ from others.
  std::vector<actors::Draft> import(std::vector<actors::Paragraph> paragraphs,
                                    const std::string& label) const;

  const charter::ReleaseEntry& entry() const;
  const registry::Registry& registry() const { return *registry_; }
  registry::Registry& registry() { return *registry_; }
  /// Goes on with a registry that was made of the present one's texts.
  void reload();

  actors::Cast cast;
  base::EpochSeconds now = actors::kGenesisTime;
  std::vector<PlayedBlock> blocks;  ///< since the last put_key
  Texts before_blocks;              ///< the state they began with
  bool reloads = false;             ///< before each block

 private:
  void put_entry(const std::string& key_text, std::string_view lines);

  std::map<std::string, note::Signer> operators_;
  charter::DirectChecker checker_;
  std::optional<registry::Registry> registry_;
  std::map<crypto::PublicKey, std::string> labels_;
};

}  // namespace registry_tests
