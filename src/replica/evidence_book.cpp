#include "replica/evidence_book.h"

#include <utility>

#include "codec/base64.h"
#include "crypto/hash.h"

namespace replica {
namespace {

using base::Result;

constexpr std::size_t kMarkBytesMax = 4'096;
constexpr std::size_t kNameBytes = 12;

std::string mark_path(const std::string& own_folder) {
  return own_folder + "/halted";
}

// Of what was signed, not of when it was seen: one lie is one file.
std::string name_of(const verify::Evidence& evidence) {
  std::string signed_texts = evidence.first + evidence.second + evidence.rule;
  for (const std::string& leaf : evidence.leaves) signed_texts += leaf;
  const base::Hash hash = crypto::sha256(base::as_bytes(signed_texts));
  return std::string(verify::evidence_kind_name(evidence.kind)) + "-" +
         codec::serialize_base64url(hash.view().first(kNameBytes)) + ".evidence";
}

}  // namespace

Result<std::string> EvidenceBook::add(const verify::Evidence& evidence, Verdict verdict) {
  std::string path = folder() + "/" + name_of(evidence);
  TRY(files_->make_folders(folder()));
  if (verdict == Verdict::kHalt) {
    ASSIGN_OR_RETURN(const auto before, halted());
    const std::string mark = path + ": " + evidence.reason + "\n";
    if (!before) {
      TRY(base::replace_file(*files_, mark_path(own_folder_), base::as_bytes(mark), base::FileMode::kPublic));
    }
  }
  ASSIGN_OR_RETURN(const bool exists, files_->exists(path));
  if (exists) return path;
  TRY(base::replace_file(*files_, path, base::as_bytes(verify::serialize_evidence(evidence)),
                         base::FileMode::kPublic));
  return path;
}

Result<std::optional<std::string>> EvidenceBook::halted() const {
  const auto bytes = files_->read(mark_path(own_folder_), kMarkBytesMax);
  if (!bytes) {
    if (bytes.error().kind() == base::kFileMissing) return std::nullopt;
    return std::unexpected(bytes.error());
  }
  std::string text(base::as_text(*bytes));
  if (text.ends_with('\n')) text.pop_back();
  return text;
}

Result<void> resume_cosigning(base::Files& files, const std::string& own_folder) {
  const std::string path = mark_path(own_folder);
  ASSIGN_OR_RETURN(const bool exists, files.exists(path));
  if (!exists) return base::fail(kNotHalted, path + " is not there");
  TRY(files.remove(path));
  return files.sync_folder(own_folder);
}

}  // namespace replica
