#include "charter/wrong_shares.h"

#include <algorithm>
#include <string>
#include <string_view>

#include "base/check.h"
#include "charter/errors.h"
#include "charter/lifecycle.h"
#include "charter/state.h"
#include "codec/base64.h"
#include "codec/decimal.h"
#include "codec/time_text.h"
#include "record/pieces.h"
#include "resource/values.h"

namespace charter {
namespace {

using base::Result;
using resource::ObjectClass;

constexpr std::string_view kWrongShareWord = "wrong-share";
constexpr std::size_t kNumberDigits = 2;

std::string numbered(std::size_t number, base::ByteView bytes) {
  const std::string digits = codec::serialize_decimal(number);
  return std::string(kNumberDigits - std::min(kNumberDigits, digits.size()), '0') + digits + " " +
         codec::serialize_base64(bytes);
}

/// A line "NN BASE64"; the record's parser has seen to its form.
struct Numbered {
  std::size_t number = 0;
  base::Bytes bytes;
};
Numbered read_numbered(std::string_view text) {
  auto bytes = codec::parse_base64(text.substr(kNumberDigits + 1));
  CHECK(bytes.has_value());
  return {static_cast<std::size_t>((text[0] - '0') * 10 + (text[1] - '0')), std::move(*bytes)};
}

std::uint64_t read_count(const record::Record& record, std::string_view name) {
  std::uint64_t number = 0;
  CHECK(codec::read_decimal(record.value(name), number));
  return number;
}

/// The lines of a repeated attribute.
Result<void> read_line(const record::Attribute& attribute, std::size_t& pieces, ShareProof& proof) {
  const bool is_message = attribute.name == "message";
  const bool is_hash = attribute.name == "hash";
  if (!is_message && !is_hash && attribute.name != "signer") return {};
  const Numbered line = read_numbered(attribute.value);
  if (attribute.name == "signer") {
    ShareSigner& signer = proof.signers.emplace_back();
    signer.number = static_cast<std::uint16_t>(line.number);
    CHECK(line.bytes.size() == signer.commitments.size());
    std::ranges::copy(line.bytes, signer.commitments.begin());
    return {};
  }
  const std::size_t expected = 1 + (is_message ? pieces : proof.path.size());
  if (line.number != expected)
    return base::fail(kRefused, std::string(attribute.name) + ": line " + codec::serialize_decimal(expected) +
                                    " is expected, not " + codec::serialize_decimal(line.number));
  if (is_hash) {
    CHECK(line.bytes.size() == sizeof(base::Hash::bytes));
    std::ranges::copy(line.bytes, proof.path.emplace_back().bytes.begin());
    return {};
  }
  // One message in one way: all pieces but the last are full.
  if (line.bytes.size() > record::kPieceBytes || proof.message.size() != pieces * record::kPieceBytes)
    return base::fail(kRefused, "message: pieces have 765 octets each but the last");
  ++pieces;
  proof.message.insert(proof.message.end(), line.bytes.begin(), line.bytes.end());
  return {};
}

/// A wrong share costs a day once, and is told within half a day.
Result<void> check_timely(const Transaction& tx, const ShareProof& proof) {
  const LeftOutEntry* entry = tx.left_out.find(proof.member);
  if (entry != nullptr && entry->until > tx.now())
    return base::fail(kDuplicate, "against: " + proof.member + " is left out already, until " +
                                      codec::serialize_time(entry->until));
  if (proof.time + kEvidenceWithin <= tx.now() || tx.now() + kEvidenceWithin <= proof.time)
    return base::fail(
        kRefused, "time: twelve hours or more from block time, which is " + codec::serialize_time(tx.now()));
  return {};
}

// After a resharing a holder's share is another one: what was right is not to be judged by it.
Result<const GroupKeyEntry*> find_sharing(const Transaction& tx, const ShareProof& proof) {
  const GroupKeyEntry* entry = tx.group_keys.find(proof.key);
  if (entry == nullptr)
    return base::fail(kRefused, "key: no group key is " + resource::serialize_key(proof.key));
  if (entry->ceremony != proof.sharing)
    return base::fail(
        kRefused, "sharing: the present one is that of " + codec::serialize_base64(entry->ceremony.view()));
  return entry;
}

}  // namespace

Result<void> enter_evidence(Transaction& tx, const record::Record& record, SignatureChecker& checker) {
  if (!tx.is_member(record.by()))
    return base::fail(kUnknownParty, "by: " + std::string(record.by()) + " is no member");
  ASSIGN_OR_RETURN(const ShareProof proof, read_proof(record));
  if (!tx.is_member(proof.member))
    return base::fail(kUnknownParty, "against: " + proof.member + " is no member");
  TRY(check_timely(tx, proof));
  ASSIGN_OR_RETURN(const GroupKeyEntry* sharing, find_sharing(tx, proof));
  TRY(verify_role(tx, record, resource::Role::kOperator, checker));
  crypto::PublicKey operator_key;
  CHECK(resource::read_key(tx.live(ObjectClass::kMember, proof.member)->value("operator"), operator_key));
  TRY(verify_wrong_share(proof, tx.store().clock.origin, *sharing, operator_key));
  tx.left_out.put(proof.member, {tx.now() + kLeftOutFor, record.id()});
  return {};
}

Result<ShareProof> read_proof(const record::Record& record) {
  CHECK(record.value("fault") == kWrongShareWord);
  ShareProof proof;
  proof.member = record.value("against");
  CHECK(resource::read_key(record.value("key"), proof.key));
  CHECK(resource::read_hash(record.value("sharing"), proof.sharing));
  const auto time = codec::read_time(record.value("time"));
  CHECK(time.has_value());
  proof.time = *time;
  proof.count = read_count(record, "count");
  proof.position = read_count(record, "position");
  CHECK(codec::parse_base64_into(record.value("share"), proof.share));
  CHECK(codec::parse_base64_into(record.value("statement"), proof.statement.bytes));
  std::size_t pieces = 0;
  for (const record::Attribute& attribute : record.attributes()) TRY(read_line(attribute, pieces, proof));
  return proof;
}

void set_proof(record::Builder& builder, const ShareProof& proof) {
  builder.set("fault", kWrongShareWord).set("against", proof.member);
  builder.set("key", resource::serialize_key(proof.key)).set("sharing", proof.sharing);
  builder.set("time", proof.time);
  builder.set("count", codec::serialize_decimal(proof.count));
  builder.set("position", codec::serialize_decimal(proof.position));
  const base::ByteView message(proof.message);
  for (std::size_t at = 0, piece = 1; at < message.size(); at += record::kPieceBytes, ++piece)
    builder.add("message",
                numbered(piece, message.subspan(at, std::min(record::kPieceBytes, message.size() - at))));
  for (const ShareSigner& signer : proof.signers)
    builder.add("signer", numbered(signer.number, signer.commitments));
  builder.set("share", codec::serialize_base64(proof.share));
  for (std::size_t i = 0; i < proof.path.size(); ++i)
    builder.add("hash", numbered(i + 1, proof.path[i].view()));
  builder.set("statement", codec::serialize_base64(proof.statement.bytes));
}

}  // namespace charter
