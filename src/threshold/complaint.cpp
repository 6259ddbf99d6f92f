#include "threshold/complaint.h"

#include <algorithm>
#include <array>
#include <string>
#include <utility>

#include "base/limits.h"
#include "crypto/multi_scalar.h"
#include "crypto/sha512.h"
#include "crypto/wipe.h"
#include "threshold/framing.h"

namespace threshold {
namespace {

using base::Byte;
using base::Bytes;
using base::ByteView;
using crypto::DecodedPoint;
using crypto::Point;
using crypto::PublicScalar;

constexpr std::size_t kHeadBytes = 4 + 2 * crypto::kPointBytes + 2 * crypto::kScalarBytes;
// The longest that a session can have is 31 frames; a dealer may have hashed something longer.
constexpr std::size_t kPrivatePartBytesMax = 4'096;

// "These three are the same secret times these three": the recipient's key, and the points that it reveals.
struct Statement {
  std::array<Point, 3> bases;
  std::array<Point, 3> products;
  Bytes bytes;  ///< all that the proof binds
};

Statement state(const Session& session, const Session::Dealer& dealer, const PublicPart& part,
                const Identifier& recipient, const Point& ephemeral, const Point& lasting) {
  Statement statement{
      {Point::generator(), part.ephemeral_key, dealer.encryption_key},
      {session.recipients()[number_of(recipient) - 1U], ephemeral, lasting},
      {},
  };
  append(statement.bytes, session.context().bytes);
  append(statement.bytes, little_endian_32(number_of(dealer.identifier)));
  append(statement.bytes, little_endian_32(number_of(recipient)));
  append(statement.bytes, part.private_part.view());
  for (const Point& point : statement.bases) append(statement.bytes, point.bytes());
  for (const Point& point : statement.products) append(statement.bytes, point.bytes());
  return statement;
}

PublicScalar challenge(const Statement& statement, const std::array<Point, 3>& nonces) {
  crypto::Sha512 hash;
  hash.update(base::as_bytes("COMITY-COMPLAINT-CHALLENGE")).update(statement.bytes);
  for (const Point& point : nonces) hash.update(point.bytes());
  return PublicScalar::reduce(hash.finish());
}

// Chaum and Pedersen's proof with one nonce for all three. The nonce comes from the secret, the statement and fresh
// random bytes: a generator that fails or repeats itself gives nothing away.
void prove(const Statement& statement, const EncryptionKey& key, base::Random& random, Complaint& complaint) {
  std::array<Byte, 32> fresh;
  random.fill(fresh);
  crypto::Sha512 hash;
  hash.update(base::as_bytes("COMITY-COMPLAINT-NONCE")).update(fresh).update(key.secret().secret_bytes());
  crypto::Hash512 wide = hash.update(statement.bytes).finish();
  crypto::SecretScalars places(2);
  places[0].set_reduced(wide.bytes);
  crypto::wipe(wide.bytes);
  crypto::wipe(fresh);
  std::array<Point, 3> nonces;
  for (std::size_t i = 0; i < 3; ++i) nonces[i] = crypto::multiply(places[0], statement.bases[i]);
  complaint.challenge = challenge(statement, nonces);
  places[1].set(key.secret());
  places[1].multiply(complaint.challenge);
  places[1].add(places[0]);
  complaint.response = places[1].reveal();
}

bool proves(const Statement& statement, const Complaint& complaint) {
  std::array<Point, 3> nonces;
  for (std::size_t i = 0; i < 3; ++i) {
    const DecodedPoint base(statement.bases[i]);
    const DecodedPoint product(statement.products[i]);
    const std::array<crypto::Term, 2> sum{{{complaint.response, &base}, {-complaint.challenge, &product}}};
    nonces[i] = crypto::multi_scalar(sum);
  }
  return challenge(statement, nonces) == complaint.challenge;
}

base::Result<const Session::Dealer*> find_dealer(const Session& session, const Identifier& dealer,
                                                 const Point& recipient_key) {
  const Session::Dealer* const known = session.dealer(dealer);
  if (known == nullptr) return base::fail(kNoParticipant, "dealer " + dealer.text());
  if (known->encryption_key == recipient_key) {
    return base::fail(kNoParticipant, "dealer " + dealer.text() + " against itself");
  }
  return known;
}

base::Result<Identifier> parse_number(ByteView bytes4) {
  const auto number = static_cast<std::uint32_t>(bytes4[0]) | static_cast<std::uint32_t>(bytes4[1]) << 8U |
                      static_cast<std::uint32_t>(bytes4[2]) << 16U |
                      static_cast<std::uint32_t>(bytes4[3]) << 24U;
  if (number == 0 || number > base::kMembersMax) {
    return base::fail(kBadComplaint, "identifier " + std::to_string(number));
  }
  return Identifier(static_cast<std::uint16_t>(number));
}

}  // namespace

Bytes serialize_complaint(const Complaint& complaint) {
  Bytes out;
  append(out, little_endian_32(number_of(complaint.dealer)));
  append(out, complaint.ephemeral.bytes());
  append(out, complaint.lasting.bytes());
  append(out, complaint.challenge.bytes());
  append(out, complaint.response.bytes());
  append(out, complaint.private_part);
  return out;
}

base::Result<Complaint> parse_complaint(ByteView bytes) {
  if (bytes.size() < kHeadBytes || bytes.size() > kHeadBytes + kPrivatePartBytesMax) {
    return base::fail(kBadComplaint, std::to_string(bytes.size()) + " bytes");
  }
  ASSIGN_OR_RETURN(const Identifier dealer, parse_number(bytes.first(4)));
  Complaint complaint{dealer, {}, {}, {}, {}, {}};
  ASSIGN_OR_RETURN(complaint.ephemeral, Point::parse(bytes.subspan(4, 32)));
  ASSIGN_OR_RETURN(complaint.lasting, Point::parse(bytes.subspan(36, 32)));
  ASSIGN_OR_RETURN(complaint.challenge, PublicScalar::parse(bytes.subspan(68, 32)));
  ASSIGN_OR_RETURN(complaint.response, PublicScalar::parse(bytes.subspan(100, 32)));
  const ByteView rest = bytes.subspan(kHeadBytes);
  complaint.private_part.assign(rest.begin(), rest.end());
  return complaint;
}

base::Result<Complaint> complain(const Session& session, const Identifier& dealer, const PublicPart& part,
                                 ByteView private_part, const EncryptionKey& key, base::Random& random) {
  const auto recipient = session.recipient(key.public_key());
  if (!recipient) return base::fail(kNoParticipant, "not a recipient");
  ASSIGN_OR_RETURN(const Session::Dealer* const known, find_dealer(session, dealer, key.public_key()));
  TRY(verify_public_part(session, dealer, part));
  crypto::SecretScalars share(1);
  const auto opened = open_share(session, dealer, part, private_part, key, share[0]);
  // What opens a good share is never revealed.
  if (opened) return base::fail(kNothingWrong, "dealer " + dealer.text() + " dealt a good share");
  if (!blames_dealer(opened.error())) return std::unexpected(opened.error());
  Complaint complaint{dealer,
                      crypto::multiply(key.secret(), part.ephemeral_key),
                      crypto::multiply(key.secret(), known->encryption_key),
                      {},
                      {},
                      Bytes(private_part.begin(), private_part.end())};
  prove(state(session, *known, part, *recipient, complaint.ephemeral, complaint.lasting), key, random,
        complaint);
  return complaint;
}

base::Result<Verdict> verify_complaint(const Session& session, const PublicPart& part,
                                       const Identifier& complainer, const Complaint& complaint) {
  if (number_of(complainer) > session.recipients().size()) {
    return base::fail(kNoParticipant, "recipient " + complainer.text());
  }
  const Point& recipient_key = session.recipients()[number_of(complainer) - 1U];
  ASSIGN_OR_RETURN(const Session::Dealer* const dealer,
                   find_dealer(session, complaint.dealer, recipient_key));
  TRY(verify_public_part(session, complaint.dealer, part));
  const auto blame_complainer = [](const base::ErrorKind& kind, std::string why) {
    return Verdict{Verdict::Fault::kComplainer, base::Error(kind, std::move(why))};
  };
  const auto sealed = find_sealed_share(session, part, complaint.private_part, complainer);
  if (!sealed && sealed.error().kind() == kOtherPrivatePart) {
    return Verdict{Verdict::Fault::kComplainer, sealed.error()};
  }
  if (!proves(state(session, *dealer, part, complainer, complaint.ephemeral, complaint.lasting), complaint)) {
    return blame_complainer(kBadComplaint, "the revealed points are not its key's");
  }
  if (!sealed) return Verdict{Verdict::Fault::kDealer, sealed.error()};
  const auto shared = [](const Point& point) {
    base::SecretBytes bytes(crypto::kPointBytes);
    std::ranges::copy(point.bytes(), bytes.writable().begin());
    return bytes;
  };
  const Agreement agreement{shared(complaint.ephemeral), shared(complaint.lasting)};
  crypto::SecretScalars share(1);
  const auto opened = open_sealed_share(session, *dealer, part, complainer, agreement, *sealed, share[0]);
  if (opened) return blame_complainer(kNothingWrong, "the share is good");
  return Verdict{Verdict::Fault::kDealer, opened.error()};
}

}  // namespace threshold
