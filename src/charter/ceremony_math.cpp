#include "charter/ceremony_math.h"

#include <algorithm>
#include <map>

#include "base/check.h"
#include "charter/ceremonies.h"
#include "charter/errors.h"
#include "charter/state.h"
#include "codec/base64.h"
#include "crypto/hash.h"
#include "record/pieces.h"
#include "threshold/commitments.h"
#include "threshold/complaint.h"
#include "threshold/encryption_key.h"
#include "threshold/transcript.h"

namespace charter {
namespace {

using threshold::Identifier;
using threshold::PublicPart;
using threshold::Session;

std::unexpected<base::Error> refused(std::string_view attribute, const base::Error& error) {
  return base::fail(kRefused, std::string(attribute) + ": " + error.message());
}

crypto::Point point_of(const crypto::PublicKey& key) {
  auto point = crypto::Point::parse(key.bytes);
  CHECK(point.has_value());  // judged when the key was announced, or made by us
  return *point;
}

const Announcement* find_participant(const Attempt& attempt, std::string_view member) {
  const auto found = std::ranges::find(attempt.participants, member, &Announcement::member);
  return found == attempt.participants.end() ? nullptr : &*found;
}

threshold::GroupKeys keys_of(const GroupKeyEntry& entry) {
  auto keys = group_keys_of(entry);
  CHECK(keys.has_value());
  return std::move(*keys);
}

base::Result<Identifier> dealer_of(const Attempt& attempt, const Session& session, std::string_view member) {
  const Announcement* one = find_participant(attempt, member);
  CHECK(one != nullptr);
  const Session::Dealer* dealer = session.dealer(point_of(one->key));
  if (dealer != nullptr) return dealer->identifier;
  return base::fail(kRefused, "by: " + std::string(member) + " holds no share of the key that is handed on");
}

Identifier recipient_of(const Attempt& attempt, const Session& session, std::string_view member) {
  const Announcement* one = find_participant(attempt, member);
  CHECK(one != nullptr);
  const auto identifier = session.recipient(point_of(one->key));
  CHECK(identifier.has_value());
  return *identifier;
}

/// Of a dealing that was accepted.
PublicPart part_of(const Session& session, base::ByteView dealing) {
  auto part = threshold::parse_public_part(dealing, session.threshold());
  CHECK(part.has_value());
  return std::move(*part);
}

base::Result<threshold::Transcript> transcript_of(const Attempt& attempt,
                                                  const std::vector<CeremonyMessage>& deals) {
  const Session session = session_of(attempt);
  std::map<Identifier, PublicPart> parts;
  for (const CeremonyMessage& one : deals) {
    ASSIGN_OR_RETURN(const Identifier dealer, dealer_of(attempt, session, one.member));
    parts.emplace(dealer, part_of(session, one.bytes));
  }
  return threshold::Transcript::create(session, parts);
}

base::Result<base::Bytes> join_pieces(const record::Record& record) {
  base::Bytes whole;
  char next = '1';
  for (const record::Attribute& attribute : record.attributes()) {
    if (attribute.name != "piece") continue;
    auto bytes = codec::parse_base64(attribute.value.substr(2));
    CHECK(bytes.has_value());
    if (attribute.value[0] != next++ || whole.size() % record::kPieceBytes != 0)
      return base::fail(kRefused, "piece: pieces 1, 2, ... of 765 octets each, but the last, are expected");
    whole.insert(whole.end(), bytes->begin(), bytes->end());
  }
  return whole;
}

}  // namespace

base::Result<threshold::GroupKeys> group_keys_of(const GroupKeyEntry& sharing) {
  threshold::VssCommitment commitments;
  for (const auto& bytes : sharing.commitments) {
    ASSIGN_OR_RETURN(const crypto::Point point, crypto::Point::parse(bytes));
    commitments.push_back(point);
  }
  return threshold::group_keys(commitments, sharing.holders.size());
}

std::optional<Identifier> identifier_in(const GroupKeyEntry& sharing, std::string_view member) {
  const auto place = std::ranges::find(sharing.holders, member);
  if (place == sharing.holders.end()) return std::nullopt;
  return Identifier(static_cast<std::uint16_t>(place - sharing.holders.begin() + 1));
}

// An attempt begins only with what makes a session, so this cannot fail.
Session session_of(const Attempt& attempt) {
  const base::Bytes id = threshold::session_id(attempt.origin, attempt.id, use_word(attempt.use),
                                               static_cast<std::uint32_t>(attempt.number));
  std::vector<crypto::Point> recipients;
  for (const Announcement& one : attempt.participants) recipients.push_back(point_of(one.key));
  if (!attempt.reshared) {
    auto session = Session::generation(id, attempt.threshold, std::move(recipients));
    CHECK(session.has_value());
    return std::move(*session);
  }
  std::vector<threshold::Holder> holders;
  for (std::size_t i = 0; i < attempt.reshared->holders.size(); ++i) {
    const Announcement* holder = find_participant(attempt, attempt.reshared->holders[i]);
    if (holder != nullptr)
      holders.push_back({Identifier(static_cast<std::uint16_t>(i + 1)), point_of(holder->key)});
  }
  auto session = Session::resharing(id, keys_of(*attempt.reshared), std::move(holders), attempt.threshold,
                                    std::move(recipients));
  CHECK(session.has_value());
  return std::move(*session);
}

Attempt attempt_of(const Transaction& tx, const record::RecordId& id, const CeremonyEntry& entry) {
  const std::string& origin = entry.origin.empty() ? tx.store().clock.origin : entry.origin;
  Attempt attempt{origin, id, entry.use, entry.attempt, entry.threshold, participants_of(entry), {}};
  if (!entry.reshared) return attempt;
  const GroupKeyEntry* key = tx.group_keys.find(*entry.reshared);
  CHECK(key != nullptr);
  attempt.reshared = *key;
  if (entry.phase != CeremonyPhase::kDone) return attempt;
  // The key has the new sharing by now, and what was dealt are shares of the old one.
  attempt.reshared->commitments = entry.old_commitments;
  attempt.reshared->holders = entry.old_holders;
  return attempt;
}

base::Bytes announcement_binding(std::string_view origin, const record::RecordId& ceremony,
                                 std::string_view member) {
  std::string text("comity/1 announce ");
  text.append(origin).append("\n").append(codec::serialize_base64(ceremony.view())).append("\n");
  text.append(member).append("\n");
  const base::ByteView bytes = base::as_bytes(text);
  return {bytes.begin(), bytes.end()};
}

base::Result<void> verify_announcement(const Transaction& tx, const record::RecordId& id,
                                       const Announcement& announcement, std::string_view possession) {
  base::Bytes bytes(announcement.key.bytes.begin(), announcement.key.bytes.end());
  const auto proof = codec::parse_base64(possession);
  CHECK(proof.has_value());
  bytes.insert(bytes.end(), proof->begin(), proof->end());
  const base::Bytes binding = announcement_binding(tx.store().clock.origin, id, announcement.member);
  if (auto key = threshold::parse_announcement(bytes, binding); !key)
    return refused("encryption-key", key.error());
  return {};
}

base::Result<void> verify_deal(const Attempt& attempt, const std::vector<CeremonyMessage>& before,
                               const CeremonyMessage& deal) {
  const Session session = session_of(attempt);
  ASSIGN_OR_RETURN(const Identifier dealer, dealer_of(attempt, session, deal.member));
  const auto part = threshold::parse_public_part(deal.bytes, session.threshold());
  if (!part) return refused("message", part.error());
  if (auto judged = threshold::verify_public_part(session, dealer, *part); !judged)
    return refused("message", judged.error());
  if (before.size() + 1 < session.dealings()) return {};
  // Whoever deals last has seen the others: it must not cancel one of their coefficients.
  std::vector<CeremonyMessage> all = before;
  all.push_back(deal);
  if (auto outcome = transcript_of(attempt, all); !outcome) return refused("message", outcome.error());
  return {};
}

base::Result<void> verify_private_part(const Attempt& attempt, base::ByteView dealing,
                                       const record::Record& record) {
  const Session session = session_of(attempt);
  ASSIGN_OR_RETURN(const base::Bytes whole, join_pieces(record));
  if (whole.size() == threshold::private_part_bytes(session) &&
      crypto::sha256(whole) == part_of(session, dealing).private_part) {
    return {};
  }
  return base::fail(kRefused, "piece: this is not what the dealing has the hash of");
}

base::Result<void> verify_complaint(const Attempt& attempt, const CeremonyMessage& dealing,
                                    const record::Record& record) {
  const Session session = session_of(attempt);
  ASSIGN_OR_RETURN(const base::Bytes whole, join_pieces(record));
  const auto complaint = threshold::parse_complaint(whole);
  if (!complaint) return refused("piece", complaint.error());
  ASSIGN_OR_RETURN(const Identifier dealer, dealer_of(attempt, session, dealing.member));
  if (complaint->dealer != dealer)
    return base::fail(kRefused, "piece: the complaint is against another dealer");
  const auto verdict = threshold::verify_complaint(session, part_of(session, dealing.bytes),
                                                   recipient_of(attempt, session, record.by()), *complaint);
  if (!verdict) return refused("piece", verdict.error());
  if (verdict->fault == threshold::Verdict::Fault::kComplainer) return refused("piece", verdict->reason);
  return {};
}

base::Result<void> verify_certificate(const Attempt& attempt, const std::vector<CeremonyMessage>& deals,
                                      std::string_view by, base::ByteView signature) {
  const auto transcript = transcript_of(attempt, deals);
  CHECK(transcript.has_value());
  threshold::Proof proof;
  CHECK(signature.size() == proof.bytes.size());
  std::ranges::copy(signature, proof.bytes.begin());
  const Identifier recipient = recipient_of(attempt, transcript->session(), by);
  if (auto judged = threshold::verify_certification(*transcript, recipient, proof); !judged)
    return refused("signature", judged.error());
  return {};
}

std::vector<std::array<base::Byte, 32>> group_commitments(const Attempt& attempt,
                                                          const std::vector<CeremonyMessage>& deals) {
  const auto transcript = transcript_of(attempt, deals);
  CHECK(transcript.has_value());
  std::vector<std::array<base::Byte, 32>> commitments;
  for (const crypto::Point& point : transcript->commitments()) commitments.push_back(point.bytes());
  return commitments;
}

}  // namespace charter
