#include "charter/watch.h"

#include <algorithm>
#include <array>
#include <tuple>

#include "codec/base64.h"
#include "crypto/ed25519.h"
#include "crypto/hash.h"

namespace oracle {
namespace {

const std::array<std::string_view, 4> kMemberKeys{"governance", "operator", "registrar", "engine"};

std::string id_text(const record::RecordId& id) {
  return codec::serialize_base64(id.view());
}

std::vector<std::string> lines_of(const std::string& text) {
  std::vector<std::string> lines;
  for (std::size_t start = 0; start < text.size();) {
    const std::size_t end = text.find('\n', start);
    lines.push_back(text.substr(start, end - start));
    start = end + 1;
  }
  return lines;
}

/// Objects.md's order of attributes, for the object an executed proposal must have made.
std::size_t rank(const std::string& object_class, std::string_view attribute) {
  static const std::map<std::string, std::vector<std::string_view>, std::less<>> orders{
      {"charter", {"budget", "checks", "controller", "lock", "period", "quorum"}},
      {"member",
       {"organisation", "governance", "governance-threshold", "operator", "registrar", "engine", "url"}},
      {"organisation", {"org-name", "country", "auth", "threshold"}},
      {"zone", {"mname", "rname", "refresh", "retry", "expire", "minimum", "nserver", "ttl"}},
      {"domain", {"holder", "status", "registry-lock", "nserver", "ds-rdata"}},
      {"host", {"address"}}};
  const auto& order = orders.find(object_class)->second;
  return static_cast<std::size_t>(std::ranges::find(order, attribute) - order.begin());
}

bool is_tombstone(const std::string& text) {
  return text.find("\nbecame: ") != std::string::npos;
}

std::string name_of(const std::string& object_class, const std::string& key) {
  return object_class + ":" + key;
}

std::uint64_t duration(const std::string& text) {
  const std::uint64_t number = std::stoull(text);
  switch (text.back()) {
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

/// The labels "a b c" split at spaces.
std::vector<std::string> words(const std::string& text) {
  std::vector<std::string> all{""};
  for (const char c : text) {
    if (c == ' ') {
      all.emplace_back();
    } else {
      all.back() += c;
    }
  }
  return all;
}

int strictness(const std::string& quorum) {
  return quorum == "majority" ? 0 : quorum == "supermajority" ? 1 : 2;
}

/// Is this one number of the charter, `before` -> `after`, a step towards more caution? ("A 1d", "member 1000
/// 1 20")
bool number_tightens(const std::string& attribute, const std::string& before, const std::string& after) {
  if (attribute == "checks") return before == "off";
  const std::vector<std::string> old_words = words(before);
  const std::vector<std::string> new_words = words(after);
  if (attribute == "lock") return duration(new_words[1]) >= duration(old_words[1]);
  if (attribute == "quorum") return strictness(new_words[1]) >= strictness(old_words[1]);
  if (attribute != "budget") return false;
  for (std::size_t i = 1; i < old_words.size(); ++i) {
    if (std::stoull(new_words[i]) > std::stoull(old_words[i])) return false;
  }
  return true;
}

base::Result<crypto::PublicKey> key_of(std::string_view text) {
  ASSIGN_OR_RETURN(const base::Bytes typed, codec::parse_base64(text));
  crypto::PublicKey key;
  if (typed.size() == 33) std::copy(typed.begin() + 1, typed.end(), key.bytes.begin());
  return key;
}

std::uint32_t key_id(std::string_view name, const crypto::PublicKey& key) {
  const base::Byte typed[] = {0x0A, 0x01};
  const base::Hash hash = crypto::sha256({base::as_bytes(name), typed, key.bytes});
  return (std::uint32_t{hash.bytes[0]} << 24) | (std::uint32_t{hash.bytes[1]} << 16) |
         (std::uint32_t{hash.bytes[2]} << 8) | hash.bytes[3];
}

/// Remembers what verified: the exhaustive tests play the same ballots thousands of times.
bool signed_by(const crypto::PublicKey& key, const record::Record& record,
               const record::SignatureLine& line) {
  using Question = std::tuple<base::Hash, crypto::PublicKey, crypto::Signature>;
  static std::map<Question, bool> answers;
  const auto [answer, is_new] = answers.try_emplace(Question{record.id(), key, line.signature}, false);
  if (is_new) answer->second = crypto::verify_signature(key, base::as_bytes(record.body()), line.signature);
  return answer->second;
}

}  // namespace

Watch::Watch(const record::Record& genesis, const charter::State& state) {
  founding_ends_ = state.time().value() + 30 * kDay;
  state.for_each(charter::Tree::kObjects, [&](std::string_view name, std::string_view text) {
    objects_[std::string(name)] = std::string(text);
  });
  if (objects_.size() != genesis.changes().size()) complain("genesis made other objects than it names");
  check_invariants();
}

void Watch::complain(const std::string& what) {
  complaints_.push_back(what);
}

std::vector<std::string> Watch::values(const std::string& object, const std::string& attribute) const {
  std::vector<std::string> found;
  const auto text = objects_.find(object);
  if (text == objects_.end()) return found;
  const std::string prefix = attribute + ": ";
  std::vector<std::string> lines = lines_of(text->second);
  lines.erase(lines.begin());  // "organisation: ORG-A" is a name there, not an attribute
  for (const std::string& line : lines) {
    if (line.starts_with(prefix)) found.push_back(line.substr(prefix.size()));
  }
  return found;
}

std::set<std::string> Watch::members() const {
  std::set<std::string> handles;
  for (const auto& [name, text] : objects_) {
    if (name.starts_with("member:") && !is_tombstone(text)) handles.insert(name.substr(7));
  }
  return handles;
}

bool Watch::tightens(const Paragraph& paragraph) const {
  std::map<std::string, std::string> before;
  for (const Line& line : paragraph.lines) {
    const std::string label = line.name + " " + words(line.value)[0];
    const std::string slot = line.name == "checks" ? line.name : label;
    if (line.sign == '-') before[slot] = line.value;
  }
  return std::ranges::all_of(paragraph.lines, [&](const Line& line) {
    const std::string slot = line.name == "checks" ? line.name : line.name + " " + words(line.value)[0];
    return line.sign == '-' ||
           (before.contains(slot) && number_tightens(line.name, before[slot], line.value));
  });
}

Terms Watch::terms_of_paragraph(const Case& proposal, const Paragraph& paragraph, Time now) const {
  const auto n = static_cast<unsigned>(members().size());
  const bool founding = now < founding_ends_;
  const auto terms = [&](Kind kind) { return terms_of({.members = n, .kind = kind, .founding = founding}); };
  const auto names = [&](std::string_view attribute) {
    return std::ranges::any_of(paragraph.lines, [&](const Line& line) { return line.name == attribute; });
  };
  const bool sets = std::ranges::any_of(paragraph.lines, [](const Line& line) { return line.sign == '='; });
  const bool by_member = proposal.by.starts_with("MEMBER-");
  const bool creates = paragraph.action == resource::Action::kCreate;
  const bool deletes = paragraph.action == resource::Action::kDelete;
  const std::string& object_class = paragraph.object_class;
  if (proposal.upstream) return terms(Kind::kU);
  if (object_class == "charter") return terms(tightens(paragraph) ? Kind::kCTighten : Kind::kCLoosen);
  if (object_class == "member") {
    if (creates) return terms(Kind::kMJoin);
    // Too few left is the state's business at entry; a join in the same batch makes it lawful.
    if (deletes) return terms(paragraph.key == proposal.by ? Kind::kMLeave : Kind::kMRemove);
    if (sets) return terms(Kind::kRMember);
    const bool membership = names("governance") || names("governance-threshold") || names("organisation");
    return terms(membership ? Kind::kMGovernance : Kind::kH2OwnKey);
  }
  if (object_class == "organisation") {
    if (creates) return terms(Kind::kAOrganisation);
    if (sets && (names("auth") || names("threshold"))) return terms(Kind::kRHolder);
    if (by_member) return terms(Kind::kVChange);
    if (deletes || names("org-name")) return terms(Kind::kH2Transfer);
    return terms(names("country") && !names("auth") && !names("threshold") ? Kind::kH1 : Kind::kH2OwnKey);
  }
  if (by_member && !(creates && object_class == "domain")) return terms(Kind::kVChange);
  if (object_class == "domain") {
    if (creates) return terms(Kind::kADomain);
    if (deletes) return terms(Kind::kH2Transfer);
    const std::vector<std::string> holder = values(name_of(object_class, paragraph.key), "holder");
    if (names("holder"))
      return terms(holder == std::vector<std::string>{"UNCLAIMED"} ? Kind::kK : Kind::kH2Transfer);
    if (names("registry-lock")) return terms(paragraph.lines[0].sign == '-' ? Kind::kH1Unlock : Kind::kH1);
    return terms(values(name_of(object_class, paragraph.key), "registry-lock").empty() ? Kind::kH1
                                                                                       : Kind::kH1Locked);
  }
  return terms(Kind::kH1);
}

Watch::Case Watch::open(const record::Record& record, Time now) const {
  Case proposal;
  proposal.by = std::string(record.by());
  proposal.subject = std::string(record.value("subject"));
  proposal.upstream = !record.value("upstream").empty();
  proposal.closes_founding = !record.value("founding").empty();
  proposal.text = "class " + std::string(record.value("class")) + " by " + proposal.by;
  proposal.opening_members = members();
  for (const resource::Change& change : record.changes()) {
    Paragraph paragraph{
        change.action, std::string(resource::class_name(change.object_class)), std::string(change.key), {}};
    for (const resource::LineChange& line : change.lines) {
      const char sign = line.operation == resource::Operation::kAdd      ? '+'
                        : line.operation == resource::Operation::kRemove ? '-'
                                                                         : '=';
      paragraph.lines.push_back({sign, std::string(line.name), std::string(line.value)});
    }
    const Terms terms = terms_of_paragraph(proposal, paragraph, now);
    proposal.terms.quorum = std::max(proposal.terms.quorum, terms.quorum);
    proposal.terms.lock = std::max(proposal.terms.lock, terms.lock);
    proposal.terms.holder_may_extend |= terms.holder_may_extend;
    const bool member = paragraph.object_class == "member";
    const bool recovers = member && !paragraph.lines.empty() && paragraph.lines[0].sign == '=';
    const bool removes = member && change.action == resource::Action::kDelete && paragraph.key != proposal.by;
    if (recovers || removes) proposal.not_voting.insert(paragraph.key);
    for (const Line& line : paragraph.lines) {
      const bool receives = line.name == "holder" && line.sign == '+' && line.value != "UNCLAIMED";
      if (receives && line.value != proposal.by) proposal.consents.push_back(line.value);
    }
    const bool is_party = member || paragraph.object_class == "organisation";
    if (is_party && change.action == resource::Action::kCreate) proposal.consents.push_back(paragraph.key);
    if (record.value("class") == "R") proposal.consents.push_back(paragraph.key);
    proposal.paragraphs.push_back(std::move(paragraph));
  }
  const bool orders = !record.value("ceremony").empty();
  const bool freezes = record.changes().empty() && !proposal.closes_founding && !orders;
  const auto n = static_cast<unsigned>(members().size());
  if (proposal.closes_founding) proposal.terms = terms_of({n, Kind::kCloseFounding, true});
  if (orders) proposal.terms = terms_of({n, Kind::kGGenerate, now < founding_ends_});
  if (freezes && proposal.subject != proposal.by) proposal.terms = terms_of({n, Kind::kEOrganisation});
  return proposal;
}

/// What an accepted record adds to the ledger.
void Watch::note(const record::Record& record, const charter::State& state) {
  const std::string id = id_text(record.id());
  if (record.kind() == record::Kind::kProposal) {
    if (!cases_.try_emplace(id, open(record, state.time().value())).second) complain("accepted twice: " + id);
    return;
  }
  if (!record.proposal()) return;
  const auto found = cases_.find(id_text(*record.proposal()));
  if (found == cases_.end()) return;
  Case& proposal = found->second;
  const std::string by(record.by());
  if (record.kind() == record::Kind::kAcceptance) proposal.accepted.insert(by);
  if (record.kind() == record::Kind::kObjection && members().contains(by)) proposal.objectors.insert(by);
  if (record.kind() == record::Kind::kObjection && by == proposal.subject &&
      proposal.terms.holder_may_extend) {
    proposal.extension = 30 * kDay;
  }
  if (record.kind() == record::Kind::kBallot) {
    const std::string_view word = record.value("vote");
    const Vote vote = word == "yes" || word == "attest" ? Vote::kYes
                      : word == "no"                    ? Vote::kNo
                                                        : Vote::kAbstain;
    if ((word == "attest") != proposal.upstream && vote == Vote::kYes)
      complain("a yes of the wrong word: " + id);
    (proposal.locked_since ? proposal.fresh : proposal.votes)[by] = vote;
  }
}

void Watch::apply(const Paragraph& paragraph, Objects& objects) {
  const std::string name = name_of(paragraph.object_class, paragraph.key);
  std::string& text = objects[name];
  std::vector<std::string> lines = text.empty() ? std::vector<std::string>{"", "version: 0"} : lines_of(text);
  const std::uint64_t version = std::stoull(lines[1].substr(9)) + 1;
  lines.erase(lines.begin(), lines.begin() + 2);
  if (paragraph.action != resource::Action::kChange) lines.clear();
  if (paragraph.action == resource::Action::kDelete) lines = {"became: nothing"};
  for (const Line& line : paragraph.lines) {
    if (line.sign == '-') std::erase(lines, line.name + ": " + line.value);
    if (line.sign == '=')
      std::erase_if(lines, [&](const auto& old) { return old.starts_with(line.name + ": "); });
  }
  for (const Line& line : paragraph.lines) {
    if (line.sign != '-') lines.push_back(line.name + ": " + line.value);
  }
  if (paragraph.action != resource::Action::kDelete) {
    std::ranges::sort(lines, {}, [&](const std::string& line) {
      return std::pair(rank(paragraph.object_class, line.substr(0, line.find(':'))), line);
    });
  }
  text = paragraph.object_class + ": " + paragraph.key + "\nversion: " + std::to_string(version) + "\n";
  for (const std::string& line : lines) text += line + "\n";
}

/// A proposal executed: was it allowed to?
void Watch::execute(Case& proposal, const std::string& id, Objects& expected, const charter::State& state) {
  const std::string what = proposal.text + " (" + id + ") executed ";
  if (proposal.ended) complain(what + "after its end");
  proposal.ended = true;
  const std::set<std::string> present = members();
  const auto yes = [&](const std::map<std::string, Vote>& votes, const std::set<std::string>* also) {
    return static_cast<unsigned>(std::ranges::count_if(votes, [&](const auto& vote) {
      return vote.second == Vote::kYes && present.contains(vote.first) &&
             !proposal.not_voting.contains(vote.first) && (also == nullptr || also->contains(vote.first));
    }));
  };
  if (yes(proposal.votes, &proposal.opening_members) < proposal.terms.quorum) {
    complain(what + "with " + std::to_string(yes(proposal.votes, &proposal.opening_members)) + " yes of " +
             std::to_string(proposal.terms.quorum));
  }
  unsigned quorum_now = 0;
  for (const Paragraph& paragraph : proposal.paragraphs) {
    quorum_now = std::max(quorum_now, terms_of_paragraph(proposal, paragraph, state.time().value()).quorum);
  }
  if (yes(proposal.votes, nullptr) < quorum_now) complain(what + "without the quorum of today's members");
  const Numbers numbers{static_cast<unsigned>(proposal.opening_members.size())};
  if (proposal.asked_again && yes(proposal.fresh, nullptr) < numbers.fresh())
    complain(what + "without fresh votes");
  const Time lock = proposal.terms.lock + (proposal.asked_again ? 14 * kDay : 0) + proposal.extension;
  if (proposal.terms.lock > 0 &&
      (!proposal.locked_since || state.time().value() < *proposal.locked_since + lock)) {
    complain(what + "before the end of its lock");
  }
  for (const std::string& consent : proposal.consents) {
    if (!proposal.accepted.contains(consent)) complain(what + "without the acceptance of " + consent);
  }
  if (proposal.closes_founding) founding_ends_ = std::min(founding_ends_, state.time().value());
  for (const Paragraph& paragraph : proposal.paragraphs) apply(paragraph, expected);
}

void Watch::settle(const charter::Effects& effects, const std::string& entered, const charter::State& state) {
  Objects expected = objects_;
  bool reverts = false;
  for (const charter::Effect& effect : effects) {
    const std::string id = id_text(effect.proposal);
    const auto found = cases_.find(id);
    if (found == cases_.end()) {
      complain("an effect on a proposal nobody made: " + id);
      continue;
    }
    Case& proposal = found->second;
    switch (effect.kind) {
      case charter::EffectKind::kLocked:
        proposal.locked_since = state.time().value();
        break;
      case charter::EffectKind::kExecuted:
        execute(proposal, id, expected, state);
        break;
      case charter::EffectKind::kExtended:
        proposal.asked_again |=
            proposal.objectors.size() >= Numbers{static_cast<unsigned>(members().size())}.few();
        break;
      case charter::EffectKind::kReverted:
        reverts = true;
        break;
      case charter::EffectKind::kKeyed:
      case charter::EffectKind::kRestarted:
      case charter::EffectKind::kEnded:
        break;  // of the ceremony that the proposal opened: tests/ceremony
      case charter::EffectKind::kFailed:
      case charter::EffectKind::kExpired:
      case charter::EffectKind::kRejected:
      case charter::EffectKind::kCancelled:
        proposal.ended = true;
        break;
    }
  }
  Objects now;
  state.for_each(charter::Tree::kObjects, [&](std::string_view name, std::string_view text) {
    now[std::string(name)] = std::string(text);
  });
  // A proposal that executes at its own entry has no effect line.
  if (now != expected && !entered.empty()) execute(cases_.at(entered), entered, expected, state);
  if (now != expected && !reverts) {
    for (const auto& [name, text] : now) {
      const auto other = expected.find(name);
      if (other == expected.end() || other->second != text)
        complain("unauthorised change of " + name + ":\n" + text);
    }
    for (const auto& [name, text] : expected) {
      if (!now.contains(name)) complain("no trace of " + name);
    }
  }
  objects_ = std::move(now);
}

void Watch::check_signatures(const record::Record& record) {
  std::map<std::string, unsigned> good;
  for (const record::SignatureLine& line : record.signatures()) {
    std::vector<std::string> candidates;
    for (const char* object_class : {"member:", "organisation:"}) {
      const std::string object = object_class + std::string(line.name);
      for (const std::string& auth : values(object, "auth")) candidates.push_back(words(auth).back());
      for (const std::string_view scope : kMemberKeys) {
        for (std::string& key : values(object, std::string(scope))) candidates.push_back(std::move(key));
      }
    }
    // Keys that come into being: in the record's own paragraphs, or in the proposal it accepts.
    for (const resource::Change& change : record.changes()) {
      for (const resource::LineChange& added : change.lines)
        candidates.push_back(words(std::string(added.value)).back());
    }
    const auto proposal = record.proposal() ? cases_.find(id_text(*record.proposal())) : cases_.end();
    if (proposal != cases_.end()) {
      for (const Paragraph& paragraph : proposal->second.paragraphs) {
        for (const Line& added : paragraph.lines) {
          if (paragraph.key == line.name) candidates.push_back(words(added.value).back());
        }
      }
    }
    const bool verified = std::ranges::any_of(candidates, [&](const std::string& text) {
      const base::Result<crypto::PublicKey> key = key_of(text);
      return key && key_id(line.name, *key) == line.key_id && signed_by(*key, record, line);
    });
    if (!verified) complain("accepted with a signature nobody of " + std::string(line.name) + " made");
    ++good[std::string(line.name)];
  }
  if (good[std::string(record.by())] == 0)
    complain("accepted without a signature of " + std::string(record.by()));
}

void Watch::check_invariants() {
  std::map<std::string, std::string> key_owner;
  std::set<std::string> served;
  for (const auto& [name, text] : objects_) {
    if (is_tombstone(text)) continue;
    for (const std::string& host : values(name, "nserver")) {
      const auto found = objects_.find("host:" + host);
      if (found == objects_.end() || is_tombstone(found->second))
        complain(name + " is served by no host: " + host);
    }
    const std::vector<std::string> holders = values(name, "holder");
    if (name.starts_with("domain:") && holders.size() != 1) complain(name + " has not one holder");
    for (const std::string& holder : holders) {
      const auto found = objects_.find("organisation:" + holder);
      if (holder != "UNCLAIMED" && (found == objects_.end() || is_tombstone(found->second))) {
        complain(name + " is held by nobody: " + holder);
      }
    }
    for (const std::string& organisation : values(name, "organisation")) {
      if (!served.insert(organisation).second) complain("two members share " + organisation);
      const auto found = objects_.find("organisation:" + organisation);
      if (found == objects_.end() || is_tombstone(found->second)) complain(name + " has no organisation");
    }
    std::vector<std::string> keys;
    for (const std::string& auth : values(name, "auth")) keys.push_back(words(auth).back());
    for (const std::string_view scope : kMemberKeys) {
      for (std::string& key : values(name, std::string(scope))) keys.push_back(std::move(key));
    }
    for (const std::string& key : keys) {
      if (!key_owner.emplace(key, name).second) complain(name + " shares a key with " + key_owner[key]);
    }
  }
  for (const std::string& key : keys_live_) {
    if (!key_owner.contains(key)) keys_retired_.insert(key);
  }
  keys_live_.clear();
  for (const auto& [key, owner] : key_owner) {
    if (keys_retired_.contains(key)) complain("a retired key came back to " + owner);
    keys_live_.insert(key);
  }
}

void Watch::after_record(const record::Record& record, const charter::Effects& effects,
                         const charter::State& state) {
  check_signatures(record);
  note(record, state);
  const std::string entered = record.kind() == record::Kind::kProposal ? id_text(record.id()) : "";
  settle(effects, entered, state);
  check_invariants();
}

void Watch::after_due(const charter::Effects& effects, const charter::State& state) {
  if (effects.empty()) return;
  settle(effects, "", state);
  check_invariants();
}

}  // namespace oracle
