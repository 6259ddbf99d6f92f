// Receipts: one text file that proves, with the policy alone, what an object is, that it was deleted, that it
// does not exist, or that a record is on the log; and the time for which that holds. Texts only: no files, no
// clock, no network. Format: docs/formats/receipts.md
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "base/strong.h"
#include "note/policy.h"
#include "note/tlog_proof.h"
#include "resource/object.h"
#include "verify/state_proof.h"

namespace verify {

enum class Found : std::uint8_t { kValue, kTombstone, kNothing, kRecord };
std::string_view found_name(Found found);

/// A receipt taken apart; nothing in it is believed yet.
struct Receipt {
  std::string origin;
  Found found = Found::kNothing;
  // Of a state receipt (all but kRecord).
  resource::ObjectId object;
  std::string object_text;  ///< empty for kNothing
  StateProof state_proof;
  /// The block record's leaf; for kRecord the record's, signatures included.
  std::string leaf;
  note::TlogProof log_proof;
};

/// Strict and canonical: serialize_receipt gives the text back.
/// Errors: kBadReceipt (detail: line number and what was expected).   Cost: one pass.
base::Result<Receipt> parse_receipt(std::string_view text);
std::string serialize_receipt(const Receipt& receipt);

/// Puts a receipt of the state together. `object_text` is nullopt for an object that never was.
/// Shapes: log_proof proves `block_record` as the last leaf of its checkpoint.
Receipt make_object_receipt(std::string origin, resource::ObjectId id,
                            const std::optional<std::string>& object_text, StateProof proof,
                            std::string block_record, note::TlogProof log_proof);
/// The same receipt's text up to the empty line before the block record: what differs from object to object
/// under one checkpoint. Shapes: `text` is of that object, a tombstone exactly if `is_tombstone`.
std::string object_receipt_start(std::string_view origin, const resource::ObjectId& id,
                                 std::optional<std::string_view> text, bool is_tombstone,
                                 const StateProof& proof);
Receipt make_record_receipt(std::string origin, std::string leaf, note::TlogProof log_proof);

/// How old an answer may be. Without `age_max` no time is looked at.
struct Freshness {
  base::EpochSeconds now;
  std::optional<base::Seconds> age_max;
};

/// What a receipt proves.
struct Verdict {
  Receipt receipt;
  note::CheckedCheckpoint checkpoint;  ///< as_of in it: absent only under a policy of quorum none
  base::Hash record_id;                ///< of the block record, or of the record
  std::optional<base::Height> height;  ///< of the block; state receipts only
  std::optional<base::EpochSeconds> block_time;
};

/// Errors: kBadReceipt; kWrongOrigin; kNotABlock and kNotTheLastLeaf (state receipts); kNotProven; kTooOld
/// and kFromTheFuture (only if `age_max` is given); merkle's kBadTrieProof, kBadLogProof, kLeafBeyondTree;
/// note's kBadNote, kBadCheckpoint, kNoLogSignature, kBadSignature, kNoQuorum; record::kBadRecord. Cost:
/// about 50 us a known signature on the checkpoint.
base::Result<Verdict> verify_receipt(std::string_view text, const note::Policy& policy,
                                     const Freshness& freshness);

/// The part that receipts and policy steps share: the leaf lies in the tree of a checkpoint that counts.
/// Errors: as above, without those of the state.
base::Result<note::CheckedCheckpoint> verify_leaf(std::string_view origin, std::string_view leaf,
                                                  const note::TlogProof& proof, const note::Policy& policy);

/// What a block record that is the last leaf of `checkpoint` says of the state.
struct BlockEnd {
  base::Hash record_id;
  base::Height height;
  base::EpochSeconds time;
  base::Hash state;
};
/// Errors: record::kBadRecord, kNotABlock, kWrongOrigin, kNotTheLastLeaf.
base::Result<BlockEnd> verify_block_end(std::string_view origin, std::string_view leaf, base::LeafIndex index,
                                        const note::Checkpoint& checkpoint);

/// The clocks of honest members differ by less.
inline constexpr base::Seconds kClockSkewMax{300};

inline constexpr base::ErrorKind kBadReceipt{"bad-receipt", base::Category::kInvalid,
                                             "docs/formats/receipts.md"};
inline constexpr base::ErrorKind kWrongOrigin{"wrong-origin", base::Category::kDenied,
                                              "docs/formats/receipts.md"};
inline constexpr base::ErrorKind kNotABlock{"not-a-block-record", base::Category::kDenied,
                                            "docs/formats/receipts.md"};
inline constexpr base::ErrorKind kNotTheLastLeaf{"not-the-last-leaf", base::Category::kDenied,
                                                 "docs/formats/receipts.md"};
inline constexpr base::ErrorKind kTooOld{"too-old", base::Category::kDenied, "docs/formats/receipts.md"};
inline constexpr base::ErrorKind kFromTheFuture{"from-the-future", base::Category::kDenied,
                                                "docs/formats/receipts.md"};

}  // namespace verify
