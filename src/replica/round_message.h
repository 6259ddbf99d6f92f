// What members tell each other besides the log: private parts of a ceremony, and the messages of signing rounds. Each is
// a note of bounded length that the sender's operator key signs, so it may pass through any number of hands; what it
// asks for is checked by whoever it is for, against its own state. No secret is ever in it that is not sealed.
// Format: docs/formats/rounds.md
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/bytes.h"
#include "base/result.h"
#include "base/strong.h"
#include "crypto/ed25519.h"
#include "note/key.h"

namespace replica {

enum class Purpose : std::uint8_t {
  kFetch,        ///< to a mailbox: what has come for me since?
  kPrivatePart,  ///< the private part whose hash is the session
  kAskPart,      ///< who has the private part whose hash is the session?
  kOpen,         ///< a coordinator asks for commitments
  kCommitments,  ///< a signer's answer to it
  kSigners,      ///< the commitments of those who shall sign
  kShares,       ///< a signer's answer to it
};
std::string_view purpose_word(Purpose purpose);

/// 21 signers' commitments to 500 messages are 670 KB, and base64 adds a third.
inline constexpr std::size_t kRoundBodyBytesMax = std::size_t{700} << 10;
inline constexpr std::size_t kRoundMessageBytesMax = std::size_t{960} << 10;

struct RoundMessage {
  std::string origin;
  std::string from;  ///< a member
  std::string to;    ///< a member; of kFetch the sender itself
  Purpose purpose = Purpose::kFetch;
  base::Hash session;
  base::EpochSeconds time;
  base::Bytes body;
};

/// Shapes: `signer` is of type 0x01 and named message.from; the body is within its bound (CHECKed).
std::string sign_round_message(const RoundMessage& message, const note::Signer& signer);

/// Strict: exactly what sign_round_message writes. Says nothing about the signature.
/// Errors: kBadRoundMessage (detail: which line).
base::Result<RoundMessage> parse_round_message(std::string_view text);
/// The same, and the one signature is by this key of the sender.   Errors: also note::kNoSignature, kBadSignature.
base::Result<void> verify_round_message(std::string_view text, const RoundMessage& message,
                                        const crypto::PublicKey& operator_key);

inline constexpr base::ErrorKind kBadRoundMessage{"bad-round-message", base::Category::kInvalid,
                                                  "docs/formats/rounds.md"};
/// From nobody who may speak here, or of another time.
inline constexpr base::ErrorKind kNotHeard{"not-heard", base::Category::kDenied, "docs/formats/rounds.md"};

}  // namespace replica
