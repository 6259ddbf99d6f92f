// Making records for the command line: the epoch claim, expiry, annex and paragraphs of a body, and the keys
// of a folder that have to sign it. The rules judge the result; a wrong guess here is refused there. Format:
// docs/formats/records.md
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "apps/key_files.h"
#include "apps/registry_folder.h"
#include "base/files.h"
#include "base/result.h"
#include "charter/state.h"
#include "note/key.h"
#include "record/builder.h"
#include "record/record.h"

namespace apps {

/// A body as a record, with a signature that nobody will look at.   Errors: those of record::Record::parse.
base::Result<record::Record> parse_unsigned(std::string_view body);

/// Lifetime: keeps references to the state, the Files, the layout and the extra signers.
class RecordMaker {
 public:
  RecordMaker(base::Files& files, const FolderLayout& layout, const charter::State& state,
              base::EpochSeconds now, const std::vector<note::Signer>& extra)
      : files_(&files), layout_(&layout), state_(&state), now_(now), extra_(&extra) {}

  /// A body with `by`, `epoch` and `expires` filled in.
  record::Builder begin(record::Kind kind, std::string_view by, base::Seconds expires_in) const;
  /// Keeps the annex beside the log and sets the attribute. Nothing for an empty text.
  base::Result<void> add_annex(record::Builder& body, std::string_view text) const;
  /// What the attribute `class` of this proposal has to say. Errors: those of the rules about its paragraphs.
  base::Result<std::string> classes_of(std::string_view body) const;
  /// Signs with the keys that this body needs, out of those in the layout's key folder and the extra ones.
  /// Errors: kNoKeys (detail: which scope of whom), those of load_key.
  base::Result<std::string> sign(std::string_view body) const;

  /// The one proposal (open or locked, or a dispute) whose id begins with `prefix`.
  /// Errors: kNoSuchProposal, kAmbiguousId.
  base::Result<record::RecordId> find_proposal(std::string_view prefix) const;
  const charter::State& state() const { return *state_; }

 private:
  base::Result<std::vector<KeyFile>> key_files() const;

  base::Files* files_;
  const FolderLayout* layout_;
  const charter::State* state_;
  base::EpochSeconds now_;
  const std::vector<note::Signer>* extra_;
};

inline constexpr base::ErrorKind kNoKeys{"no-keys", base::Category::kUnavailable,
                                         "docs/formats/records.md#kinds"};
inline constexpr base::ErrorKind kNoSuchProposal{"no-such-proposal", base::Category::kNotFound,
                                                 "comity pending --help"};
inline constexpr base::ErrorKind kAmbiguousId{"ambiguous-id", base::Category::kInvalid,
                                              "comity pending --help"};

}  // namespace apps
