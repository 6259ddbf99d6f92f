#include "registry/open_batch.h"

#include <algorithm>
#include <utility>

#include "base/check.h"
#include "base/zone_limits.h"
#include "charter/epoch_claim.h"
#include "charter/release_entries.h"
#include "codec/base64.h"
#include "codec/decimal.h"
#include "record/builder.h"

namespace registry {
namespace {

using base::Result;

constexpr std::size_t kPositionDigits = 6;

void add_piece(std::vector<SigningTask>& tasks, const publish::Batch& batch, std::uint64_t first,
               std::uint64_t size, std::uint64_t span_max) {
  for (std::uint64_t position = first; position < first + size; ++position) {
    const publish::BatchItem& item = batch.items[position];
    // The last task of this key, unless it is full. Tasks are of whole pieces, so no piece waits for two sessions of a
    // key.
    const auto last = std::ranges::find(tasks.rbegin(), tasks.rend(), item.key, &SigningTask::key);
    const bool fits = last != tasks.rend() && last->first + span_max > position;
    SigningTask& task = fits ? *last : tasks.emplace_back(SigningTask{item.key, first, {}, {}});
    task.positions.push_back(position);
    task.messages.push_back(item.bytes);
  }
}

std::string position_text(std::uint64_t position) {
  const std::string number = codec::serialize_decimal(position);
  CHECK(number.size() <= kPositionDigits);
  return std::string(kPositionDigits - number.size(), '0') + number;
}

Result<std::string> piece_leaf(const Registry& registry, const OpenBatch& batch, std::uint64_t first,
                               std::span<const crypto::Signature> signatures, const Submitter& submitter) {
  const charter::State& state = registry.charter();
  record::Builder builder(record::Kind::kSignatures, state.origin());
  builder.set("by", submitter.member);
  builder.set_epoch(charter::epoch_claim(state));
  builder.set("release", batch.apex + " " + codec::serialize_decimal(batch.serial));
  builder.set("batch", batch.hash).set("first", codec::serialize_decimal(first));
  for (const crypto::Signature& signature : signatures)
    builder.add("signature", position_text(first++) + " " + codec::serialize_base64(signature.bytes));
  builder.set("expires", submitter.expires);
  ASSIGN_OR_RETURN(const std::string body, builder.body());
  const note::Signer* const signers[] = {submitter.operator_key};
  return record::sign(body, signers);
}

}  // namespace

std::vector<OpenBatch> open_batches(const Registry& registry, std::size_t task_positions_max) {
  const std::uint64_t span_max =
      std::max<std::uint64_t>(1, task_positions_max / base::kBatchPieceMax) * base::kBatchPieceMax;
  std::vector<OpenBatch> open;
  for (const std::string& apex : registry.charter().releases()) {
    const charter::ReleaseEntry& entry = *registry.charter().release(apex);
    const publish::Batch* to_sign = registry.releases().batch(apex);
    CHECK(entry.under_way.has_value() == (to_sign != nullptr));
    if (to_sign == nullptr) continue;
    const charter::ReleaseUnderWay& release = *entry.under_way;
    OpenBatch batch{apex,          entry.serial,      release.time, to_sign->number,
                    release.batch, release.positions, {},           {}};
    for (std::uint64_t first = 0; first < release.positions; first += base::kBatchPieceMax) {
      if (registry.charter().piece(charter::piece_key(apex, release.phase, first)) != nullptr) continue;
      batch.missing.push_back(first);
      add_piece(batch.tasks, *to_sign, first, charter::piece_size(release.positions, first), span_max);
    }
    std::ranges::sort(batch.tasks, {},
                      [](const SigningTask& task) { return std::pair(task.first, task.key); });
    open.push_back(std::move(batch));
  }
  return open;
}

Result<std::vector<std::string>> signature_leaves(const Registry& registry, const OpenBatch& batch,
                                                  const PlacedSignatures& signatures,
                                                  const Submitter& submitter) {
  std::vector<std::string> leaves;
  for (const std::uint64_t first : batch.missing) {
    std::vector<crypto::Signature> piece;
    const std::uint64_t size = charter::piece_size(batch.positions, first);
    for (auto one = signatures.find(first); one != signatures.end() && piece.size() < size; ++one) {
      if (one->first != first + piece.size()) break;
      piece.push_back(one->second);
    }
    if (piece.size() < size) continue;
    ASSIGN_OR_RETURN(std::string leaf, piece_leaf(registry, batch, first, piece, submitter));
    leaves.push_back(std::move(leaf));
  }
  return leaves;
}

}  // namespace registry
