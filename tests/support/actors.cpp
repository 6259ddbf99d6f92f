#include "support/actors.h"

#include <algorithm>
#include <cstdio>
#include <memory>
#include <mutex>
#include <set>
#include <tuple>

#include "base/check.h"
#include "codec/base64.h"
#include "crypto/hash.h"

namespace actors {
namespace {

struct Ring {
  std::mutex mutex;
  std::map<std::string, std::unique_ptr<Key>> by_label;
  std::map<std::string, std::string, std::less<>> label_by_text;
};
Ring& ring() {
  static Ring the_ring;
  return the_ring;
}

const std::vector<std::string>& class_order() {
  static const std::vector<std::string> order{"charter", "member", "organisation", "zone", "domain", "host"};
  return order;
}
std::size_t class_rank(const std::string& object_class) {
  return static_cast<std::size_t>(std::ranges::find(class_order(), object_class) - class_order().begin());
}

/// All attributes of all kinds in one order that agrees with the order of each kind (records.md, "Kinds").
std::size_t attribute_rank(std::string_view name) {
  static const std::vector<std::string_view> order{
      "time",     "clock",    "log-key",  "predecessor", "checkpoint",     "policy",
      "roots",    "carried",  "consent",  "by",          "epoch",          "proposal",
      "object",   "with",     "vote",     "class",       "subject",        "upstream",
      "founding", "step",     "ceremony", "attempt",     "encryption-key", "possession",
      "message",  "from",     "against",  "shown",       "piece",          "signature",
      "publish",  "override", "hash",     "commitment",  "expires",        "annex"};
  return static_cast<std::size_t>(std::ranges::find(order, name) - order.begin());
}

std::string signature_line(const Signing& signing, std::string_view body) {
  const Key& key = Key::of(signing.key);
  const bool forged = signing.fault == Signing::Fault::kForged;
  crypto::Signature signature = forged ? Key::of(signing.key + "/forger").sign(body) : key.sign(body);
  if (signing.fault == Signing::Fault::kFlipped) signature.bytes[7] ^= 1;
  const std::uint32_t id = key.id(signing.name);
  base::Bytes bytes;
  for (int shift = 24; shift >= 0; shift -= 8) bytes.push_back(static_cast<base::Byte>(id >> shift));
  bytes.insert(bytes.end(), signature.bytes.begin(), signature.bytes.end());
  return "\u2014 " + signing.name + " " + codec::serialize_base64(bytes) + "\n";
}

/// "+ auth: admin KEY" or "= governance: KEY" -> KEY; empty if the line gives nobody a key.
std::string given_key(const std::string& line) {
  if (line.size() < 3 || line[0] == '-') return {};
  const std::size_t colon = line.find(": ");
  if (colon == std::string::npos) return {};
  const std::string name = line.substr(2, colon - 2);
  std::string value = line.substr(colon + 2);
  if (name == "auth") return value.substr(value.find(' ') + 1);
  const bool is_key = name == "governance" || name == "operator" || name == "registrar" || name == "engine";
  return is_key ? value : std::string();
}

/// Labels of the keys that `draft` gives to `handle` beyond those it has.
std::vector<std::string> new_keys(const Draft& draft, const Party& party) {
  std::vector<std::string> labels;
  const std::vector<std::string> old = party.all_keys();
  for (const Paragraph& paragraph : draft.paragraphs) {
    if (paragraph.key != party.handle) continue;
    for (const std::string& line : paragraph.lines) {
      const std::string label = Key::label_of(given_key(line));
      const bool is_new = paragraph.action == "create" || std::ranges::find(old, label) == old.end();
      if (!label.empty() && is_new) labels.push_back(label);
    }
  }
  return labels;
}

bool creates(const Draft& draft, const std::string& handle) {
  return std::ranges::any_of(draft.paragraphs, [&](const Paragraph& paragraph) {
    return paragraph.action == "create" && paragraph.key == handle;
  });
}

bool changes_registry_lock(const Paragraph& paragraph) {
  return std::ranges::any_of(paragraph.lines,
                             [](const std::string& line) { return line.find("registry-lock") == 2; });
}

/// The scopes an organisation signs with for one paragraph (rules.md, the table's third column).
std::set<std::string> scopes_of(const Paragraph& paragraph) {
  if (paragraph.object_class == "host") return {"dns"};
  if (paragraph.object_class != "domain" || paragraph.action != "change") return {"admin"};
  std::set<std::string> scopes;
  for (const std::string& line : paragraph.lines) {
    const std::string name = line.substr(2, line.find(':') - 2);
    scopes.insert(name == "nserver" ? "dns" : name == "ds-rdata" ? "ds" : "admin");
  }
  if (changes_registry_lock(paragraph)) scopes.insert("lock");
  return scopes;
}

}  // namespace

Key::Key(const std::string& label)
    : label_(label), secret_(crypto::SecretKey::from_seed(crypto::sha256(base::as_bytes(label)).view())) {
  base::Bytes typed{0x01};
  typed.insert(typed.end(), secret_.public_key().bytes.begin(), secret_.public_key().bytes.end());
  text_ = codec::serialize_base64(typed);
}

const Key& Key::of(const std::string& label) {
  Ring& keys = ring();
  const std::lock_guard lock(keys.mutex);
  std::unique_ptr<Key>& slot = keys.by_label[label];
  if (!slot) {
    slot.reset(new Key(label));
    keys.label_by_text[slot->text()] = label;
  }
  return *slot;
}

std::string Key::label_of(std::string_view text) {
  Ring& keys = ring();
  const std::lock_guard lock(keys.mutex);
  const auto found = keys.label_by_text.find(text);
  return found == keys.label_by_text.end() ? std::string() : found->second;
}

std::uint32_t Key::id(std::string_view name) const {
  const base::Byte separator[] = {0x0A, 0x01};
  const base::Hash hash = crypto::sha256({base::as_bytes(name), separator, secret_.public_key().bytes});
  std::uint32_t id = 0;
  for (std::size_t i = 0; i < 4; ++i) id = (id << 8) | hash.bytes[i];
  return id;
}

crypto::Signature Key::sign(std::string_view body) const {
  return secret_.sign(base::as_bytes(body));
}

Paragraph create(std::string object_class, std::string key, std::vector<std::string> lines) {
  return {"create", std::move(object_class), std::move(key), std::move(lines)};
}
Paragraph change(std::string object_class, std::string key, std::vector<std::string> lines) {
  return {"change", std::move(object_class), std::move(key), std::move(lines)};
}
Paragraph erase(std::string object_class, std::string key) {
  return {"delete", std::move(object_class), std::move(key), {}};
}

std::string Draft::value(std::string_view name) const {
  for (const auto& [attribute, text] : attributes) {
    if (attribute == name) return text;
  }
  return {};
}

Draft& Draft::set(std::string_view name, std::string text) {
  drop(name);
  const auto place = std::ranges::find_if(
      attributes, [&](const auto& other) { return attribute_rank(other.first) > attribute_rank(name); });
  attributes.insert(place, {std::string(name), std::move(text)});
  return *this;
}

Draft& Draft::drop(std::string_view name) {
  std::erase_if(attributes, [&](const auto& attribute) { return attribute.first == name; });
  return *this;
}

Draft& Draft::sign(std::string_view name, const std::vector<std::string>& labels) {
  for (const std::string& label : labels) signings.push_back({std::string(name), label});
  return *this;
}

std::string Draft::body() const {
  std::string text = "comity/1 " + kind + " " + origin + "\n";
  for (const auto& [name, value] : attributes) text += name + ": " + value + "\n";
  std::vector<Paragraph> sorted = paragraphs;
  std::ranges::sort(sorted, [](const Paragraph& a, const Paragraph& b) {
    return std::tuple(class_rank(a.object_class), a.key) < std::tuple(class_rank(b.object_class), b.key);
  });
  for (Paragraph& paragraph : sorted) {
    text += "\n" + paragraph.action + " " + paragraph.object_class + ": " + paragraph.key + "\n";
    std::ranges::sort(paragraph.lines);
    for (const std::string& line : paragraph.lines) text += line + "\n";
  }
  return text;
}

std::string Draft::leaf() const {
  std::string text = body();
  std::map<std::pair<std::string, std::uint32_t>, std::string> lines;
  for (const Signing& signing : signings) {
    lines.try_emplace({signing.name, Key::of(signing.key).id(signing.name)}, signature_line(signing, text));
  }
  if (!lines.empty()) text += "\n";
  for (const auto& [order, line] : lines) text += line;
  return text;
}

base::Hash Draft::id() const {
  return crypto::sha256(base::as_bytes(body()));
}
std::string Draft::id_text() const {
  return codec::serialize_base64(id().view());
}

std::vector<std::string> Party::quorum_of(const std::string& scope) const {
  const auto found = keys.find(scope);
  if (found == keys.end() || found->second.empty()) {
    const bool admin_serves = scope == "dns" || scope == "ds" || scope == "rpki";
    return admin_serves ? quorum_of("admin") : std::vector<std::string>();
  }
  const auto threshold = thresholds.find(scope);
  const std::size_t count = threshold == thresholds.end() ? 1 : threshold->second;
  return {found->second.begin(),
          found->second.begin() + static_cast<std::ptrdiff_t>(std::min(count, found->second.size()))};
}

std::vector<std::string> Party::all_keys() const {
  std::vector<std::string> labels;
  for (const auto& [scope, of_scope] : keys) labels.insert(labels.end(), of_scope.begin(), of_scope.end());
  return labels;
}

Party make_member(const std::string& handle) {
  Party member{handle, {}, {}};
  for (const char* scope : {"governance", "operator", "registrar"}) {
    member.keys[scope] = {handle + "/" + scope + "/1"};
  }
  return member;
}

Party make_organisation(const std::string& handle) {
  return {handle, {{"admin", {handle + "/admin/1"}}}, {}};
}

Paragraph creation_of_member(const Party& member, const std::string& organisation) {
  std::vector<std::string> lines{"+ organisation: " + organisation};
  for (const auto& [scope, labels] : member.keys) {
    for (const std::string& label : labels) lines.push_back("+ " + scope + ": " + Key::of(label).text());
  }
  const auto threshold = member.thresholds.find("governance");
  const unsigned count = threshold == member.thresholds.end() ? 1 : threshold->second;
  lines.push_back("+ governance-threshold: " + std::to_string(count));
  return create("member", member.handle, std::move(lines));
}

Paragraph creation_of_organisation(const Party& organisation) {
  std::vector<std::string> lines{"+ org-name: The " + organisation.handle + " Society"};
  for (const auto& [scope, labels] : organisation.keys) {
    for (const std::string& label : labels) lines.push_back("+ auth: " + scope + " " + Key::of(label).text());
  }
  for (const auto& [scope, threshold] : organisation.thresholds) {
    if (threshold > 1) lines.push_back("+ threshold: " + scope + " " + std::to_string(threshold));
  }
  return create("organisation", organisation.handle, std::move(lines));
}

std::vector<std::string> default_charter() {
  return {"budget: member 1000 16000000 20",
          "budget: member-reserve 1000 2000000 0",
          "budget: organisation 100 1000000 5",
          "budget: organisation-reserve 50 200000 0",
          "checks: off",
          "lock: A 1d",
          "lock: C 14d",
          "lock: C-loosening 60d",
          "lock: G 14d",
          "lock: H1-dependants 3d",
          "lock: H1-locked 1d",
          "lock: H1-override 1d",
          "lock: H1-unlock 3d",
          "lock: H2 3d",
          "lock: K 14d",
          "lock: M 14d",
          "lock: R-holder 30d",
          "lock: R-member 14d",
          "lock: U 0d",
          "lock: V 30d",
          "period: ceremony 1d",
          "period: check-fresh 1d",
          "period: dispute 60d",
          "period: epoch-grace 7d",
          "period: extension-holder 30d",
          "period: extension-objection 14d",
          "period: founding 30d",
          "period: founding-revert 30d",
          "period: freeze 3d",
          "period: freeze-join 30d",
          "period: freeze-own 7d",
          "period: open 14d",
          "quorum: A majority",
          "quorum: C supermajority",
          "quorum: G supermajority",
          "quorum: H2 majority",
          "quorum: K majority",
          "quorum: M supermajority",
          "quorum: R supermajority",
          "quorum: U majority",
          "quorum: V supermajority"};
}

std::string time_text(base::EpochSeconds time) {
  // Days to a civil date by counting from 1 March 2000, the day after a leap day that ends a cycle of 400
  // years.
  const auto days = static_cast<std::int64_t>(time.value() / kDay) - 11'017;
  const std::int64_t cycle = (days >= 0 ? days : days - 146'096) / 146'097;
  const std::int64_t day_of_cycle = days - cycle * 146'097;
  const std::int64_t year_of_cycle =
      (day_of_cycle - day_of_cycle / 1'460 + day_of_cycle / 36'524 - day_of_cycle / 146'096) / 365;
  const std::int64_t day_of_year =
      day_of_cycle - (365 * year_of_cycle + year_of_cycle / 4 - year_of_cycle / 100);
  const std::int64_t month_from_march = (5 * day_of_year + 2) / 153;
  const std::int64_t day = day_of_year - (153 * month_from_march + 2) / 5 + 1;
  const std::int64_t month = month_from_march < 10 ? month_from_march + 3 : month_from_march - 9;
  const std::int64_t year = 2'000 + cycle * 400 + year_of_cycle + (month <= 2 ? 1 : 0);
  const std::uint64_t second = time.value() % kDay;
  char text[64];
  std::snprintf(text, sizeof text, "%04lld-%02lld-%02lldT%02llu:%02llu:%02lluZ", static_cast<long long>(year),
                static_cast<long long>(month), static_cast<long long>(day),
                static_cast<unsigned long long>(second / 3'600),
                static_cast<unsigned long long>(second / 60 % 60),
                static_cast<unsigned long long>(second % 60));
  return text;
}

std::string epoch_text(std::uint64_t number, std::string_view charter_text) {
  const base::Hash hash = crypto::sha256(base::as_bytes(charter_text));
  return std::to_string(number) + " " + codec::serialize_base64(hash.view());
}

std::string some_commitment(std::string_view label) {
  return codec::serialize_base64(crypto::sha256(base::as_bytes(label)).view());
}

std::string Cast::member_handle(unsigned index) {
  const std::string letter(1, static_cast<char>('A' + index % 26));
  return "MEMBER-" + letter + (index < 26 ? "" : std::to_string(index / 26));
}

Cast::Cast(unsigned members, std::vector<std::string> charter) : charter_(std::move(charter)) {
  for (unsigned i = 0; i < members; ++i) {
    const std::string handle = member_handle(i);
    members_.push_back(handle);
    add(make_member(handle));
    add(make_organisation("ORG-" + handle.substr(7)));
  }
  std::string text = "charter: registry\nversion: 1\n";
  std::ranges::sort(charter_);
  for (const std::string& line : charter_) text += line + "\n";
  epoch = epoch_text(1, text);
}

Party& Cast::party(const std::string& handle) {
  const auto found = parties_.find(handle);
  if (found == parties_.end()) std::fprintf(stderr, "no party called %s\n", handle.c_str());
  CHECK(found != parties_.end());
  return found->second;
}
const Party& Cast::party(const std::string& handle) const {
  return const_cast<Cast*>(this)->party(handle);
}
Party& Cast::add(Party party) {
  const std::string handle = party.handle;
  return parties_.insert_or_assign(handle, std::move(party)).first->second;
}

Draft Cast::genesis() const {
  Draft draft{.kind = "genesis"};
  const std::string log_key = "log";
  draft.set("time", time_text(kGenesisTime)).set("clock", "virtual").set("log-key", Key::of(log_key).text());
  std::vector<std::string> charter;
  for (const std::string& line : charter_) charter.push_back("+ " + line);
  draft.paragraphs.push_back(create("charter", "registry", charter));
  for (const std::string& handle : members_) {
    const std::string organisation = "ORG-" + handle.substr(7);
    draft.paragraphs.push_back(creation_of_member(party(handle), organisation));
    draft.paragraphs.push_back(creation_of_organisation(party(organisation)));
    draft.sign(handle, party(handle).all_keys()).sign(organisation, party(organisation).all_keys());
  }
  return draft.sign(draft.origin, {log_key});
}

Draft Cast::proposal(const std::string& by, const std::string& classes, std::vector<Paragraph> paragraphs,
                     const std::vector<std::pair<std::string, std::string>>& attributes) const {
  Draft draft{.kind = "proposal", .paragraphs = std::move(paragraphs)};
  draft.set("by", by).set("epoch", epoch).set("class", classes);
  draft.set("expires", time_text(now + base::Seconds(expires_after)));
  for (const auto& [name, value] : attributes) draft.set(name, value);
  const Party& proposer = party(by);
  if (proposer.is_member()) {
    draft.sign(by, proposer.quorum_of(classes == "U" ? "registrar" : "governance"));
  } else {
    std::set<std::string> scopes;
    for (const Paragraph& paragraph : draft.paragraphs) scopes.merge(scopes_of(paragraph));
    if (draft.paragraphs.empty()) scopes.insert("admin");
    for (const std::string& scope : scopes) draft.sign(by, proposer.quorum_of(scope));
  }
  return draft.sign(by, new_keys(draft, proposer));
}

Draft Cast::answer(const std::string& kind, const std::string& by, std::string_view proposal) const {
  Draft draft{.kind = kind};
  draft.set("by", by).set("epoch", epoch).set("proposal", std::string(proposal));
  draft.set("expires", time_text(now + base::Seconds(expires_after)));
  return draft;
}

Draft Cast::acceptance(const std::string& by, const Draft& proposal) const {
  Draft draft = answer("acceptance", by, proposal.id_text());
  const Party& accepter = party(by);
  const std::vector<std::string> fresh = new_keys(proposal, accepter);
  if (creates(proposal, by) || !fresh.empty()) return draft.sign(by, fresh);
  return draft.sign(by, accepter.quorum_of(accepter.is_member() ? "governance" : "admin"));
}

Draft Cast::ballot(const std::string& member, std::string_view proposal, const std::string& vote) const {
  Draft draft = answer("ballot", member, proposal);
  draft.set("vote", vote);
  return draft.sign(member, party(member).quorum_of(vote == "attest" ? "registrar" : "governance"));
}

Draft Cast::objection(const std::string& by, std::string_view proposal) const {
  const Party& objector = party(by);
  return answer("objection", by, proposal)
      .sign(by, objector.quorum_of(objector.is_member() ? "governance" : "admin"));
}

Draft Cast::dispute(const std::string& organisation, const std::string& object,
                    const std::string& member) const {
  Draft draft = answer("objection", organisation, "").drop("proposal");
  draft.set("object", object).set("with", member).set("annex", some_commitment(organisation + object));
  draft.sign(organisation, party(organisation).quorum_of("admin"));
  return draft.sign(member, party(member).quorum_of("governance"));
}

Draft Cast::withdrawal(const std::string& by, std::string_view proposal) const {
  return answer("withdrawal", by, proposal)
      .sign(by, party(by).quorum_of(party(by).is_member() ? "governance" : "admin"));
}

Draft Cast::cancellation(const std::string& by, std::string_view proposal) const {
  return answer("cancellation", by, proposal)
      .sign(by, party(by).quorum_of(party(by).is_member() ? "governance" : "admin"));
}

Draft Cast::check(const std::string& member, const std::string& object, std::string_view hash) const {
  Draft draft = answer("check", member, "").drop("proposal");
  draft.set("object", object).set("hash", std::string(hash));
  return draft.sign(member, party(member).quorum_of("operator"));
}

Draft Cast::redaction(const std::string& member, std::string_view commitment) const {
  Draft draft = answer("redaction", member, "").drop("proposal");
  draft.set("commitment", std::string(commitment));
  return draft.sign(member, party(member).quorum_of("governance"));
}

}  // namespace actors
