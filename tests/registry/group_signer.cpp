#include "registry/group_signer.h"

#include <utility>

#include "base/check.h"
#include "codec/base64.h"
#include "codec/decimal.h"
#include "crypto/hash.h"

namespace registry_tests {

using base::Result;
using registry::OpenBatch;

namespace {

/// No other session of this process has it.
base::Hash session_id(const OpenBatch& batch, const registry::SigningTask& task, std::uint64_t attempt) {
  return crypto::sha256(base::as_bytes(
      codec::serialize_base64(batch.hash.view()) + " " + codec::serialize_base64(task.key.bytes) + " " +
      codec::serialize_decimal(task.first) + " " + codec::serialize_decimal(attempt)));
}

}  // namespace

void GroupSigner::add(threshold::GroupKeys keys, std::vector<threshold::KeyShare> shares) {
  CHECK(shares.size() >= keys.threshold());
  const crypto::PublicKey key = keys.group().key();
  held_.insert_or_assign(key, Held{std::move(keys), std::move(shares)});
}

Result<std::vector<crypto::Signature>> GroupSigner::sign_task(const Held& held, const base::Hash& id,
                                                              const registry::SigningTask& task) {
  std::vector<const threshold::KeyShare*> signers;
  for (std::size_t i = 0; i < held.keys.threshold(); ++i)
    signers.push_back(&held.shares[(first_ + i) % held.shares.size()]);
  std::vector<threshold::Nonces> nonces;
  std::vector<threshold::SignerCommitments> commitments;
  for (const threshold::KeyShare* signer : signers) {
    nonces.push_back(threshold::commit(signer->secret(), task.messages.size(), *random_, threads_));
    commitments.push_back({signer->identifier(), nonces.back().commitments()});
  }
  ASSIGN_OR_RETURN(const auto session,
                   threshold::SigningSession::create(held.keys, id, task.messages, commitments, threads_));
  std::vector<threshold::SignerShares> shares;
  for (std::size_t i = 0; i < signers.size(); ++i) {
    ASSIGN_OR_RETURN(auto share, threshold::sign(session, *signers[i], std::move(nonces[i])));
    shares.push_back(std::move(share));
  }
  ASSIGN_OR_RETURN(auto aggregate, threshold::aggregate(session, shares, *random_, threads_));
  CHECK(aggregate.wrong.empty());
  return std::move(aggregate.signatures);
}

Result<registry::PlacedSignatures> GroupSigner::sign(const OpenBatch& batch) {
  registry::PlacedSignatures placed;
  const std::uint64_t attempt = ++attempts_[batch.hash];
  for (const registry::SigningTask& task : batch.tasks) {
    const auto held = held_.find(task.key);
    if (held == held_.end()) continue;
    ASSIGN_OR_RETURN(const auto signatures, sign_task(held->second, session_id(batch, task, attempt), task));
    for (std::size_t i = 0; i < signatures.size(); ++i) placed.emplace(task.positions[i], signatures[i]);
  }
  return placed;
}

// threshold::aggregate called the plain verifier on each, as it does for members' rounds.
void GroupSigner::remember(const registry::Registry& registry, const OpenBatch& batch,
                           const registry::PlacedSignatures& placed) {
  std::vector<publish::SignatureClaim> claims;
  for (const registry::SigningTask& task : batch.tasks) {
    for (std::size_t i = 0; i < task.positions.size(); ++i) {
      const auto signature = placed.find(task.positions[i]);
      if (signature != placed.end()) claims.push_back({&task.key, task.messages[i], &signature->second});
    }
  }
  registry.releases().verified().remember(claims);
}

Result<std::vector<std::string>> GroupSigner::leaves(const registry::Registry& registry,
                                                     const registry::Submitter& submitter) {
  std::vector<std::string> all;
  for (const OpenBatch& batch : registry::open_batches(registry)) {
    ASSIGN_OR_RETURN(const registry::PlacedSignatures placed, sign(batch));
    remember(registry, batch, placed);
    ASSIGN_OR_RETURN(auto leaves, registry::signature_leaves(registry, batch, placed, submitter));
    for (std::string& leaf : leaves) all.push_back(std::move(leaf));
  }
  return all;
}

}  // namespace registry_tests
