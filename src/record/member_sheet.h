// A founding member's sheet: what it will be in a registry that is not there yet, and proof that it holds every
// key it names. Made at home, sent to whoever drafts the genesis; nothing in it is secret. The genesis itself is
// a record (record.h); what it may hold is charter/founding.h. Format: docs/formats/records.md "Sheets"
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "crypto/ed25519.h"
#include "note/key.h"
#include "resource/change.h"
#include "resource/object.h"

namespace record {

/// A key that a founding text names, and under which name it signs.
struct FoundingKey {
  std::string name;  ///< MEMBER-A, ORG-A, or the origin for the log's key
  std::string role;  ///< "governance", "admin", ..., "log"
  crypto::PublicKey key;
};

/// Owns its text; movable, not copyable.
class MemberSheet {
 public:
  /// Checks the whole text: canonical form, objects that may stand, no key twice, every key of prime order, and
  /// exactly one valid signature of each.
  /// Errors: kBadSheet (detail: what was expected).   Cost: about 100 us a key.
  static base::Result<MemberSheet> parse(std::string text);

  MemberSheet(MemberSheet&&) = default;
  MemberSheet& operator=(MemberSheet&&) = default;
  MemberSheet(const MemberSheet&) = delete;
  MemberSheet& operator=(const MemberSheet&) = delete;
  ~MemberSheet() = default;

  const std::string& text() const { return text_; }
  const std::string& origin() const { return origin_; }
  /// The key that will sign the log's checkpoints: only on the sheet of the member that will run the hub.
  const std::optional<crypto::PublicKey>& log_key() const { return log_key_; }
  std::string_view member() const { return changes_[0].key; }
  std::string_view organisation() const { return changes_[1].key; }
  /// Both `create` paragraphs as the genesis shall hold them, an empty line before each.
  std::string_view paragraphs() const { return paragraphs_; }
  /// Both as changes: the member, then its organisation.
  const std::vector<resource::Change>& changes() const { return changes_; }
  /// Sorted by name, then key id: the order of the signature lines.
  const std::vector<FoundingKey>& keys() const { return keys_; }

 private:
  MemberSheet() = default;
  base::Result<void> read_head(std::string_view body);
  base::Result<void> read_paragraphs();

  std::string text_;
  std::string origin_;
  std::optional<crypto::PublicKey> log_key_;
  std::string_view paragraphs_;
  std::vector<resource::Change> changes_;  // the member, its organisation
  std::vector<FoundingKey> keys_;
};

/// What a sheet shall say; values are attribute lines such as "governance: KEY", in any order.
struct SheetWish {
  std::string origin;
  std::optional<crypto::PublicKey> log_key;
  std::string member;
  std::vector<std::string> member_lines;
  std::string organisation;
  std::vector<std::string> organisation_lines;
};
/// Signs with all `signers`, which are the keys that the wish names, and reads the result again.
/// Errors: kBadSheet.
base::Result<MemberSheet> make_member_sheet(const SheetWish& wish,
                                            const std::vector<const note::Signer*>& signers);

/// Every key that these `create` paragraphs name, in no particular order; those of a change that makes no valid
/// object are left out.
std::vector<FoundingKey> keys_named_by(const std::vector<resource::Change>& changes);
/// By name, then key id as a number: how signature lines are sorted.
void sort_founding_keys(std::vector<FoundingKey>& keys);

inline constexpr base::ErrorKind kBadSheet{"bad-sheet", base::Category::kInvalid,
                                           "docs/formats/records.md#sheets"};

}  // namespace record
