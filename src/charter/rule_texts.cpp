#include "charter/rule_texts.h"

#include <algorithm>

#include "charter/entry_lines.h"
#include "codec/base64.h"
#include "codec/decimal.h"
#include "codec/time_text.h"
#include "resource/values.h"

namespace charter {
namespace {

std::string pair_text(const EpochPair& pair) {
  return codec::serialize_decimal(pair.number.value()) + " " + codec::serialize_base64(pair.charter.view());
}

bool read_pair(std::string_view text, EpochPair& pair) {
  const std::size_t space = text.find(' ');
  std::uint64_t number = 0;
  if (space == std::string_view::npos || !codec::read_decimal(text.substr(0, space), number)) return false;
  pair.number = base::Epoch(number);
  return resource::read_hash(text.substr(space + 1), pair.charter);
}

std::string spent_text(const Spent& spent) {
  return codec::serialize_decimal(spent.records) + " " + codec::serialize_decimal(spent.bytes);
}

bool read_spent(std::string_view text, Spent& spent) {
  const std::size_t space = text.find(' ');
  return space != std::string_view::npos && codec::read_decimal(text.substr(0, space), spent.records) &&
         codec::read_decimal(text.substr(space + 1), spent.bytes);
}

/// An entry holds a leaf as lines that begin with '|', because a text of the state has no empty line.
std::string quote(std::string_view leaf) {
  std::string text;
  text.reserve(leaf.size() + leaf.size() / 16);
  while (!leaf.empty()) {
    const std::size_t end = leaf.find('\n');
    text.append("|").append(leaf.substr(0, end + 1));
    leaf.remove_prefix(end + 1);
  }
  return text;
}

std::optional<std::string> unquote(std::string_view text) {
  std::string leaf;
  leaf.reserve(text.size());
  while (!text.empty()) {
    const std::size_t end = text.find('\n');
    if (text.front() != '|' || end == std::string_view::npos) return std::nullopt;
    leaf.append(text.substr(1, end));
    text.remove_prefix(end + 1);
  }
  return leaf;
}

}  // namespace

std::string serialize_entry(const ClockEntry& entry) {
  return LineWriter()
      .word("origin", entry.origin)
      .hash("genesis", entry.genesis)
      .word("clock", entry.mode)
      .number("height", entry.height.value())
      .time("time", entry.time)
      .take();
}
bool read_entry(std::string_view body, ClockEntry& entry) {
  LineReader lines(body);
  std::uint64_t height = 0;
  const bool ok = lines.word("origin", entry.origin) && lines.hash("genesis", entry.genesis) &&
                  lines.word("clock", entry.mode) && lines.number("height", height) &&
                  lines.time("time", entry.time);
  entry.height = base::Height(height);
  return ok && lines.done();
}

std::string serialize_entry(const EpochEntry& entry) {
  LineWriter lines;
  lines.word("current", pair_text(entry.current)).time("changed", entry.changed);
  if (entry.previous) lines.word("previous", pair_text(*entry.previous));
  return lines.take();
}
bool read_entry(std::string_view body, EpochEntry& entry) {
  LineReader lines(body);
  std::string current;
  std::string previous;
  if (!lines.word("current", current) || !read_pair(current, entry.current) ||
      !lines.time("changed", entry.changed)) {
    return false;
  }
  if (lines.word("previous", previous) && !read_pair(previous, entry.previous.emplace())) return false;
  return lines.done();
}

std::string serialize_entry(const PolicyEntry& entry) {
  return LineWriter()
      .number("number", entry.number.value())
      .number("height", entry.height.value())
      .words("cosigner", entry.cosigners)
      .take();
}
bool read_entry(std::string_view body, PolicyEntry& entry) {
  LineReader lines(body);
  std::uint64_t number = 0;
  std::uint64_t height = 0;
  const bool ok = lines.number("number", number) && lines.number("height", height) &&
                  lines.words("cosigner", entry.cosigners) && lines.done();
  entry.number = base::Epoch(number);
  entry.height = base::Height(height);
  return ok;
}

std::string serialize_entry(const FoundingEntry& entry) {
  return LineWriter().time("until", entry.until).take();
}
bool read_entry(std::string_view body, FoundingEntry& entry) {
  LineReader lines(body);
  return lines.time("until", entry.until) && lines.done();
}

std::string serialize_entry(const FoundingClaimEntry& entry) {
  return LineWriter().words("domain", entry.domains).words("objection", entry.objections).take();
}
bool read_entry(std::string_view body, FoundingClaimEntry& entry) {
  LineReader lines(body);
  return lines.words("domain", entry.domains) && lines.words("objection", entry.objections) && lines.done() &&
         !entry.domains.empty();
}

std::string serialize_entry(const KeyEntry& entry) {
  return LineWriter()
      .word("party", entry.party)
      .word("role", entry.role)
      .word("state", entry.retired ? "retired" : "active")
      .take();
}
bool read_entry(std::string_view body, KeyEntry& entry) {
  LineReader lines(body);
  std::string state;
  const bool ok =
      lines.word("party", entry.party) && lines.word("role", entry.role) && lines.word("state", state);
  entry.retired = state == "retired";
  return ok && lines.done() && (entry.retired || state == "active");
}

std::string serialize_entry(const KeptEntry& entry) {
  return LineWriter().time("until", entry.until).take();
}
bool read_entry(std::string_view body, KeptEntry& entry) {
  LineReader lines(body);
  return lines.time("until", entry.until) && lines.done();
}

std::string serialize_entry(const BudgetEntry& entry) {
  return LineWriter()
      .number("day", entry.day)
      .word("main", spent_text(entry.main))
      .word("reserve", spent_text(entry.reserve))
      .take();
}
bool read_entry(std::string_view body, BudgetEntry& entry) {
  LineReader lines(body);
  std::string main;
  std::string reserve;
  return lines.number("day", entry.day) && lines.word("main", main) && lines.word("reserve", reserve) &&
         lines.done() && read_spent(main, entry.main) && read_spent(reserve, entry.reserve);
}

std::string serialize_entry(const FreezeEntry& entry) {
  return LineWriter()
      .hash("proposal", entry.proposal)
      .time("until", entry.until)
      .words("lift", entry.lifts)
      .take();
}
bool read_entry(std::string_view body, FreezeEntry& entry) {
  LineReader lines(body);
  return lines.hash("proposal", entry.proposal) && lines.time("until", entry.until) &&
         lines.words("lift", entry.lifts) && lines.done();
}

std::string serialize_entry(const JoinedEntry& entry) {
  return LineWriter().time("until", entry.until).take();
}
bool read_entry(std::string_view body, JoinedEntry& entry) {
  LineReader lines(body);
  return lines.time("until", entry.until) && lines.done();
}

std::string serialize_entry(const LeftOutEntry& entry) {
  return LineWriter().time("until", entry.until).hash("evidence", entry.evidence).take();
}
bool read_entry(std::string_view body, LeftOutEntry& entry) {
  LineReader lines(body);
  return lines.time("until", entry.until) && lines.hash("evidence", entry.evidence) && lines.done();
}

std::string serialize_entry(const CheckEntry& entry) {
  return LineWriter().hash("hash", entry.hash).time("until", entry.until).take();
}
bool read_entry(std::string_view body, CheckEntry& entry) {
  LineReader lines(body);
  return lines.hash("hash", entry.hash) && lines.time("until", entry.until) && lines.done();
}

std::string serialize_entry(const DisputeEntry& entry) {
  return LineWriter()
      .hash("objection", entry.objection)
      .word("by", entry.by)
      .word("with", entry.with)
      .time("until", entry.until)
      .time("renewable", entry.renewable)
      .words("vote", entry.votes)
      .take();
}
bool read_entry(std::string_view body, DisputeEntry& entry) {
  LineReader lines(body);
  return lines.hash("objection", entry.objection) && lines.word("by", entry.by) &&
         lines.word("with", entry.with) && lines.time("until", entry.until) &&
         lines.time("renewable", entry.renewable) && lines.words("vote", entry.votes) && lines.done();
}

std::string serialize_entry(const ProposalEntry& entry) {
  return LineWriter()
             .time("opened", entry.opened)
             .word("class", entry.classes.text())
             .words("elector", entry.electors)
             .take() +
         quote(entry.record->leaf());
}
bool read_entry(std::string_view body, ProposalEntry& entry) {
  LineReader lines(body);
  std::string classes;
  if (!lines.time("opened", entry.opened) || !lines.word("class", classes) ||
      !lines.words("elector", entry.electors)) {
    return false;
  }
  const auto set = ClassSet::parse(classes);
  const auto leaf = unquote(lines.rest());
  if (!set || !leaf) return false;
  auto parsed = record::Record::parse(*leaf);
  if (!parsed || parsed->kind() != record::Kind::kProposal) return false;
  entry.classes = *set;
  entry.record = std::make_shared<const record::Record>(std::move(*parsed));
  return true;
}

std::string serialize_entry(const ProgressEntry& entry) {
  LineWriter lines;
  lines.word("state", entry.locked ? "locked" : entry.is_void ? "void" : "open").time("due", entry.due);
  if (entry.reached != 0) lines.number("reached", entry.reached);
  lines.ballots("ballot", entry.ballots).ballots("fresh", entry.fresh);
  lines.words("acceptance", entry.acceptances).words("objection", entry.objections);
  if (entry.extended_by_holder) lines.word("extended", "holder");
  if (entry.extended_by_members) lines.word("extended", "members");
  return lines.take();
}
bool read_entry(std::string_view body, ProgressEntry& entry) {
  LineReader lines(body);
  std::string state;
  if (!lines.word("state", state) || !lines.time("due", entry.due)) return false;
  entry.locked = state == "locked";
  entry.is_void = state == "void";
  if (!entry.locked && !entry.is_void && state != "open") return false;
  if (lines.peek("reached") && (!lines.number("reached", entry.reached) || entry.reached == 0)) return false;
  if (!lines.ballots("ballot", entry.ballots) || !lines.ballots("fresh", entry.fresh) ||
      !lines.words("acceptance", entry.acceptances) || !lines.words("objection", entry.objections)) {
    return false;
  }
  entry.extended_by_holder = lines.flag("extended", "holder");
  entry.extended_by_members = lines.flag("extended", "members");
  return lines.done();
}

std::string serialize_entry_key(const std::string& key) {
  return key;
}
std::string serialize_entry_key(const base::Hash& key) {
  return codec::serialize_base64(key.view());
}
std::string serialize_entry_key(const crypto::PublicKey& key) {
  return resource::serialize_key(key);
}
bool read_entry_key(std::string_view text, std::string& key) {
  key = text;
  return !key.empty();
}
bool read_entry_key(std::string_view text, base::Hash& key) {
  return resource::read_hash(text, key);
}
bool read_entry_key(std::string_view text, crypto::PublicKey& key) {
  return resource::read_key(text, key);
}

bool insert_sorted(std::vector<std::string>& words, std::string_view word) {
  const auto place = std::lower_bound(words.begin(), words.end(), word);
  if (place != words.end() && *place == word) return false;
  words.emplace(place, word);
  return true;
}
bool contains_sorted(const std::vector<std::string>& words, std::string_view word) {
  return std::binary_search(words.begin(), words.end(), word);
}

namespace {
auto place_of(Ballots& ballots, std::string_view member) {
  return std::lower_bound(ballots.begin(), ballots.end(), member,
                          [](const Ballot& ballot, std::string_view name) { return ballot.member < name; });
}
}  // namespace

void set_ballot(Ballots& ballots, std::string_view member, Vote vote) {
  const auto place = place_of(ballots, member);
  if (place != ballots.end() && place->member == member) {
    place->vote = vote;
  } else {
    ballots.insert(place, {std::string(member), vote});
  }
}
bool erase_ballot(Ballots& ballots, std::string_view member) {
  const auto place = place_of(ballots, member);
  if (place == ballots.end() || place->member != member) return false;
  ballots.erase(place);
  return true;
}

}  // namespace charter
