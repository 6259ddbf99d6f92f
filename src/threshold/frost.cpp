#include "threshold/frost.h"

#include <algorithm>
#include <array>
#include <atomic>
#include <string>

#include "base/check.h"
#include "base/parallel.h"
#include "crypto/hash.h"
#include "threshold/ciphersuite.h"
#include "threshold/nonce_access.h"

namespace threshold {

using base::Byte;
using base::Bytes;
using base::ByteView;
using base::Hash;
using crypto::Point;
using crypto::PublicScalar;
using crypto::Term;

class SessionAccess {
 public:
  using Work = SigningSession::Work;
  static SigningSession make(const GroupKeys& keys) { return SigningSession(keys); }
  static std::vector<Bytes>& messages(SigningSession& session) { return session.messages_; }
  static std::vector<SignerCommitments>& signers(SigningSession& session) { return session.signers_; }
  static std::vector<PublicScalar>& lagrange(SigningSession& session) { return session.lagrange_; }
  static std::vector<Work>& work(SigningSession& session) { return session.work_; }
  static Hash& digest(SigningSession& session) { return session.digest_; }
  static const std::vector<Work>& work(const SigningSession& session) { return session.work_; }
  static const std::vector<PublicScalar>& lagrange(const SigningSession& session) {
    return session.lagrange_;
  }
};

namespace {

constexpr std::size_t kGrain = 32;  // messages that one thread takes at a time

void append(Bytes& out, ByteView bytes) {
  out.insert(out.end(), bytes.begin(), bytes.end());
}

void append_count(Bytes& out, std::size_t count) {
  for (unsigned shift = 32; shift > 0; shift -= 8) out.push_back(static_cast<Byte>(count >> (shift - 8)));
}

base::Result<void> check_parts(const GroupKeys& keys, std::span<const Bytes> messages,
                               std::span<const SignerCommitments> signers) {
  if (messages.empty() || messages.size() > base::kSessionSignaturesMax) {
    return base::fail(kBadSigning, std::to_string(messages.size()) + " messages");
  }
  if (signers.size() < keys.threshold()) {
    return base::fail(kBadSigning, std::to_string(signers.size()) + " signers instead of " +
                                       std::to_string(keys.threshold()));
  }
  for (std::size_t i = 0; i < signers.size(); ++i) {
    const std::string who = "signer " + signers[i].signer.text();
    if (!keys.shares().contains(signers[i].signer)) return base::fail(kBadSigning, who + " holds no share");
    if (i > 0 && signers[i - 1].signer == signers[i].signer) return base::fail(kBadSigning, who + " twice");
    if (signers[i].commitments.size() != messages.size()) {
      return base::fail(kBadSigning, who + " with " + std::to_string(signers[i].commitments.size()) +
                                         " commitments for " + std::to_string(messages.size()) + " messages");
    }
  }
  return {};
}

// docs/formats/threshold.md, "Session digest"
Hash digest_of(const SigningSession& session, const Hash& id) {
  Bytes message_hashes;
  for (const Bytes& message : session.messages()) append(message_hashes, crypto::sha256(message).view());
  Bytes parts;
  append(parts, base::as_bytes("comity/1 signing session\n"));
  append(parts, id.view());
  append(parts, session.keys().group().bytes());
  append_count(parts, session.size());
  append(parts, crypto::sha256(message_hashes).view());
  append_count(parts, session.signers().size());
  for (const SignerCommitments& signer : session.signers()) {
    Bytes points;
    for (const Commitment& commitment : signer.commitments) {
      append(points, commitment.hiding.point().bytes());
      append(points, commitment.binding.point().bytes());
    }
    append(parts, signer.signer.bytes());
    append(parts, crypto::sha256(points).view());
  }
  return crypto::sha256(parts);
}

// RFC 9591 sections 4.3 and 4.4: each signer's binding factor for message `index`.
std::vector<PublicScalar> binding_factors(const SigningSession& session, std::size_t index) {
  Bytes list;
  for (const SignerCommitments& signer : session.signers()) {
    append(list, signer.signer.bytes());
    append(list, signer.commitments[index].hiding.point().bytes());
    append(list, signer.commitments[index].binding.point().bytes());
  }
  const crypto::Sha512 prefix =
      start_h1({session.keys().group().bytes(), h4(session.messages()[index]).bytes, h5(list).bytes});
  std::vector<PublicScalar> out;
  for (const SignerCommitments& signer : session.signers()) {
    out.push_back(finish_h1(prefix, signer.signer.bytes()));
  }
  return out;
}

// RFC 9591 section 4.5: the sum of hiding + factor * binding.
std::vector<Term> group_commitment_terms(const SigningSession& session, std::size_t index,
                                         std::span<const PublicScalar> factors) {
  std::vector<Term> terms;
  for (std::size_t i = 0; i < factors.size(); ++i) {
    const Commitment& commitment = session.signers()[i].commitments[index];
    terms.push_back({PublicScalar(1), &commitment.hiding});
    terms.push_back({factors[i], &commitment.binding});
  }
  return terms;
}

void work_out(SigningSession& session, std::size_t begin, std::size_t end) {
  std::vector<SessionAccess::Work>& work = SessionAccess::work(session);
  std::vector<std::vector<Term>> sums;
  for (std::size_t i = begin; i < end; ++i) {
    work[i].binding_factors = binding_factors(session, i);
    sums.push_back(group_commitment_terms(session, i, work[i].binding_factors));
  }
  const std::vector<Point> commitments = crypto::multi_scalar_many(sums);
  for (std::size_t i = begin; i < end; ++i) {
    work[i].group_commitment = commitments[i - begin];
    // RFC 9591 section 4.6
    work[i].challenge =
        h2({work[i].group_commitment.bytes(), session.keys().group().bytes(), session.messages()[i]});
  }
}

}  // namespace

base::Result<SigningSession> SigningSession::create(const GroupKeys& keys, const Hash& id,
                                                    std::vector<Bytes> messages,
                                                    std::vector<SignerCommitments> commitments,
                                                    unsigned threads) {
  std::ranges::sort(commitments, {}, &SignerCommitments::signer);
  TRY(check_parts(keys, messages, commitments));
  SigningSession session(keys);
  session.messages_ = std::move(messages);
  session.signers_ = std::move(commitments);
  std::vector<Identifier> identifiers;
  for (const SignerCommitments& signer : session.signers_) identifiers.push_back(signer.signer);
  session.lagrange_ = interpolation(identifiers);
  session.digest_ = digest_of(session, id);
  session.work_.resize(session.messages_.size());
  base::parallel_for(threads, session.size(), kGrain,
                     [&](std::size_t begin, std::size_t end) { work_out(session, begin, end); });
  // Nobody can bring this about (the factors hash all commitments), and it would be no signature.
  for (const Work& work : session.work_) {
    if (work.group_commitment.is_neutral()) return base::fail(kBadSigning, "commitments that cancel out");
  }
  return session;
}

std::size_t SigningSession::place_of(Identifier signer) const {
  const auto found = std::ranges::find(signers_, signer, &SignerCommitments::signer);
  return static_cast<std::size_t>(found - signers_.begin());
}

base::Result<SignerShares> sign(const SigningSession& session, Identifier signer,
                                const crypto::SecretScalar& share, Nonces nonces) {
  const std::size_t place = session.place_of(signer);
  if (place == session.signers().size()) return base::fail(kBadSigning, "not a signer of this session");
  if (session.signers()[place].commitments != nonces.commitments()) {
    return base::fail(kBadSigning, "other commitments than our own");
  }
  if (session.keys().shares().at(signer).point() != crypto::multiply_generator(share)) {
    return base::fail(kBadSigning, "another share than the group's keys have for us");
  }
  crypto::SecretScalars scratch(2);
  crypto::SecretScalar& weighted = scratch[0];
  crypto::SecretScalar& answer = scratch[1];
  weighted.set(share);
  weighted.multiply(SessionAccess::lagrange(session)[place]);
  SignerShares out{signer, {}};
  out.shares.reserve(session.size());
  for (std::size_t i = 0; i < session.size(); ++i) {
    const SessionAccess::Work& work = SessionAccess::work(session)[i];
    crypto::SecretScalar& hiding = NonceAccess::hiding(nonces, i);
    crypto::SecretScalar& binding = NonceAccess::binding(nonces, i);
    // hiding + factor * binding + lagrange * share * challenge
    answer.set(weighted);
    answer.multiply(work.challenge);
    binding.multiply(work.binding_factors[place]);
    answer.add(binding);
    answer.add(hiding);
    hiding.wipe();
    binding.wipe();
    out.shares.push_back(answer.reveal());
  }
  return out;
}

namespace {

// share B - factor * binding - lagrange * challenge * verification share, which must be the hiding commitment; each
// side times `weight`, and with the hiding commitment on the left if it is to come to nothing.
void append_check(const SigningSession& session, std::size_t place, std::size_t index,
                  const PublicScalar& share, const PublicScalar& weight, std::vector<Term>& terms) {
  const SessionAccess::Work& work = SessionAccess::work(session)[index];
  const SignerCommitments& signer = session.signers()[place];
  terms.front().scalar = terms.front().scalar + weight * share;
  terms[1].scalar = terms[1].scalar - weight * SessionAccess::lagrange(session)[place] * work.challenge;
  terms.push_back({-(weight * work.binding_factors[place]), &signer.commitments[index].binding});
}

std::vector<Term> start_check(const SigningSession& session, std::size_t place) {
  return {Term{}, Term{PublicScalar(), &session.keys().shares().at(session.signers()[place].signer)}};
}

bool is_right(const SigningSession& session, std::size_t place, std::size_t index,
              const PublicScalar& share) {
  std::vector<Term> terms = start_check(session, place);
  append_check(session, place, index, share, PublicScalar(1), terms);
  return crypto::multi_scalar(terms) == session.signers()[place].commitments[index].hiding.point();
}

// 128 random bits: a wrong share among them comes to nothing with probability 2^-128.
PublicScalar random_weight(base::Random& random) {
  crypto::Hash512 wide;
  random.fill(std::span(wide.bytes).first(16));
  return PublicScalar::reduce(wide);
}

bool are_right_together(const SigningSession& session, std::size_t place,
                        std::span<const std::size_t> positions, std::span<const PublicScalar> shares,
                        base::Random& random) {
  std::vector<Term> terms = start_check(session, place);
  for (const std::size_t index : positions) {
    const PublicScalar weight = random_weight(random);
    append_check(session, place, index, shares[index], weight, terms);
    // The weight is short and -weight is not, so the whole sum is compared with the negative.
    terms.push_back({-weight, &session.signers()[place].commitments[index].hiding});
  }
  return crypto::multi_scalar(terms).is_neutral();
}

constexpr std::size_t kTogether = 64;  // beyond, sharing the doublings gains nothing more

// The wrong ones of the shares at `positions`.
std::vector<std::size_t> wrong_among(const SigningSession& session, const SignerShares& shares,
                                     std::span<const std::size_t> positions, base::Random& random) {
  const std::size_t place = session.place_of(shares.signer);
  CHECK(place < session.signers().size() && shares.shares.size() == session.size());
  std::vector<std::size_t> wrong;
  while (!positions.empty()) {
    const auto now = positions.first(std::min(kTogether, positions.size()));
    positions = positions.subspan(now.size());
    if (now.size() > 1 && are_right_together(session, place, now, shares.shares, random)) continue;
    std::ranges::copy_if(now, std::back_inserter(wrong), [&](std::size_t index) {
      return !is_right(session, place, index, shares.shares[index]);
    });
  }
  return wrong;
}

base::Result<void> check_answers(const SigningSession& session, std::span<const SignerShares> shares) {
  if (shares.size() != session.signers().size()) {
    return base::fail(kBadSigning, std::to_string(shares.size()) + " signers' shares instead of " +
                                       std::to_string(session.signers().size()));
  }
  for (const SignerCommitments& signer : session.signers()) {
    const auto found = std::ranges::find(shares, signer.signer, &SignerShares::signer);
    const std::string who = "signer " + signer.signer.text();
    if (found == shares.end()) return base::fail(kBadSigning, "no shares of " + who);
    if (found->shares.size() != session.size()) {
      return base::fail(kBadSigning, who + " with " + std::to_string(found->shares.size()) + " shares for " +
                                         std::to_string(session.size()) + " messages");
    }
  }
  return {};
}

// RFC 9591 section 5.3
crypto::Signature add_up(const SigningSession& session, std::span<const SignerShares> shares,
                         std::size_t index) {
  PublicScalar sum;
  for (const SignerShares& signer : shares) sum = sum + signer.shares[index];
  crypto::Signature signature;
  const auto half = std::ranges::copy(SessionAccess::work(session)[index].group_commitment.bytes(),
                                      signature.bytes.begin());
  std::ranges::copy(sum.bytes(), half.out);
  return signature;
}

}  // namespace

std::vector<std::size_t> wrong_shares(const SigningSession& session, const SignerShares& shares,
                                      base::Random& random) {
  std::vector<std::size_t> positions(session.size());
  for (std::size_t i = 0; i < positions.size(); ++i) positions[i] = i;
  return wrong_among(session, shares, positions, random);
}

bool is_right_share(const SigningSession& session, Identifier signer, std::size_t message,
                    const PublicScalar& share) {
  const std::size_t place = session.place_of(signer);
  CHECK(place < session.signers().size() && message < session.size());
  return is_right(session, place, message, share);
}

base::Result<Aggregate> aggregate(const SigningSession& session, std::span<const SignerShares> shares,
                                  base::Random& random, unsigned threads) {
  TRY(check_answers(session, shares));
  Aggregate out;
  out.signatures.resize(session.size());
  std::vector<Byte> good(session.size());
  base::parallel_for(threads, session.size(), kGrain, [&](std::size_t begin, std::size_t end) {
    for (std::size_t i = begin; i < end; ++i) {
      out.signatures[i] = add_up(session, shares, i);
      good[i] =
          crypto::verify_signature(session.keys().group().key(), session.messages()[i], out.signatures[i])
              ? 1
              : 0;
    }
  });
  std::vector<std::size_t> failed;
  for (std::size_t i = 0; i < good.size(); ++i) {
    if (good[i] == 0) failed.push_back(i);
  }
  if (failed.empty()) return out;
  out.signatures.clear();
  for (const SignerShares& signer : shares) {
    for (const std::size_t index : wrong_among(session, signer, failed, random)) {
      out.wrong.push_back({signer.signer, index});
    }
  }
  CHECK(!out.wrong.empty());  // right shares add up to a signature
  return out;
}

}  // namespace threshold
