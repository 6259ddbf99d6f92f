#include "spoil/liar.h"

#include <algorithm>

#include "replica/stated_shares.h"
#include "threshold/commitments.h"
#include "threshold/signing_messages.h"

namespace spoil {
namespace {

using threshold::Identifier;

std::optional<threshold::SigningSession> session_of(const Asked& asked, const charter::GroupKeyEntry& key,
                                                    base::Random& random) {
  threshold::VssCommitment commitments;
  for (const auto& bytes : key.commitments) {
    const auto point = crypto::Point::parse(bytes);
    if (!point) return std::nullopt;
    commitments.push_back(*point);
  }
  const auto keys = threshold::group_keys(commitments, key.holders.size());
  if (!keys) return std::nullopt;
  const std::size_t count = asked.job.messages.size();
  const std::size_t each = threshold::kSigningHeaderBytes + 64 * count;
  std::vector<threshold::SignerCommitments> signers;
  for (std::size_t at = 0; at + each <= asked.signers.size(); at += each) {
    const base::ByteView one = base::ByteView(asked.signers).subspan(at, each);
    const auto identifier = Identifier::parse(one.subspan(33, 32));
    if (!identifier) return std::nullopt;
    auto points = threshold::parse_commitments(one, asked.session, *identifier, count, random);
    if (!points) return std::nullopt;
    signers.push_back({*identifier, std::move(*points)});
  }
  auto session =
      threshold::SigningSession::create(*keys, asked.session, asked.job.messages, std::move(signers));
  if (!session) return std::nullopt;
  return std::move(*session);
}

// A session, and what the liar, or whoever stands in its place, answered in it.
struct Answered {
  threshold::SigningSession session;
  charter::ShareStatement who;
  replica::StatedShares stated;
};
std::optional<Answered> read_answer(const Asked& asked, const base::Bytes& honest,
                                    const crypto::PublicKey& operator_key, base::Random& random) {
  const charter::GroupKeyEntry* const key = asked.state.group_key(asked.job.key);
  if (key == nullptr) return std::nullopt;
  const auto holder = std::ranges::find(key->holders, asked.member);
  auto session = session_of(asked, *key, random);
  if (holder == key->holders.end() || !session) return std::nullopt;
  const Identifier own(static_cast<std::uint16_t>(holder - key->holders.begin() + 1));
  charter::ShareStatement who{
      asked.state.origin(), asked.member, asked.time, asked.job.key, key->ceremony, 0, {}};
  auto stated = replica::parse_stated_shares(honest, *session, own, who, operator_key);
  if (!stated) return std::nullopt;
  return Answered{std::move(*session), std::move(who), std::move(*stated)};
}

}  // namespace

std::optional<base::Bytes> wrong_answer(const Asked& asked, const base::Bytes& honest, std::size_t position,
                                        const note::Signer& signer, base::Random& random) {
  auto answered = read_answer(asked, honest, signer.verifier_key().key, random);
  if (!answered) return std::nullopt;
  std::vector<crypto::PublicScalar>& shares = answered->stated.shares.shares;
  crypto::PublicScalar& share = shares[position % shares.size()];
  share = share + crypto::PublicScalar(1);
  return replica::serialize_stated_shares(answered->session, answered->stated.shares, answered->who, signer);
}

std::optional<charter::ShareProof> proof_of(const Asked& asked, const base::Bytes& honest,
                                            std::size_t position, const crypto::PublicKey& operator_key,
                                            base::Random& random) {
  const auto answered = read_answer(asked, honest, operator_key, random);
  if (!answered) return std::nullopt;
  return charter::prove_share(answered->session, answered->stated.shares, position,
                              answered->stated.statement, answered->stated.signature);
}

}  // namespace spoil
