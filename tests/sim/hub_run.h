// A hub and its members, each with a disk of its own that forgets, in one process and on one thread: the real
// engine and desk, real followers, and between them nothing but the texts that HTTP would carry. Steps are
// taken one after the other, so a run repeats exactly.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "engine/embedded/embedded_engine.h"
#include "engine/hub/cosign_desk.h"
#include "replica/follower.h"
#include "sim/forgetful_files.h"
#include "sim/table.h"

namespace sim {

class HubRun {
 public:
  HubRun(std::uint64_t seed, unsigned members);
  ~HubRun();

  /// Opens what is closed; a member without a replica is founded from the genesis. True if all of it went well.
  bool open_hub();
  bool open_follower(const std::string& handle);
  void add_member(const std::string& handle);
  /// The machine loses power.
  void crash_hub();
  void crash_follower(const std::string& handle);

  /// Records to the hub, with all followers stepping while it waits. True if the block counts.
  bool submit(const std::vector<actors::Draft>& drafts);
  bool tick();
  /// As a hub's loop does: asks again for a block that does not count.
  bool settle();
  /// One step of each follower that is open and not asleep. True if one of them cosigned.
  bool step_followers();

  replica::Follower& follower(const std::string& handle) { return *members_.at(handle).follower; }
  bool is_open(const std::string& handle) const { return members_.at(handle).follower != nullptr; }
  ForgetfulFiles& disk(const std::string& handle) { return *members_.at(handle).files; }
  ForgetfulFiles& hub_disk() { return hub_files_; }
  const registry::Registry& registry() const { return sequencer_->registry(); }
  bool hub_is_open() const { return engine_ != nullptr; }

  StandingClock clock;
  actors::Cast cast;
  std::set<std::string> asleep;  ///< followers that take no step
  /// Labels of the operator keys that a member has at hand; its first one, if not here.
  std::map<std::string, std::vector<std::string>> keys;
  std::vector<std::string> published;
  std::string complaint;  ///< what must never happen and did

 private:
  class Source;
  struct Member {
    std::unique_ptr<ForgetfulFiles> files;
    std::shared_ptr<Source> source;
    std::unique_ptr<replica::Follower> follower;
  };
  base::Result<void> after_checkpoint(const std::string& checkpoint);
  std::vector<note::Signer> signers_of(const std::string& handle) const;

  ForgetfulFiles hub_files_;
  std::uint64_t seed_;
  std::uint64_t rounds_ = 1'000;
  std::map<std::string, Member> members_;
  std::unique_ptr<replica::Replica> sequencer_;
  std::unique_ptr<engine::CosignDesk> desk_;
  std::unique_ptr<engine::EmbeddedEngine> engine_;
};

}  // namespace sim
