#include "replica/annexes.h"

#include <algorithm>
#include <set>
#include <string_view>
#include <utility>
#include <vector>

#include "base/limits.h"
#include "codec/base64.h"
#include "codec/decimal.h"
#include "record/record.h"

namespace replica {
namespace {

using base::Result;

constexpr std::size_t kFileBytesMax = base::kAnnexBytesMax + 1'024;  // salt and two empty lines
constexpr std::size_t kMemoryBytesMax = 32;
/// Not every block pays for a write: a start walks at most this many leaves again.
constexpr std::uint64_t kWalkLeavesMax = base::kTileWidth;

bool is_absent(const base::Error& error) {
  return error.kind() == base::kFileMissing || error.kind() == base::kFileTooLarge;
}

}  // namespace

// Most leaves name none, and are not taken apart.
std::optional<AnnexMention> annex_mention(base::ByteView leaf) {
  const std::string_view text = base::as_text(leaf);
  const bool is_redaction = text.starts_with("comity/1 redaction ");
  if (!is_redaction && text.find("\nannex: ") == std::string_view::npos) return std::nullopt;
  const auto record = record::Record::parse(text);
  if (!record) return std::nullopt;
  const auto commitment = codec::parse_base64_hash(record->value(is_redaction ? "commitment" : "annex"));
  if (!commitment) return std::nullopt;
  return AnnexMention{*commitment, is_redaction};
}

Result<void> settle_held(storage::AnnexStore& store, const storage::LogFolder& log) {
  ASSIGN_OR_RETURN(const std::vector<base::Hash> held, store.held());
  if (held.empty()) return {};
  std::set<base::Hash> named;
  std::set<base::Hash> redacted;
  TRY(log.read_leaves(base::LeafIndex(0), base::LeafIndex(log.size().value()),
                      [&](base::LeafIndex, base::ByteView leaf) -> Result<void> {
                        if (const auto mention = annex_mention(leaf))
                          (mention->is_redaction ? redacted : named).insert(mention->commitment);
                        return {};
                      }));
  for (const base::Hash& commitment : held) {
    if (named.contains(commitment) && !redacted.contains(commitment)) {
      TRY(store.keep(commitment));
    } else {
      TRY(store.drop(commitment));
    }
  }
  return {};
}

AnnexFetcher AnnexFetcher::open(base::Files& files, storage::AnnexStore store, std::string memory_file) {
  AnnexFetcher fetcher(files, std::move(store), std::move(memory_file));
  const auto bytes = files.read(fetcher.memory_file_, kMemoryBytesMax);
  if (!bytes) return fetcher;
  std::string_view text = base::as_text(*bytes);
  if (!text.ends_with('\n')) return fetcher;
  text.remove_suffix(1);
  if (const auto seen = codec::parse_decimal(text, base::kTreeSizeMax))
    fetcher.seen_ = fetcher.stored_ = *seen;
  return fetcher;
}

Result<void> AnnexFetcher::look(const storage::LogFolder& log, Clock::time_point now) {
  // A memory of another log, or of a longer one: nothing in it can be relied upon.
  if (log.size().value() < seen_) seen_ = 0;
  TRY(log.read_leaves(base::LeafIndex(seen_), base::LeafIndex(log.size().value()),
                      [&](base::LeafIndex index, base::ByteView leaf) -> Result<void> {
                        const auto mention = annex_mention(leaf);
                        return mention ? note(*mention, index, now) : Result<void>();
                      }));
  seen_ = log.size().value();
  return remember();
}

Result<void> AnnexFetcher::note(const AnnexMention& mention, base::LeafIndex leaf, Clock::time_point now) {
  if (mention.is_redaction) {
    missing_.erase(mention.commitment);
    return store_.erase(mention.commitment);
  }
  ASSIGN_OR_RETURN(const bool is_here, files_->exists(store_.path_of(mention.commitment)));
  if (is_here || missing_.contains(mention.commitment)) return {};
  if (missing_.size() >= kMissingMax) {
    if (!forgotten_) forgotten_ = leaf;
    return {};
  }
  missing_.emplace(mention.commitment, Missing{leaf, now});
  return {};
}

Result<std::size_t> AnnexFetcher::fetch(const Fetch& fetch, Clock::time_point now) {
  std::size_t asked = 0;
  for (auto one = missing_.begin(); one != missing_.end() && asked < kAsksMax;) {
    auto& [commitment, missing] = *one;
    if (missing.due > now) {
      ++one;
      continue;
    }
    ++asked;
    const auto bytes = fetch("annex/" + codec::serialize_base64url(commitment.view()), kFileBytesMax);
    if (!bytes && !is_absent(bytes.error())) return std::unexpected(bytes.error());
    const auto annex = bytes ? storage::parse_annex(base::as_text(*bytes))
                             : Result<storage::Annex>(std::unexpected(bytes.error()));
    if (!annex || storage::annex_commitment(*annex) != commitment) {
      missing.due = now + missing.pause;
      missing.pause = std::min(2 * missing.pause, std::chrono::minutes(kAgainLast));
      ++one;
      continue;
    }
    TRY(store_.put(*annex));
    one = missing_.erase(one);
  }
  TRY(remember());
  return asked;
}

// A walk from the first that is not settled finds all the others again.
Result<void> AnnexFetcher::remember() {
  std::uint64_t settled = forgotten_ ? std::min(seen_, forgotten_->value()) : seen_;
  for (const auto& [commitment, missing] : missing_) settled = std::min(settled, missing.leaf.value());
  if (settled >= stored_ && settled - stored_ < kWalkLeavesMax) return {};
  const std::string text = codec::serialize_decimal(settled) + "\n";
  TRY(base::replace_file(*files_, memory_file_, base::as_bytes(text), base::FileMode::kPublic));
  stored_ = settled;
  return {};
}

}  // namespace replica
