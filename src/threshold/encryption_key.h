// The key pair to which a participant of one ceremony gets its shares sealed, and with which it certifies the outcome.
// Fresh for each ceremony, announced under the member's governance key, used for nothing else, and kept until the next
// epoch is final: whoever has it and the archived ciphertexts has the share.
// Format: docs/formats/threshold.md, "Encryption keys"
#pragma once

#include "base/bytes.h"
#include "base/random.h"
#include "base/result.h"
#include "base/secret_bytes.h"
#include "crypto/edwards.h"
#include "crypto/scalar.h"
#include "threshold/schnorr.h"

namespace threshold {

inline constexpr base::ErrorKind kBadAnnouncement{"bad-announcement", base::Category::kInvalid,
                                                  "docs/formats/threshold.md"};

/// Move only; the secret lies in locked memory and is wiped with it.   Threads: const calls from any.
class EncryptionKey {
 public:
  static EncryptionKey generate(base::Random& random);
  /// From the 32 bytes that secret().secret_bytes() are; the caller wipes its copy.
  /// Errors: kBadScalar (not canonical, or zero).
  static base::Result<EncryptionKey> parse(base::ByteView bytes32);

  const crypto::Point& public_key() const { return public_key_; }
  const crypto::SecretScalar& secret() const { return secret_[0]; }

 private:
  explicit EncryptionKey(crypto::SecretScalars secret);
  crypto::SecretScalars secret_;
  crypto::Point public_key_;
};

inline constexpr std::size_t kAnnouncementBytes = crypto::kPointBytes + kProofBytes;

/// The public key and a proof that the announcer knows its secret. Without the proof a member could announce a key
/// made out of another's and turn its own complaints into a way to open what was sealed for that other one.
/// `binding` says for what and whose the key is (origin, opening record, member); the proof holds for it alone.
base::Bytes announce(const EncryptionKey& key, base::ByteView binding);

/// Errors: kBadAnnouncement (length, or a proof that does not hold for `binding`), kBadPoint.
base::Result<crypto::Point> parse_announcement(base::ByteView announcement, base::ByteView binding);

}  // namespace threshold
