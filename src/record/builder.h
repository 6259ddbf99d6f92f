// Makes records: canonical bodies from attributes and paragraphs, signatures around them, block records.
// What is made here is parsed before it is handed out, so nothing else can leave. Which keys must sign is not
// known here (charter/, and the table in the format). Format: docs/formats/records.md
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/bytes.h"
#include "base/result.h"
#include "base/strong.h"
#include "note/key.h"
#include "record/record.h"
#include "resource/object.h"

namespace record {

/// Collects one body; attributes and paragraphs may come in any order.
/// Order: constructor, ( set | add_paragraph )*, body.   Threads: one.
class Builder {
 public:
  Builder(Kind kind, std::string_view origin);

  /// Sets an attribute (the last call counts); an empty value leaves it out.
  Builder& set(std::string_view name, std::string_view value);
  Builder& set(std::string_view name, const base::Hash& value);
  /// One more line of a repeated attribute.
  Builder& add(std::string_view name, std::string_view value);
  Builder& set(std::string_view name, base::EpochSeconds value);
  /// `epoch: NUMBER HASH`.
  Builder& set_epoch(const EpochClaim& epoch);
  /// A paragraph with or without a leading empty line, lines in any order (resource::serialize_difference
  /// gives one); an empty text is left out.
  Builder& add_paragraph(std::string_view paragraph);

  /// The canonical body, without signatures.
  /// Errors: kBadRecord (detail: line number in the body, then what was expected).
  base::Result<std::string> body() const;

 private:
  Kind kind_;
  std::string origin_;
  std::vector<std::pair<std::string, std::string>> attributes_;
  std::vector<std::string> paragraphs_;
};

/// Sorts what has one order: attributes by the kind's table, paragraphs by object, lines of a paragraph
/// bytewise. Nothing is dropped or invented: what the table does not know stays and is refused by the parser
/// that follows. Errors: kBadRecord.
base::Result<std::string> canonical_body(std::string_view body);

/// SHA-256(body).
RecordId record_id(std::string_view body);

/// The leaf: `body`, an empty line, one signature line for each signer, sorted. Signers of type 0x01 only
/// (CHECKed). Errors: kBadRecord (the body is not canonical; no signer, two with one name and key id, too
/// many).
base::Result<std::string> sign(std::string_view body, std::span<const note::Signer* const> signers);

/// One signature line with its LF, for signers who are not in one place.
std::string sign_line(std::string_view body, const note::Signer& signer);
/// The leaf of `body` and lines made by sign_line, in any order.   Errors: kBadRecord.
base::Result<std::string> assemble(std::string_view body, std::span<const std::string> signature_lines);

/// The block record of `block`.
/// Shapes: `origin` is an origin; the effects are words of the table, in the order in which they happened, at most
/// kBlockEffectsMax (CHECKed: our own replica made them).
std::string serialize_block(std::string_view origin, const BlockFields& block);

}  // namespace record
