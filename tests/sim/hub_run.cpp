#include "sim/hub_run.h"

#include <algorithm>
#include <utility>

#include "base/check.h"
#include "base/limits.h"
#include "merkle/log_tree.h"
#include "verify/policy_chain.h"

namespace sim {

using base::Result;

namespace {

constexpr const char* kHub = "MEMBER-A";

}  // namespace

// What HTTP would carry.
class HubRun::Source final : public replica::HubSource {
 public:
  explicit Source(HubRun& run) : run_(run) {}
  Result<base::Bytes> fetch(const std::string& path, std::size_t bytes_max) override {
    if (!run_.engine_) return base::fail(replica::kHubUnreachable, path);
    const std::string folder = path.starts_with("policies/") ? "MEMBER-A/" : "MEMBER-A/log/";
    return run_.hub_files_.read(folder + path, bytes_max);
  }
  Result<std::optional<std::string>> proposed(std::optional<note::Round> after, base::Seconds) override {
    if (!run_.engine_) return base::fail(replica::kHubUnreachable, "proposed");
    const auto text = run_.desk_->proposed();
    if (!text) return std::nullopt;
    if (after && note::parse_proposed(*text)->round == *after) return std::nullopt;
    return std::optional(*text);
  }
  Result<void> post_cosignature(const std::string& note) override {
    if (!run_.engine_) return base::fail(replica::kHubUnreachable, "cosignatures");
    return run_.desk_->add(note);
  }
  Result<void> forward(const std::string&, const std::optional<std::string>&) override {
    return base::fail(replica::kHubUnreachable, "records");
  }

 private:
  HubRun& run_;
};

HubRun::HubRun(std::uint64_t seed, unsigned members)
    : clock(actors::kGenesisTime + base::Seconds(60)), cast(members), hub_files_(seed), seed_(seed) {
  cast.now = clock.now();
  for (const std::string& handle : cast.members()) {
    if (handle != kHub) add_member(handle);
  }
}

HubRun::~HubRun() = default;

void HubRun::add_member(const std::string& handle) {
  Member& member = members_[handle];
  member.files = std::make_unique<ForgetfulFiles>(seed_ + members_.size());
  member.source = std::make_shared<Source>(*this);
}

std::vector<note::Signer> HubRun::signers_of(const std::string& handle) const {
  const auto known = keys.find(handle);
  const std::vector<std::string> labels =
      known == keys.end() ? std::vector<std::string>{handle + "/operator/1"} : known->second;
  std::vector<note::Signer> signers;
  for (const std::string& label : labels) signers.push_back(cosigner(handle, label));
  return signers;
}

bool HubRun::open_hub() {
  CHECK(!engine_);
  auto opened = open_replica(folders_of(hub_files_, clock, kHub), cast, kHub);
  if (!opened) return false;
  sequencer_ = std::move(*opened);
  rounds_ += 1'000;
  desk_ = std::make_unique<engine::CosignDesk>(engine::CosignDeskOptions{
      .first_round = note::Round(rounds_), .instead_of_waiting = [this] { return step_followers(); }});
  engine::EmbeddedOptions options{std::string(actors::kOrigin), &clock,
                                  [this](const std::string& text) { return after_checkpoint(text); }};
  options.parallel = false;
  options.remote = desk_.get();
  engine_ = std::make_unique<engine::EmbeddedEngine>(
      std::vector<engine::Seat>{{kHub, sequencer_.get(), sequencer_.get()}}, log_signer(),
      std::move(options));
  return settle();
}

bool HubRun::open_follower(const std::string& handle) {
  Member& member = members_.at(handle);
  replica::FollowerOptions options;
  options.replica = folders_of(*member.files, clock, handle);
  options.replica.live = true;
  options.origin = std::string(actors::kOrigin);
  options.policy_file = handle + "/policy";
  options.policies_folder = handle + "/policies";
  options.member = handle;
  options.operator_keys = [this, handle]() -> Result<std::vector<note::Signer>> {
    return signers_of(handle);
  };
  // Founded by hand: the folder with its policy, and the replica at the genesis.
  auto founded = replica::Replica::open(options.replica, options.origin);
  if (!founded && founded.error().kind() == replica::kNotFounded) {
    if (!member.files->make_folders(handle)) return false;
    founded = replica::Replica::create(options.replica, cast.genesis().leaf());
    if (!founded) return false;
    const std::string policy = note::serialize_policy(policy_of((*founded)->registry().charter()));
    if (!base::replace_file(*member.files, options.policy_file, base::as_bytes(policy),
                            base::FileMode::kPublic))
      return false;
  }
  if (!founded) return false;
  founded->reset();
  auto opened = replica::Follower::open(std::move(options), *member.source);
  if (!opened) return false;
  member.follower = std::move(*opened);
  return true;
}

void HubRun::crash_hub() {
  engine_.reset();
  desk_.reset();
  sequencer_.reset();
  hub_files_.crash();
}

void HubRun::crash_follower(const std::string& handle) {
  members_.at(handle).follower.reset();
  members_.at(handle).files->crash();
}

bool HubRun::submit(const std::vector<actors::Draft>& drafts) {
  std::vector<std::string> leaves;
  for (const actors::Draft& draft : drafts) leaves.push_back(draft.leaf());
  const auto answers = engine_->submit(std::move(leaves));
  return std::ranges::all_of(answers, [](const auto& answer) { return answer.has_value(); });
}

bool HubRun::tick() {
  return engine_->tick(std::max(clock.now(), sequencer_->info().time)).has_value();
}

bool HubRun::settle() {
  return engine_->publish_checkpoint().has_value();
}

bool HubRun::step_followers() {
  bool has_cosigned = false;
  for (auto& [handle, member] : members_) {
    if (!member.follower || asleep.contains(handle)) continue;
    const auto done = member.follower->step(base::Seconds(0));
    has_cosigned = has_cosigned || (done && done->cosigned);
    if (!done && done.error().kind() == replica::kNotSound)
      complaint += handle + ": " + done.error().message();
    if (member.follower->must_reopen()) member.follower.reset();
  }
  return has_cosigned;
}

// The policy's steps, as the program's session writes them: before another block is made.
Result<void> HubRun::after_checkpoint(const std::string& checkpoint) {
  published.push_back(checkpoint);
  sequencer_->seat(kHub, std::move(signers_of(kHub).back()));
  const registry::Registry& registry = sequencer_->registry();
  const base::Epoch epoch = registry.charter().policy_epoch();
  if (epoch == base::Epoch(1) || sequencer_->info().quorums.size() < 2) return {};
  verify::PolicyStep step;
  step.origin = std::string(actors::kOrigin);
  step.from = base::Epoch(epoch.value() - 1);
  step.to = epoch;
  step.policy = note::serialize_policy(policy_of(registry.charter()));
  step.entry = std::string(registry.charter().text(charter::Tree::kRules, "policy:current").value_or(""));
  step.state_proof = {registry.prove_rule("policy:current"), registry.roots()};
  const storage::LogFolder log = sequencer_->log();
  const base::LeafIndex last(log.size().value() - 1);
  ASSIGN_OR_RETURN(const base::Bytes leaf, log.read_leaf(last));
  step.block_record = base::as_text(leaf);
  ASSIGN_OR_RETURN(step.log_proof.hashes, merkle::prove_inclusion(last, log.size(), log));
  step.log_proof.index = last;
  step.log_proof.checkpoint = checkpoint;
  TRY(hub_files_.make_folders("MEMBER-A/policies"));
  return base::replace_file(hub_files_, "MEMBER-A/policies/" + std::to_string(epoch.value()) + ".step",
                            base::as_bytes(verify::serialize_policy_step(step)), base::FileMode::kPublic);
}

}  // namespace sim
