#include "threshold/transcript.h"

#include <algorithm>
#include <string>
#include <utility>

#include "base/check.h"
#include "crypto/hash.h"
#include "crypto/multi_scalar.h"
#include "threshold/framing.h"

namespace threshold {
namespace {

using base::Bytes;
using base::ByteView;
using crypto::DecodedPoint;
using crypto::Point;
using crypto::PublicScalar;
using crypto::SecretScalars;

using Parts = std::map<Identifier, PublicPart>;

// The hash of all hashes of private parts: so the certificate binds every sealed share.
base::Hash hash_of_private_parts(const Parts& parts) {
  Bytes hashes;
  for (const auto& [dealer, part] : parts) append(hashes, part.private_part.view());
  return crypto::sha256(hashes);
}

std::vector<PublicScalar> weights_of(const Session& session, const Parts& parts) {
  if (!session.group_key()) return std::vector<PublicScalar>(parts.size(), PublicScalar(1));
  std::vector<Identifier> dealers;
  for (const auto& [dealer, part] : parts) dealers.push_back(dealer);
  return interpolation(dealers);
}

Point weighted_sum(const Parts& parts, const std::vector<PublicScalar>& weights, std::size_t k) {
  std::vector<DecodedPoint> points;
  for (const auto& [dealer, part] : parts) points.emplace_back(part.commitments[k]);
  std::vector<crypto::Term> terms;
  for (std::size_t j = 0; j < points.size(); ++j) terms.push_back({weights[j], &points[j]});
  return crypto::multi_scalar(terms);
}

}  // namespace

base::Result<Transcript> Transcript::create(const Session& session, const Parts& parts) {
  return create_with_extension(session, parts, hash_of_private_parts(parts).view());
}

base::Result<Transcript> Transcript::create_with_extension(const Session& session, const Parts& parts,
                                                           ByteView extension) {
  if (parts.size() != session.dealings()) {
    return base::fail(kBadTranscript, std::to_string(parts.size()) + " dealings instead of " +
                                          std::to_string(session.dealings()));
  }
  for (const auto& [dealer, part] : parts) TRY(verify_public_part(session, dealer, part));
  Transcript transcript(session);
  transcript.parts_ = parts;
  TRY(transcript.sum_up());
  transcript.write(extension);
  return transcript;
}

base::Result<void> Transcript::sum_up() {
  weights_ = weights_of(session_, parts_);
  for (std::size_t k = 0; k < session_.threshold(); ++k) {
    commitments_.push_back(weighted_sum(parts_, weights_, k));
  }
  if (std::ranges::any_of(commitments_, &Point::is_neutral)) {
    return base::fail(kBadTranscript, "the dealings cancel each other out");
  }
  // The dealings begin with t verification shares of the old sharing, so their sum cannot but be its key.
  CHECK(!session_.group_key() || commitments_.front() == *session_.group_key());
  ASSIGN_OR_RETURN(keys_, group_keys(commitments_, session_.recipients().size()));
  return {};
}

// The order of COCKTAIL-DKG's round 3, step 1. Resharing adds who dealt, after the recipients' keys.
void Transcript::write(ByteView extension) {
  const auto& context = session_.context().bytes;
  append(bytes_, little_endian_64(kCiphersuite.size()));
  append(bytes_, base::as_bytes(kCiphersuite));
  append(bytes_, little_endian_64(context.size()));
  append(bytes_, context);
  append(bytes_, little_endian_32(session_.recipients().size()));
  append(bytes_, little_endian_32(session_.threshold()));
  for (const Point& key : session_.recipients()) append(bytes_, key.bytes());
  if (session_.group_key()) {
    append(bytes_, little_endian_32(parts_.size()));
    for (const auto& [dealer, part] : parts_) {
      append(bytes_, dealer.bytes());
      append(bytes_, session_.dealer(dealer)->encryption_key.bytes());
    }
  }
  for (const auto& [dealer, part] : parts_) append(bytes_, bytes_of(part.commitments));
  for (const auto& [dealer, part] : parts_) append(bytes_, part.possession.bytes);
  for (const auto& [dealer, part] : parts_) append(bytes_, part.ephemeral_key.bytes());
  append(bytes_, little_endian_64(extension.size()));
  append(bytes_, extension);
}

base::Result<Reception> receive(const Transcript& transcript, const EncryptionKey& key,
                                const std::map<Identifier, Bytes>& private_parts) {
  const Session& session = transcript.session();
  const auto recipient = session.recipient(key.public_key());
  if (!recipient) return base::fail(kNoParticipant, "the key is no recipient's");
  Reception reception;
  SecretScalars sum(1);
  SecretScalars scratch(1);
  auto weight = transcript.weights().begin();
  for (const auto& [dealer, part] : transcript.parts()) {
    const auto archived = private_parts.find(dealer);
    const auto opened =
        archived == private_parts.end()
            ? base::fail(kOtherPrivatePart, "dealer " + dealer.text() + ": nobody has given it")
            : open_share(session, dealer, part, archived->second, key, scratch[0]);
    if (!opened) reception.findings.push_back({dealer, opened.error()});
    scratch[0].multiply(*weight++);
    sum[0].add(scratch[0]);
  }
  if (!reception.findings.empty()) return reception;
  // Step 4.4 of round 2: what was opened adds up to what is committed to. Anything else is our bug.
  CHECK(crypto::multiply_generator(sum[0]) == transcript.keys().shares().at(*recipient).point());
  reception.share.emplace(*recipient, std::move(sum));
  return reception;
}

Proof certify(const Transcript& transcript, const EncryptionKey& key, const KeyShare& share) {
  CHECK(transcript.session().recipient(key.public_key()) == share.identifier());
  CHECK(transcript.keys().shares().at(share.identifier()).point() == share.verification_share());
  return schnorr_sign(key.secret(), key.public_key(), {transcript.bytes()});
}

base::Result<void> verify_certification(const Transcript& transcript, const Identifier& recipient,
                                        const Proof& certification) {
  const auto& shares = transcript.keys().shares();
  if (!shares.contains(recipient)) return base::fail(kNoParticipant, "recipient " + recipient.text());
  const Point& key = transcript.session().recipients()[number_of(recipient) - 1U];
  if (!schnorr_verify(key, {transcript.bytes()}, certification)) {
    return base::fail(kBadCertificate, "recipient " + recipient.text() + " did not sign this transcript");
  }
  return {};
}

Bytes serialize_certificate(const Certificate& certificate) {
  Bytes out;
  for (const Proof& proof : certificate) append(out, proof.bytes);
  return out;
}

base::Result<Certificate> parse_certificate(ByteView bytes, std::size_t recipients) {
  if (bytes.size() != recipients * kProofBytes) {
    return base::fail(kBadCertificate, std::to_string(bytes.size()) + " bytes for " +
                                           std::to_string(recipients) + " recipients");
  }
  Certificate certificate(recipients);
  for (std::size_t i = 0; i < recipients; ++i) {
    std::ranges::copy(bytes.subspan(i * kProofBytes, kProofBytes), certificate[i].bytes.begin());
  }
  return certificate;
}

base::Result<void> verify_certificate(const Transcript& transcript, const Certificate& certificate) {
  const std::size_t recipients = transcript.session().recipients().size();
  if (certificate.size() != recipients) {
    return base::fail(kBadCertificate, std::to_string(certificate.size()) + " certifications of " +
                                           std::to_string(recipients));
  }
  std::string failing;
  for (std::size_t i = 0; i < recipients; ++i) {
    const Identifier recipient(static_cast<std::uint16_t>(i + 1));
    if (!verify_certification(transcript, recipient, certificate[i])) failing += " " + recipient.text();
  }
  if (!failing.empty()) return base::fail(kBadCertificate, "not signed by recipient" + failing);
  return {};
}

base::Result<KeyShare> recover(const Transcript& transcript, const Certificate& certificate,
                               const EncryptionKey& key, const std::map<Identifier, Bytes>& private_parts) {
  TRY(verify_certificate(transcript, certificate));
  ASSIGN_OR_RETURN(Reception reception, receive(transcript, key, private_parts));
  if (!reception.share) return std::unexpected(std::move(reception.findings.front().error));
  return std::move(*reception.share);
}

}  // namespace threshold
