// The text of policies, line by line. What a line means stands in C2SP tlog-policy under the word it begins
// with.
#include <algorithm>
#include <set>

#include "base/limits.h"
#include "codec/base64.h"
#include "codec/decimal.h"
#include "codec/utf8.h"
#include "note/policy.h"

namespace note {
namespace {

constexpr std::string_view kHeaderStart = "# comity/1 policy ";
constexpr std::string_view kNone = "none";

using Words = std::vector<std::string_view>;

// UTF-8 without control characters, C1 ones included: names from here are printed to terminals.
bool is_printable(std::string_view text) {
  while (!text.empty()) {
    const auto point = codec::take_code_point(text);
    if (!point || (*point >= 0x7F && *point <= 0x9F)) return false;
    if (*point < 0x20 && *point != U'\t' && *point != U'\n') return false;
  }
  return true;
}

Words split_words(std::string_view line) {
  constexpr std::string_view kBlanks = " \t";
  Words words;
  while (true) {
    const auto first = line.find_first_not_of(kBlanks);
    if (first == std::string_view::npos) return words;
    line.remove_prefix(first);
    const auto end = std::min(line.find_first_of(kBlanks), line.size());
    words.push_back(line.substr(0, end));
    line.remove_prefix(end);
  }
}

// Reads a policy; one object, one text.   parse_header? parse_line* finish
class PolicyReader {
 public:
  base::Result<Policy> read(std::string_view text);

 private:
  base::Result<void> read_header(std::string_view text);
  base::Result<void> read_line(std::string_view line);
  base::Result<void> read_log(const Words& words);
  base::Result<void> read_witness(const Words& words);
  base::Result<void> read_group(const Words& words);
  base::Result<void> read_quorum(const Words& words);
  base::Result<void> define(std::string_view name);
  base::Result<void> check_new(const VerifierKey& key) const;
  base::Result<void> check_whole() const;

  Policy policy_;
  std::set<std::string, std::less<>> defined_;   // witnesses and groups: one name space
  std::set<std::string, std::less<>> in_group_;  // names that are a member of some group already
};

base::Result<Policy> PolicyReader::read(std::string_view text) {
  if (text.size() > base::kPolicyBytesMax)
    return base::fail(kBadPolicy, std::to_string(text.size()) + " bytes");
  if (!is_printable(text)) return base::fail(kBadPolicy, "not UTF-8, or a control character");
  if (!text.ends_with('\n')) return base::fail(kBadPolicy, "does not end with a line feed");
  if (text.starts_with(kHeaderStart)) TRY(read_header(text));
  std::size_t number = 0;
  while (!text.empty()) {
    ++number;
    const auto end = text.find('\n');
    if (auto done = read_line(text.substr(0, end)); !done) {
      return base::fail(kBadPolicy, "line " + std::to_string(number) + ": " + done.error().detail());
    }
    text.remove_prefix(end + 1);
  }
  TRY(check_whole());
  return std::move(policy_);
}

// The first three lines, each exactly in its form.
base::Result<void> PolicyReader::read_header(std::string_view text) {
  constexpr std::string_view kStarts[] = {kHeaderStart, "# epoch: ", "# genesis: "};
  std::string_view values[3];
  for (std::size_t i = 0; i < 3; ++i) {
    const auto end = text.find('\n');
    if (end == std::string_view::npos || !text.starts_with(kStarts[i])) {
      return base::fail(kBadPolicy, "header: line " + std::to_string(i + 1) + " does not begin with '" +
                                        std::string(kStarts[i]) + "'");
    }
    values[i] = text.substr(kStarts[i].size(), end - kStarts[i].size());
    text.remove_prefix(end + 1);
  }
  if (!check_key_name(values[0])) return base::fail(kBadPolicy, "header: the origin is no key name");
  const auto epoch = codec::parse_decimal(values[1]);
  if (!epoch) return base::fail(kBadPolicy, epoch.error().at("header: epoch").message());
  const auto genesis = codec::parse_base64_hash(values[2]);
  if (!genesis) return base::fail(kBadPolicy, genesis.error().at("header: genesis").message());
  policy_.header = PolicyHeader{std::string(values[0]), base::Epoch(*epoch), *genesis};
  return {};
}

base::Result<void> PolicyReader::read_line(std::string_view line) {
  const Words words = split_words(line);
  if (words.empty() || words[0].starts_with('#')) return {};
  if (words[0] == "log") return read_log(words);
  if (words[0] == "witness") return read_witness(words);
  if (words[0] == "group") return read_group(words);
  if (words[0] == "quorum") return read_quorum(words);
  return base::fail(kBadPolicy, "neither log, witness, group nor quorum");
}

base::Result<void> PolicyReader::read_log(const Words& words) {
  if (words.size() < 2 || words.size() > 3)
    return base::fail(kBadPolicy, "log: a key and at most a URL expected");
  if (policy_.logs.size() == kPolicyItemsMax) return base::fail(kBadPolicy, "too many logs");
  auto key = parse_verifier_key(words[1]);
  if (!key) return base::fail(kBadPolicy, key.error().message());
  if (key->type != KeyType::kEd25519) return base::fail(kBadPolicy, "a log's key must be of type 0x01");
  for (const PolicyLog& other : policy_.logs) {
    if (other.key.key == key->key) return base::fail(kBadPolicy, "the same log key twice");
  }
  TRY(check_new(*key));
  policy_.logs.push_back({std::move(*key), std::string(words.size() == 3 ? words[2] : "")});
  return {};
}

base::Result<void> PolicyReader::read_witness(const Words& words) {
  if (words.size() < 3 || words.size() > 4) {
    return base::fail(kBadPolicy, "witness: a name, a key and at most a URL expected");
  }
  if (policy_.witnesses.size() == kPolicyItemsMax) return base::fail(kBadPolicy, "too many witnesses");
  auto key = parse_verifier_key(words[2]);
  if (!key) return base::fail(kBadPolicy, key.error().message());
  if (key->type != KeyType::kCosignature)
    return base::fail(kBadPolicy, "a witness's key must be of type 0x04");
  for (const PolicyWitness& other : policy_.witnesses) {
    if (other.key.key == key->key) return base::fail(kBadPolicy, "the same witness key twice");
  }
  TRY(check_new(*key));
  TRY(define(words[1]));
  policy_.witnesses.push_back(
      {std::string(words[1]), std::move(*key), std::string(words.size() == 4 ? words[3] : "")});
  return {};
}

base::Result<void> PolicyReader::read_group(const Words& words) {
  if (words.size() < 4) return base::fail(kBadPolicy, "group: a name, a threshold and members expected");
  if (policy_.groups.size() == kPolicyItemsMax) return base::fail(kBadPolicy, "too many groups");
  const std::size_t count = words.size() - 3;
  PolicyGroup group{std::string(words[1]), 0, {}};
  if (words[2] == "any" || words[2] == "all") {
    group.threshold = words[2] == "any" ? 1 : count;
  } else {
    const auto threshold = codec::parse_decimal(words[2], count);
    if (!threshold || *threshold == 0)
      return base::fail(kBadPolicy, "group: threshold is not 1 to " + std::to_string(count));
    group.threshold = *threshold;
  }
  for (std::size_t i = 3; i < words.size(); ++i) {
    const std::string member(words[i]);
    if (!defined_.contains(member))
      return base::fail(kBadPolicy, "group: " + member + " is not defined before");
    if (!in_group_.insert(member).second)
      return base::fail(kBadPolicy, "group: " + member + " is a member already");
    group.members.push_back(member);
  }
  TRY(define(words[1]));
  policy_.groups.push_back(std::move(group));
  return {};
}

base::Result<void> PolicyReader::read_quorum(const Words& words) {
  if (words.size() != 2) return base::fail(kBadPolicy, "quorum: one name expected");
  if (!policy_.quorum.empty()) return base::fail(kBadPolicy, "a second quorum");
  const std::string name(words[1]);
  if (name != kNone && !defined_.contains(name))
    return base::fail(kBadPolicy, "quorum: " + name + " is not defined before");
  policy_.quorum = name;
  return {};
}

base::Result<void> PolicyReader::define(std::string_view name) {
  if (name == kNone) return base::fail(kBadPolicy, "the name none is reserved");
  if (!defined_.emplace(name).second)
    return base::fail(kBadPolicy, std::string(name) + " is defined already");
  return {};
}

// Signature lines are found by (name, key id); two keys with one such pair could not be told apart.
base::Result<void> PolicyReader::check_new(const VerifierKey& key) const {
  const auto clashes = [&key](const auto& other) {
    return other.key.name == key.name && other.key.id() == key.id();
  };
  if (std::ranges::any_of(policy_.logs, clashes) || std::ranges::any_of(policy_.witnesses, clashes)) {
    return base::fail(kBadPolicy, "two keys with one name and id");
  }
  return {};
}

base::Result<void> PolicyReader::check_whole() const {
  if (policy_.quorum.empty()) return base::fail(kBadPolicy, "no quorum");
  if (!policy_.header) return {};
  if (policy_.logs.size() != 1) return base::fail(kBadPolicy, "a policy of a registry has one log");
  if (policy_.logs[0].key.name != policy_.header->origin) {
    return base::fail(kBadPolicy, "the log's key name is not the origin");
  }
  return {};
}

}  // namespace

base::Result<Policy> parse_policy(std::string_view text) {
  return PolicyReader().read(text);
}

}  // namespace note
