// A recipient shows everybody that what a dealer sealed for it is no share. It reveals the two points that the two
// agreed on, with a proof that they are what its key makes them, and the private part whose hash is on the log; from
// there on anybody opens the sealed share and sees. Verdicts are functions of public bytes: everybody gets the same.
//
// What is revealed opens one sealed share, which was no share. The two points are also what a dealer who lies in its
// ephemeral key could aim at another dealer's share (E_j = E_k), hence two rules: no key without a proof that its secret
// is known (announce), and after an upheld complaint nothing of the attempt is used again, honest dealings included.
// Spec: Chaum and Pedersen 1992; docs/formats/threshold.md, "Complaints"
#pragma once

#include "base/bytes.h"
#include "base/random.h"
#include "base/result.h"
#include "crypto/edwards.h"
#include "crypto/scalar.h"
#include "threshold/dealing.h"

namespace threshold {

inline constexpr base::ErrorKind kBadComplaint{"bad-complaint", base::Category::kInvalid,
                                               "docs/formats/threshold.md"};
inline constexpr base::ErrorKind kNothingWrong{"nothing-wrong", base::Category::kInvalid,
                                               "docs/formats/threshold.md"};

struct Complaint {
  Identifier dealer;
  crypto::Point ephemeral;         ///< recipient's secret * dealer's ephemeral key
  crypto::Point lasting;           ///< recipient's secret * dealer's encryption key
  crypto::PublicScalar challenge;  ///< of the proof that both are
  crypto::PublicScalar response;
  base::Bytes private_part;  ///< the dealer's, whole
  friend bool operator==(const Complaint&, const Complaint&) = default;
};

/// 132 bytes and the private part.
base::Bytes serialize_complaint(const Complaint& complaint);
/// Errors: kBadComplaint (length, identifiers), kBadPoint, kBadScalar.
base::Result<Complaint> parse_complaint(base::ByteView bytes);

/// Errors: kNothingWrong (the share is good: nothing is revealed), kOtherPrivatePart, kNoParticipant, and those of
///         verify_public_part.
base::Result<Complaint> complain(const Session& session, const Identifier& dealer, const PublicPart& part,
                                 base::ByteView private_part, const EncryptionKey& key, base::Random& random);

/// Who is at fault, and why.
struct Verdict {
  enum class Fault { kDealer, kComplainer };
  Fault fault;
  base::Error reason;  ///< dealer: one that blames_dealer() names; complainer: kNothingWrong, kBadComplaint,
                       ///< kOtherPrivatePart
};

/// Judges `complaint`, which `complainer` has signed for, against the public part that the log holds of its dealer.
/// Errors: kNoParticipant (no such dealer or recipient, or one and the same), those of verify_public_part: then there
///         is nothing to judge.   Cost: 400 us.
base::Result<Verdict> verify_complaint(const Session& session, const PublicPart& part,
                                       const Identifier& complainer, const Complaint& complaint);

}  // namespace threshold
