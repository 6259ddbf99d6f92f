#include "replica/stated_shares.h"

#include <algorithm>
#include <utility>

#include "threshold/signing_messages.h"

namespace replica {

using base::Bytes;
using base::Result;

namespace {

constexpr std::size_t kSignatureBytes = sizeof(crypto::Signature::bytes);

charter::ShareStatement statement_of(const threshold::SigningSession& session,
                                     const threshold::SignerShares& shares, charter::ShareStatement who) {
  who.count = session.size();
  who.root = charter::shares_root(session, shares);
  return who;
}

}  // namespace

Bytes serialize_stated_shares(const threshold::SigningSession& session, const threshold::SignerShares& shares,
                              charter::ShareStatement who, const note::Signer& signer) {
  const std::string text = charter::serialize_statement(statement_of(session, shares, std::move(who)));
  const crypto::Signature signature = signer.secret().sign(base::as_bytes(text));
  Bytes body(signature.bytes.begin(), signature.bytes.end());
  const Bytes message = threshold::serialize_shares(session.digest(), shares);
  body.insert(body.end(), message.begin(), message.end());
  return body;
}

Result<StatedShares> parse_stated_shares(base::ByteView body, const threshold::SigningSession& session,
                                         threshold::Identifier signer, charter::ShareStatement who,
                                         const crypto::PublicKey& operator_key) {
  if (body.size() < kSignatureBytes) return base::fail(kBadRoundMessage, "body: shares without a statement");
  ASSIGN_OR_RETURN(auto shares, threshold::parse_shares(body.subspan(kSignatureBytes), session.digest(),
                                                        signer, session.size()));
  StatedShares stated{std::move(shares), {}, {}};
  std::ranges::copy(body.first(kSignatureBytes), stated.signature.bytes.begin());
  stated.statement = statement_of(session, stated.shares, std::move(who));
  const std::string text = charter::serialize_statement(stated.statement);
  if (!crypto::verify_signature(operator_key, base::as_bytes(text), stated.signature))
    return base::fail(kBadRoundMessage, "body: the statement is not about these shares");
  return stated;
}

}  // namespace replica
