// The two texts that a member keeps in its folder of keys: the encryption key of a ceremony under way, and the share that
// came of it. Here only text to values and back; who writes and erases the files, and when, is not known here.
// Format: docs/formats/threshold.md, "Files"
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"
#include "base/secret_bytes.h"
#include "base/strong.h"
#include "threshold/commitments.h"
#include "threshold/encryption_key.h"
#include "threshold/keys.h"

namespace threshold {

inline constexpr base::ErrorKind kBadSecretFile{"bad-secret-file", base::Category::kCorrupt,
                                                "docs/formats/threshold.md"};

/// Larger than any of the two.
inline constexpr std::size_t kSecretFileBytesMax = 4'096;

/// A share with all that is needed to use it. Its public half is made of the commitments when it is loaded.
struct StoredShare {
  std::string ceremony;  ///< which outcome it is part of: 1 to 200 printable characters, no blanks
  base::Epoch epoch;
  VssCommitment commitments;
  GroupKeys keys;
  KeyShare share;
};

/// Shapes: `ceremony` as above; the share is the one that `commitments` have for its identifier (CHECKed).
base::SecretBytes serialize_share(std::string_view ceremony, base::Epoch epoch,
                                  const VssCommitment& commitments, std::size_t members,
                                  const KeyShare& share);
/// Errors: kBadSecretFile (detail: which line; lines other than were written; a share that is not its
///         verification share's), kBadPoint,
///         kBadGroupKeys.   Cost: 40 us for each commitment, and a sum for each member.
base::Result<StoredShare> parse_share(std::string_view file);

struct StoredEncryptionKey {
  std::string ceremony;
  EncryptionKey key;
};

base::SecretBytes serialize_encryption_key(std::string_view ceremony, const EncryptionKey& key);
/// Errors: kBadSecretFile (detail: which line, or a secret that is not the public key's), kBadPoint.
base::Result<StoredEncryptionKey> parse_encryption_key(std::string_view file);

}  // namespace threshold
