// Aim: key generation gives everybody a share of one key or says who is in the way, and never names an honest party.
// Method: three of four; every single byte of every message altered, in transit and by its sender; silence, replays,
// copies, two faces; then the plain cases.
#include "threshold/key_generation.h"

#include <set>

#include <gtest/gtest.h>

#include "crypto/ed25519.h"
#include "threshold/ceremony_for_test.h"
#include "threshold/frost.h"

namespace threshold {
namespace {

using base::Byte;
using base::Bytes;
using base::ByteView;

constexpr std::size_t kMembers = 4;
constexpr std::size_t kThreshold = 3;
const Identifier kLiar(2);

class KeyGeneration : public ::testing::Test {
 protected:
  void SetUp() override { ASSERT_TRUE(crypto::start()); }

  AttemptForTest attempt(std::string_view id = "attempt 1") {
    return generate_for_test(base::as_bytes(id), kThreshold, keys_, random_);
  }
  Reception receive_all(const AttemptForTest& attempt, std::size_t index) {
    const auto transcript = Transcript::create(attempt.session, attempt.parts);
    return receive(transcript.value(), keys_[index], attempt.private_parts).value();
  }
  // What everybody concludes about kLiar's dealing: who complains with success, after checking that nobody else is
  // named and that whoever has a good share cannot complain.
  std::set<std::size_t> complainers(const AttemptForTest& attempt) {
    std::set<std::size_t> upheld;
    for (std::size_t i = 0; i < kMembers; ++i) {
      const Identifier recipient = identifier_for_test(i + 1);
      if (recipient == kLiar) continue;
      const Reception got = receive_all(attempt, i);
      const auto complaint = complain(attempt.session, kLiar, attempt.parts.at(kLiar),
                                      attempt.private_parts.at(kLiar), keys_[i], random_);
      EXPECT_EQ(got.share.has_value(), !complaint.has_value());
      if (!complaint) {
        EXPECT_EQ(complaint.error().kind(), kNothingWrong);
        continue;
      }
      EXPECT_EQ(got.findings.size(), 1U);
      EXPECT_EQ(got.findings.front().dealer, kLiar);
      EXPECT_TRUE(blames_dealer(got.findings.front().error));
      const auto read = parse_complaint(serialize_complaint(*complaint));
      EXPECT_EQ(*read, *complaint);
      const auto verdict = verify_complaint(attempt.session, attempt.parts.at(kLiar), recipient, *read);
      EXPECT_EQ(verdict->fault, Verdict::Fault::kDealer) << verdict->reason.message();
      EXPECT_EQ(verdict->reason.kind(), got.findings.front().error.kind());
      upheld.insert(i + 1);
    }
    return upheld;
  }

  SeededRandom random_{1};
  std::vector<EncryptionKey> keys_ = keys_for_test(kMembers, random_);
};

const std::set<std::size_t> kOthers{1, 3, 4};

TEST_F(KeyGeneration, OutsidersNeitherDealNorReceive) {
  const AttemptForTest good = attempt();
  const EncryptionKey outsider = EncryptionKey::generate(random_);
  EXPECT_EQ(deal(good.session, outsider, random_).error().kind(), kNoParticipant);
  const Transcript transcript = Transcript::create(good.session, good.parts).value();
  EXPECT_EQ(receive(transcript, outsider, good.private_parts).error().kind(), kNoParticipant);
  const PublicPart& part = good.parts.at(kLiar);
  EXPECT_EQ(verify_public_part(good.session, Identifier(5), part).error().kind(), kNoParticipant);
  EXPECT_EQ(
      complain(good.session, kLiar, part, good.private_parts.at(kLiar), outsider, random_).error().kind(),
      kNoParticipant);
}

TEST_F(KeyGeneration, EveryAlteredByteOfAPublicPartIsSeenByAll) {
  const AttemptForTest good = attempt();
  const Bytes bytes = serialize_public_part(good.parts.at(kLiar));
  const std::size_t hash_begin = bytes.size() - 32;
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    for (const Byte flip : {Byte{1}, Byte{0x80}}) {
      Bytes bad = bytes;
      bad[i] ^= flip;
      const auto part = parse_public_part(bad, kThreshold);
      if (!part) continue;  // refused from whoever sent it
      AttemptForTest altered = good;
      altered.parts.at(kLiar) = *part;
      const auto transcript = Transcript::create(altered.session, altered.parts);
      if (i < hash_begin) {
        ASSERT_FALSE(transcript.has_value()) << i;
        EXPECT_EQ(transcript.error().kind(), kNotPossessed) << i;
        EXPECT_TRUE(transcript.error().detail().starts_with("dealer 2:")) << i;
      } else {
        // The hash of something that nobody has: its sealed shares are missing, which speaks for no complaint.
        const Reception got = receive(*transcript, keys_[0], altered.private_parts).value();
        ASSERT_EQ(got.findings.size(), 1U);
        EXPECT_EQ(got.findings.front().dealer, kLiar);
        EXPECT_EQ(got.findings.front().error.kind(), kOtherPrivatePart);
        EXPECT_EQ(complain(altered.session, kLiar, *part, altered.private_parts.at(kLiar), keys_[0], random_)
                      .error()
                      .kind(),
                  kOtherPrivatePart);
      }
    }
  }
}

TEST_F(KeyGeneration, PublicPartsOfOtherLengthsAreRefused) {
  const Bytes bytes = serialize_public_part(attempt().parts.at(kLiar));
  for (std::size_t size = 0; size < bytes.size(); ++size) {
    EXPECT_EQ(parse_public_part(ByteView(bytes).first(size), kThreshold).error().kind(), kBadPublicPart);
  }
  EXPECT_FALSE(parse_public_part(bytes, kThreshold + 1).has_value());
  EXPECT_FALSE(parse_public_part(bytes, kThreshold - 1).has_value());
  EXPECT_EQ(serialize_public_part(parse_public_part(bytes, kThreshold).value()), bytes);
}

// One commitment more would make a key that more members than agreed must sign with.
TEST_F(KeyGeneration, AnotherThresholdIsSeenByAll) {
  const AttemptForTest good = attempt();
  for (const std::size_t threshold : {kThreshold - 1, kThreshold + 1}) {
    const Session other =
        Session::generation(base::as_bytes("attempt 1"), threshold, public_keys_for_test(keys_)).value();
    AttemptForTest altered = good;
    altered.add(kLiar, deal(other, keys_[1], random_).value());
    const auto transcript = Transcript::create(altered.session, altered.parts);
    ASSERT_FALSE(transcript.has_value());
    EXPECT_EQ(transcript.error().kind(), kBadPublicPart);
    EXPECT_TRUE(transcript.error().detail().starts_with("dealer 2:"));
  }
}

TEST_F(KeyGeneration, EveryByteOfAPrivatePartAlteredInTransitBlamesNobody) {
  const AttemptForTest good = attempt();
  for (std::size_t i = 0; i < good.private_parts.at(kLiar).size(); ++i) {
    AttemptForTest altered = good;
    altered.private_parts.at(kLiar)[i] ^= 1;
    const Reception got = receive_all(altered, i % kMembers);
    ASSERT_EQ(got.findings.size(), 1U) << i;
    EXPECT_EQ(got.findings.front().error.kind(), kOtherPrivatePart) << i;
    EXPECT_FALSE(blames_dealer(got.findings.front().error));
    EXPECT_FALSE(got.share.has_value());
  }
}

TEST_F(KeyGeneration, EveryByteOfAPrivatePartAlteredByItsDealerNamesTheDealer) {
  const AttemptForTest good = attempt();
  for (std::size_t i = 0; i < good.private_parts.at(kLiar).size(); ++i) {
    AttemptForTest altered = good;
    Bytes& bytes = altered.private_parts.at(kLiar);
    bytes[i] ^= 1;
    altered.parts.at(kLiar).private_part = crypto::sha256(bytes);
    const std::size_t recipient = i / kFrameBytes + 1;
    std::set<std::size_t> want = i % kFrameBytes < 8 ? kOthers : std::set<std::size_t>{recipient};
    want.erase(number_of(kLiar));  // what it does to itself is its own affair
    EXPECT_EQ(complainers(altered), want) << i;
  }
}

TEST_F(KeyGeneration, PrivatePartsOfOtherLengthsNameTheDealer) {
  for (const int change : {-1, 1, 56}) {
    AttemptForTest altered = attempt();
    Bytes& bytes = altered.private_parts.at(kLiar);
    bytes.resize(bytes.size() + static_cast<std::size_t>(change));
    altered.parts.at(kLiar).private_part = crypto::sha256(bytes);
    EXPECT_EQ(complainers(altered), kOthers);
  }
}

TEST_F(KeyGeneration, SharesOffThePolynomialNameTheDealer) {
  AttemptForTest altered = attempt();
  seal_for_test(altered, kLiar, keys_[3], crypto::PublicScalar(7).bytes());
  EXPECT_EQ(complainers(altered), (std::set<std::size_t>{4}));
  EXPECT_EQ(receive_all(altered, 3).findings.front().error.kind(), kOffPolynomial);
}

TEST_F(KeyGeneration, NumbersAboveTheOrderNameTheDealer) {
  AttemptForTest altered = attempt();
  seal_for_test(altered, kLiar, keys_[0], Bytes(32, 0xff));
  EXPECT_EQ(complainers(altered), (std::set<std::size_t>{1}));
  EXPECT_EQ(receive_all(altered, 0).findings.front().error.kind(), kNoScalar);
}

// Two liars, one honest recipient: both are found at once.
TEST_F(KeyGeneration, AllLiarsAreFoundInOneGo) {
  AttemptForTest altered = attempt();
  seal_for_test(altered, kLiar, keys_[0], crypto::PublicScalar(7).bytes());
  seal_for_test(altered, Identifier(3), keys_[0], crypto::PublicScalar(8).bytes());
  const Reception got = receive_all(altered, 0);
  ASSERT_EQ(got.findings.size(), 2U);
  EXPECT_EQ(got.findings[0].dealer, kLiar);
  EXPECT_EQ(got.findings[1].dealer, Identifier(3));
}

TEST_F(KeyGeneration, EveryAlteredByteOfAComplaintFallsOnWhoeverSignedIt) {
  AttemptForTest altered = attempt();
  seal_for_test(altered, kLiar, keys_[0], crypto::PublicScalar(7).bytes());
  const Bytes bytes = serialize_complaint(complain(altered.session, kLiar, altered.parts.at(kLiar),
                                                   altered.private_parts.at(kLiar), keys_[0], random_)
                                              .value());
  std::size_t judged = 0;
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    for (const Byte flip : {Byte{1}, Byte{0x40}}) {
      Bytes bad = bytes;
      bad[i] ^= flip;
      const auto complaint = parse_complaint(bad);
      if (!complaint) continue;
      const auto part = altered.parts.find(complaint->dealer);
      if (part == altered.parts.end()) continue;
      const auto verdict = verify_complaint(altered.session, part->second, Identifier(1), *complaint);
      ASSERT_TRUE(verdict.has_value()) << i;
      EXPECT_EQ(verdict->fault, Verdict::Fault::kComplainer) << i;
      ++judged;
    }
  }
  EXPECT_GT(judged, 2 * 224U);  // every byte of the private part, and most others
  // Signed for by another member, or about itself.
  const Complaint complaint = parse_complaint(bytes).value();
  const auto other = verify_complaint(altered.session, altered.parts.at(kLiar), Identifier(3), complaint);
  EXPECT_EQ(other->fault, Verdict::Fault::kComplainer);
  EXPECT_EQ(verify_complaint(altered.session, altered.parts.at(kLiar), kLiar, complaint).error().kind(),
            kNoParticipant);
  EXPECT_EQ(
      verify_complaint(altered.session, altered.parts.at(kLiar), Identifier(5), complaint).error().kind(),
      kNoParticipant);
}

TEST_F(KeyGeneration, ComplaintsOfOtherLengthsAreRefused) {
  AttemptForTest altered = attempt();
  seal_for_test(altered, kLiar, keys_[0], crypto::PublicScalar(7).bytes());
  Bytes bytes = serialize_complaint(complain(altered.session, kLiar, altered.parts.at(kLiar),
                                             altered.private_parts.at(kLiar), keys_[0], random_)
                                        .value());
  EXPECT_EQ(parse_complaint(ByteView(bytes).first(131)).error().kind(), kBadComplaint);
  bytes.resize(132 + 4097);
  EXPECT_EQ(parse_complaint(bytes).error().kind(), kBadComplaint);
}

// A complainer that lies: true points, a good share; or made-up points.
TEST_F(KeyGeneration, ComplaintsAboutGoodSharesFallOnTheComplainer) {
  const AttemptForTest good = attempt();
  AttemptForTest altered = good;
  seal_for_test(altered, kLiar, keys_[0], crypto::PublicScalar(7).bytes());
  const Complaint true_points = complain(altered.session, kLiar, altered.parts.at(kLiar),
                                         altered.private_parts.at(kLiar), keys_[0], random_)
                                    .value();
  // The proof binds the hash of the private part, so the points cannot be moved to the good dealing.
  Complaint moved = true_points;
  moved.private_part = good.private_parts.at(kLiar);
  const auto verdict = verify_complaint(good.session, good.parts.at(kLiar), Identifier(1), moved);
  ASSERT_TRUE(verdict.has_value());
  EXPECT_EQ(verdict->fault, Verdict::Fault::kComplainer);
  EXPECT_EQ(verdict->reason.kind(), kBadComplaint);
  EXPECT_EQ(
      complain(good.session, kLiar, good.parts.at(kLiar), good.private_parts.at(kLiar), keys_[0], random_)
          .error()
          .kind(),
      kNothingWrong);
}

TEST_F(KeyGeneration, EveryAlteredByteOfACertificateNamesItsRecipient) {
  const OutcomeForTest outcome = finish_for_test(attempt(), keys_);
  const Bytes bytes = serialize_certificate(outcome.certificate);
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    for (const Byte flip : {Byte{1}, Byte{0x80}}) {
      Bytes bad = bytes;
      bad[i] ^= flip;
      const auto certificate = parse_certificate(bad, kMembers);
      const auto verified = verify_certificate(outcome.transcript, *certificate);
      ASSERT_FALSE(verified.has_value()) << i;
      EXPECT_EQ(verified.error().detail(), "not signed by recipient " + std::to_string(i / 64 + 1)) << i;
    }
  }
  EXPECT_FALSE(parse_certificate(ByteView(bytes).first(bytes.size() - 1), kMembers).has_value());
  EXPECT_FALSE(parse_certificate(bytes, kMembers - 1).has_value());
  Certificate three = outcome.certificate;
  three.pop_back();
  EXPECT_FALSE(verify_certificate(outcome.transcript, three).has_value());
}

TEST_F(KeyGeneration, NothingOfAnotherAttemptIsGood) {
  const AttemptForTest first = attempt("attempt 1");
  const AttemptForTest second = attempt("attempt 2");
  AttemptForTest mixed = second;
  mixed.parts.at(kLiar) = first.parts.at(kLiar);
  mixed.private_parts.at(kLiar) = first.private_parts.at(kLiar);
  EXPECT_EQ(Transcript::create(mixed.session, mixed.parts).error().kind(), kNotPossessed);

  mixed = second;
  mixed.private_parts.at(kLiar) = first.private_parts.at(kLiar);
  EXPECT_EQ(receive_all(mixed, 0).findings.front().error.kind(), kOtherPrivatePart);

  // Even with its hash put on the log: what was sealed for one attempt does not open in another.
  mixed.parts.at(kLiar).private_part = first.parts.at(kLiar).private_part;
  EXPECT_EQ(complainers(mixed), kOthers);

  const OutcomeForTest one = finish_for_test(first, keys_);
  const OutcomeForTest two = finish_for_test(second, keys_);
  EXPECT_EQ(verify_certificate(two.transcript, one.certificate).error().detail(),
            "not signed by recipient 1 2 3 4");

  AttemptForTest lied = first;
  seal_for_test(lied, kLiar, keys_[0], crypto::PublicScalar(7).bytes());
  const Complaint old =
      complain(lied.session, kLiar, lied.parts.at(kLiar), lied.private_parts.at(kLiar), keys_[0], random_)
          .value();
  const auto verdict = verify_complaint(second.session, second.parts.at(kLiar), Identifier(1), old);
  EXPECT_EQ(verdict->fault, Verdict::Fault::kComplainer);
}

// COCKTAIL-DKG's proof of possession does not name its dealer, so a copy passes; its shares open for nobody.
TEST_F(KeyGeneration, ACopiedDealingNamesTheCopier) {
  AttemptForTest copied = attempt();
  copied.parts.at(kLiar) = copied.parts.at(Identifier(1));
  copied.private_parts.at(kLiar) = copied.private_parts.at(Identifier(1));
  EXPECT_EQ(complainers(copied), kOthers);
}

TEST_F(KeyGeneration, TwoFacesGiveNoCertificate) {
  const AttemptForTest one = attempt();
  AttemptForTest two = one;
  two.add(kLiar, deal(two.session, keys_[1], random_).value());
  const OutcomeForTest first = finish_for_test(one, keys_);
  const OutcomeForTest second = finish_for_test(two, keys_);
  Certificate mixed = first.certificate;
  mixed[3] = second.certificate[3];
  EXPECT_EQ(verify_certificate(first.transcript, mixed).error().detail(), "not signed by recipient 4");
  EXPECT_EQ(verify_certificate(second.transcript, mixed).error().detail(), "not signed by recipient 1 2 3");
}

TEST_F(KeyGeneration, SilenceStopsAnAttemptAndTheOthersGoOn) {
  AttemptForTest silent = attempt();
  silent.private_parts.erase(kLiar);
  const Reception got = receive_all(silent, 0);
  EXPECT_FALSE(got.share.has_value());
  ASSERT_EQ(got.findings.size(), 1U);
  EXPECT_EQ(got.findings.front().error.kind(), kOtherPrivatePart);
  silent.parts.erase(kLiar);
  EXPECT_EQ(Transcript::create(silent.session, silent.parts).error().kind(), kBadTranscript);

  std::vector<EncryptionKey> others;
  for (std::size_t i = 0; i < kMembers; ++i) {
    if (i != 1) others.push_back(std::move(keys_[i]));
  }
  const OutcomeForTest outcome =
      finish_for_test(generate_for_test(base::as_bytes("attempt 2"), kThreshold, others, random_), others);
  EXPECT_EQ(outcome.transcript.keys().shares().size(), 3U);
}

// A liar at the one place where it can be found by nobody else: a dealing that cancels all others.
TEST_F(KeyGeneration, AllDealersTogetherCannotMakeNoKey) {
  const AttemptForTest good = attempt();
  const std::vector<crypto::Point> none(kThreshold);
  EXPECT_EQ(group_keys(none, kMembers).error().kind(), kBadGroupKeys);
  AttemptForTest altered = good;
  altered.parts.at(kLiar).commitments[1] = crypto::Point();
  EXPECT_EQ(Transcript::create(altered.session, altered.parts).error().kind(), kNotPossessed);
}

TEST_F(KeyGeneration, RecoversALostShareFromArchives) {
  const AttemptForTest good = attempt();
  const OutcomeForTest outcome = finish_for_test(good, keys_);
  for (std::size_t i = 0; i < kMembers; ++i) {
    const auto share = recover(outcome.transcript, outcome.certificate, keys_[i], good.private_parts);
    ASSERT_TRUE(share.has_value());
    EXPECT_TRUE(share->secret().equals(outcome.shares[i].secret()));
  }
  Certificate bad = outcome.certificate;
  bad[2].bytes[5] ^= 1;
  EXPECT_EQ(recover(outcome.transcript, bad, keys_[0], good.private_parts).error().kind(), kBadCertificate);
  auto archives = good.private_parts;
  archives.erase(Identifier(4));
  EXPECT_EQ(recover(outcome.transcript, outcome.certificate, keys_[0], archives).error().kind(),
            kOtherPrivatePart);
}

TEST_F(KeyGeneration, ItsKeySigns) {
  const OutcomeForTest outcome = finish_for_test(attempt(), keys_);
  const GroupKeys& keys = outcome.transcript.keys();
  EXPECT_EQ(keys.threshold(), kThreshold);
  const std::vector<std::size_t> signers{0, 2, 3};
  std::vector<Nonces> nonces;
  std::vector<SignerCommitments> commitments;
  for (const std::size_t i : signers) {
    nonces.push_back(commit(outcome.shares[i].secret(), 1, random_));
    commitments.push_back({outcome.shares[i].identifier(), nonces.back().commitments()});
  }
  const Bytes message{1, 2, 3};
  const SigningSession session = SigningSession::create(keys, {}, {message}, commitments).value();
  std::vector<SignerShares> shares;
  for (std::size_t k = 0; k < signers.size(); ++k) {
    shares.push_back(sign(session, outcome.shares[signers[k]], std::move(nonces[k])).value());
  }
  const Aggregate aggregate = threshold::aggregate(session, shares, random_).value();
  ASSERT_EQ(aggregate.signatures.size(), 1U);
  EXPECT_TRUE(crypto::verify_signature(keys.group().key(), message, aggregate.signatures[0]));
}

}  // namespace
}  // namespace threshold
