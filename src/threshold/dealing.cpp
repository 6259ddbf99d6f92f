#include "threshold/dealing.h"

#include <algorithm>
#include <string>
#include <utility>

#include "base/check.h"
#include "crypto/hash.h"
#include "crypto/sha512.h"
#include "crypto/wipe.h"
#include "threshold/framing.h"

namespace threshold {
namespace {

using base::Byte;
using base::Bytes;
using base::ByteView;
using crypto::Point;
using crypto::SecretScalar;
using crypto::SecretScalars;

constexpr std::string_view kKeyPrefix = "COCKTAIL-DKG-Ed25519-SHA512-H6";

// Key and nonce of one sealed share: the first 56 bytes of H6.
class SealingKey {
 public:
  SealingKey(const Session& session, const Session::Dealer& dealer, const Point& ephemeral_key,
             const Point& recipient_key, const Agreement& agreement) {
    const auto& context = session.context().bytes;
    crypto::Sha512 hash;
    hash.update(base::as_bytes(kKeyPrefix));
    hash.update(agreement.ephemeral.view()).update(agreement.lasting.view());
    hash.update(ephemeral_key.bytes()).update(dealer.encryption_key.bytes()).update(recipient_key.bytes());
    hash.update(little_endian_64(context.size())).update(context);
    wide_ = hash.finish();
  }
  SealingKey(const SealingKey&) = delete;
  SealingKey& operator=(const SealingKey&) = delete;
  ~SealingKey() { crypto::wipe(wide_.bytes); }

  ByteView key() const { return ByteView(wide_.bytes).first(crypto::kSealKeyBytes); }
  ByteView nonce() const {
    return ByteView(wide_.bytes).subspan(crypto::kSealKeyBytes, crypto::kSealNonceBytes);
  }

 private:
  crypto::Hash512 wide_;
};

// coefficients[0..t) at x, by Horner's rule.
void share_for(const Identifier& recipient, const SecretScalars& coefficients, std::size_t count,
               SecretScalar& out) {
  out.set(coefficients[count - 1]);
  for (std::size_t k = count - 1; k-- > 0;) {
    out.multiply(recipient.scalar());
    out.add(coefficients[k]);
  }
}

base::Error in_share(const base::ErrorKind& kind, const Identifier& recipient, std::string_view what) {
  return {kind, "share for recipient " + recipient.text() + ": " + std::string(what)};
}

}  // namespace

Bytes serialize_public_part(const PublicPart& part) {
  Bytes out = bytes_of(part.commitments);
  append(out, part.possession.bytes);
  append(out, part.ephemeral_key.bytes());
  append(out, part.private_part.bytes);
  return out;
}

base::Result<PublicPart> parse_public_part(ByteView bytes, std::size_t threshold) {
  const std::size_t size = threshold * crypto::kPointBytes + kProofBytes + 2 * crypto::kPointBytes;
  if (bytes.size() != size) {
    return base::fail(kBadPublicPart,
                      std::to_string(bytes.size()) + " bytes instead of " + std::to_string(size));
  }
  const auto take = [&bytes](std::size_t count) {
    const ByteView taken = bytes.first(count);
    bytes = bytes.subspan(count);
    return taken;
  };
  PublicPart part;
  for (std::size_t k = 0; k < threshold; ++k) {
    auto point = Point::parse(take(crypto::kPointBytes));
    if (!point) return std::unexpected(point.error().at("commitment " + std::to_string(k)));
    part.commitments.push_back(*point);
  }
  std::ranges::copy(take(kProofBytes), part.possession.bytes.begin());
  auto ephemeral_key = Point::parse(take(crypto::kPointBytes));
  if (!ephemeral_key) return std::unexpected(ephemeral_key.error().at("ephemeral key"));
  part.ephemeral_key = *ephemeral_key;
  std::ranges::copy(take(sizeof part.private_part.bytes), part.private_part.bytes.begin());
  return part;
}

base::Result<void> verify_public_part(const Session& session, const Identifier& dealer,
                                      const PublicPart& part) {
  const std::string who = "dealer " + dealer.text();
  const Session::Dealer* const known = session.dealer(dealer);
  if (known == nullptr) return base::fail(kNoParticipant, who);
  // Exactly: one more would let the dealer raise the threshold without anybody noticing.
  if (part.commitments.size() != session.threshold()) {
    return base::fail(kBadPublicPart, who + ": " + std::to_string(part.commitments.size()) +
                                          " commitments instead of " + std::to_string(session.threshold()));
  }
  if (known->handed_on && part.commitments.front() != *known->handed_on) {
    return base::fail(kNotHandedOn, who + ": shares out another number than its old share");
  }
  const Bytes commitments = bytes_of(part.commitments);
  if (!schnorr_verify(part.commitments.front(),
                      {session.context().bytes, commitments, part.ephemeral_key.bytes()}, part.possession)) {
    return base::fail(kNotPossessed, who + ": the proof of possession does not hold");
  }
  return {};
}

Agreement agree_as_recipient(const EncryptionKey& key, const Point& ephemeral_key, const Point& dealer_key) {
  return {crypto::agree(key.secret(), ephemeral_key), crypto::agree(key.secret(), dealer_key)};
}

Bytes seal_share(const Session& session, const Session::Dealer& dealer, const Point& ephemeral_key,
                 const Point& recipient_key, const Agreement& agreement, ByteView plain) {
  const SealingKey sealing(session, dealer, ephemeral_key, recipient_key, agreement);
  return crypto::seal(sealing.key(), sealing.nonce(), {}, plain);
}

base::Result<void> open_sealed_share(const Session& session, const Session::Dealer& dealer,
                                     const PublicPart& part, const Identifier& recipient,
                                     const Agreement& agreement, ByteView sealed, SecretScalar& out) {
  const Point& recipient_key = session.recipients()[number_of(recipient) - 1U];
  const SealingKey sealing(session, dealer, part.ephemeral_key, recipient_key, agreement);
  const auto plain = crypto::unseal(sealing.key(), sealing.nonce(), {}, sealed);
  if (!plain) return std::unexpected(in_share(kNotOpening, recipient, "does not open"));
  if (plain->size() < crypto::kScalarBytes || !out.parse(plain->view().first(crypto::kScalarBytes))) {
    return std::unexpected(in_share(kNoScalar, recipient, "not a number below the group's order"));
  }
  if (crypto::multiply_generator(out) != evaluate(part.commitments, recipient)) {
    out.wipe();
    return std::unexpected(in_share(kOffPolynomial, recipient, "not on the committed polynomial"));
  }
  return {};
}

base::Result<ByteView> find_sealed_share(const Session& session, const PublicPart& part,
                                         ByteView private_part, const Identifier& recipient) {
  if (crypto::sha256(private_part) != part.private_part) {
    return base::fail(kOtherPrivatePart, "its hash is not the one on the log");
  }
  // From here on the bytes are the dealer's own.
  if (private_part.size() != private_part_bytes(session)) {
    return base::fail(kBadFrames, std::to_string(private_part.size()) + " bytes instead of " +
                                      std::to_string(private_part_bytes(session)));
  }
  const auto length = big_endian_64(kSealedShareBytes);
  for (std::size_t i = 0; i < session.recipients().size(); ++i) {
    if (!std::ranges::equal(private_part.subspan(i * kFrameBytes, length.size()), length)) {
      return base::fail(kBadFrames, "length of the share for recipient " + std::to_string(i + 1));
    }
  }
  return private_part.subspan((std::size_t{number_of(recipient)} - 1) * kFrameBytes + length.size(),
                              kSealedShareBytes);
}

base::Result<void> open_share(const Session& session, const Identifier& dealer, const PublicPart& part,
                              ByteView private_part, const EncryptionKey& key, SecretScalar& out) {
  const auto recipient = session.recipient(key.public_key());
  if (!recipient) return base::fail(kNoParticipant, "not a recipient");
  const Session::Dealer* const known = session.dealer(dealer);
  if (known == nullptr) return base::fail(kNoParticipant, "dealer " + dealer.text());
  const auto at_dealer = [&](const base::Error& error) {
    return std::unexpected(error.at("dealer " + dealer.text()));
  };
  const auto sealed = find_sealed_share(session, part, private_part, *recipient);
  if (!sealed) return at_dealer(sealed.error());
  const Agreement agreement = agree_as_recipient(key, part.ephemeral_key, known->encryption_key);
  const auto opened = open_sealed_share(session, *known, part, *recipient, agreement, *sealed, out);
  if (!opened) return at_dealer(opened.error());
  return {};
}

bool blames_dealer(const base::Error& error) {
  const auto& kind = error.kind();
  return kind == kBadFrames || kind == kNotOpening || kind == kNoScalar || kind == kOffPolynomial;
}

Dealing deal_secret(const Session& session, const Session::Dealer& dealer, const EncryptionKey& key,
                    const SecretScalar& secret, base::Random& random) {
  const std::size_t t = session.threshold();
  CHECK(dealer.encryption_key == key.public_key());
  // The polynomial's coefficients, the ephemeral secret, and a place for one share at a time.
  SecretScalars places(t + 2);
  SecretScalar& ephemeral = places[t];
  SecretScalar& share = places[t + 1];
  places[0].set(secret);
  for (std::size_t k = 1; k < t; ++k) places[k].set_random(random);
  ephemeral.set_random(random);

  Dealing dealing;
  PublicPart& part = dealing.public_part;
  for (std::size_t k = 0; k < t; ++k) part.commitments.push_back(crypto::multiply_generator(places[k]));
  part.ephemeral_key = crypto::multiply_generator(ephemeral);
  const Bytes commitments = bytes_of(part.commitments);
  part.possession = schnorr_sign(places[0], part.commitments.front(),
                                 {session.context().bytes, commitments, part.ephemeral_key.bytes()});
  for (std::size_t i = 0; i < session.recipients().size(); ++i) {
    const Point& recipient_key = session.recipients()[i];
    share_for(Identifier(static_cast<std::uint16_t>(i + 1)), places, t, share);
    const Agreement agreement{crypto::agree(ephemeral, recipient_key),
                              crypto::agree(key.secret(), recipient_key)};
    append(dealing.private_part, big_endian_64(kSealedShareBytes));
    append(dealing.private_part,
           seal_share(session, dealer, part.ephemeral_key, recipient_key, agreement, share.secret_bytes()));
  }
  part.private_part = crypto::sha256(dealing.private_part);
  return dealing;
}

}  // namespace threshold
