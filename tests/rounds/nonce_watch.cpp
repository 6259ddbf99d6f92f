#include "rounds/nonce_watch.h"

#include "crypto/hash.h"

namespace rounds {
namespace {

using replica::Purpose;
using replica::RoundMessage;

constexpr std::size_t kPairBytes = 64;
constexpr std::size_t kHeaderBytes = 69;  // docs/formats/threshold.md, "Messages of a signing session"

}  // namespace

std::string NonceWatch::see(const RoundMessage& message) {
  if (message.purpose == Purpose::kCommitments) return see_commitments(message);
  return message.purpose == Purpose::kShares ? see_shares(message) : "";
}

std::string NonceWatch::see_commitments(const RoundMessage& message) {
  const Session session(message.from, message.session);
  if (current_.contains(session) && current_.at(session) == message.body) return "";
  for (std::size_t at = kHeaderBytes; at < message.body.size(); at += kPairBytes) {
    const auto begin = message.body.begin() + static_cast<std::ptrdiff_t>(at);
    if (!pairs_.insert(base::Bytes(begin, begin + kPairBytes)).second)
      return message.from + " committed to the same nonces twice";
  }
  current_.insert_or_assign(session, message.body);
  return "";
}

std::string NonceWatch::see_shares(const RoundMessage& message) {
  const Session session(message.from, message.session);
  const auto committed = current_.find(session);
  if (committed == current_.end())
    return message.from + " signed in a session for which it had not committed";
  const base::Hash answer = crypto::sha256(message.body);
  const auto [place, is_first] = answered_.try_emplace(crypto::sha256(committed->second), answer);
  return is_first || place->second == answer ? "" : message.from + " used its nonces twice";
}

}  // namespace rounds
