#include "storage/annex_store.h"

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

Result<Hash> AnnexStore::put(const Annex& annex) {
  if (annex.text.size() > base::kAnnexBytesMax) return base::fail(kBadAnnex, "text too long");
  const Hash commitment = annex_commitment(annex);
  TRY(files_->make_folders(folder_));
  TRY(files_->sync_folder(base::folder_of(folder_)));  // it may exist without its name being durable
  const std::string file = serialize_annex(annex);
  TRY(base::replace_file(*files_, path_of(commitment), base::as_bytes(file), base::FileMode::kPublic));
  return commitment;
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
  TRY(remove_if_there(*files_, path));
  TRY(remove_if_there(*files_, path + std::string(kTemporary)));  // a crash during put leaves the text there
  auto synced = files_->sync_folder(folder_);
  if (!synced && synced.error().kind() == base::kFileMissing) return {};
  return synced;
}

}  // namespace storage
