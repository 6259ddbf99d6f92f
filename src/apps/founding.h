// Founding a registry whose members live apart: sheets become a draft, each member signs it at home, the signed
// copies become the genesis. Texts in, texts out; files and keys are the verbs' (verbs/found*.cpp). Whether a
// genesis may stand is charter/founding.h's judgement, asked here before anybody signs and again at the end.
// Format: docs/formats/records.md "Sheets", docs/operations/founding.md
#pragma once

#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "base/strong.h"
#include "crypto/ed25519.h"
#include "note/key.h"
#include "record/member_sheet.h"
#include "record/record.h"

namespace apps {

struct GenesisWish {
  std::string origin;
  base::EpochSeconds time;
  std::string clock = "real";
  crypto::PublicKey log_key;
  /// Of members and organisations, each beginning with `create`.
  std::vector<std::string> paragraphs;
  /// Lines of the charter in place of its default ones: "lock: A 2d".
  std::vector<std::string> numbers = {};
};
/// The canonical body.   Errors: record::kBadRecord, kBadFounding (a number that the charter does not have).
base::Result<std::string> make_genesis_body(const GenesisWish& wish);

/// The body that these sheets ask for, tried by the rules as if everybody had signed. `origin` and the log's key
/// come from the sheets.
/// Errors: kBadFounding (another registry's sheet, one twice, no or two log keys, too few or many), the rules'.
base::Result<std::string> draft_genesis(std::span<const record::MemberSheet> sheets, base::EpochSeconds time,
                                        std::string_view clock, std::span<const std::string> numbers = {});

/// The charter's lines in a genesis that are not the default ones: who signs should know them.
std::vector<std::string> unusual_numbers(std::string_view body);

/// Would the rules take this genesis if every key that it names had signed?   Errors: the rules'.
base::Result<void> check_genesis_body(std::string_view body);

/// Every key that a genesis names, sorted as its signature lines.   Shapes: `genesis` is of kind genesis.
std::vector<record::FoundingKey> genesis_keys(const record::Record& genesis);

/// Is `sheet` in the genesis word for word?   Errors: kAlteredSheet (detail: which line differs).
base::Result<void> check_holds_sheet(std::string_view body, const record::MemberSheet& sheet);

/// A genesis as far as it is signed, read from a draft or from what `found sign` wrote.
struct PartlySigned {
  std::string source;  ///< the file's name, for messages
  std::string body;
  std::vector<std::string> lines;  ///< signature lines with LF
};
/// Errors: kBadFounding (no genesis), those of drafts.
base::Result<PartlySigned> read_partly_signed(std::string source, std::string_view text);

/// The copies' signature lines by key, each verified over its copy; of two of one key the first stays. `stranger` ends
/// what is said of another key: "signs with a key that ...".   Errors: kStrangeSignature.
base::Result<std::map<const record::FoundingKey*, std::string>> gather_signatures(
    std::span<const PartlySigned> copies, const std::vector<record::FoundingKey>& keys,
    std::string_view stranger);

/// The keys of the genesis that no line in `lines` is of.
std::vector<record::FoundingKey> missing_signatures(const record::Record& genesis,
                                                    std::span<const std::string> lines);

/// The genesis leaf: all copies speak of one body, every key it names has signed it, and the rules take it.
/// Errors: kAlteredDraft (detail: whose copy, which line), kMissingSignature (detail: every key that is
/// missing), kStrangeSignature, the rules'.
base::Result<std::string> seal_genesis(std::span<const PartlySigned> copies);

/// "line 7: `+ operator: ...` instead of `+ operator: ...`"; empty if the texts are equal.
std::string first_difference(std::string_view expected, std::string_view found);

inline constexpr base::ErrorKind kBadFounding{"bad-founding", base::Category::kInvalid,
                                              "docs/operations/founding.md"};
inline constexpr base::ErrorKind kAlteredSheet{"altered-sheet", base::Category::kDenied,
                                               "docs/operations/founding.md"};
inline constexpr base::ErrorKind kAlteredDraft{"altered-draft", base::Category::kDenied,
                                               "docs/operations/founding.md"};
inline constexpr base::ErrorKind kMissingSignature{"missing-signature", base::Category::kDenied,
                                                   "docs/operations/founding.md"};
inline constexpr base::ErrorKind kStrangeSignature{"strange-signature", base::Category::kDenied,
                                                   "docs/operations/founding.md"};

}  // namespace apps
