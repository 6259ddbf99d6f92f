#include "rounds/signers.h"

#include <algorithm>
#include <utility>

#include "base/check.h"

namespace rounds {

Signers::Signers(unsigned members, std::uint64_t seed) : fleet_(members, seed) {
  const std::string id = fleet_.order("generate zsk");
  for (const auto& [member, unused] : fleet_.nodes) CHECK(fleet_.announce(id, member).empty());
  CHECK(fleet_.run(id, 20));
  key_ = fleet_.stage.state().group_keys().front();
  entry_ = *fleet_.stage.state().group_key(key_);
  for (const auto& [member, unused] : fleet_.nodes) restart(member);
}

replica::SigningJob Signers::job(const std::string& text, std::size_t count) const {
  std::vector<base::Bytes> messages;
  for (std::size_t i = 0; i < count; ++i) {
    const std::string one = text + " " + std::to_string(i);
    messages.emplace_back(one.begin(), one.end());
  }
  return replica::make_job(key_, std::move(messages));
}

void Signers::restart(const std::string& member) {
  parts_[member] = std::make_unique<replica::SigningPart>(
      replica::SigningOptions{member, fleet_.nodes.at(member).random.get(), 1, base::Seconds(4)});
}

void Signers::collect(const std::string& member, replica::SigningStep step) {
  for (replica::Parcel& parcel : step.parcels) {
    if (!silent.contains(member)) mail_.push_back({member, std::move(parcel)});
  }
  for (replica::JobSignatures& one : step.done) done.emplace_back(member, std::move(one));
  for (replica::FalseShare& one : step.false_shares) false_shares.push_back(std::move(one));
  for (const base::Error& error : step.troubles) troubles.push_back(member + ": " + error.message());
}

void Signers::deliver(const std::string& from, const replica::Parcel& parcel) {
  if (silent.contains(parcel.to)) return;
  const charter::State& state = fleet_.stage.state();
  const std::string member = parcel.to;
  const replica::ShareOf share = [&](const crypto::PublicKey& key) {
    return fleet_.nodes.at(member).part->share(state, key);
  };
  const bool has_job = !knows || knows(member);
  const std::span<const replica::SigningJob> jobs =
      has_job ? std::span<const replica::SigningJob>(jobs_) : std::span<const replica::SigningJob>();
  const replica::RoundMessage message{
      state.origin(), from, member, parcel.purpose, parcel.session, base::EpochSeconds(now), parcel.body};
  collect(member, parts_.at(member)->take({state, jobs, share}, message, "note", base::EpochSeconds(now)));
}

void Signers::second() {
  const charter::State& state = fleet_.stage.state();
  for (auto& [name, part] : parts_) {
    if (silent.contains(name)) continue;
    const std::string member = name;
    const replica::ShareOf share = [&](const crypto::PublicKey& key) {
      return fleet_.nodes.at(member).part->share(state, key);
    };
    const bool has_job = !knows || knows(member);
    const std::span<const replica::SigningJob> jobs =
        has_job ? std::span<const replica::SigningJob>(jobs_) : std::span<const replica::SigningJob>();
    collect(member, part->step({state, jobs, share}, base::EpochSeconds(now)));
  }
  while (!mail_.empty()) {
    const Sent sent = std::move(mail_.front());
    mail_.pop_front();
    const auto parcel = wire ? wire(sent) : std::optional(sent.parcel);
    if (!parcel) continue;
    seen.push_back({sent.from, *parcel});
    deliver(sent.from, *parcel);
  }
  now += 1;
}

bool Signers::run(unsigned seconds) {
  for (unsigned i = 0; i < seconds && done.empty(); ++i) second();
  return !done.empty();
}

bool Signers::verifies(const replica::JobSignatures& signatures) const {
  const auto job = std::ranges::find(jobs_, signatures.job, &replica::SigningJob::name);
  if (job == jobs_.end() || job->messages.size() != signatures.signatures.size()) return false;
  for (std::size_t i = 0; i < job->messages.size(); ++i) {
    if (!crypto::verify_signature(key_, job->messages[i], signatures.signatures[i])) return false;
  }
  return true;
}

}  // namespace rounds
