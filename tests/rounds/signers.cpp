#include "rounds/signers.h"

#include <algorithm>
#include <utility>

#include "base/check.h"
#include "crypto/hash.h"
#include "replica/round_jobs.h"
#include "spoil/liar.h"

namespace rounds {

Signers::Signers(unsigned members, std::uint64_t seed) : fleet_(members, seed) {
  const std::string id = fleet_.order("generate zsk");
  for (const auto& [member, unused] : fleet_.nodes) CHECK(fleet_.announce(id, member).empty());
  CHECK(fleet_.run(id, 20));
  key_ = fleet_.stage.state().group_keys().front();
  entry_ = *fleet_.stage.state().group_key(key_);
  for (const auto& [member, unused] : fleet_.nodes) restart(member);
  now = fleet_.stage.time();
}

std::string Signers::evidence(const replica::FalseShare& one, const std::string& by) {
  const auto leaf = replica::evidence_leaf(fleet_.stage.state(), one.proof, by, *fleet_.nodes.at(by).signer,
                                           base::EpochSeconds(now));
  CHECK(leaf.has_value());
  return *leaf;
}

std::optional<charter::ShareProof> Signers::proof_of(const replica::SigningJob& job,
                                                     const base::Bytes& signers, const Sent& answer,
                                                     std::size_t position) {
  const Node& node = fleet_.nodes.at(answer.from);
  return spoil::proof_of(
      {fleet_.stage.state(), job, answer.parcel.session, signers, answer.from, base::EpochSeconds(now)},
      answer.parcel.body, position, node.signer->verifier_key().key, *node.random);
}

void Signers::open(const std::string& coordinator, const std::string& member, const replica::SigningJob& job,
                   std::uint8_t session) {
  base::Bytes opening(job.name.bytes.begin(), job.name.bytes.end());
  opening.resize(64, session);
  base::Bytes named;
  const std::string head =
      "comity/1 signing-round " + fleet_.stage.state().origin() + " " + coordinator + "\n";
  named.assign(head.begin(), head.end());
  named.insert(named.end(), opening.begin(), opening.end());
  deliver(coordinator, {member, replica::Purpose::kOpen, crypto::sha256(named), opening});
}

void Signers::lie(const std::string& member, replica::Parcel& parcel) {
  const auto asked = asked_.find(parcel.session);
  if (parcel.purpose != replica::Purpose::kShares || asked == asked_.end()) return;
  const Node& node = fleet_.nodes.at(member);
  auto body = spoil::wrong_answer(
      {fleet_.stage.state(), jobs_.front(), parcel.session, asked->second, member, base::EpochSeconds(now)},
      parcel.body, 1, *node.signer, *node.random);
  CHECK(body.has_value());
  parcel.body = std::move(*body);
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
    if (liars.contains(member)) lie(member, parcel);
    if (!silent.contains(member)) mail_.push_back({member, std::move(parcel)});
  }
  for (replica::JobSignatures& one : step.done) done.emplace_back(member, std::move(one));
  for (replica::FalseShare& one : step.false_shares) false_shares.push_back(std::move(one));
  for (const base::Error& error : step.troubles) troubles.push_back(member + ": " + error.message());
}

void Signers::deliver(const std::string& from, const replica::Parcel& parcel, std::uint64_t on_its_way) {
  if (silent.contains(parcel.to)) return;
  if (parcel.purpose == replica::Purpose::kSigners) asked_[parcel.session] = parcel.body;
  const charter::State& state = fleet_.stage.state();
  const std::string member = parcel.to;
  const replica::ShareOf share = [&](const crypto::PublicKey& key) {
    return fleet_.nodes.at(member).part->share(state, key);
  };
  const bool has_job = !knows || knows(member);
  const std::span<const replica::SigningJob> jobs =
      has_job ? std::span<const replica::SigningJob>(jobs_) : std::span<const replica::SigningJob>();
  const replica::RoundMessage message{state.origin(), from,           member,
                                      parcel.purpose, parcel.session, base::EpochSeconds(now - on_its_way),
                                      parcel.body};
  collect(member, parts_.at(member)->take({state, jobs, share, *fleet_.nodes.at(member).signer}, message,
                                          base::EpochSeconds(now)));
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
    collect(member,
            part->step({state, jobs, share, *fleet_.nodes.at(member).signer}, base::EpochSeconds(now)));
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
