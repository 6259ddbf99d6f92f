// Annexes: reasons, remarks and contacts that a record names by commitment only, so that a redaction can
// erase them. Kept beside the log as plain files; no rule, replay or proof ever needs one. Format:
// docs/formats/records.md#annexes
#pragma once

#include <string>

#include "base/files.h"

namespace storage {

struct Annex {
  base::Hash salt;  ///< 32 random bytes
  std::string text;
  friend bool operator==(const Annex&, const Annex&) = default;
};

/// HMAC-SHA-256(salt, text).
base::Hash annex_commitment(const Annex& annex);
/// Salt in base64, LF, an empty line, the text.   Inverse: parse_annex.
std::string serialize_annex(const Annex& annex);
/// Errors: kBadAnnex.
base::Result<Annex> parse_annex(std::string_view file);

/// Threads: any, as Files.   Lifetime: keeps a reference to the Files.
class AnnexStore {
 public:
  /// `folder` is created at the first put.
  AnnexStore(base::Files& files, std::string folder) : files_(&files), folder_(std::move(folder)) {}

  /// Durable when it returns; its commitment is the result.
  /// Errors: kBadAnnex (text too long), those of Files.
  base::Result<base::Hash> put(const Annex& annex);
  /// Errors: kFileMissing (never had it, or erased), kBadAnnex (altered: it does not match the commitment).
  base::Result<Annex> get(const base::Hash& commitment) const;
  /// Removes text and salt; a missing one is no error. Durable when it returns.
  base::Result<void> erase(const base::Hash& commitment);
  /// annex/<base64url of the commitment>
  std::string path_of(const base::Hash& commitment) const;

 private:
  base::Files* files_;
  std::string folder_;
};

inline constexpr base::ErrorKind kBadAnnex{"bad-annex", base::Category::kInvalid,
                                           "docs/formats/records.md#annexes"};

}  // namespace storage
