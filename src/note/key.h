// Keys of signed notes as text: verifier keys ("vkey"), the bare key values of records, and secret key files.
// A key's type byte says how it signs: 0x01 the note text itself, 0x04 a timed cosignature of a checkpoint
// (checkpoint.h). Secret keys live in crypto::SecretKey; the texts around them are wiped here. Format:
// docs/formats/notes.md; C2SP signed-note, tlog-cosignature
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/bytes.h"
#include "base/random.h"
#include "base/result.h"
#include "base/secret_bytes.h"
#include "crypto/ed25519.h"

namespace note {

/// SHA-256(name, LF, type byte, public key), first four bytes, big-endian. An identifier, not a commitment.
using KeyId = std::uint32_t;

enum class KeyType : std::uint8_t {
  kEd25519 = 0x01,      ///< signs the text of the note
  kCosignature = 0x04,  ///< signs "cosignature/v1", a time and a checkpoint
};

/// An origin of 255 bytes, a slash, and a handle.
inline constexpr std::size_t kKeyNameBytesMax = 300;

KeyId key_id(std::string_view name, KeyType type, const crypto::PublicKey& key);

/// 1 to kKeyNameBytesMax bytes of UTF-8 without Unicode spaces, control characters or '+'.
/// Errors: kBadKeyName.   Cost: no allocation when right.
base::Result<void> check_key_name(std::string_view name);

/// A public key with its name and use: what a client is configured with.
struct VerifierKey {
  std::string name;
  KeyType type = KeyType::kEd25519;
  crypto::PublicKey key;
  KeyId id() const { return key_id(name, type, key); }
  friend bool operator==(const VerifierKey&, const VerifierKey&) = default;
};

/// "name+0123abcd+base64(type, key)". The id must fit, the point must be of prime order (about 40 us).
/// Errors: kBadKey, kBadKeyName, kUnknownKeyType.
base::Result<VerifierKey> parse_verifier_key(std::string_view text);
std::string serialize_verifier_key(const VerifierKey& key);

/// A name with a secret key: signs texts (type 0x01) or checkpoints (type 0x04). Movable, not copyable.
class Signer {
 public:
  Signer(std::string name, KeyType type, crypto::SecretKey key);
  static Signer generate(std::string name, KeyType type, base::Random& random);

  const std::string& name() const { return public_.name; }
  KeyType type() const { return public_.type; }
  KeyId id() const { return id_; }
  const VerifierKey& verifier_key() const { return public_; }
  const crypto::SecretKey& secret() const { return secret_; }

 private:
  VerifierKey public_;
  KeyId id_;
  crypto::SecretKey secret_;
};

/// A secret key file: the one line "PRIVATE+KEY+name+0123abcd+base64(type, seed)" and LF. The caller's copy
/// of the file stays the caller's to wipe (base::SecretBytes does); what is made here is wiped here. Errors:
/// kBadKey (the detail never holds any of the text), kBadKeyName, kUnknownKeyType.
base::Result<Signer> parse_secret_key(std::string_view file);
base::SecretBytes serialize_secret_key(const Signer& signer);

inline constexpr base::ErrorKind kBadKey{"bad-key", base::Category::kInvalid, "docs/formats/notes.md"};
inline constexpr base::ErrorKind kBadKeyName{"bad-key-name", base::Category::kInvalid, "C2SP signed-note"};
inline constexpr base::ErrorKind kUnknownKeyType{"unknown-key-type", base::Category::kInvalid,
                                                 "C2SP signed-note, signature types"};

}  // namespace note
