#include "replica/pledges.h"

#include <algorithm>
#include <utility>

#include "base/limits.h"
#include "codec/base64.h"
#include "codec/decimal.h"
#include "codec/time_text.h"
#include "verify/line_reader.h"

namespace replica {
namespace {

using base::Result;

constexpr std::string_view kHead = "comity/1 pledge ";
constexpr std::string_view kTemporary = ".new";
/// A leaf, an annex, a checkpoint, and a few lines.
constexpr std::size_t kFileBytesMax =
    base::kRecordBytesMax + 2 * base::kAnnexBytesMax + base::kCheckpointBytesMax + 1'024;

Result<std::string> take_part(verify::LineReader& lines, std::string_view name) {
  ASSIGN_OR_RETURN(const std::string_view value, lines.take_value(name));
  const auto bytes = codec::parse_decimal(value, kFileBytesMax);
  if (!bytes) return lines.refuse(bytes.error().message());
  ASSIGN_OR_RETURN(const std::string_view part, lines.take_bytes(*bytes));
  return std::string(part);
}

void append_part(std::string& text, std::string_view name, std::string_view part) {
  text.append(name).append(": ").append(std::to_string(part.size())).append("\n");
  text.append(part).append("\n");
}

}  // namespace

std::string serialize_pledge(const Pledge& pledge) {
  std::string text = std::string(kHead) + pledge.origin;
  text.append("\nsince: ").append(codec::serialize_time(pledge.since)).append("\n");
  append_part(text, "leaf", pledge.leaf);
  if (pledge.annex) append_part(text, "annex", *pledge.annex);
  append_part(text, "checkpoint", pledge.checkpoint);
  return text;
}

Result<Pledge> parse_pledge(std::string_view text) {
  verify::LineReader lines(text, kBadPledge);
  Pledge pledge;
  ASSIGN_OR_RETURN(const std::string_view head, lines.take_line());
  if (!head.starts_with(kHead)) return lines.refuse("'comity/1 pledge' and an origin expected");
  pledge.origin = head.substr(kHead.size());
  ASSIGN_OR_RETURN(const std::string_view since, lines.take_value("since"));
  const auto time = codec::parse_time(since);
  if (!time) return lines.refuse(time.error().message());
  pledge.since = *time;
  ASSIGN_OR_RETURN(pledge.leaf, take_part(lines, "leaf"));
  if (lines.is_next("annex: ")) {
    ASSIGN_OR_RETURN(pledge.annex, take_part(lines, "annex"));
  }
  ASSIGN_OR_RETURN(pledge.checkpoint, take_part(lines, "checkpoint"));
  if (serialize_pledge(pledge) != text) return lines.refuse("not in its one form");
  return pledge;
}

Result<PledgeBook> PledgeBook::open(base::Files& files, std::string folder) {
  PledgeBook book(files, std::move(folder));
  const auto names = files.list(book.folder_);
  if (!names) {
    if (names.error().kind() == base::kFileMissing) return book;
    return std::unexpected(names.error());
  }
  for (const std::string& name : *names) {
    if (name.ends_with(kTemporary)) continue;
    const std::string path = book.folder_ + "/" + name;
    ASSIGN_OR_RETURN(const base::Bytes bytes, files.read(path, kFileBytesMax));
    auto pledge = parse_pledge(base::as_text(bytes));
    if (!pledge) return std::unexpected(pledge.error().at(path));
    auto record = record::Record::parse(std::string_view(pledge->leaf));
    if (!record || book.path_of(record->id()) != path) return base::fail(kBadPledge, path);
    book.pledges_.emplace(record->id(), std::move(*pledge));
  }
  return book;
}

Result<void> PledgeBook::add(const record::RecordId& id, Pledge pledge) {
  if (pledges_.contains(id)) return {};
  if (pledges_.size() == kPledgesMax) return base::fail(kTooManyPledges, std::to_string(kPledgesMax));
  TRY(files_->make_folders(folder_));
  TRY(base::replace_file(*files_, path_of(id), base::as_bytes(serialize_pledge(pledge)),
                         base::FileMode::kPublic));
  pledges_.emplace(id, std::move(pledge));
  return {};
}

Result<void> PledgeBook::remove(const record::RecordId& id) {
  if (pledges_.erase(id) == 0) return {};
  TRY(files_->remove(path_of(id)));
  return files_->sync_folder(folder_);
}

std::string PledgeBook::path_of(const record::RecordId& id) const {
  return folder_ + "/" + codec::serialize_base64url(id.view());
}

}  // namespace replica
