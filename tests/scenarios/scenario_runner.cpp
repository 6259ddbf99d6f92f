// Aim: known attacks on the charter fail, and ordinary life goes on, told as text with virtual time.
// Method: plays one *.scenario file twice on a real state, once from beginning to end and once with the state
// written
//         out and read back after every step; oracle::Watch looks at every step of both.
//
// A scenario is lines of words; `#` begins a comment; a line that begins with two spaces belongs to the
// `propose` above.
//   members N                       the genesis, with the default charter ...
//   charter NAME: VALUE             ... but this number; VALUE's first word says which (before `world`)
//   world                           tests/support/world.h; the founding period is open
//   close-founding
//   wait DURATION [DURATION]        15s 3m 2h 30d; runs everything due
//   blocks N ...                    effects of each block of the last wait
//   party HANDLE [SCOPE=K/M ...]    new keys HANDLE/SCOPE/1...; default one key a scope (organisation: admin)
//   rotate HANDLE SCOPE LABEL...    from now on HANDLE signs this scope with these keys
//   propose NAME by HANDLE class C[,C] [ATTRIBUTE=VALUE ...] [SPOILING ...]
//     change domain: alfa.          paragraphs; {LABEL} stands for the text of that key
//     + nserver: a.nic.free.
//     found HANDLE [in ORG-X]       the paragraph that creates that party
//   draft NAME by ...               as propose, but not sent; `again NAME` sends it
//   check NAME HANDLE... [SPOILING] operators' checks of what the draft makes of its domains and hosts
//   vote NAME WORD HANDLE... [SPOILING ...]
//   accept|object|cancel|withdraw NAME HANDLE... [SPOILING ...]
//   dispute NAME by ORG on CLASS KEY with MEMBER
//   again NAME [SPOILING ...]       sends that record once more; a ballot of p by X is called p/X
//   flood N by HANDLE accepted M    N routine edits (organisation) or open proposals (member), M of them
//   accepted status NAME WORD                open locked executed failed expired rejected cancelled withdrawn
//   reverted extended NAME N shows|hides CLASS:KEY TEXT      the object has, or has not, a line that begins
//   with TEXT epoch N
// Before any command that sends records: `refuse` if none of them may be accepted; `refuse(WORDS)` if the
// refusal must say so, with `_` for a space. ATTRIBUTE: annex=ANY upstream=ANY subject=HANDLE founding=names
// override=yes expires=DURATION epoch=stale|forged SPOILING: +LABEL adds a signature by that key, +NAME:LABEL
// under another name; -LABEL leaves one out; forge:LABEL,
//           flip:LABEL spoil it; also:SCOPE signs with one more scope of the proposer; origin:TEXT.
#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <functional>
#include <sstream>

#include "base/check.h"
#include "charter/stage.h"
#include "codec/base64.h"
#include "crypto/hash.h"
#include "support/world.h"

namespace {

using actors::Cast;
using actors::Draft;
using actors::Paragraph;
using Words = std::vector<std::string>;

Words split(const std::string& line) {
  std::istringstream stream(line);
  Words words;
  for (std::string word; stream >> word;) words.push_back(word);
  return words;
}

std::uint64_t seconds(const std::string& duration) {
  const std::uint64_t number = std::stoull(duration);
  switch (duration.back()) {
    case 'd':
      return number * 86'400;
    case 'h':
      return number * 3'600;
    case 'm':
      return number * 60;
    default:
      return number;
  }
}

/// "{LABEL}" -> that key's text.
std::string with_keys(std::string line) {
  for (std::size_t open = line.find('{'); open != std::string::npos; open = line.find('{')) {
    const std::size_t close = line.find('}', open);
    line.replace(open, close - open + 1, actors::Key::of(line.substr(open + 1, close - open - 1)).text());
  }
  return line;
}

/// Handles have none of these.
bool is_spoiling(const std::string& word) {
  return word.find_first_of("+:=") != std::string::npos || word[0] == '-';
}

class Play {
 public:
  explicit Play(bool reloads) : reloads_(reloads) {}

  /// False, with words on stderr, at the first line that does not come true.
  bool run(const std::string& path);

 private:
  void command(const Words& words, const std::vector<std::string>& block);
  void ready();
  void send(const std::string& name, const Draft& draft);
  void propose(const Words& words, const std::vector<std::string>& block);
  void answer(const Words& words);
  void check(const Words& words);
  std::string text_after(const Paragraph& paragraph) const;
  void dispute(const Words& words);
  void flood(const Words& words);
  void party(const Words& words);
  void look(const Words& words);
  std::vector<Paragraph> paragraphs(const std::vector<std::string>& block);
  void spoil(Draft& draft, const std::string& word);
  void attribute(Draft& draft, const std::string& word);
  void expect(bool condition, const std::string& what);
  std::string id(const std::string& name);

  bool reloads_;
  unsigned members_ = 4;
  std::vector<std::string> charter_ = actors::default_charter();
  std::optional<oracle::Stage> stage_;
  std::map<std::string, Draft> sent_;
  std::string first_epoch_;
  bool refuse_ = false;
  std::string refusal_words_;
  unsigned floods_ = 0;
  std::string failure_;
};

void Play::expect(bool condition, const std::string& what) {
  if (!condition && failure_.empty()) failure_ = what;
}

/// The stage is set by the first command that needs it.
void Play::ready() {
  if (stage_) return;
  stage_ = oracle::Stage::found(Cast(members_, charter_), {});
  stage_->reloads = reloads_;
  stage_->thorough = !reloads_;
  first_epoch_ = stage_->cast.epoch;
}

std::string Play::id(const std::string& name) {
  const auto found = sent_.find(name);
  expect(found != sent_.end(), "no record called " + name);
  return found == sent_.end() ? std::string() : found->second.id_text();
}

void Play::send(const std::string& name, const Draft& draft) {
  sent_[name] = draft;
  const std::optional<std::string> refusal = stage_->play(draft);
  if (refuse_) {
    expect(refusal.has_value(), name + " was accepted:\n" + draft.leaf());
    expect(!refusal || refusal->find(refusal_words_) != std::string::npos,
           name + " was refused for another reason: " + refusal.value_or(""));
    if (refusal && std::getenv("SCENARIO_REASONS") != nullptr)
      std::printf("  %s: %s\n", name.c_str(), refusal->c_str());
  } else {
    expect(!refusal, name + " was refused: " + refusal.value_or("") + "\n" + draft.leaf());
  }
}

std::vector<Paragraph> Play::paragraphs(const std::vector<std::string>& block) {
  std::vector<Paragraph> all;
  for (const std::string& line : block) {
    const Words words = split(line);
    if (words[0] == "found") {
      const actors::Party& founded = stage_->cast.party(words[1]);
      all.push_back(founded.is_member() ? creation_of_member(founded, words.at(3))
                                        : creation_of_organisation(founded));
    } else if (words[0] == "create" || words[0] == "change" || words[0] == "delete") {
      all.push_back({words[0], words.at(1).substr(0, words[1].size() - 1), words.at(2), {}});
    } else {
      CHECK(!all.empty());
      all.back().lines.push_back(with_keys(line.substr(line.find_first_not_of(' '))));
    }
  }
  return all;
}

void Play::spoil(Draft& draft, const std::string& word) {
  const std::string rest = word.substr(word.find(':') + 1);
  const auto with_fault = [&](actors::Signing::Fault fault) {
    for (actors::Signing& signing : draft.signings) {
      if (signing.key == rest) signing.fault = fault;
    }
  };
  if (word[0] == '+') {
    const bool named = word.find(':') != std::string::npos;
    draft.sign(named ? word.substr(1, word.find(':') - 1) : draft.value("by"),
               {named ? rest : word.substr(1)});
  } else if (word[0] == '-') {
    const std::size_t erased =
        std::erase_if(draft.signings, [&](const auto& s) { return s.key == word.substr(1); });
    expect(erased == 1, "no signature by " + word.substr(1) + " to leave out");
  } else if (word.starts_with("forge:")) {
    with_fault(actors::Signing::Fault::kForged);
  } else if (word.starts_with("flip:")) {
    with_fault(actors::Signing::Fault::kFlipped);
  } else if (word.starts_with("also:")) {
    draft.sign(draft.value("by"), stage_->cast.party(draft.value("by")).quorum_of(rest));
  } else if (word.starts_with("origin:")) {
    draft.origin = rest;
  } else {
    attribute(draft, word);
  }
}

void Play::attribute(Draft& draft, const std::string& word) {
  const std::size_t equals = word.find('=');
  expect(equals != std::string::npos, "what is " + word + "?");
  if (equals == std::string::npos) return;
  const std::string name = word.substr(0, equals);
  const std::string value = word.substr(equals + 1);
  if (name == "annex") {
    draft.set(name, actors::some_commitment(value));
  } else if (name == "upstream") {
    draft.set(name, actors::some_commitment(value) + " 2026020100");
  } else if (name == "expires") {
    draft.set(name, actors::time_text(base::EpochSeconds(stage_->time() + seconds(value))));
  } else if (name == "epoch") {
    draft.set(name, value == "stale" ? first_epoch_
                                     : actors::epoch_text(stage_->state().epoch().value(), "forged"));
  } else {
    draft.set(name, value);
  }
}

void Play::propose(const Words& words, const std::vector<std::string>& block) {
  CHECK(words.size() >= 6 && words[2] == "by" && words[4] == "class");
  std::string classes = words[5];
  for (char& c : classes) c = c == ',' ? ' ' : c;
  Draft draft = stage_->cast.proposal(words[3], classes, paragraphs(block));
  for (std::size_t i = 6; i < words.size(); ++i) spoil(draft, words[i]);
  if (words[0] == "draft") {
    sent_[words[1]] = draft;
  } else {
    send(words[1], draft);
  }
}

/// The changed object's text without its version line.
std::string Play::text_after(const Paragraph& paragraph) const {
  const std::string before = stage_->object(paragraph.object_class + ":" + paragraph.key);
  std::vector<std::string> lines;
  std::istringstream stream(before);
  for (std::string line; std::getline(stream, line);) lines.push_back(line);
  lines.erase(lines.begin() + 1);
  for (const std::string& line : paragraph.lines) {
    const std::string value = line.substr(2);
    if (line[0] == '-') std::erase(lines, value);
    if (line[0] != '+') continue;
    const std::string name = value.substr(0, value.find(':') + 1);
    // After the last line of its name that sorts before it; the scenarios add to attributes that are there
    // already.
    auto place = lines.end();
    for (auto line_at = lines.begin(); line_at != lines.end(); ++line_at) {
      if (!line_at->starts_with(name)) continue;
      if (*line_at > value) {
        place = line_at;
        break;
      }
      place = line_at + 1;
    }
    lines.insert(place, value);
  }
  std::string text;
  for (const std::string& line : lines) text += line + "\n";
  return text;
}

void Play::check(const Words& words) {
  expect(sent_.contains(words.at(1)), "no draft called " + words[1]);
  if (!failure_.empty()) return;
  for (const Paragraph& paragraph : sent_.at(words[1]).paragraphs) {
    const base::Hash hash = crypto::sha256(base::as_bytes(text_after(paragraph)));
    for (std::size_t i = 2; i < words.size() && !is_spoiling(words[i]); ++i) {
      Draft draft = stage_->cast.check(words[i], paragraph.object_class + " " + paragraph.key,
                                       codec::serialize_base64(hash.view()));
      for (std::size_t j = i + 1; j < words.size(); ++j) {
        if (is_spoiling(words[j])) spoil(draft, words[j]);
      }
      send("check/" + words[i], draft);
    }
  }
}

void Play::answer(const Words& words) {
  const std::string proposal = id(words.at(1));
  if (!failure_.empty()) return;
  const std::size_t first = words[0] == "vote" ? 3 : 2;
  for (std::size_t i = first; i < words.size() && !is_spoiling(words[i]); ++i) {
    const std::string& who = words[i];
    Draft draft;
    if (words[0] == "vote") draft = stage_->cast.ballot(who, proposal, words[2]);
    if (words[0] == "accept") draft = stage_->cast.acceptance(who, sent_.at(words[1]));
    if (words[0] == "object") draft = stage_->cast.objection(who, proposal);
    if (words[0] == "cancel") draft = stage_->cast.cancellation(who, proposal);
    if (words[0] == "withdraw") draft = stage_->cast.withdrawal(who, proposal);
    for (std::size_t j = i + 1; j < words.size(); ++j) {
      if (is_spoiling(words[j])) spoil(draft, words[j]);
    }
    send(words[1] + "/" + who, draft);
  }
}

void Play::dispute(const Words& words) {
  CHECK(words.size() >= 9);
  Draft draft = stage_->cast.dispute(words[3], words[5] + " " + words[6], words[8]);
  for (std::size_t i = 9; i < words.size(); ++i) spoil(draft, words[i]);
  send(words[1], draft);
}

void Play::flood(const Words& words) {
  CHECK(words.size() == 6);
  const std::string& by = words[3];
  unsigned accepted = 0;
  for (unsigned i = 0; i < std::stoul(words[1]); ++i) {
    const std::string name = "flood" + std::to_string(++floods_);
    Draft draft;
    if (by.starts_with("ORG-")) {
      const std::string now = stage_->object("organisation:" + by);
      const bool is_aa = now.find("country: AA\n") != std::string::npos;
      const bool is_bb = now.find("country: BB\n") != std::string::npos;
      std::vector<std::string> lines{is_aa ? "+ country: BB" : "+ country: AA"};
      if (is_aa || is_bb) lines.push_back(is_aa ? "- country: AA" : "- country: BB");
      draft = stage_->cast.proposal(by, "H1", {actors::change("organisation", by, lines)});
      // Two equal edits would be one record.
      draft.set("annex", actors::some_commitment(name));
    } else {
      draft = stage_->cast.proposal(
          by, "A", {creation_of_organisation(actors::make_organisation("ORG-" + std::to_string(floods_)))});
    }
    if (!stage_->play(draft)) ++accepted;
    sent_[name] = std::move(draft);
  }
  expect(accepted == std::stoul(words[5]), std::to_string(accepted) + " were accepted");
}

void Play::party(const Words& words) {
  const std::string& handle = words.at(1);
  actors::Party made =
      handle.starts_with("ORG-") ? actors::make_organisation(handle) : actors::make_member(handle);
  for (std::size_t i = 2; i < words.size(); ++i) {
    const std::size_t equals = words[i].find('=');
    const std::string scope = words[i].substr(0, equals);
    const std::string count = equals == std::string::npos ? "1/1" : words[i].substr(equals + 1);
    made.thresholds[scope] = static_cast<unsigned>(std::stoul(count));
    made.keys[scope].clear();
    for (unsigned key = 1; key <= std::stoul(count.substr(count.find('/') + 1)); ++key) {
      made.keys[scope].push_back(handle + "/" + scope + "/" + std::to_string(key));
    }
  }
  stage_->cast.add(std::move(made));
}

void Play::look(const Words& words) {
  if (words[0] == "status") {
    const std::string word = stage_->standing(id(words.at(1))).word;
    expect(word == words.at(2), words[1] + " is " + word);
  } else if (words[0] == "extended") {
    const unsigned extensions = stage_->standing(id(words.at(1))).extensions;
    expect(extensions == std::stoul(words.at(2)),
           words[1] + " was extended " + std::to_string(extensions) + " times");
  } else if (words[0] == "epoch") {
    const std::uint64_t epoch = stage_->state().epoch().value();
    expect(epoch == std::stoul(words.at(1)), "the epoch is " + std::to_string(epoch));
  } else if (words[0] == "blocks") {
    std::string counts;
    for (const std::size_t count : stage_->due_counts()) counts += " " + std::to_string(count);
    std::string expected;
    for (std::size_t i = 1; i < words.size(); ++i) expected += " " + words[i];
    expect(counts == expected, "the blocks had" + counts + " effects");
  } else {
    std::string line;
    for (std::size_t i = 2; i < words.size(); ++i) line += (i > 2 ? " " : "") + words[i];
    const std::string text = stage_->object(words.at(1));
    const bool found = text.find("\n" + with_keys(line)) != std::string::npos;
    expect(found == (words[0] == "shows"), words[1] + " is:\n" + text);
  }
}

void Play::command(const Words& all, const std::vector<std::string>& block) {
  Words words = all;
  refuse_ = words[0].starts_with("refuse");
  refusal_words_.clear();
  if (refuse_) {
    if (words[0].size() > 8) refusal_words_ = words[0].substr(7, words[0].size() - 8);
    for (char& c : refusal_words_) c = c == '_' ? ' ' : c;
    words.erase(words.begin());
  }
  const std::string& verb = words.at(0);
  if (verb == "members") {
    members_ = static_cast<unsigned>(std::stoul(words.at(1)));
    return;
  }
  if (verb == "charter") {
    const std::string slot = words.at(1) + " " + (words[1] == "checks:" ? "" : words.at(2) + " ");
    std::erase_if(charter_, [&](const std::string& line) { return (line + " ").starts_with(slot); });
    std::string line = words[1];
    for (std::size_t i = 2; i < words.size(); ++i) line += " " + words[i];
    charter_.push_back(line);
    return;
  }
  ready();
  if (verb == "world" || verb == "close-founding") {
    if (verb == "world") stage_->at(stage_->time() + actors::kHour);
    for (const Draft& draft : verb == "world" ? standard_world(stage_->cast) : close_founding(stage_->cast)) {
      send(verb, draft);
    }
  } else if (verb == "wait") {
    oracle::Time time = stage_->time();
    for (std::size_t i = 1; i < words.size(); ++i) time += seconds(words[i]);
    stage_->at(time);
  } else if (verb == "party") {
    party(words);
  } else if (verb == "rotate") {
    stage_->cast.party(words.at(1)).keys[words.at(2)] = Words(words.begin() + 3, words.end());
  } else if (verb == "check") {
    check(words);
  } else if (verb == "propose" || verb == "draft") {
    propose(words, block);
  } else if (verb == "again") {
    Draft draft = sent_.at(words.at(1));
    for (std::size_t i = 2; i < words.size(); ++i) spoil(draft, words[i]);
    send(words[1] + (words.size() > 2 ? "'" : ""), draft);
  } else if (verb == "vote" || verb == "accept" || verb == "object" || verb == "cancel" ||
             verb == "withdraw") {
    answer(words);
  } else if (verb == "dispute") {
    dispute(words);
  } else if (verb == "flood") {
    flood(words);
  } else if (verb == "status" || verb == "extended" || verb == "shows" || verb == "hides" ||
             verb == "epoch" || verb == "blocks") {
    look(words);
  } else {
    expect(false, "unknown command " + verb);
  }
}

bool Play::run(const std::string& path) {
  std::ifstream file(path);
  std::vector<std::string> lines;
  for (std::string line; std::getline(file, line);) lines.push_back(line.substr(0, line.find('#')));
  for (std::size_t i = 0; i < lines.size(); ++i) {
    const Words words = split(lines[i]);
    if (words.empty()) continue;
    const std::size_t number = i + 1;
    std::vector<std::string> block;
    while (i + 1 < lines.size() && lines[i + 1].starts_with("  ")) {
      if (!split(lines[++i]).empty()) block.push_back(lines[i]);
    }
    command(words, block);
    if (stage_ && !stage_->complaints().empty()) expect(false, "the watch: " + stage_->complaints().front());
    if (failure_.empty()) continue;
    std::fprintf(stderr, "%s:%zu: %s\n  %s\n", path.c_str(), number, lines[number - 1].c_str(),
                 failure_.c_str());
    return false;
  }
  if (lines.empty()) std::fprintf(stderr, "%s: nothing to play\n", path.c_str());
  return !lines.empty();
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 2) {
    std::fprintf(stderr, "usage: scenario_runner FILE.scenario\n");
    return 2;
  }
  for (const bool reloads : {false, true}) {
    if (!Play(reloads).run(argv[1])) return 1;
  }
  return 0;
}
