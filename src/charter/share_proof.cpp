#include "charter/share_proof.h"

#include <algorithm>
#include <span>

#include "base/check.h"
#include "charter/ceremony_math.h"
#include "charter/errors.h"
#include "charter/rule_texts.h"
#include "charter/state.h"
#include "codec/base64.h"
#include "codec/decimal.h"
#include "codec/time_text.h"
#include "crypto/hash.h"
#include "resource/values.h"
#include "threshold/commitments.h"

namespace charter {
namespace {

using base::Bytes;
using base::ByteView;
using base::Hash;
using base::Result;
using threshold::Identifier;

// All parts but the signers have one size, and those have another one for each count: no two lists give the same octets.
Hash leaf_of(ByteView message, std::span<const ShareSigner> signers, ByteView share) {
  Bytes leaf;
  const auto append = [&](ByteView bytes) { leaf.insert(leaf.end(), bytes.begin(), bytes.end()); };
  append(crypto::sha256(message).view());
  for (const ShareSigner& signer : signers) {
    append(Identifier(signer.number).bytes());
    append(signer.commitments);
  }
  append(share);
  return merkle::leaf_hash(leaf);
}

std::vector<ShareSigner> signers_at(const threshold::SigningSession& session, std::size_t position) {
  std::vector<ShareSigner> signers;
  for (const threshold::SignerCommitments& one : session.signers()) {
    ShareSigner& signer = signers.emplace_back();
    signer.number = threshold::number_of(one.signer);
    const threshold::Commitment& commitment = one.commitments[position];
    const auto half = std::ranges::copy(commitment.hiding.point().bytes(), signer.commitments.begin());
    std::ranges::copy(commitment.binding.point().bytes(), half.out);
  }
  return signers;
}

std::vector<Hash> leaves_of(const threshold::SigningSession& session, const threshold::SignerShares& shares) {
  CHECK(shares.shares.size() == session.size());
  std::vector<Hash> leaves;
  leaves.reserve(session.size());
  for (std::size_t i = 0; i < session.size(); ++i)
    leaves.push_back(leaf_of(session.messages()[i], signers_at(session, i), shares.shares[i].bytes()));
  return leaves;
}

// RFC 6962 section 2.1.1, from the leaf side.
merkle::LogProof path_in(std::span<const Hash> leaves, std::size_t index) {
  merkle::LogProof path;
  while (leaves.size() > 1) {
    std::size_t left = 1;
    while (2 * left < leaves.size()) left *= 2;
    const bool is_left = index < left;
    path.push_back(merkle::root_of(is_left ? leaves.subspan(left) : leaves.first(left)));
    leaves = is_left ? leaves.first(left) : leaves.subspan(left);
    if (!is_left) index -= left;
  }
  std::ranges::reverse(path);
  return path;
}

std::unexpected<base::Error> refuse(std::string_view attribute, std::string_view why) {
  return base::fail(kRefused, std::string(attribute) + ": " + std::string(why));
}

// What the statement says about this share is what the member signed.
Result<void> verify_statement(const ShareProof& proof, std::string_view origin,
                              const crypto::PublicKey& operator_key) {
  if (proof.position >= proof.count) return refuse("position", "there are not that many shares");
  const auto root =
      merkle::root_of_inclusion(leaf_of(proof.message, proof.signers, proof.share),
                                base::LeafIndex(proof.position), base::TreeSize(proof.count), proof.path);
  if (!root) return refuse("hash", "not as many as lead from this position to a root");
  const std::string text = serialize_statement(
      {std::string(origin), proof.member, proof.time, proof.key, proof.sharing, proof.count, *root});
  if (!crypto::verify_signature(operator_key, base::as_bytes(text), proof.statement))
    return refuse("statement",
                  proof.member + " did not sign this with the operator key that is in force for it");
  return {};
}

// A message's shares depend on nothing that belongs to another message: a session of this one alone gives the same.
Result<threshold::SigningSession> session_of(const ShareProof& proof, const GroupKeyEntry& sharing) {
  auto keys = group_keys_of(sharing);
  if (!keys) return refuse("key", "its shares cannot be checked: " + keys.error().message());
  std::vector<threshold::SignerCommitments> signers;
  for (const ShareSigner& one : proof.signers) {
    const auto hiding = crypto::Point::parse(ByteView(one.commitments).first(crypto::kPointBytes));
    const auto binding = crypto::Point::parse(ByteView(one.commitments).subspan(crypto::kPointBytes));
    if (!hiding || !binding)
      return refuse("signer", codec::serialize_decimal(one.number) + " with commitments that are no points");
    signers.push_back(
        {Identifier(one.number), {{crypto::DecodedPoint(*hiding), crypto::DecodedPoint(*binding)}}});
  }
  auto session = threshold::SigningSession::create(*keys, {}, {proof.message}, std::move(signers));
  if (!session) return refuse("signer", session.error().detail());
  return session;
}

}  // namespace

std::string serialize_statement(const ShareStatement& statement) {
  std::string text = "comity/1 shares " + statement.origin + "\n";
  const auto add = [&](std::string_view name, std::string_view value) {
    text.append(name).append(": ").append(value).append("\n");
  };
  add("member", statement.member);
  add("time", codec::serialize_time(statement.time));
  add("key", resource::serialize_key(statement.key));
  add("sharing", codec::serialize_base64(statement.sharing.view()));
  add("count", codec::serialize_decimal(statement.count));
  add("root", codec::serialize_base64(statement.root.view()));
  return text;
}

Hash shares_root(const threshold::SigningSession& session, const threshold::SignerShares& shares) {
  return merkle::root_of(leaves_of(session, shares));
}

ShareProof prove_share(const threshold::SigningSession& session, const threshold::SignerShares& shares,
                       std::size_t position, const ShareStatement& statement,
                       const crypto::Signature& signature) {
  const std::vector<Hash> leaves = leaves_of(session, shares);
  CHECK(position < leaves.size() && statement.count == leaves.size());
  return {statement.member,
          statement.key,
          statement.sharing,
          statement.time,
          statement.count,
          position,
          session.messages()[position],
          signers_at(session, position),
          shares.shares[position].bytes(),
          path_in(leaves, position),
          signature};
}

Result<void> verify_wrong_share(const ShareProof& proof, std::string_view origin,
                                const GroupKeyEntry& sharing, const crypto::PublicKey& operator_key) {
  const auto own = identifier_in(sharing, proof.member);
  if (!own) return refuse("against", proof.member + " holds no share of this key");
  TRY(verify_statement(proof, origin, operator_key));
  const auto share = crypto::PublicScalar::parse(proof.share);
  if (!share) return refuse("share", share.error().message());
  ASSIGN_OR_RETURN(const threshold::SigningSession session, session_of(proof, sharing));
  if (session.place_of(*own) == session.signers().size())
    return refuse("signer", proof.member + " is not among them");
  if (threshold::is_right_share(session, *own, 0, *share)) return refuse("share", "it is right");
  return {};
}

}  // namespace charter
