// Aim: a resharing keeps the key, works for any set and threshold, and gives no new share unless it gives all of them.
// Method: (3,4) to other sets; what a dealer, an outsider or the log could do wrong, one by one; then signatures by new
// shares, by old ones, and by both mixed.
#include "threshold/resharing.h"

#include <gtest/gtest.h>

#include "crypto/ed25519.h"
#include "threshold/ceremony_for_test.h"
#include "threshold/frost.h"

namespace threshold {
namespace {

using base::Bytes;
using base::ByteView;

// What a FROST signature by these shares under these keys comes to: the signature, or the wrong signers.
Aggregate sign_with(const GroupKeys& keys, const std::vector<const KeyShare*>& signers,
                    base::Random& random) {
  std::vector<Nonces> nonces;
  std::vector<SignerCommitments> commitments;
  for (const KeyShare* share : signers) {
    nonces.push_back(commit(share->secret(), 1, random));
    commitments.push_back({share->identifier(), nonces.back().commitments()});
  }
  const SigningSession session = SigningSession::create(keys, {}, {Bytes{1, 2, 3}}, commitments).value();
  std::vector<SignerShares> shares;
  for (std::size_t k = 0; k < signers.size(); ++k) {
    auto signed_share = sign(session, *signers[k], std::move(nonces[k]));
    if (signed_share) {
      shares.push_back(*signed_share);
    } else {
      // A share that is not the keys' does not sign; a liar's would send something.
      shares.push_back({signers[k]->identifier(), {signers[k]->secret().reveal()}});
    }
  }
  return aggregate(session, shares, random).value();
}

bool signs(const GroupKeys& keys, const std::vector<const KeyShare*>& signers, base::Random& random) {
  const Aggregate result = sign_with(keys, signers, random);
  return result.wrong.empty() &&
         crypto::verify_signature(keys.group().key(), Bytes{1, 2, 3}, result.signatures.at(0));
}

class Resharing : public ::testing::Test {
 protected:
  void SetUp() override { ASSERT_TRUE(crypto::start()); }
  const GroupKeys& old_keys() const { return old_.transcript.keys(); }
  using Holders = std::vector<std::pair<const KeyShare*, const EncryptionKey*>>;

  Holders holders(const std::vector<std::size_t>& indexes) const {
    Holders list;
    for (const std::size_t i : indexes) list.emplace_back(&old_.shares[i], &new_keys_[i]);
    return list;
  }
  AttemptForTest attempt(const std::vector<std::size_t>& dealers, std::size_t threshold,
                         const std::vector<EncryptionKey>& recipients) {
    return reshare_for_test(base::as_bytes("resharing"), old_keys(), holders(dealers), threshold, recipients,
                            random_);
  }

  SeededRandom random_{2};
  std::vector<EncryptionKey> keys_ = keys_for_test(4, random_);
  OutcomeForTest old_ =
      finish_for_test(generate_for_test(base::as_bytes("generation"), 3, keys_, random_), keys_);
  // Fresh keys for the resharing; the first four belong to the old holders.
  std::vector<EncryptionKey> new_keys_ = keys_for_test(4, random_);
};

TEST_F(Resharing, SessionsThatMakeNoSenseAreRefused) {
  const Bytes id{1};
  std::vector<Holder> list;
  for (std::size_t i = 0; i < 4; ++i) list.push_back({identifier_for_test(i + 1), new_keys_[i].public_key()});
  const auto recipients = public_keys_for_test(new_keys_);
  const auto why = [&](const std::vector<Holder>& holders, std::size_t threshold,
                       const std::vector<crypto::Point>& keys) {
    const auto session = Session::resharing(id, old_keys(), holders, threshold, keys);
    return session ? "accepted" : session.error().detail();
  };
  EXPECT_EQ(why(list, 3, recipients), "accepted");
  EXPECT_EQ(why({list[0], list[1]}, 3, recipients), "2 holders where 3 must deal");
  EXPECT_EQ(why({list[0], list[1], list[1]}, 3, recipients), "holder 2 twice");
  EXPECT_EQ(why({list[0], list[1], {Identifier(5), list[2].encryption_key}}, 3, recipients),
            "holder 5 is none of the old sharing");
  EXPECT_EQ(why({list[0], list[1], {Identifier(3), list[1].encryption_key}}, 3, recipients),
            "two holders with one key");
  EXPECT_EQ(why(list, 0, recipients), "threshold 0 of 4");
  EXPECT_EQ(why(list, 5, recipients), "threshold 5 of 4");
  EXPECT_EQ(why(list, 1, {}), "threshold 1 of 0");
  EXPECT_EQ(why(list, 2, {recipients[0], recipients[1], recipients[0]}), "two participants with one key");
}

TEST_F(Resharing, OnlyTheHolderOfAShareDealsIt) {
  const AttemptForTest good = attempt({0, 1, 2}, 3, new_keys_);
  const EncryptionKey outsider = EncryptionKey::generate(random_);
  EXPECT_EQ(reshare(good.session, outsider, old_.shares[0], random_).error().kind(), kNoParticipant);
  EXPECT_EQ(reshare(good.session, new_keys_[0], old_.shares[1], random_).error().kind(), kNoParticipant);
  EXPECT_EQ(deal(good.session, new_keys_[0], random_).error().kind(), kBadSession);
  const Session generation =
      Session::generation(base::as_bytes("x"), 3, public_keys_for_test(new_keys_)).value();
  EXPECT_EQ(reshare(generation, new_keys_[0], old_.shares[0], random_).error().kind(), kBadSession);
}

// A dealing of another number than the old share would give a key that nobody asked for.
TEST_F(Resharing, ADealingOfAnotherNumberIsSeenByAll) {
  AttemptForTest bad = attempt({0, 1, 2}, 3, new_keys_);
  crypto::SecretScalars other(1);
  other[0].set_random(random_);
  const Session::Dealer& dealer = *bad.session.dealer(Identifier(2));
  bad.add(Identifier(2), deal_secret(bad.session, dealer, new_keys_[1], other[0], random_));
  const auto transcript = Transcript::create(bad.session, bad.parts);
  ASSERT_FALSE(transcript.has_value());
  EXPECT_EQ(transcript.error().kind(), kNotHandedOn);
  EXPECT_TRUE(transcript.error().detail().starts_with("dealer 2:"));
}

TEST_F(Resharing, EveryAlteredByteOfAPublicPartIsSeenByAll) {
  const AttemptForTest good = attempt({0, 1, 2}, 2, new_keys_);
  const Bytes bytes = serialize_public_part(good.parts.at(Identifier(2)));
  for (std::size_t i = 0; i < bytes.size() - 32; ++i) {
    Bytes bad = bytes;
    bad[i] ^= 1;
    const auto part = parse_public_part(bad, 2);
    if (!part) continue;
    AttemptForTest altered = good;
    altered.parts.at(Identifier(2)) = *part;
    const auto transcript = Transcript::create(altered.session, altered.parts);
    ASSERT_FALSE(transcript.has_value()) << i;
    EXPECT_EQ(transcript.error().kind(), i < 32 ? kNotHandedOn : kNotPossessed) << i;
    EXPECT_TRUE(transcript.error().detail().starts_with("dealer 2:")) << i;
  }
}

TEST_F(Resharing, ABadShareNamesItsDealer) {
  AttemptForTest bad = attempt({0, 1, 3}, 3, new_keys_);
  seal_for_test(bad, Identifier(4), new_keys_[0], crypto::PublicScalar(7).bytes());
  const Transcript transcript = Transcript::create(bad.session, bad.parts).value();
  const Reception got = receive(transcript, new_keys_[0], bad.private_parts).value();
  EXPECT_FALSE(got.share.has_value());
  ASSERT_EQ(got.findings.size(), 1U);
  EXPECT_EQ(got.findings[0].dealer, Identifier(4));
  const Complaint complaint = complain(bad.session, Identifier(4), bad.parts.at(Identifier(4)),
                                       bad.private_parts.at(Identifier(4)), new_keys_[0], random_)
                                  .value();
  const auto verdict = verify_complaint(bad.session, bad.parts.at(Identifier(4)), Identifier(1), complaint);
  EXPECT_EQ(verdict->fault, Verdict::Fault::kDealer);
  EXPECT_EQ(verdict->reason.kind(), kOffPolynomial);
}

TEST_F(Resharing, TooFewOrTooManyDealingsMakeNothing) {
  AttemptForTest all = attempt({0, 1, 2, 3}, 3, new_keys_);
  EXPECT_EQ(Transcript::create(all.session, all.parts).error().detail(), "4 dealings instead of 3");
  all.parts.erase(Identifier(1));
  EXPECT_TRUE(Transcript::create(all.session, all.parts).has_value());
  all.parts.erase(Identifier(3));
  EXPECT_EQ(Transcript::create(all.session, all.parts).error().detail(), "2 dealings instead of 3");
}

// Who counts as dealer is part of what is certified.
TEST_F(Resharing, AnotherChoiceOfDealersIsAnotherOutcome) {
  const AttemptForTest all = attempt({0, 1, 2, 3}, 3, new_keys_);
  AttemptForTest first = all;
  first.parts.erase(Identifier(4));
  AttemptForTest second = all;
  second.parts.erase(Identifier(1));
  const OutcomeForTest one = finish_for_test(first, new_keys_);
  const OutcomeForTest two = finish_for_test(second, new_keys_);
  EXPECT_EQ(one.transcript.keys().group(), two.transcript.keys().group());
  EXPECT_FALSE(verify_certificate(one.transcript, two.certificate).has_value());
  EXPECT_FALSE(signs(one.transcript.keys(), {&one.shares[0], &one.shares[1], &two.shares[2]}, random_));
}

TEST_F(Resharing, ContextsOfDifferentSharingsDiffer) {
  const AttemptForTest good = attempt({0, 1, 2}, 3, new_keys_);
  const OutcomeForTest other =
      finish_for_test(generate_for_test(base::as_bytes("another"), 3, keys_, random_), keys_);
  std::vector<Holder> list;
  for (std::size_t i = 0; i < 3; ++i) list.push_back({identifier_for_test(i + 1), new_keys_[i].public_key()});
  const auto recipients = public_keys_for_test(new_keys_);
  const Session changed =
      Session::resharing(base::as_bytes("resharing"), other.transcript.keys(), list, 3, recipients).value();
  EXPECT_NE(changed.context(), good.session.context());
  list.push_back({Identifier(4), new_keys_[3].public_key()});
  const Session more =
      Session::resharing(base::as_bytes("resharing"), old_keys(), list, 3, recipients).value();
  EXPECT_NE(more.context(), good.session.context());
  const Session lower =
      Session::resharing(base::as_bytes("resharing"), old_keys(), list, 2, recipients).value();
  EXPECT_NE(lower.context(), more.context());
}

TEST_F(Resharing, OldAndNewSharesDoNotMix) {
  const OutcomeForTest fresh = finish_for_test(attempt({0, 1, 2}, 3, new_keys_), new_keys_);
  const GroupKeys& keys = fresh.transcript.keys();
  EXPECT_EQ(keys.group(), old_keys().group());
  EXPECT_TRUE(signs(keys, {&fresh.shares[0], &fresh.shares[1], &fresh.shares[3]}, random_));
  // Until they are erased, the old ones still sign: hence erasure, and rolling to a new key in time.
  EXPECT_TRUE(signs(old_keys(), {&old_.shares[0], &old_.shares[1], &old_.shares[3]}, random_));
  EXPECT_FALSE(signs(keys, {&fresh.shares[0], &fresh.shares[1], &old_.shares[3]}, random_));
  EXPECT_FALSE(signs(keys, {&old_.shares[0], &old_.shares[1], &fresh.shares[3]}, random_));
  EXPECT_FALSE(signs(old_keys(), {&old_.shares[0], &old_.shares[1], &fresh.shares[3]}, random_));
}

TEST_F(Resharing, GivesTheKeyToAnySetWithAnyThreshold) {
  struct Shape {
    std::vector<std::size_t> dealers;
    std::size_t threshold;
    std::size_t members;
  };
  // Fewer, more, all new, one, and with the gaps that members who left leave among the dealers.
  for (const Shape& shape : {Shape{{0, 1, 2}, 2, 3}, Shape{{1, 2, 3}, 5, 7}, Shape{{0, 2, 3}, 9, 13},
                             Shape{{3, 1, 0}, 1, 1}, Shape{{0, 1, 3}, 31, 31}}) {
    const std::vector<EncryptionKey> recipients = keys_for_test(shape.members, random_);
    const OutcomeForTest fresh =
        finish_for_test(attempt(shape.dealers, shape.threshold, recipients), recipients);
    EXPECT_EQ(fresh.transcript.keys().group(), old_keys().group());
    EXPECT_EQ(fresh.transcript.keys().threshold(), shape.threshold);
    std::vector<const KeyShare*> signers;
    for (std::size_t i = shape.members - shape.threshold; i < shape.members; ++i) {
      signers.push_back(&fresh.shares[i]);
    }
    EXPECT_TRUE(signs(fresh.transcript.keys(), signers, random_)) << shape.members;
  }
}

// Three times on end, each from the last: what a long-lived key goes through.
TEST_F(Resharing, OfAResharing) {
  std::vector<KeyShare> shares = std::move(old_.shares);
  GroupKeys keys = old_keys();
  std::vector<EncryptionKey> announced = keys_for_test(4, random_);
  for (int round = 0; round < 3; ++round) {
    std::vector<std::pair<const KeyShare*, const EncryptionKey*>> list;
    for (std::size_t i = 1; i < 4; ++i) list.emplace_back(&shares[i], &announced[i]);
    const Bytes id{static_cast<base::Byte>(round)};
    OutcomeForTest fresh =
        finish_for_test(reshare_for_test(id, keys, list, 3, announced, random_), announced);
    EXPECT_EQ(fresh.transcript.keys().group(), keys.group());
    keys = fresh.transcript.keys();
    shares = std::move(fresh.shares);
    announced = keys_for_test(4, random_);
  }
  EXPECT_TRUE(signs(keys, {&shares[0], &shares[2], &shares[3]}, random_));
}

TEST_F(Resharing, RecoversALostShareFromArchives) {
  const AttemptForTest good = attempt({0, 1, 2}, 3, new_keys_);
  const OutcomeForTest fresh = finish_for_test(good, new_keys_);
  const auto share = recover(fresh.transcript, fresh.certificate, new_keys_[3], good.private_parts);
  ASSERT_TRUE(share.has_value());
  EXPECT_TRUE(share->secret().equals(fresh.shares[3].secret()));
}

}  // namespace
}  // namespace threshold
