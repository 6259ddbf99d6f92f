#include "apps/redactions.h"

#include <string>
#include <string_view>
#include <utility>

#include "base/limits.h"
#include "codec/base64.h"
#include "codec/decimal.h"
#include "record/record.h"
#include "storage/annex_store.h"

namespace apps {
namespace {

using base::Result;

constexpr std::string_view kHead = "comity/1 redaction ";
constexpr std::size_t kMemoryBytesMax = 32;
/// Not every small command pays for a write: a start walks at most this many leaves again.
constexpr std::uint64_t kWalkLeavesMax = base::kTileWidth;

std::string memory_file(const FolderLayout& layout) {
  return layout.dir + "/redactions";
}

}  // namespace

Redactions Redactions::load(base::Files& files, const FolderLayout& layout) {
  Redactions redactions(files, layout);
  const auto bytes = files.read(memory_file(layout), kMemoryBytesMax);
  if (!bytes) return redactions;
  std::string_view text = base::as_text(*bytes);
  std::uint64_t size = 0;
  if (!text.ends_with('\n')) return redactions;
  text.remove_suffix(1);
  if (!codec::read_decimal(text, size)) return redactions;
  redactions.seen_ = redactions.stored_ = base::TreeSize(size);
  return redactions;
}

Result<void> Redactions::apply(const storage::LogFolder& log) {
  // A memory of another log, or of a longer one: nothing in it can be relied upon.
  if (log.size() < seen_) seen_ = base::TreeSize(0);
  storage::AnnexStore annexes(*files_, layout_.annex_folder());
  bool erased = false;
  TRY(log.read_leaves(
      base::LeafIndex(seen_.value()), base::LeafIndex(log.size().value()),
      [&](base::LeafIndex, base::ByteView leaf) -> Result<void> {
        if (!base::as_text(leaf).starts_with(kHead)) return {};
        ASSIGN_OR_RETURN(const record::Record record, record::Record::parse(base::as_text(leaf)));
        ASSIGN_OR_RETURN(const base::Hash commitment, codec::parse_base64_hash(record.value("commitment")));
        erased = true;
        return annexes.erase(commitment);
      }));
  seen_ = log.size();
  const bool is_far = seen_ < stored_ || seen_.value() - stored_.value() >= kWalkLeavesMax;
  return erased || is_far ? remember(seen_) : Result<void>();
}

Result<void> Redactions::remember(base::TreeSize size) {
  const std::string text = codec::serialize_decimal(size.value()) + "\n";
  TRY(base::replace_file(*files_, memory_file(layout_), base::as_bytes(text), base::FileMode::kPublic));
  stored_ = size;
  return {};
}

}  // namespace apps
