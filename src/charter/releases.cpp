#include "charter/releases.h"

#include "base/check.h"
#include "base/zone_limits.h"
#include "charter/errors.h"
#include "charter/lifecycle.h"
#include "charter/state.h"
#include "codec/base64.h"
#include "codec/decimal.h"
#include "resource/values.h"

namespace charter {
namespace {

struct Claim {
  std::string apex;
  const ReleaseUnderWay* release = nullptr;
  std::uint64_t first = 0;
};

std::string number_text(std::uint64_t number) {
  return codec::serialize_decimal(number);
}

/// The release that the record speaks of, if it is the one under way, and where its piece begins.
base::Result<Claim> find_release(const Transaction& tx, const record::Record& record) {
  const std::string_view name = record.value("release");
  const std::size_t space = name.find(' ');
  CHECK(space != std::string_view::npos);  // the record's parser has seen to it
  Claim claim{std::string(name.substr(0, space)), nullptr, 0};
  const ReleaseEntry* entry = tx.releases.find(claim.apex);
  if (entry == nullptr || !entry->under_way)
    return base::fail(kRefused, "release: none of " + claim.apex + " is under way");
  if (name.substr(space + 1) != number_text(entry->serial))
    return base::fail(kRefused, "release: the one under way has the serial " + number_text(entry->serial));
  claim.release = &*entry->under_way;
  if (record.value("batch") != codec::serialize_base64(claim.release->batch.view()))
    return base::fail(
        kRefused, "batch: the one to sign now is " + codec::serialize_base64(claim.release->batch.view()));
  CHECK(codec::read_decimal(record.value("first"), claim.first));
  return claim;
}

/// The record's signatures, if they are those of the whole piece in order.
base::Result<PieceEntry> read_piece(const record::Record& record, const Claim& claim) {
  const std::uint64_t size = piece_size(claim.release->positions, claim.first);
  if (size == 0)
    return base::fail(kRefused, "first: pieces begin at multiples of " + number_text(base::kBatchPieceMax) +
                                    " below " + number_text(claim.release->positions));
  PieceEntry piece;
  for (const record::Attribute& attribute : record.attributes()) {
    if (attribute.name != "signature") continue;
    const std::size_t space = attribute.value.find(' ');
    std::uint64_t position = 0;
    for (const char digit : attribute.value.substr(0, space))
      position = position * 10 + static_cast<std::uint64_t>(digit - '0');
    if (position != claim.first + piece.signatures.size())
      return base::fail(kRefused, "signature: position " +
                                      number_text(claim.first + piece.signatures.size()) +
                                      " is expected, not " + number_text(position));
    CHECK(codec::parse_base64_into(attribute.value.substr(space + 1), piece.signatures.emplace_back().bytes));
  }
  if (piece.signatures.size() != size)
    return base::fail(kRefused, "signature: this piece has " + number_text(size) + " positions, not " +
                                    number_text(piece.signatures.size()));
  return piece;
}

const std::string* held_zone(const Transaction& tx, std::string_view batch) {
  for (const auto& [apex, unused] : tx.store().releases.entries()) {
    const ReleaseEntry* entry = tx.releases.find(apex);
    if (entry != nullptr && entry->held && codec::serialize_base64(entry->held->batch.view()) == batch)
      return &apex;
  }
  return nullptr;
}

}  // namespace

base::Result<void> enter_signatures(Transaction& tx, const record::Record& record,
                                    SignatureChecker& checker) {
  if (!tx.is_member(record.by()))
    return base::fail(kUnknownParty, "by: " + std::string(record.by()) + " is no member");
  ASSIGN_OR_RETURN(const Claim claim, find_release(tx, record));
  ASSIGN_OR_RETURN(PieceEntry piece, read_piece(record, claim));
  const std::string key = piece_key(claim.apex, claim.release->phase, claim.first);
  if (tx.pieces.find(key) != nullptr)
    return base::fail(kDuplicate, "first: the signatures of this piece stand on the log already");
  TRY(verify_role(tx, record, resource::Role::kOperator, checker));
  CHECK(tx.store().batch_checker != nullptr);  // an entry stands, so its maker is here
  TRY(tx.store().batch_checker->verify_piece(claim.apex, claim.first, piece.signatures));
  tx.pieces.put(key, std::move(piece));
  return {};
}

base::Result<void> check_publish(const Transaction& tx, std::string_view batch) {
  const std::string* apex = held_zone(tx, batch);
  if (apex == nullptr) return base::fail(kRefused, "publish: no zone is held with this batch");
  if (tx.releases.find(*apex)->held->is_approved)
    return base::fail(kRefused, "publish: it is about to be published");
  return {};
}

base::Result<void> execute_publish(Transaction& tx, const record::Record& proposal) {
  TRY(check_publish(tx, proposal.value("publish")));
  const std::string apex = *held_zone(tx, proposal.value("publish"));
  ReleaseEntry entry = *tx.releases.find(apex);
  entry.held->is_approved = true;
  tx.releases.put(apex, std::move(entry));
  return {};
}

}  // namespace charter
