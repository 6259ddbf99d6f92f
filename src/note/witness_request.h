// What a log says to a witness: the size that it believes the witness stands at, a consistency proof from there,
// and a checkpoint. Text only; what a witness answers is witness/witness.h. Checkpoints of any log are read here,
// so extension lines may stand (our own logs have none: checkpoint.h).
// Format: C2SP tlog-witness, "add-checkpoint"; docs/formats/witness.md
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.h"
#include "base/result.h"
#include "base/strong.h"
#include "note/key.h"
#include "note/signed_note.h"

namespace note {

/// A checkpoint of whatever log. Views into the parsed text.
struct ForeignCheckpoint {
  std::string_view origin;
  base::TreeSize size;
  base::Hash root;
  NoteView note;  ///< its text is what is signed and cosigned, extension lines included
};
/// Shapes: at most kWitnessNoteLimits. Extension lines are not empty.
/// Errors: kBadNote, kBadSignatureLine, kBadWitnessRequest (detail: which line).
base::Result<ForeignCheckpoint> parse_foreign_checkpoint(std::string_view text);

struct WitnessRequest {
  base::TreeSize old_size;
  std::vector<base::Hash> proof;  ///< at most kWitnessProofMax
  std::string_view checkpoint;    ///< a signed note, not read yet
};
/// Canonical: serialize_witness_request gives the text back.
/// Errors: kBadWitnessRequest (detail: which line and what was expected).   Lifetime: views into `body`.
base::Result<WitnessRequest> parse_witness_request(std::string_view body);
std::string serialize_witness_request(const WitnessRequest& request);

inline constexpr std::size_t kWitnessProofMax = 63;  // C2SP tlog-witness
/// More signatures than our own checkpoints have: a log may collect many before it asks one more witness.
inline constexpr NoteLimits kWitnessNoteLimits{32'768, 128};
inline constexpr std::size_t kWitnessRequestBytesMax =
    kWitnessNoteLimits.bytes_max + 64 * (kWitnessProofMax + 1);

inline constexpr base::ErrorKind kBadWitnessRequest{"bad-witness-request", base::Category::kInvalid,
                                                    "C2SP tlog-witness, add-checkpoint"};

}  // namespace note
