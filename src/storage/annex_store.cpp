#include "storage/annex_store.h"

#include <algorithm>
#include <string_view>

#include "base/limits.h"
#include "codec/base64.h"
#include "crypto/hash.h"

namespace storage {
namespace {

using base::Hash;
using base::Result;

constexpr std::size_t kSaltChars = 44;
constexpr std::size_t kHeadBytes = kSaltChars + 2;  // and the two LF behind it
constexpr std::string_view kTemporary = ".new";     // as base::replace_file names it
constexpr std::string_view kHeld = ".held";

Result<void> remove_if_there(base::Files& files, const std::string& path) {
  auto removed = files.remove(path);
  if (!removed && removed.error().kind() == base::kFileMissing) return {};
  return removed;
}

}  // namespace

Hash annex_commitment(const Annex& annex) {
  return crypto::hmac_sha256(annex.salt.view(), base::as_bytes(annex.text));
}

std::string serialize_annex(const Annex& annex) {
  return codec::serialize_base64(annex.salt.view()) + "\n\n" + annex.text;
}

Result<Annex> parse_annex(std::string_view file) {
  if (file.size() < kHeadBytes || file.substr(kSaltChars, 2) != "\n\n")
    return base::fail(kBadAnnex, "no salt line");
  if (file.size() - kHeadBytes > base::kAnnexBytesMax) return base::fail(kBadAnnex, "text too long");
  const auto salt = codec::parse_base64_hash(file.substr(0, kSaltChars));
  if (!salt) return base::fail(kBadAnnex, "salt: " + salt.error().detail());
  return Annex{*salt, std::string(file.substr(kHeadBytes))};
}

std::string AnnexStore::path_of(const Hash& commitment) const {
  return folder_ + "/" + codec::serialize_base64url(commitment.view());
}

bool AnnexStore::is_passing(std::string_view name) {
  return name.ends_with(kTemporary) || name.ends_with(kHeld);
}

Result<Hash> AnnexStore::put(const Annex& annex) {
  return store(annex, "");
}

Result<Hash> AnnexStore::hold(const Annex& annex) {
  return store(annex, kHeld);
}

Result<Hash> AnnexStore::store(const Annex& annex, std::string_view ending) {
  if (annex.text.size() > base::kAnnexBytesMax) return base::fail(kBadAnnex, "text too long");
  const Hash commitment = annex_commitment(annex);
  TRY(files_->make_folders(folder_));
  TRY(files_->sync_folder(base::folder_of(folder_)));  // it may exist without its name being durable
  const std::string file = serialize_annex(annex);
  const std::string path = path_of(commitment).append(ending);
  TRY(base::replace_file(*files_, path, base::as_bytes(file), base::FileMode::kPublic));
  return commitment;
}

Result<void> AnnexStore::keep(const Hash& commitment) {
  const std::string path = path_of(commitment);
  const std::string held = path + std::string(kHeld);
  ASSIGN_OR_RETURN(const bool is_held, files_->exists(held));
  if (!is_held) return {};
  TRY(files_->rename(held, path));
  return files_->sync_folder(folder_);
}

// A removal that a crash undoes leaves it held, as any crash before.
Result<void> AnnexStore::drop(const Hash& commitment) {
  return remove_if_there(*files_, path_of(commitment).append(kHeld));
}

Result<std::vector<Hash>> AnnexStore::held() const {
  const auto names = files_->list(folder_);
  if (!names) {
    if (names.error().kind() == base::kFileMissing) return std::vector<Hash>();
    return std::unexpected(names.error());
  }
  std::vector<Hash> commitments;
  for (const std::string& name : *names) {
    if (!name.ends_with(kHeld)) continue;
    std::string text = name.substr(0, name.size() - kHeld.size()) + "=";
    std::ranges::replace(text, '-', '+');
    std::ranges::replace(text, '_', '/');
    // What is no commitment is nobody's of ours.
    if (const auto commitment = codec::parse_base64_hash(text)) commitments.push_back(*commitment);
  }
  return commitments;
}

Result<Annex> AnnexStore::get(const Hash& commitment) const {
  const std::string path = path_of(commitment);
  ASSIGN_OR_RETURN(const base::Bytes file, files_->read(path, kHeadBytes + base::kAnnexBytesMax));
  auto annex = parse_annex(base::as_text(file));
  if (!annex) return std::unexpected(annex.error().at(path));
  if (annex_commitment(*annex) != commitment)
    return base::fail(kBadAnnex, path + ": another text than committed to");
  return annex;
}

Result<void> AnnexStore::erase(const Hash& commitment) {
  const std::string path = path_of(commitment);
  for (const std::string_view kept : {std::string_view(), kHeld}) {
    const std::string one = path + std::string(kept);
    TRY(remove_if_there(*files_, one));
    TRY(remove_if_there(*files_, one + std::string(kTemporary)));  // a crash during put leaves the text there
  }
  auto synced = files_->sync_folder(folder_);
  if (!synced && synced.error().kind() == base::kFileMissing) return {};
  return synced;
}

}  // namespace storage
