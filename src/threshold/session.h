// What all participants of one attempt agree on before anybody deals: who deals, to whom shares go, how many of them
// shall be able to sign, and for resharing which sharing is handed on. Its context enters every proof, every sealed
// share and every certificate, so nothing of one attempt is good in another.
// Format: docs/formats/threshold.md, "Sessions"
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.h"
#include "base/result.h"
#include "crypto/edwards.h"
#include "crypto/sha512.h"
#include "threshold/keys.h"

namespace threshold {

inline constexpr base::ErrorKind kBadSession{"bad-session", base::Category::kInvalid,
                                             "docs/formats/threshold.md"};

/// The bytes that make an attempt like no other: the log's origin, the record that opened the ceremony, which of the
/// group's keys it is for ("log", "zsk", ...), and the attempt's number.
base::Bytes session_id(std::string_view origin, const base::Hash& opening_record, std::string_view purpose,
                       std::uint32_t attempt);

/// A holder of a share of the old sharing, who may deal, and the encryption key that it announced for this ceremony.
/// If it also receives, that key is the one it receives with.
struct Holder {
  Identifier identifier;
  crypto::Point encryption_key;
};

/// A value. Making one checks it once.   Threads: const calls from any.
class Session {
 public:
  struct Dealer {
    Identifier identifier;  ///< key generation: as recipient; resharing: in the old sharing
    crypto::Point encryption_key;
    std::optional<crypto::Point>
        handed_on;  ///< resharing: the verification share, which its dealing must begin with
  };

  /// Key generation: every participant deals and receives. Identifiers 1, 2, ... are given in the order of the
  /// keys' bytes, whatever order they come in.
  /// Errors: kBadSession (no id; a key twice; a threshold of 0 or above the participants; too many participants).
  static base::Result<Session> generation(base::ByteView id, std::size_t threshold,
                                          std::vector<crypto::Point> encryption_keys);
  /// The same with identifiers in the order given: for other implementations' vectors.
  static base::Result<Session> generation_in_order(base::ByteView id, std::size_t threshold,
                                                   std::vector<crypto::Point> encryption_keys);
  /// Resharing: `holders` of the sharing `old` may deal, old.threshold() of them will; the recipients of the new
  /// shares get identifiers 1, 2, ... in the order of their keys' bytes. The group's key stays.
  /// Errors: kBadSession (as above; fewer holders than the old threshold, one twice, one that is none).
  static base::Result<Session> resharing(base::ByteView id, const GroupKeys& old, std::vector<Holder> holders,
                                         std::size_t threshold, std::vector<crypto::Point> encryption_keys);

  /// 64 bytes that no other session has.
  const crypto::Hash512& context() const { return context_; }
  std::size_t threshold() const { return threshold_; }
  /// The recipients' encryption keys; that of identifier i at i - 1.
  const std::vector<crypto::Point>& recipients() const { return recipients_; }
  std::optional<Identifier> recipient(const crypto::Point& encryption_key) const;
  /// Who may deal, by rising identifier.
  const std::vector<Dealer>& dealers() const { return dealers_; }
  /// Null if there is no such dealer.
  const Dealer* dealer(Identifier identifier) const;
  const Dealer* dealer(const crypto::Point& encryption_key) const;
  /// How many dealings make the outcome: all of key generation, the old threshold of resharing.
  std::size_t dealings() const { return group_key_ ? old_threshold_ : dealers_.size(); }
  /// The key that a resharing keeps; none for key generation.
  const std::optional<crypto::Point>& group_key() const { return group_key_; }

 private:
  Session() = default;
  std::size_t threshold_ = 0;
  std::size_t old_threshold_ = 0;
  std::vector<crypto::Point> recipients_;
  std::vector<Dealer> dealers_;
  std::optional<crypto::Point> group_key_;
  crypto::Hash512 context_;
};

/// The identifier of the ciphersuite, as hashed.
inline constexpr std::string_view kCiphersuite = "COCKTAIL(Ed25519, SHA-512)";

}  // namespace threshold
