#include "replica/record_receipts.h"

#include <utility>

#include "base/check.h"
#include "base/limits.h"
#include "note/tlog_proof.h"
#include "verify/receipt.h"

namespace replica {

using base::LeafIndex;
using base::Result;

Result<std::unique_ptr<RecordReceipts>> RecordReceipts::create(const View& view) {
  std::shared_ptr<const Published> now = view.published();
  if (!now) return base::fail(kNothingPublished, "no checkpoint counts yet");
  ASSIGN_OR_RETURN(const storage::LogFolder log, view.log());  // of the same size or of a later one
  storage::LogFolder at_size = log.at(now->checkpoint.size);
  return std::make_unique<RecordReceipts>(std::move(now), std::move(at_size));
}

RecordReceipts::RecordReceipts(std::shared_ptr<const Published> published, storage::LogFolder log)
    : published_(std::move(published)), log_(std::move(log)), prover_(log_.size(), log_) {
  CHECK(log_.size() == published_->checkpoint.size);
}

Result<std::string> RecordReceipts::receipt(LeafIndex index) {
  note::TlogProof proof;
  proof.index = index;
  ASSIGN_OR_RETURN(proof.hashes, prover_.prove(index));
  proof.checkpoint = published_->text;
  ASSIGN_OR_RETURN(const base::ByteView text, leaf(index));
  return verify::serialize_receipt(verify::make_record_receipt(
      published_->checkpoint.origin, std::string(base::as_text(text)), std::move(proof)));
}

Result<base::ByteView> RecordReceipts::leaf(LeafIndex index) {
  const merkle::TileIndex place(index.value() / base::kTileWidth);
  if (!bundle_ || bundle_->first.value() != place.value() * base::kTileWidth) {
    bundle_.reset();
    ASSIGN_OR_RETURN(bundle_, log_.read_bundle(place));
  }
  return bundle_->leaves[index.value() % base::kTileWidth];
}

}  // namespace replica
