#include "replica/ceremony_folder.h"

#include <vector>

#include "base/limits.h"
#include "codec/base64.h"
#include "codec/decimal.h"
#include "codec/hex.h"
#include "crypto/hash.h"

namespace replica {

using base::Result;

namespace {

/// A private part for 31 recipients, and a public part with 31 commitments, fit.
constexpr std::size_t kFileBytesMax = 16'384;
constexpr std::size_t kNameHexDigits = 64;
constexpr std::string_view kKeySuffix = "key";
constexpr std::string_view kShareSuffix = "share";
constexpr std::string_view kKnownSuffix = "known";
/// Two octets, most significant first: how long the public part is.
constexpr std::size_t kLengthBytes = 2;

std::string dealing_suffix(std::uint64_t attempt) {
  return codec::serialize_decimal(attempt) + ".dealing";
}
std::string part_suffix(const base::Hash& hash) {
  return codec::serialize_hex(hash.view()) + ".part";
}

std::optional<record::RecordId> ceremony_of(std::string_view name) {
  record::RecordId id;
  if (name.size() <= kNameHexDigits || name[kNameHexDigits] != '.') return std::nullopt;
  if (!codec::parse_hex_into(name.substr(0, kNameHexDigits), id.bytes)) return std::nullopt;
  return id;
}

}  // namespace

std::string CeremonyFolder::path(const record::RecordId& ceremony, std::string_view suffix) const {
  return folder_ + "/" + codec::serialize_hex(ceremony.view()) + "." + std::string(suffix);
}

Result<std::optional<base::SecretBytes>> CeremonyFolder::read(const std::string& path) const {
  auto content = files_->read_secret(path, kFileBytesMax);
  if (content) return std::optional<base::SecretBytes>(std::move(*content));
  if (content.error().kind() == base::kFileMissing) return std::nullopt;
  return std::unexpected(content.error());
}

Result<void> CeremonyFolder::write(const std::string& path, base::ByteView content) {
  TRY(files_->make_folders(folder_));
  return base::replace_file(*files_, path, content, base::FileMode::kSecret);
}

Result<std::optional<threshold::EncryptionKey>> CeremonyFolder::key(const record::RecordId& ceremony) const {
  const std::string where = path(ceremony, kKeySuffix);
  ASSIGN_OR_RETURN(const auto file, read(where));
  if (!file) return std::nullopt;
  auto stored = threshold::parse_encryption_key(base::as_text(file->view()));
  if (!stored) return std::unexpected(stored.error().at(where));
  if (stored->ceremony != codec::serialize_base64(ceremony.view()))
    return base::fail(kBadCeremonyFile, where + ": the key of another ceremony");
  return std::optional<threshold::EncryptionKey>(std::move(stored->key));
}

Result<threshold::EncryptionKey> CeremonyFolder::make_key(const record::RecordId& ceremony,
                                                          base::Random& random) {
  ASSIGN_OR_RETURN(auto found, key(ceremony));
  if (found) return std::move(*found);
  threshold::EncryptionKey made = threshold::EncryptionKey::generate(random);
  const base::SecretBytes file =
      threshold::serialize_encryption_key(codec::serialize_base64(ceremony.view()), made);
  TRY(write(path(ceremony, kKeySuffix), file.view()));
  return made;
}

Result<void> CeremonyFolder::store_key(const record::RecordId& ceremony, const base::SecretBytes& file) {
  return write(path(ceremony, kKeySuffix), file.view());
}

Result<std::optional<CeremonyFolder::OwnDealing>> CeremonyFolder::dealing(const record::RecordId& ceremony,
                                                                          std::uint64_t attempt) const {
  const std::string where = path(ceremony, dealing_suffix(attempt));
  ASSIGN_OR_RETURN(const auto file, read(where));
  if (!file) return std::nullopt;
  const base::ByteView bytes = file->view();
  const std::size_t length =
      bytes.size() < kLengthBytes ? bytes.size() : bytes[0] * std::size_t{256} + bytes[1];
  if (bytes.size() < kLengthBytes + length)
    return base::fail(kBadCeremonyFile, where + ": shorter than it says");
  const base::ByteView parts = bytes.subspan(kLengthBytes);
  OwnDealing dealing;
  dealing.public_part.assign(parts.begin(), parts.begin() + static_cast<std::ptrdiff_t>(length));
  dealing.private_part.assign(parts.begin() + static_cast<std::ptrdiff_t>(length), parts.end());
  return dealing;
}

Result<void> CeremonyFolder::store_dealing(const record::RecordId& ceremony, std::uint64_t attempt,
                                           const OwnDealing& dealing) {
  const std::size_t length = dealing.public_part.size();
  base::Bytes bytes{static_cast<base::Byte>(length >> 8U), static_cast<base::Byte>(length)};
  bytes.insert(bytes.end(), dealing.public_part.begin(), dealing.public_part.end());
  bytes.insert(bytes.end(), dealing.private_part.begin(), dealing.private_part.end());
  return write(path(ceremony, dealing_suffix(attempt)), bytes);
}

Result<std::optional<base::Bytes>> CeremonyFolder::part(const record::RecordId& ceremony,
                                                        const base::Hash& hash) const {
  ASSIGN_OR_RETURN(const auto file, read(path(ceremony, part_suffix(hash))));
  if (!file || crypto::sha256(file->view()) != hash) return std::nullopt;
  return base::Bytes(file->view().begin(), file->view().end());
}

Result<void> CeremonyFolder::store_part(const record::RecordId& ceremony, base::ByteView part) {
  return write(path(ceremony, part_suffix(crypto::sha256(part))), part);
}

Result<std::optional<threshold::StoredShare>> CeremonyFolder::share(const record::RecordId& ceremony) const {
  const std::string where = path(ceremony, kShareSuffix);
  ASSIGN_OR_RETURN(const auto file, read(where));
  if (!file) return std::nullopt;
  auto stored = threshold::parse_share(base::as_text(file->view()));
  if (!stored) return std::unexpected(stored.error().at(where));
  if (stored->ceremony != codec::serialize_base64(ceremony.view()))
    return base::fail(kBadCeremonyFile, where + ": the share of another ceremony");
  return std::optional<threshold::StoredShare>(std::move(*stored));
}

Result<void> CeremonyFolder::store_share(const record::RecordId& ceremony, const base::SecretBytes& file) {
  return write(path(ceremony, kShareSuffix), file.view());
}

Result<void> CeremonyFolder::mark_known(const record::RecordId& ceremony, base::EpochSeconds at) {
  if (marked_.contains(ceremony)) return {};
  const std::string where = path(ceremony, kKnownSuffix);
  ASSIGN_OR_RETURN(const bool is_there, files_->exists(where));
  if (!is_there) TRY(write(where, base::as_bytes(codec::serialize_decimal(at.value()) + "\n")));
  marked_.insert(ceremony);
  return {};
}

// An empty mark is one of an earlier version, which did not say when.
Result<base::EpochSeconds> CeremonyFolder::known_since(const record::RecordId& ceremony) const {
  const std::string where = path(ceremony, kKnownSuffix);
  ASSIGN_OR_RETURN(const auto file, read(where));
  if (!file || file->size() == 0) return base::EpochSeconds(0);
  const std::string_view text = base::as_text(file->view());
  std::uint64_t seconds = 0;
  if (!text.ends_with('\n') || !codec::read_decimal(text.substr(0, text.size() - 1), seconds))
    return base::fail(kBadCeremonyFile, where + ": not a number of seconds");
  return base::EpochSeconds(seconds);
}

// The mark goes last: a crash on the way leaves it, and the next start goes on.
Result<void> CeremonyFolder::erase_all_but(const std::set<record::RecordId>& stand, base::EpochSeconds now) {
  const auto names = files_->list(folder_);
  if (!names && names.error().kind() == base::kFileMissing) return {};
  if (!names) return std::unexpected(names.error());
  std::set<record::RecordId> over;
  for (const std::string& name : *names) {
    const auto id = ceremony_of(name);
    if (!id || stand.contains(*id) || !name.ends_with(kKnownSuffix)) continue;
    ASSIGN_OR_RETURN(const base::EpochSeconds since, known_since(*id));
    if (since <= now) over.insert(*id);
  }
  if (over.empty()) return {};
  for (const std::string& name : *names) {
    const auto id = ceremony_of(name);
    if (!id || !over.contains(*id) || name.ends_with(kKnownSuffix)) continue;
    TRY(files_->remove(folder_ + "/" + name));
  }
  TRY(files_->sync_folder(folder_));
  for (const record::RecordId& id : over) {
    TRY(files_->remove(path(id, kKnownSuffix)));
    marked_.erase(id);
  }
  return files_->sync_folder(folder_);
}

}  // namespace replica
