#include "storage/cosign_memory.h"

#include "base/limits.h"
#include "codec/base64.h"
#include "codec/decimal.h"
#include "codec/time_text.h"
#include "crypto/hash.h"

namespace storage {
namespace {

using base::Result;

constexpr std::size_t kFileBytesMax = 1'024;
constexpr std::string_view kHead = "comity/1 cosigned ";

std::string body_of(const Cosigned& cosigned) {
  return std::string(kHead) + cosigned.origin + "\nsize: " + codec::serialize_decimal(cosigned.size.value()) +
         "\nroot: " + codec::serialize_base64(cosigned.root.view()) +
         "\ntime: " + codec::serialize_time(cosigned.time) + "\n";
}

/// The value behind `name` on the next line, which is taken off `text`.
Result<std::string_view> take_line(std::string_view& text, std::string_view name) {
  const std::size_t end = text.find('\n');
  if (end == std::string_view::npos || !text.starts_with(name)) {
    return base::fail(kBadCosignMemory, "expected \"" + std::string(name) + "\"");
  }
  const std::string_view value = text.substr(name.size(), end - name.size());
  text.remove_prefix(end + 1);
  return value;
}

}  // namespace

std::string serialize_cosigned(const Cosigned& cosigned) {
  const std::string body = body_of(cosigned);
  return body + "end: " + codec::serialize_base64(crypto::sha256(base::as_bytes(body)).view()) + "\n";
}

Result<Cosigned> parse_cosigned(std::string_view text) {
  Cosigned cosigned;
  std::string_view rest = text;
  ASSIGN_OR_RETURN(cosigned.origin, take_line(rest, kHead));
  ASSIGN_OR_RETURN(const std::string_view size, take_line(rest, "size: "));
  ASSIGN_OR_RETURN(const std::uint64_t leaves, codec::parse_decimal(size, base::kTreeSizeMax));
  cosigned.size = base::TreeSize(leaves);
  ASSIGN_OR_RETURN(const std::string_view root, take_line(rest, "root: "));
  ASSIGN_OR_RETURN(cosigned.root, codec::parse_base64_hash(root));
  ASSIGN_OR_RETURN(const std::string_view time, take_line(rest, "time: "));
  ASSIGN_OR_RETURN(cosigned.time, codec::parse_time(time));
  if (serialize_cosigned(cosigned) != text) return base::fail(kBadCosignMemory, "the end line does not fit");
  return cosigned;
}

Result<CosignMemory> CosignMemory::open(base::Files& files, std::string path, std::string origin) {
  CosignMemory memory(files, std::move(path), std::move(origin));
  const auto bytes = files.read(memory.path_, kFileBytesMax);
  if (!bytes) {
    if (bytes.error().kind() == base::kFileMissing) return memory;
    return std::unexpected(bytes.error());
  }
  auto parsed = parse_cosigned(base::as_text(*bytes));
  if (!parsed) return base::fail(kBadCosignMemory, memory.path_ + ": " + parsed.error().detail());
  if (parsed->origin != memory.origin_)
    return base::fail(kBadCosignMemory, memory.path_ + ": of log " + parsed->origin);
  // A process may have died between the rename and the folder's sync. What is read here is relied upon
  // without being written again, so it must not be forgotten by a later crash.
  TRY(files.sync_folder(base::folder_of(memory.path_)));
  memory.last_ = std::move(*parsed);
  return memory;
}

Result<void> CosignMemory::store(base::TreeSize size, const base::Hash& root, base::EpochSeconds time) {
  if (stopped_) return base::fail(kMemoryStopped, path_);
  if (last_ && size < last_->size) {
    return base::fail(kWouldForget, "size " + std::to_string(size.value()) + " after " +
                                        std::to_string(last_->size.value()));
  }
  if (last_ && size == last_->size && root != last_->root) {
    return base::fail(kWouldForget, "another root at size " + std::to_string(size.value()));
  }
  if (last_ && time < last_->time) return base::fail(kWouldForget, "an earlier time");
  Cosigned next{origin_, size, root, time};
  const std::string text = serialize_cosigned(next);
  if (auto stored = base::replace_file(*files_, path_, base::as_bytes(text), base::FileMode::kPublic);
      !stored) {
    stopped_ = true;  // the old one or the new one is there: only open() may find out which
    return stored;
  }
  last_ = std::move(next);
  return {};
}

}  // namespace storage
