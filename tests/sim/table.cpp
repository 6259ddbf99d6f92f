#include "sim/table.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "crypto/hash.h"
#include "note/checkpoint.h"
#include "resource/keys.h"
#include "resource/values.h"
#include "storage/checkpoint_file.h"
#include "verify/policy_chain.h"

namespace sim {
namespace {

crypto::SecretKey secret_of(const std::string& label) {
  return crypto::SecretKey::from_seed(crypto::sha256(base::as_bytes(label)).bytes);
}

/// The label of the operator key in force, or of the one the cast gives a member that is not seated yet.
std::string operator_label(const charter::State& state, const actors::Cast& cast, const std::string& handle) {
  for (const charter::CosignerKey& key : state.cosigners()) {
    if (key.member == handle) return actors::Key::label_of(resource::serialize_key(key.operator_key));
  }
  return cast.party(handle).keys.at("operator").front();
}

/// The size that lies published in the sequencer's folder; 0 if none does.
base::Result<std::uint64_t> published_size(base::Files& files, const std::string& log_folder) {
  const auto text = storage::load_checkpoint(files, log_folder);
  if (!text) {
    if (text.error().kind() == base::kFileMissing) return 0;
    return std::unexpected(text.error());
  }
  ASSIGN_OR_RETURN(const auto parsed, note::parse_signed_checkpoint(base::as_text(*text)));
  return parsed.checkpoint.size.value();
}

}  // namespace

note::Signer log_signer() {
  return {std::string(actors::kOrigin), note::KeyType::kEd25519, secret_of("log")};
}

note::Signer cosigner(const std::string& handle, const std::string& label) {
  return {note::cosigner_name(actors::kOrigin, handle), note::KeyType::kCosignature, secret_of(label)};
}

note::Policy policy_of(const charter::State& state) {
  std::vector<note::PolicyMember> members;
  for (const charter::CosignerKey& key : state.cosigners()) members.push_back({key.member, key.operator_key});
  const std::size_t quorum = verify::cosigner_quorum(members.size());
  return note::make_policy(state.policy_epoch(), state.genesis_id(), log_signer().verifier_key(),
                           std::move(members), quorum);
}

replica::ReplicaOptions folders_of(base::Files& files, const base::Clock& clock, const std::string& handle) {
  return {.files = &files,
          .clock = &clock,
          .log_folder = handle + "/log",
          .own_folder = handle,
          .snapshot_folder = handle + "/snapshots",
          .live = false,
          .threads = 1};
}

base::Result<std::unique_ptr<replica::Replica>> open_replica(const replica::ReplicaOptions& options,
                                                             const actors::Cast& cast,
                                                             const std::string& handle) {
  auto opened = replica::Replica::open(options, std::string(actors::kOrigin));
  if (!opened && opened.error().kind() == replica::kNotFounded) {
    opened = replica::Replica::create(options, cast.genesis().leaf());
  }
  if (!opened) return opened;
  (*opened)->seat(handle, cosigner(handle, operator_label((*opened)->registry().charter(), cast, handle)));
  return opened;
}

base::Result<void> Table::open(const std::vector<std::string>& handles, const Published& published) {
  std::vector<engine::Seat> seats;
  for (const std::string& handle : handles) {
    auto opened = open_replica(folders_of(files_, clock_, handle), cast_, handle);
    base::Result<void> ready;
    if (!opened) {
      ready = std::unexpected(opened.error());
    } else if (!replicas_.empty()) {
      ready = (*opened)->catch_up(replicas_.front()->log());
    }
    if (!ready && replicas_.empty()) return std::unexpected(ready.error().at(handle));
    if (!ready) {
      absent_.push_back(handle + ": " + ready.error().message());
      continue;
    }
    replicas_.push_back(std::move(*opened));
    handles_.push_back(handle);
    reseat(replicas_.size() - 1);
    seats.push_back({handle, replicas_.back().get(), replicas_.back().get()});
  }
  clock_.move_to(std::max(clock_.now(), registry().time()));
  // Between two blocks every member takes the operator key that is in force.
  const auto after = [this, published](const std::string& checkpoint) -> base::Result<void> {
    for (std::size_t seat = 0; seat < replicas_.size(); ++seat) reseat(seat);
    return published ? published(checkpoint) : base::Result<void>();
  };
  engine::EmbeddedOptions options{std::string(actors::kOrigin), &clock_, after, false};
  engine_ = std::make_unique<engine::EmbeddedEngine>(std::move(seats), log_signer(), std::move(options));
  ASSIGN_OR_RETURN(const std::uint64_t size, published_size(files_, handles.front() + "/log"));
  const bool may_be_a_step = replica(0).info().quorums.size() > 1;
  if (size == replica(0).info().size.value() && !may_be_a_step) return {};
  return engine_->publish_checkpoint();
}

void Table::reseat(std::size_t seat) {
  const std::string& handle = handles_[seat];
  const std::string label = operator_label(replicas_[seat]->registry().charter(), cast_, handle);
  replicas_[seat]->seat(handle, cosigner(handle, label));
}

std::vector<base::Result<registry::Submission>> Table::submit(const std::vector<actors::Draft>& drafts) {
  std::vector<std::string> leaves;
  for (const actors::Draft& draft : drafts) leaves.push_back(draft.leaf());
  return engine_->submit(std::move(leaves));
}

base::Result<void> Table::advance_to(base::EpochSeconds time) {
  for (auto due = registry().charter().next_due(); due && *due <= time;
       due = registry().charter().next_due()) {
    clock_.move_to(std::max(clock_.now(), *due));
    TRY(engine_->tick(clock_.now()));
  }
  clock_.move_to(time);
  TRY(engine_->tick(time));
  return {};
}

base::Result<void> Table::store_snapshots() {
  for (const auto& replica : replicas_) TRY(replica->store_snapshot());
  return {};
}

}  // namespace sim
