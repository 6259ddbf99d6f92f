// Evidence that a log's sequencer, or a member, broke its word: one text file that anybody with the policy
// can check. Some kinds are proven by signatures and hashes alone; some need the log and the rules, which is
// audit/evidence.h's part; and of some the last step rests on the word of whoever wrote the file: the verdict
// says which. Texts only: no files, no clock, no network. Format: docs/formats/evidence.md
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.h"
#include "base/result.h"
#include "base/strong.h"
#include "note/checkpoint.h"
#include "note/policy.h"

namespace verify {

enum class EvidenceKind : std::uint8_t {
  kFork,        ///< the log key signed two histories
  kRollback,    ///< a cosigner signed a smaller log after a larger one
  kBrokenRule,  ///< the log key signed a log with a block that the rules refuse
  kWrongTime,   ///< the log key signed a block whose time is not that of the clocks
  kHeldBack,    ///< a valid record was handed in and is not on the log
};
std::string_view evidence_kind_name(EvidenceKind kind);

/// Evidence taken apart; nothing in it is believed yet. Parts that a kind has no use for are empty.
struct Evidence {
  std::string origin;
  EvidenceKind kind = EvidenceKind::kFork;
  base::EpochSeconds observed;  ///< by the clock of whoever wrote it
  std::string reason;           ///< for people: one line of printable ASCII
  std::string first;            ///< signed checkpoint
  std::string second;  ///< signed checkpoint: the larger log (kFork, kRollback), the later (kHeldBack)

  base::Hash implied;             ///< kFork: the root that `second` implies for the size of `first`
  std::vector<base::Hash> proof;  ///< kFork: of that; kBrokenRule, kWrongTime: see `leaves`
  std::string cosigner;           ///< kRollback: name of the key that cosigned both
  base::EpochSeconds since;       ///< kHeldBack: when the record was handed in

  std::string rule;           ///< kBrokenRule, kWrongTime: name of the refusal
  base::TreeSize before;      ///< kBrokenRule, kWrongTime: the log was sound up to here
  base::LeafIndex offending;  ///< kBrokenRule, kWrongTime: the leaf that is refused
  /// kHeldBack: the record. kBrokenRule, kWrongTime: all leaves from `before` to the end of `first`, and
  /// `proof` the roots of the complete subtrees before them; or the offending leaf alone, and `proof` its
  /// inclusion.
  std::vector<std::string> leaves;
};

/// Strict and canonical: serialize_evidence gives the text back.   Errors: kBadEvidence (detail: offset or
/// line and what was expected).
base::Result<Evidence> parse_evidence(std::string_view text);
std::string serialize_evidence(const Evidence& evidence);
/// What may stand in `reason`: other bytes become question marks, and it is cut.
std::string reason_line(std::string_view text);
/// By its first line alone.
bool is_evidence(std::string_view text);

/// How far the claim is carried by what was looked at.
enum class Standing : std::uint8_t {
  kProven,     ///< signatures and hashes say so; nobody has to be believed
  kNeedsLog,   ///< they say that the log key signed this; whether the rules refuse it, a replay tells
  kWitnessed,  ///< the rest is true; when it was seen, or that it was handed in, the writer says
};
std::string_view standing_name(Standing standing);

struct EvidenceVerdict {
  Evidence evidence;
  Standing standing = Standing::kWitnessed;
  std::string claim;  ///< one sentence for people
  /// The earliest time at which a key of the policy cosigned `first` (kWrongTime).
  std::optional<base::EpochSeconds> cosigned;
};

/// Checks everything that texts can tell. `policy` is that of the log; a later one does as well as long as
/// the keys that signed are in it. `now`: a block from the future is proven by the reader's own clock.
/// Errors: kBadEvidence; kNotEvidence (well-formed, but it proves nothing: detail says why); kWrongOrigin;
/// those of note and merkle about checkpoints, signatures and proofs.
base::Result<EvidenceVerdict> verify_evidence(std::string_view text, const note::Policy& policy,
                                              base::EpochSeconds now);

/// True if `leaves` are all those from `before` to the end of `first`.
bool holds_whole_block(const Evidence& evidence, const note::Checkpoint& first);
/// Cosignatures of `policy`'s keys on the checkpoint, each verified.   Errors: those of note/.
base::Result<std::vector<note::Cosigner>> verified_cosigners(std::string_view checkpoint,
                                                             const note::Policy& policy);

/// Block time may be ahead of a clock by this much (docs/formats/records.md).
inline constexpr base::Seconds kBlockAheadMax{60};
/// A block of the largest size, and the rest.
inline constexpr std::size_t kEvidenceBytesMax = std::size_t{20} << 20;

inline constexpr base::ErrorKind kBadEvidence{"bad-evidence", base::Category::kInvalid,
                                              "docs/formats/evidence.md"};
inline constexpr base::ErrorKind kNotEvidence{"not-evidence", base::Category::kDenied,
                                              "docs/formats/evidence.md"};

}  // namespace verify
