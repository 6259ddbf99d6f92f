// Annexes: reasons, remarks and contacts that a record names by commitment only, so that a redaction can
// erase them. Kept beside the log as plain files; no rule, replay or proof ever needs one. Whoever orders
// records holds an annex durably before its record is ordered, and keeps it (or drops it) afterwards: a crash
// in between leaves it held, and the log decides (replica/annexes.h). Format: docs/formats/records.md#annexes
#pragma once

#include <string>
#include <string_view>
#include <vector>

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
  /// As put, under a name that get does not look at and nobody is served.
  base::Result<base::Hash> hold(const Annex& annex);
  /// What is held gets its own name; one that is not held is no error. Durable when it returns.
  base::Result<void> keep(const base::Hash& commitment);
  /// Forgets one that is held; what has its own name already stays.
  base::Result<void> drop(const base::Hash& commitment);
  /// Commitments of all that are held, in the order of their names.
  base::Result<std::vector<base::Hash>> held() const;
  /// Errors: kFileMissing (never had it, or erased), kBadAnnex (altered: it does not match the commitment).
  base::Result<Annex> get(const base::Hash& commitment) const;
  /// Removes text and salt, held or kept; a missing one is no error. Durable when it returns.
  base::Result<void> erase(const base::Hash& commitment);
  /// annex/<base64url of the commitment>
  std::string path_of(const base::Hash& commitment) const;
  /// Is this the name of a file in the folder that is no annex: of one that is held, or a crash's leftover?
  static bool is_passing(std::string_view name);

 private:
  base::Result<base::Hash> store(const Annex& annex, std::string_view ending);
  base::Files* files_;
  std::string folder_;
};

inline constexpr base::ErrorKind kBadAnnex{"bad-annex", base::Category::kInvalid,
                                           "docs/formats/records.md#annexes"};

}  // namespace storage
