// Checkpoints: the log's size and root as a signed note, the log's signature on it, and members' timed
// cosignatures. How many cosignatures are enough is policy.h's; what must be durable before one is made is
// the replica's. Format: docs/formats/log.md, docs/formats/notes.md; C2SP tlog-checkpoint, tlog-cosignature
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "base/bytes.h"
#include "base/limits.h"
#include "base/result.h"
#include "base/strong.h"
#include "note/key.h"
#include "note/signed_note.h"

namespace note {

struct Checkpoint {
  std::string origin;
  base::TreeSize size;
  base::Hash root;
  friend bool operator==(const Checkpoint&, const Checkpoint&) = default;
};

inline constexpr NoteLimits kCheckpointLimits{base::kCheckpointBytesMax, base::kCheckpointSignaturesMax};

/// The body of a checkpoint: origin, size, root, one line each. Extension lines are refused.
/// Errors: kBadCheckpoint (detail: which line).
base::Result<Checkpoint> parse_checkpoint(std::string_view body);
/// Shapes: origin is a key name; size <= kTreeSizeMax.
std::string serialize_checkpoint(const Checkpoint& checkpoint);

/// A checkpoint with its signature lines. `note` points into the parsed text.
struct SignedCheckpoint {
  Checkpoint checkpoint;
  NoteView note;
};
/// Errors: kBadNote, kBadSignatureLine, kBadCheckpoint.   Lifetime: views into `text`.
base::Result<SignedCheckpoint> parse_signed_checkpoint(std::string_view text);

/// The log's signature line, with LF. `log` is of type 0x01 and has the origin as its name.
std::string sign_checkpoint(const Checkpoint& checkpoint, const Signer& log);

/// The cosignature/v1 line, with LF, of `member` (type 0x04). The caller has made (origin, size, root, time)
/// durable. Shapes: time < 2^63.
std::string cosign_checkpoint(const Checkpoint& checkpoint, const Signer& member, base::EpochSeconds time);

/// The same over the text of any log's checkpoint, extension lines included.
std::string cosign_text(std::string_view text, const Signer& witness, base::EpochSeconds time);

/// When `key` (type 0x04) cosigned the checkpoint of this body, if `line` is its line and verifies.
/// Errors: kUnknownKeyType, kNoSignature (another's line), kBadSignatureLine, kBadSignature.   Cost: about 50
/// us.
base::Result<base::EpochSeconds> verify_cosignature(std::string_view body, const AnySignatureLine& line,
                                                    const VerifierKey& key);

/// The published text: body, empty line, lines named as the origin, then the others, each group sorted by
/// (name, key id). `lines` (with or without LF) have been verified by the caller and hold the log's. Errors:
/// kBadSignatureLine, kNoSignature (no line of the origin), kTooManySignatures, kBadNote (one key twice).
base::Result<std::string> assemble_checkpoint(const Checkpoint& checkpoint,
                                              std::span<const std::string> lines);

/// `text` with `lines` added. Where a key has cosigned before, the later time stays; a line of the log's
/// stays as it was. The caller has verified the lines.   Errors: those of parse_signed_checkpoint and
/// assemble_checkpoint.
base::Result<std::string> merge_cosignatures(std::string_view text, std::span<const std::string> lines);

inline constexpr base::ErrorKind kBadCheckpoint{"bad-checkpoint", base::Category::kInvalid,
                                                "C2SP tlog-checkpoint"};
inline constexpr base::ErrorKind kTooManySignatures{"too-many-signatures", base::Category::kInvalid,
                                                    "docs/formats/log.md"};

}  // namespace note
