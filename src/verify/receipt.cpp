#include "verify/receipt.h"

#include <utility>

#include "base/check.h"
#include "base/limits.h"
#include "codec/base64.h"
#include "codec/decimal.h"
#include "codec/time_text.h"
#include "merkle/log_tree.h"
#include "record/record.h"

namespace verify {
namespace {

constexpr std::string_view kHead = "comity/1 receipt ";
// No line of a record or object can be this one, so it ends them without doubt.
constexpr std::string_view kProofMark = "\nc2sp.org/tlog-proof@v1\n";

base::Result<Found> parse_found(const LineReader& lines, std::string_view word) {
  for (const Found found : {Found::kValue, Found::kTombstone, Found::kNothing, Found::kRecord}) {
    if (word == found_name(found)) return found;
  }
  return lines.refuse("value, tombstone, nothing or record expected");
}

// The lines between the head and the first empty line, without a record's index.
base::Result<void> take_claim(LineReader& lines, Receipt& receipt) {
  const bool has_object = lines.is_next("object: ");
  if (has_object) {
    ASSIGN_OR_RETURN(const std::string_view id_text, lines.take_value("object"));
    auto id = resource::parse_object_id(id_text);
    if (!id) return lines.refuse(id.error().message());
    receipt.object = std::move(*id);
  }
  ASSIGN_OR_RETURN(const std::string_view found, lines.take_value("found"));
  ASSIGN_OR_RETURN(receipt.found, parse_found(lines, found));
  if (has_object == (receipt.found == Found::kRecord)) {
    return lines.refuse(has_object ? "a receipt of a record names no object"
                                   : "'object: ' expected before it");
  }
  return {};
}

base::Result<void> take_object_text(LineReader& lines, Receipt& receipt) {
  ASSIGN_OR_RETURN(const std::string_view text, lines.take_paragraph());
  const auto object = resource::Object::parse(std::string(text));
  if (!object) return lines.refuse(object.error().at("in the object above").message());
  if (object->id() != receipt.object)
    return lines.refuse("the object above is another one than 'object' says");
  if (object->is_tombstone() != (receipt.found == Found::kTombstone)) {
    return lines.refuse("the object above is not what 'found' says");
  }
  receipt.object_text = text;
  return {};
}

base::Result<void> take_state_part(LineReader& lines, Receipt& receipt) {
  TRY(lines.take_empty_line());
  if (receipt.found != Found::kNothing) TRY(take_object_text(lines, receipt));
  ASSIGN_OR_RETURN(receipt.state_proof, take_state_proof(lines));
  TRY(lines.take_empty_line());
  ASSIGN_OR_RETURN(receipt.leaf, lines.take_paragraph());
  return {};
}

base::Result<base::LeafIndex> take_record_part(LineReader& lines, Receipt& receipt) {
  ASSIGN_OR_RETURN(const std::uint64_t index, lines.take_number("index", base::kTreeSizeMax));
  TRY(lines.take_empty_line());
  ASSIGN_OR_RETURN(receipt.leaf, lines.take_until(kProofMark));
  TRY(lines.take_empty_line());
  return base::LeafIndex(index);
}

base::Result<void> check_age(const note::CheckedCheckpoint& checkpoint, const Freshness& freshness) {
  if (!freshness.age_max) return {};
  if (!checkpoint.as_of)
    return base::fail(kTooOld, "the policy asks for no cosignature, so there is no time");
  const base::EpochSeconds as_of = *checkpoint.as_of;
  if (as_of > freshness.now + kClockSkewMax) {
    return base::fail(kFromTheFuture, "as of " + codec::serialize_time(as_of));
  }
  if (as_of < freshness.now && freshness.now.value() - as_of.value() > freshness.age_max->value()) {
    return base::fail(kTooOld, "as of " + codec::serialize_time(as_of) + ", " +
                                   std::to_string(freshness.now.value() - as_of.value()) + " seconds ago");
  }
  return {};
}

base::Result<void> verify_state(const Receipt& receipt, Verdict& verdict) {
  ASSIGN_OR_RETURN(
      const BlockEnd block,
      verify_block_end(receipt.origin, receipt.leaf, receipt.log_proof.index, verdict.checkpoint.checkpoint));
  std::optional<std::string_view> text;
  if (receipt.found != Found::kNothing) text = receipt.object_text;
  TRY(verify_state_proof(Trie::kObjects, receipt.object.trie_name(), text, receipt.state_proof, block.state));
  verdict.record_id = block.record_id;
  verdict.height = block.height;
  verdict.block_time = block.time;
  return {};
}

base::Result<void> verify_record(const Receipt& receipt, Verdict& verdict) {
  ASSIGN_OR_RETURN(const record::Record record, record::Record::parse(std::string_view(receipt.leaf)));
  if (record.origin() != receipt.origin)
    return base::fail(kWrongOrigin, "the record's is " + std::string(record.origin()));
  verdict.record_id = record.id();
  return {};
}

}  // namespace

std::string_view found_name(Found found) {
  switch (found) {
    case Found::kValue:
      return "value";
    case Found::kTombstone:
      return "tombstone";
    case Found::kNothing:
      return "nothing";
    case Found::kRecord:
      return "record";
  }
  CHECK(false);
  return "";
}

base::Result<Receipt> parse_receipt(std::string_view text) {
  LineReader lines(text, kBadReceipt);
  if (text.size() > base::kReceiptBytesMax)
    return lines.refuse(std::to_string(text.size()) + " bytes are too many");
  Receipt receipt;
  ASSIGN_OR_RETURN(const std::string_view head, lines.take_line());
  if (!head.starts_with(kHead)) return lines.refuse("'comity/1 receipt' and an origin expected");
  receipt.origin = head.substr(kHead.size());
  if (auto named = note::check_key_name(receipt.origin); !named) {
    return lines.refuse(named.error().at("origin").message());
  }
  TRY(take_claim(lines, receipt));
  std::optional<base::LeafIndex> index;
  if (receipt.found == Found::kRecord) {
    ASSIGN_OR_RETURN(index, take_record_part(lines, receipt));
  } else {
    TRY(take_state_part(lines, receipt));
  }
  auto proof = note::parse_tlog_proof(lines.rest());
  if (!proof) return base::fail(kBadReceipt, proof.error().at("in the tlog-proof").message());
  if (proof->extra) return base::fail(kBadReceipt, "the tlog-proof has extra data");
  if (index && proof->index != *index) return base::fail(kBadReceipt, "the tlog-proof is for another index");
  receipt.log_proof = std::move(*proof);
  return receipt;
}

std::string object_receipt_start(std::string_view origin, const resource::ObjectId& id,
                                 std::optional<std::string_view> text, bool is_tombstone,
                                 const StateProof& proof) {
  const Found found = !text ? Found::kNothing : is_tombstone ? Found::kTombstone : Found::kValue;
  std::string start(kHead);
  start.append(origin).append("\nobject: ").append(resource::class_name(id.object_class));
  start.append(" ").append(id.key).append("\n");
  start.append("found: ").append(found_name(found)).append("\n\n");
  if (text) start.append(*text).append("\n");
  append_state_proof(start, proof);
  start += '\n';
  return start;
}

std::string serialize_receipt(const Receipt& receipt) {
  std::string text;
  if (receipt.found == Found::kRecord) {
    text.append(kHead).append(receipt.origin).append("\nfound: record\nindex: ");
    text.append(std::to_string(receipt.log_proof.index.value())).append("\n\n");
  } else {
    std::optional<std::string_view> object;
    if (receipt.found != Found::kNothing) object = receipt.object_text;
    text = object_receipt_start(receipt.origin, receipt.object, object, receipt.found == Found::kTombstone,
                                receipt.state_proof);
  }
  text.append(receipt.leaf).append("\n").append(note::serialize_tlog_proof(receipt.log_proof));
  return text;
}

Receipt make_object_receipt(std::string origin, resource::ObjectId id,
                            const std::optional<std::string>& object_text, StateProof proof,
                            std::string block_record, note::TlogProof log_proof) {
  Receipt receipt;
  receipt.origin = std::move(origin);
  receipt.object = std::move(id);
  if (object_text) {
    const auto object = resource::Object::parse(*object_text);
    CHECK(object.has_value() && object->id() == receipt.object);
    receipt.found = object->is_tombstone() ? Found::kTombstone : Found::kValue;
    receipt.object_text = *object_text;
  }
  receipt.state_proof = std::move(proof);
  receipt.leaf = std::move(block_record);
  receipt.log_proof = std::move(log_proof);
  return receipt;
}

Receipt make_record_receipt(std::string origin, std::string leaf, note::TlogProof log_proof) {
  Receipt receipt;
  receipt.origin = std::move(origin);
  receipt.found = Found::kRecord;
  receipt.leaf = std::move(leaf);
  receipt.log_proof = std::move(log_proof);
  return receipt;
}

base::Result<note::CheckedCheckpoint> verify_leaf(std::string_view origin, std::string_view leaf,
                                                  const note::TlogProof& proof, const note::Policy& policy) {
  if (policy.header && policy.header->origin != origin) {
    return base::fail(kWrongOrigin, "the policy is for " + policy.header->origin);
  }
  ASSIGN_OR_RETURN(note::CheckedCheckpoint checkpoint, note::check_checkpoint(policy, proof.checkpoint));
  if (checkpoint.checkpoint.origin != origin) {
    return base::fail(kWrongOrigin, "the checkpoint is of " + checkpoint.checkpoint.origin);
  }
  TRY(merkle::verify_inclusion(merkle::leaf_hash(base::as_bytes(leaf)), proof.index,
                               checkpoint.checkpoint.size, checkpoint.checkpoint.root, proof.hashes));
  return checkpoint;
}

base::Result<BlockEnd> verify_block_end(std::string_view origin, std::string_view leaf, base::LeafIndex index,
                                        const note::Checkpoint& checkpoint) {
  if (index.next().value() != checkpoint.size.value()) {
    return base::fail(kNotTheLastLeaf,
                      std::to_string(index.value()) + " of " + std::to_string(checkpoint.size.value()));
  }
  ASSIGN_OR_RETURN(const record::Record block, record::Record::parse(leaf));
  if (block.kind() != record::Kind::kBlock)
    return base::fail(kNotABlock, std::string(record::kind_name(block.kind())));
  if (block.origin() != origin)
    return base::fail(kWrongOrigin, "the block record's is " + std::string(block.origin()));
  ASSIGN_OR_RETURN(const std::uint64_t height, codec::parse_decimal(block.value("height")));
  ASSIGN_OR_RETURN(const base::EpochSeconds time, codec::parse_time(block.value("time")));
  ASSIGN_OR_RETURN(const base::Hash state, codec::parse_base64_hash(block.value("state")));
  return BlockEnd{block.id(), base::Height(height), time, state};
}

base::Result<Verdict> verify_receipt(std::string_view text, const note::Policy& policy,
                                     const Freshness& freshness) {
  Verdict verdict;
  ASSIGN_OR_RETURN(verdict.receipt, parse_receipt(text));
  const Receipt& receipt = verdict.receipt;
  ASSIGN_OR_RETURN(verdict.checkpoint, verify_leaf(receipt.origin, receipt.leaf, receipt.log_proof, policy));
  if (receipt.found == Found::kRecord) {
    TRY(verify_record(receipt, verdict));
  } else {
    TRY(verify_state(receipt, verdict));
  }
  TRY(check_age(verdict.checkpoint, freshness));
  return verdict;
}

}  // namespace verify
