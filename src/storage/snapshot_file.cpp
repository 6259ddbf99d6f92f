#include "storage/snapshot_file.h"

#include <algorithm>

#include "base/limits.h"
#include "base/zone_limits.h"
#include "codec/base64.h"
#include "codec/decimal.h"
#include "codec/time_text.h"
#include "crypto/hash.h"

namespace storage {
namespace {

using base::Bytes;
using base::Result;

constexpr std::string_view kHead = "comity/1 snapshot ";
constexpr std::string_view kZones = "zones: ";
constexpr std::string_view kZone = "zone: ";
constexpr std::string_view kEnd = "end: ";
constexpr std::string_view kTemporary = ".new";  // as base::replace_file names it

std::string end_line(base::ByteView before) {
  return std::string(kEnd) + codec::serialize_base64(crypto::sha256(before).view()) + "\n";
}

std::string header_text(const SnapshotHeader& header) {
  std::string text(kHead);
  text += header.origin;
  text += "\nheight: " + codec::serialize_decimal(header.height.value());
  text += "\nsize: " + codec::serialize_decimal(header.size.value());
  text += "\ntime: " + codec::serialize_time(header.time);
  text += "\nstate: " + codec::serialize_base64(header.state.view());
  text += "\nobjects: " + codec::serialize_decimal(header.objects);
  text += "\nrules: " + codec::serialize_decimal(header.rules);
  if (header.zones != 0) text += "\nzones: " + codec::serialize_decimal(header.zones);
  text += "\n\n";
  return text;
}

std::string_view first_line(std::string_view text) {
  return text.substr(0, text.find('\n'));
}

/// Why `text` cannot stand behind a text with the first line `before` (empty: none); empty if it can.
std::string_view flaw_of(std::string_view text, std::string_view before) {
  if (text.size() > base::kStateTextBytesMax) return "a text that is too long";
  if (!text.ends_with('\n')) return "a text without a final line feed";
  if (text.starts_with('\n') || text.contains("\n\n")) return "a text with an empty line";
  const std::string_view line = first_line(text);
  if (!line.contains(": ")) return "a text that does not begin with its name";
  if (line <= before) return "texts out of order";
  return {};
}

/// Appends the texts, each behind the last by name, and counts them.
Result<std::uint64_t> append_texts(Bytes& bytes, const NextText& next) {
  std::uint64_t count = 0;
  std::string before;
  while (const auto text = next()) {
    if (const std::string_view flaw = flaw_of(*text, before); !flaw.empty()) {
      return base::fail(kBadSnapshot,
                        std::string(flaw) + ": " + std::string(first_line(*text).substr(0, 100)));
    }
    before = first_line(*text);
    const base::ByteView view = base::as_bytes(*text);
    bytes.insert(bytes.end(), view.begin(), view.end());
    bytes.push_back('\n');
    ++count;
  }
  return count;
}

std::string zone_head(const base::Hash& hash) {
  return std::string(kZone) + codec::serialize_base64(hash.view()) + "\n";
}

std::string_view flaw_of_zone(std::string_view text) {
  if (text.size() > base::kZoneTextBytesMax) return "a zone that is too long";
  if (!text.ends_with('\n')) return "a zone without a final line feed";
  if (text.starts_with('\n') || text.contains("\n\n")) return "a zone with an empty line";
  return {};
}

/// Each zone behind a line with its hash.
Result<std::uint64_t> append_zones(Bytes& bytes, std::span<const std::string> zones) {
  base::Hash before;
  for (const std::string& text : zones) {
    const base::Hash hash = crypto::sha256(base::as_bytes(text));
    if (const std::string_view flaw = flaw_of_zone(text); !flaw.empty())
      return base::fail(kBadSnapshot, std::string(flaw));
    if (hash <= before) return base::fail(kBadSnapshot, "zones out of order");
    before = hash;
    const std::string head = zone_head(hash);
    bytes.insert(bytes.end(), head.begin(), head.end());
    bytes.insert(bytes.end(), text.begin(), text.end());
    bytes.push_back('\n');
  }
  return zones.size();
}

/// Reads a snapshot from its beginning; failures name the line.
class Parser {
 public:
  explicit Parser(std::string_view text) : text_(text) {}

  Result<SnapshotHeader> header() {
    SnapshotHeader header;
    ASSIGN_OR_RETURN(const std::string_view origin, value(kHead));
    header.origin = origin;
    ASSIGN_OR_RETURN(const std::uint64_t height, number("height: "));
    header.height = base::Height(height);
    ASSIGN_OR_RETURN(const std::uint64_t size, number("size: "));
    header.size = base::TreeSize(size);
    ASSIGN_OR_RETURN(const std::string_view time_text, value("time: "));
    const auto time = codec::parse_time(time_text);
    if (!time) return bad("time");
    header.time = *time;
    ASSIGN_OR_RETURN(const std::string_view state_text, value("state: "));
    const auto state = codec::parse_base64_hash(state_text);
    if (!state) return bad("state");
    header.state = *state;
    ASSIGN_OR_RETURN(header.objects, number("objects: "));
    ASSIGN_OR_RETURN(header.rules, number("rules: "));
    if (text_.substr(at_).starts_with(kZones)) {
      ASSIGN_OR_RETURN(header.zones, number(kZones));
    }
    TRY(value(""));
    if (!text_.starts_with(header_text(header))) return bad("header");
    return header;
  }

  Result<std::vector<std::string_view>> texts(std::uint64_t count) {
    std::vector<std::string_view> texts;
    texts.reserve(
        std::min<std::uint64_t>(count, text_.size() / 8));  // a count in a damaged file may say anything
    std::string_view before;
    for (std::uint64_t i = 0; i < count; ++i) {
      const std::size_t end = text_.find("\n\n", at_);
      if (end == std::string_view::npos) return bad("texts are missing");
      const std::string_view text = text_.substr(at_, end + 1 - at_);
      if (const std::string_view flaw = flaw_of(text, before); !flaw.empty()) return bad(flaw);
      before = first_line(text);
      texts.push_back(text);
      at_ = end + 2;
    }
    return texts;
  }

  /// Behind each hash the zone that has it, in order of the hashes.
  Result<std::vector<std::string_view>> zones(std::uint64_t count) {
    std::vector<std::string_view> zones;
    base::Hash before;
    for (std::uint64_t i = 0; i < count; ++i) {
      ASSIGN_OR_RETURN(const std::string_view hash_text, value(kZone));
      const auto hash = codec::parse_base64_hash(hash_text);
      const std::size_t end = text_.find("\n\n", at_);
      if (!hash || *hash <= before || end == std::string_view::npos) return bad("a zone");
      before = *hash;
      const std::string_view text = text_.substr(at_, end + 1 - at_);
      if (const std::string_view flaw = flaw_of_zone(text); !flaw.empty()) return bad(flaw);
      if (crypto::sha256(base::as_bytes(text)) != *hash) return bad("a zone of another hash");
      zones.push_back(text);
      at_ = end + 2;
    }
    return zones;
  }

  Result<void> end() {
    const std::string_view rest = text_.substr(at_);
    if (!rest.starts_with(kEnd)) return bad("expected the end line");
    if (rest != end_line(base::as_bytes(text_.substr(0, at_))))
      return bad("the digest does not fit: some byte before changed");
    return {};
  }

 private:
  std::unexpected<base::Error> bad(std::string_view what) const {
    const auto lines = std::ranges::count(text_.substr(0, at_), '\n');
    return base::fail(kBadSnapshot, "line " + std::to_string(lines + 1) + ": " + std::string(what));
  }
  Result<std::string_view> value(std::string_view name) {
    const std::size_t end = text_.find('\n', at_);
    if (end == std::string_view::npos || !text_.substr(at_).starts_with(name)) {
      return bad("expected \"" + std::string(name) + "\"");
    }
    const std::string_view found = text_.substr(at_ + name.size(), end - at_ - name.size());
    at_ = end + 1;
    return found;
  }
  Result<std::uint64_t> number(std::string_view name) {
    const std::size_t begin = at_;
    ASSIGN_OR_RETURN(const std::string_view text, value(name));
    const auto parsed = codec::parse_decimal(text, base::kTreeSizeMax);
    if (!parsed) {
      at_ = begin;
      return bad("a number");
    }
    return *parsed;
  }

  std::string_view text_;
  std::size_t at_ = 0;
};

std::string path_in(const std::string& folder, base::Height height) {
  return folder + "/" + codec::serialize_decimal(height.value());
}

}  // namespace

// The counts stand before the texts, so the header is put in front once they are known.
Result<Bytes> serialize_snapshot(SnapshotHeader header, const NextText& next_object,
                                 const NextText& next_rule, std::span<const std::string> zones) {
  Bytes texts;
  ASSIGN_OR_RETURN(header.objects, append_texts(texts, next_object));
  ASSIGN_OR_RETURN(header.rules, append_texts(texts, next_rule));
  ASSIGN_OR_RETURN(header.zones, append_zones(texts, zones));
  const std::string head = header_text(header);
  texts.insert(texts.begin(), head.begin(), head.end());
  const std::string end = end_line(texts);
  texts.insert(texts.end(), end.begin(), end.end());
  if (texts.size() > base::kSnapshotBytesMax)
    return base::fail(kBadSnapshot, "larger than a snapshot may be");
  return texts;
}

Result<Snapshot> parse_snapshot(Bytes bytes) {
  if (bytes.size() > base::kSnapshotBytesMax)
    return base::fail(kBadSnapshot, "larger than a snapshot may be");
  Snapshot snapshot;
  snapshot.bytes = std::move(bytes);
  Parser parser(base::as_text(snapshot.bytes));
  ASSIGN_OR_RETURN(snapshot.header, parser.header());
  ASSIGN_OR_RETURN(snapshot.objects, parser.texts(snapshot.header.objects));
  ASSIGN_OR_RETURN(snapshot.rules, parser.texts(snapshot.header.rules));
  ASSIGN_OR_RETURN(snapshot.zones, parser.zones(snapshot.header.zones));
  TRY(parser.end());
  return snapshot;
}

Result<void> store_snapshot(base::Files& files, const std::string& folder, const SnapshotHeader& header,
                            const NextText& next_object, const NextText& next_rule,
                            std::span<const std::string> zones) {
  ASSIGN_OR_RETURN(const Bytes bytes, serialize_snapshot(header, next_object, next_rule, zones));
  TRY(files.make_folders(folder));
  TRY(files.sync_folder(base::folder_of(folder)));  // it may exist without its name being durable
  return base::replace_file(files, path_in(folder, header.height), bytes, base::FileMode::kPublic);
}

Result<Snapshot> load_snapshot(const base::Files& files, const std::string& folder, base::Height height) {
  const std::string path = path_in(folder, height);
  ASSIGN_OR_RETURN(Bytes bytes, files.read(path, base::kSnapshotBytesMax));
  auto snapshot = parse_snapshot(std::move(bytes));
  if (!snapshot) return std::unexpected(snapshot.error().at(path));
  if (snapshot->header.height != height)
    return base::fail(kBadSnapshot, path + ": line 2: of another height");
  return snapshot;
}

Result<std::vector<base::Height>> list_snapshots(const base::Files& files, const std::string& folder) {
  std::vector<base::Height> heights;
  const auto names = files.list(folder);
  if (!names) {
    if (names.error().kind() == base::kFileMissing) return heights;
    return std::unexpected(names.error());
  }
  for (const std::string& name : *names) {
    if (const auto height = codec::parse_decimal(name)) heights.emplace_back(*height);
  }
  std::ranges::sort(heights, std::ranges::greater{});
  return heights;
}

Result<void> prune_snapshots(base::Files& files, const std::string& folder, std::size_t kept) {
  ASSIGN_OR_RETURN(const std::vector<base::Height> heights, list_snapshots(files, folder));
  if (heights.empty()) return {};
  ASSIGN_OR_RETURN(const std::vector<std::string> names, files.list(folder));
  for (const std::string& name : names) {
    const bool left_over =
        name.ends_with(kTemporary) && codec::parse_decimal(name.substr(0, name.size() - kTemporary.size()));
    if (left_over) TRY(files.remove(folder + "/" + name));
  }
  for (std::size_t i = kept; i < heights.size(); ++i) TRY(files.remove(path_in(folder, heights[i])));
  return files.sync_folder(folder);
}

}  // namespace storage
