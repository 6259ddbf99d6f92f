// Records: the leaves of the log. One strict parser for every kind; serialize(parse(text)) == text or
// refused. What a record is allowed to do is charter/; whether its signatures verify is asked there, against
// the state. Format: docs/formats/records.md
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.h"
#include "base/result.h"
#include "base/strong.h"
#include "crypto/ed25519.h"
#include "resource/change.h"

namespace record {

enum class Kind : std::uint8_t {
  kGenesis,
  kCarry,
  kProposal,
  kAcceptance,
  kBallot,
  kObjection,
  kWithdrawal,
  kCancellation,
  kCheck,
  kRedaction,
  kCeremony,
  kSignatures,
  kEvidence,
  kBlock,
};
std::string_view kind_name(Kind kind);

/// Nothing for an unknown word. Reserved kinds have a name but no records yet.
std::optional<Kind> kind_from_name(std::string_view name);

using RecordId = base::Hash;

struct Attribute {
  std::string_view name;
  std::string_view value;
};
struct SignatureLine {
  std::string_view name;
  std::uint32_t key_id;
  crypto::Signature signature;
};

/// The `epoch` attribute: which epoch, and the hash of the charter object's text that the signer saw.
struct EpochClaim {
  base::Epoch epoch;
  base::Hash charter;
  friend bool operator==(const EpochClaim&, const EpochClaim&) = default;
};

/// What a block record says. Views into the record, or into what it is made of.
struct BlockFields {
  base::Height height;
  base::EpochSeconds time;
  std::uint64_t records = 0;
  std::vector<std::string_view> effects;  ///< "executed <id>", in the order of the record
  base::Hash state;
};

/// A parsed record. Owns its text; every view points into it. Movable, not copyable (copy the text and
/// parse).
class Record {
 public:
  /// Checks everything that needs no state: canonical form, the kind's attributes and their value syntax,
  /// order and uniqueness of paragraphs, lines and signatures. `leaf` is the whole leaf, signatures included.
  /// Errors: kBadRecord (detail: line number, then what was expected).
  /// Cost:   one pass, about 1 us for 600 bytes; one SHA-256 for the id.
  static base::Result<Record> parse(base::Bytes leaf);
  static base::Result<Record> parse(std::string_view leaf);

  Kind kind() const { return kind_; }
  std::string_view origin() const { return origin_; }
  const RecordId& id() const { return id_; }
  std::string_view leaf() const { return base::as_text(leaf_); }
  /// What is signed and what the id hashes: the leaf without its signature block.
  std::string_view body() const { return leaf().substr(0, body_bytes_); }

  const std::vector<Attribute>& attributes() const { return attributes_; }
  /// The value of an attribute that stands at most once; empty if absent.
  std::string_view value(std::string_view name) const;
  /// What a carry record brings along, each line with its LF and a `|` before it; empty for other kinds.
  std::string_view carried() const { return carried_; }
  const std::vector<resource::Change>& changes() const { return changes_; }
  const std::vector<SignatureLine>& signatures() const { return signatures_; }

  // Shorthands for attributes that most kinds have.
  std::string_view by() const { return value("by"); }
  std::optional<base::EpochSeconds> expires() const;
  std::optional<RecordId> proposal() const;
  std::optional<EpochClaim> epoch() const;
  std::optional<resource::ObjectId> object() const;
  /// Block records only, else nothing.
  std::optional<BlockFields> block() const;

 private:
  friend class RecordParser;
  Record() = default;
  base::Bytes leaf_;
  std::size_t body_bytes_ = 0;
  Kind kind_ = Kind::kBlock;
  RecordId id_;
  std::string_view origin_;
  std::vector<Attribute> attributes_;
  std::string_view carried_;
  std::vector<resource::Change> changes_;
  std::vector<SignatureLine> signatures_;
};

/// Checks a body alone: what Record::parse would say about it once it is signed (a block: as it is).
/// Errors: kBadRecord.
base::Result<void> check_body(std::string_view body);

inline constexpr base::ErrorKind kBadRecord{"bad-record", base::Category::kInvalid,
                                            "docs/formats/records.md"};

}  // namespace record
