#include "charter/ceremony_entries.h"

#include <algorithm>

#include "base/limits.h"
#include "charter/entry_lines.h"

namespace charter {
namespace {

constexpr std::array<std::string_view, 3> kUseWords{"log", "zsk", "ksk"};
constexpr std::array<std::string_view, 4> kPhaseWords{"announcing", "dealing", "certifying", "done"};
constexpr std::array<std::string_view, 4> kStandingWords{"active", "standby", "retiring", "revoked"};

template <typename Enum, std::size_t N>
bool read_word(LineReader& lines, std::string_view name, const std::array<std::string_view, N>& words,
               Enum& value) {
  std::string word;
  if (!lines.word(name, word)) return false;
  const auto found = std::ranges::find(words, word);
  if (found == words.end()) return false;
  value = static_cast<Enum>(found - words.begin());
  return true;
}

/// "FIRST REST".
bool split_pair(std::string_view text, std::string_view& first, std::string_view& rest) {
  const std::size_t space = text.find(' ');
  if (space == std::string_view::npos) return false;
  first = text.substr(0, space);
  rest = text.substr(space + 1);
  return true;
}

void write_messages(LineWriter& lines, std::string_view name, const std::vector<CeremonyMessage>& messages) {
  for (const CeremonyMessage& message : messages)
    lines.word(name, message.member + " " + codec::serialize_base64(message.bytes));
}

bool read_messages(LineReader& lines, std::string_view name, std::vector<CeremonyMessage>& messages) {
  std::string line;
  std::string_view member;
  std::string_view value;
  while (lines.word(name, line)) {
    if (!split_pair(line, member, value)) return false;
    auto bytes = codec::parse_base64(value);
    if (!bytes || messages.size() == base::kMembersMax) return false;
    messages.push_back({std::string(member), std::move(*bytes)});
  }
  return true;
}

using Points = std::vector<std::array<base::Byte, 32>>;

void write_sharing(LineWriter& lines, std::string_view commitment, const Points& commitments,
                   std::string_view holder, const std::vector<std::string>& holders) {
  for (const auto& point : commitments) lines.word(commitment, codec::serialize_base64(point));
  for (const std::string& one : holders) lines.word(holder, one);
}

bool read_sharing(LineReader& lines, std::string_view commitment, Points& commitments,
                  std::string_view holder, std::vector<std::string>& holders) {
  std::string line;
  while (lines.word(commitment, line)) {
    if (commitments.size() == base::kMembersMax) return false;
    if (!codec::parse_base64_into(line, commitments.emplace_back())) return false;
  }
  while (lines.word(holder, line)) {
    if (holders.size() == base::kMembersMax) return false;
    holders.push_back(line);
  }
  return holders.size() >= commitments.size();
}

bool read_announced(LineReader& lines, std::vector<Announcement>& announced) {
  std::string line;
  std::string_view member;
  std::string_view value;
  while (lines.word("announced", line)) {
    Announcement one;
    if (!split_pair(line, member, value) || !resource::read_key(value, one.key)) return false;
    one.member = member;
    if (!announced.empty() && announced.back().member >= one.member) return false;
    announced.push_back(std::move(one));
  }
  return true;
}

bool read_missing(LineReader& lines, std::vector<MissingShare>& missing) {
  std::string line;
  std::string_view dealer;
  std::string_view asker;
  while (lines.word("missing", line)) {
    if (!split_pair(line, dealer, asker)) return false;
    MissingShare one{std::string(dealer), std::string(asker)};
    if (!missing.empty() && missing.back() >= one) return false;
    missing.push_back(std::move(one));
  }
  return true;
}

}  // namespace

std::string_view use_word(KeyUse use) {
  return kUseWords[static_cast<std::size_t>(use)];
}

std::string_view phase_word(CeremonyPhase phase) {
  return kPhaseWords[static_cast<std::size_t>(phase)];
}

std::string_view standing_word(KeyStanding standing) {
  return kStandingWords[static_cast<std::size_t>(standing)];
}

std::optional<KeyUse> use_from_word(std::string_view word) {
  const auto found = std::ranges::find(kUseWords, word);
  if (found == kUseWords.end()) return std::nullopt;
  return static_cast<KeyUse>(found - kUseWords.begin());
}

std::string serialize_entry(const CeremonyEntry& entry) {
  LineWriter lines;
  lines.word("use", use_word(entry.use));
  if (!entry.origin.empty()) lines.word("origin", entry.origin);
  if (entry.reshared) lines.word("reshared", resource::serialize_key(*entry.reshared));
  lines.word("phase", phase_word(entry.phase)).time("until", entry.until);
  lines.number("attempt", entry.attempt).number("threshold", entry.threshold);
  for (const Announcement& one : entry.announced)
    lines.word("announced", one.member + " " + resource::serialize_key(one.key));
  lines.words("excluded", entry.excluded);
  write_messages(lines, "deal", entry.deals);
  for (const MissingShare& one : entry.missing) lines.word("missing", one.dealer + " " + one.asker);
  lines.words("answered", entry.answered);
  write_messages(lines, "certificate", entry.certificates);
  write_sharing(lines, "old-commitment", entry.old_commitments, "old-holder", entry.old_holders);
  return lines.take();
}

bool read_entry(std::string_view body, CeremonyEntry& entry) {
  LineReader lines(body);
  if (!read_word(lines, "use", kUseWords, entry.use)) return false;
  if (lines.word("origin", entry.origin) && entry.origin.empty()) return false;
  if (std::string reshared; lines.word("reshared", reshared)) {
    if (!resource::read_key(reshared, entry.reshared.emplace())) return false;
  }
  const bool is_read =
      read_word(lines, "phase", kPhaseWords, entry.phase) && lines.time("until", entry.until) &&
      lines.number("attempt", entry.attempt) && lines.number("threshold", entry.threshold) &&
      read_announced(lines, entry.announced) && lines.words("excluded", entry.excluded) &&
      read_messages(lines, "deal", entry.deals) && read_missing(lines, entry.missing) &&
      lines.words("answered", entry.answered) && read_messages(lines, "certificate", entry.certificates) &&
      read_sharing(lines, "old-commitment", entry.old_commitments, "old-holder", entry.old_holders) &&
      lines.done();
  if (!is_read) return false;
  const bool has_replaced = entry.reshared && entry.phase == CeremonyPhase::kDone;
  return entry.old_commitments.empty() != has_replaced && entry.old_holders.empty() != has_replaced;
}

std::string serialize_entry(const GroupKeyEntry& entry) {
  LineWriter lines;
  lines.word("use", use_word(entry.use));
  lines.word("standing", standing_word(entry.standing)).time("since", entry.since);
  lines.hash("ceremony", entry.ceremony);
  write_sharing(lines, "commitment", entry.commitments, "holder", entry.holders);
  return lines.take();
}

bool read_entry(std::string_view body, GroupKeyEntry& entry) {
  LineReader lines(body);
  if (!read_word(lines, "use", kUseWords, entry.use) ||
      !read_word(lines, "standing", kStandingWords, entry.standing) || !lines.time("since", entry.since) ||
      !lines.hash("ceremony", entry.ceremony)) {
    return false;
  }
  return read_sharing(lines, "commitment", entry.commitments, "holder", entry.holders) && lines.done() &&
         !entry.commitments.empty();
}

}  // namespace charter
