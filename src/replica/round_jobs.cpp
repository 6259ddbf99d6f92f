#include "replica/round_jobs.h"

#include <algorithm>
#include <utility>

#include "base/check.h"
#include "charter/ceremony_entries.h"
#include "charter/epoch_claim.h"
#include "charter/wrong_shares.h"
#include "note/signed_note.h"
#include "record/builder.h"

namespace replica {

namespace {

/// How long a record may wait.
constexpr base::Seconds kRecordsExpire{86'400};

}  // namespace

std::optional<note::VerifierKey> log_group_key(const charter::State& state) {
  for (const crypto::PublicKey& key : state.group_keys()) {
    const charter::GroupKeyEntry* const entry = state.group_key(key);
    if (entry->use == charter::KeyUse::kLog && entry->standing == charter::KeyStanding::kActive)
      return note::VerifierKey{state.origin(), note::KeyType::kEd25519, key};
  }
  return std::nullopt;
}

void RoundJobs::look(const registry::Registry& registry, std::string_view checkpoint, Begins log_begins) {
  if (checkpoint == seen_) return;
  seen_ = checkpoint;
  jobs_.clear();
  log_job_.reset();
  add_zone_jobs(registry);
  log_key_ = log_group_key(registry.charter());
  if (!log_key_) return;
  const auto parsed = note::parse_signed_checkpoint(checkpoint);
  if (!parsed || note::find_signature(parsed->note, *log_key_) != nullptr) return;
  log_body_ = parsed->note.text;
  const base::ByteView body = base::as_bytes(log_body_);
  SigningJob job = make_job(log_key_->key, {base::Bytes(body.begin(), body.end())});
  job.begins = log_begins;
  log_job_ = job.name;
  jobs_.push_back(std::move(job));
}

std::optional<LogLine> RoundJobs::log_line(const JobSignatures& done) const {
  if (!log_job_ || done.job != *log_job_) return std::nullopt;
  return LogLine{log_body_, note::serialize_signature_line(log_key_->name, log_key_->id(),
                                                           done.signatures.front().bytes)};
}

// In pieces that a message of commitments holds. What was signed of a batch that is still open is kept: a piece on the
// log may have positions of two keys.
void RoundJobs::add_zone_jobs(const registry::Registry& registry) {
  places_.clear();
  batches_.clear();
  for (registry::OpenBatch& batch : registry::open_batches(registry)) {
    for (registry::SigningTask& task : batch.tasks) {
      const charter::GroupKeyEntry* const key = registry.charter().group_key(task.key);
      if (key == nullptr || key->commitments.empty()) continue;
      const std::size_t most = job_messages_max(key->commitments.size());
      for (std::size_t at = 0; at < task.messages.size(); at += most) {
        const std::size_t end = std::min(at + most, task.messages.size());
        const auto first = static_cast<std::ptrdiff_t>(at);
        const auto last = static_cast<std::ptrdiff_t>(end);
        SigningJob job = make_job(task.key, {task.messages.begin() + first, task.messages.begin() + last});
        job.turn = batch.hash;
        places_[job.name] = {batch.hash, {task.positions.begin() + first, task.positions.begin() + last}};
        jobs_.push_back(std::move(job));
      }
      task.messages.clear();
    }
    const base::Hash hash = batch.hash;
    batches_.emplace(hash, std::move(batch));
  }
  std::erase_if(placed_, [this](const auto& one) { return !batches_.contains(one.first); });
}

// Whoever added the shares up called the plain verifier on each.
void RoundJobs::remember_verified(const registry::Registry& registry, const JobSignatures& done) const {
  const auto job = std::ranges::find(jobs_, done.job, &SigningJob::name);
  CHECK(job != jobs_.end() && job->messages.size() == done.signatures.size());
  std::vector<publish::SignatureClaim> claims;
  for (std::size_t i = 0; i < done.signatures.size(); ++i)
    claims.push_back({&job->key, job->messages[i], &done.signatures[i]});
  registry.releases().verified().remember(claims);
}

base::Result<std::vector<std::string>> RoundJobs::leaves(const registry::Registry& registry,
                                                         const JobSignatures& done, const std::string& member,
                                                         const note::Signer& signer, base::EpochSeconds now) {
  const auto place = places_.find(done.job);
  if (place == places_.end()) return std::vector<std::string>();
  remember_verified(registry, done);
  registry::PlacedSignatures& placed = placed_[place->second.batch];
  for (std::size_t i = 0; i < done.signatures.size(); ++i)
    placed[place->second.positions[i]] = done.signatures[i];
  return registry::signature_leaves(registry, batches_.at(place->second.batch), placed,
                                    {member, &signer, std::max(now, registry.time()) + kRecordsExpire});
}

base::Result<std::string> evidence_leaf(const charter::State& state, const charter::ShareProof& proof,
                                        const std::string& member, const note::Signer& signer,
                                        base::EpochSeconds now) {
  record::Builder builder(record::Kind::kEvidence, state.origin());
  builder.set("by", member);
  builder.set_epoch(charter::epoch_claim(state));
  charter::set_proof(builder, proof);
  builder.set("expires", std::max(now, state.time()) + kRecordsExpire);
  ASSIGN_OR_RETURN(const std::string body, builder.body());
  const note::Signer* const signers[] = {&signer};
  return record::sign(body, signers);
}

}  // namespace replica
