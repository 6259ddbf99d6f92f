#include "charter/release_entries.h"

#include <algorithm>

#include "base/zone_limits.h"
#include "charter/entry_lines.h"
#include "codec/decimal.h"

namespace charter {
namespace {

constexpr std::uint64_t kSerialMax = 0xFFFF'FFFF;
constexpr std::uint64_t kFlagsMax = 0xFFFF;

void write_zone(LineWriter& lines, std::string_view name, const CompleteZone& zone) {
  lines.number(name, zone.serial).time("time", zone.time).word("digest", zone.digest);
  lines.hash("text", zone.text).words("key", zone.keys);
}

bool read_serial(LineReader& lines, std::string_view name, std::uint32_t& serial) {
  std::uint64_t value = 0;
  if (!lines.number(name, value) || value > kSerialMax) return false;
  serial = static_cast<std::uint32_t>(value);
  return true;
}

void write_shown(LineWriter& lines, const ShownKey& one) {
  lines.word("shown", resource::serialize_key(one.key) + " " + codec::serialize_decimal(one.flags) +
                          (one.signs ? " signs " : " idle ") + codec::serialize_time(one.since));
}

/// The text before the next space, which is taken off.
std::string_view take_word(std::string_view& rest) {
  const std::string_view word = rest.substr(0, rest.find(' '));
  rest.remove_prefix(std::min(rest.size(), word.size() + 1));
  return word;
}

bool read_shown(LineReader& lines, std::vector<ShownKey>& shown) {
  for (std::string line; lines.word("shown", line);) {
    ShownKey one;
    std::string_view rest = line;
    std::uint64_t flags = 0;
    if (!resource::read_key(take_word(rest), one.key) || !codec::read_decimal(take_word(rest), flags) ||
        flags > kFlagsMax)
      return false;
    one.flags = static_cast<std::uint16_t>(flags);
    const std::string_view word = take_word(rest);
    const auto since = codec::read_time(rest);
    if ((word != "signs" && word != "idle") || !since) return false;
    one.signs = word == "signs";
    one.since = *since;
    if (!shown.empty() && shown.back().key >= one.key) return false;
    shown.push_back(one);
  }
  return true;
}

bool read_zone(LineReader& lines, std::string_view name, CompleteZone& zone) {
  return read_serial(lines, name, zone.serial) && lines.time("time", zone.time) &&
         lines.word("digest", zone.digest) && lines.hash("text", zone.text) && lines.words("key", zone.keys);
}

bool read_held(LineReader& lines, HeldZone& held) {
  if (!read_zone(lines, "held", held.zone) || !lines.hash("batch", held.batch)) return false;
  held.is_approved = lines.flag("approved", "yes");
  return true;
}

bool read_under_way(LineReader& lines, ReleaseUnderWay& release) {
  std::string phase;
  if (!lines.word("phase", phase) || (phase != "zone" && phase != "zonemd")) return false;
  release.phase = phase == "zone" ? ReleasePhase::kZone : ReleasePhase::kZonemd;
  release.is_renewal = lines.flag("renewal", "yes");
  release.is_approved = lines.flag("approved", "yes");
  return lines.time("time", release.time) && lines.hash("content", release.content) &&
         lines.hash("batch", release.batch) && lines.number("positions", release.positions) &&
         lines.words("key", release.keys) && release.positions > 0 &&
         release.positions <= base::kBatchPositionsMax;
}

}  // namespace

std::string piece_key(std::string_view apex, ReleasePhase phase, std::uint64_t first) {
  constexpr std::size_t kDigits = 6;
  const std::string number = codec::serialize_decimal(first);
  std::string key(apex);
  key.append(phase == ReleasePhase::kZone ? "/1/" : "/2/");
  if (number.size() < kDigits) key.append(kDigits - number.size(), '0');
  return key.append(number);
}

std::uint64_t piece_size(std::uint64_t positions, std::uint64_t first) {
  if (first >= positions || first % base::kBatchPieceMax != 0) return 0;
  return std::min<std::uint64_t>(base::kBatchPieceMax, positions - first);
}

std::string published_effect(std::string_view apex, std::uint32_t serial, std::string_view digest) {
  return "published " + std::string(apex) + " " + codec::serialize_decimal(serial) + " " +
         std::string(digest);
}

std::string serialize_entry(const ReleaseEntry& entry) {
  LineWriter lines;
  lines.number("serial", entry.serial);
  for (const ShownKey& one : entry.shown) write_shown(lines, one);
  if (entry.published) write_zone(lines, "published", *entry.published);
  if (entry.held) {
    write_zone(lines, "held", entry.held->zone);
    lines.hash("batch", entry.held->batch);
    if (entry.held->is_approved) lines.word("approved", "yes");
  }
  if (entry.under_way) {
    const ReleaseUnderWay& release = *entry.under_way;
    lines.word("phase", release.phase == ReleasePhase::kZone ? "zone" : "zonemd");
    if (release.is_renewal) lines.word("renewal", "yes");
    if (release.is_approved) lines.word("approved", "yes");
    lines.time("time", release.time).hash("content", release.content).hash("batch", release.batch);
    lines.number("positions", release.positions).words("key", release.keys);
  }
  return lines.take();
}

bool read_entry(std::string_view body, ReleaseEntry& entry) {
  LineReader lines(body);
  if (!read_serial(lines, "serial", entry.serial) || !read_shown(lines, entry.shown)) return false;
  if (lines.peek("published") && !read_zone(lines, "published", entry.published.emplace())) return false;
  if (lines.peek("held") && !read_held(lines, entry.held.emplace())) return false;
  if (lines.peek("phase") && !read_under_way(lines, entry.under_way.emplace())) return false;
  return lines.done();
}

std::string serialize_entry(const PieceEntry& entry) {
  LineWriter lines;
  for (const crypto::Signature& signature : entry.signatures)
    lines.word("signature", codec::serialize_base64(signature.bytes));
  return lines.take();
}

bool read_entry(std::string_view body, PieceEntry& entry) {
  LineReader lines(body);
  std::string line;
  while (lines.word("signature", line)) {
    crypto::Signature signature;
    if (entry.signatures.size() == base::kBatchPieceMax || !codec::parse_base64_into(line, signature.bytes)) {
      return false;
    }
    entry.signatures.push_back(signature);
  }
  return lines.done() && !entry.signatures.empty();
}

}  // namespace charter
