// What came of an attempt: the verified public parts of its dealings, the key that they make, and the transcript that
// every recipient certifies. Nothing counts before all of them have.
// Spec: C2SP COCKTAIL-DKG v0.2.1, "Round 2", "Round 3", "Share Recovery"; docs/formats/threshold.md, "Outcome"
#pragma once

#include <map>
#include <optional>
#include <vector>

#include "base/bytes.h"
#include "base/result.h"
#include "threshold/dealing.h"
#include "threshold/session.h"

namespace threshold {

inline constexpr base::ErrorKind kBadTranscript{"bad-transcript", base::Category::kInvalid,
                                                "docs/formats/threshold.md"};
inline constexpr base::ErrorKind kBadCertificate{"bad-certificate", base::Category::kInvalid,
                                                 "docs/formats/threshold.md"};

/// A value. Made of public bytes only, so everybody makes the same.   Threads: const calls from any.
class Transcript {
 public:
  /// `parts`: exactly session.dealings() of them, by dealer; each is verified here.
  /// Errors: kBadTranscript (their count; a sum of commitments that is neutral, which all dealers together can bring
  ///         about and no one alone), those of verify_public_part and of group_keys.
  /// Cost: 130 us for each part, and a sum for each recipient.
  static base::Result<Transcript> create(const Session& session,
                                         const std::map<Identifier, PublicPart>& parts);
  /// The same with another extension: for other implementations' vectors.
  static base::Result<Transcript> create_with_extension(const Session& session,
                                                        const std::map<Identifier, PublicPart>& parts,
                                                        base::ByteView extension);

  const Session& session() const { return session_; }
  const std::map<Identifier, PublicPart>& parts() const { return parts_; }
  /// By how much each dealing counts, in the order of parts(): 1, or for resharing the Lagrange coefficient.
  const std::vector<crypto::PublicScalar>& weights() const { return weights_; }
  /// The sums over the dealings.
  const VssCommitment& commitments() const { return commitments_; }
  const GroupKeys& keys() const { return *keys_; }
  /// What is certified.
  const base::Bytes& bytes() const { return bytes_; }

 private:
  explicit Transcript(const Session& session) : session_(session) {}
  base::Result<void> sum_up();
  void write(base::ByteView extension);

  Session session_;
  std::map<Identifier, PublicPart> parts_;
  std::vector<crypto::PublicScalar> weights_;
  VssCommitment commitments_;
  std::optional<GroupKeys> keys_;  // set by sum_up
  base::Bytes bytes_;
};

/// Something that speaks against a dealer or an archive.
struct Finding {
  Identifier dealer;
  base::Error
      error;  ///< blames_dealer(error): worth a complaint; else the private part is missing or another one
};

/// What a recipient got: its share if all is well, else all that is not.
struct Reception {
  std::optional<KeyShare> share;
  std::vector<Finding> findings;
};

/// Opens and adds up the shares sealed for the holder of `key`. A dealer without an entry in `private_parts` is found
/// missing (kOtherPrivatePart).
/// Errors: kNoParticipant (the key is no recipient's).   Cost: 350 us for each dealing.
base::Result<Reception> receive(const Transcript& transcript, const EncryptionKey& key,
                                const std::map<Identifier, base::Bytes>& private_parts);

/// A recipient's word that it has its share and this transcript. `share` shows that it has (CHECKed).
Proof certify(const Transcript& transcript, const EncryptionKey& key, const KeyShare& share);

/// Errors: kNoParticipant, kBadCertificate (not `recipient`'s over this transcript).   Cost: 130 us.
base::Result<void> verify_certification(const Transcript& transcript, const Identifier& recipient,
                                        const Proof& certification);

/// All recipients' certifications, by rising identifier.
using Certificate = std::vector<Proof>;

base::Bytes serialize_certificate(const Certificate& certificate);
/// Errors: kBadCertificate (not 64 bytes for each recipient).
base::Result<Certificate> parse_certificate(base::ByteView bytes, std::size_t recipients);
/// Errors: kBadCertificate (detail: whose certifications fail, all of them).
base::Result<void> verify_certificate(const Transcript& transcript, const Certificate& certificate);

/// The share of a member that lost all but its encryption key, from what others archived. Checked against the
/// certificate first.
/// Errors: those of verify_certificate, kNoParticipant, and the first finding.
base::Result<KeyShare> recover(const Transcript& transcript, const Certificate& certificate,
                               const EncryptionKey& key,
                               const std::map<Identifier, base::Bytes>& private_parts);

}  // namespace threshold
