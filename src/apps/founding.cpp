#include "apps/founding.h"

#include <algorithm>
#include <array>
#include <map>
#include <optional>
#include <utility>

#include "apps/record_maker.h"
#include "apps/submitting.h"
#include "base/check.h"
#include "charter/signature_checker.h"
#include "crypto/ed25519.h"
#include "note/signed_note.h"
#include "record/builder.h"
#include "record/draft.h"
#include "registry/registry.h"
#include "resource/charter_numbers.h"
#include "resource/keys.h"
#include "resource/seats.h"
#include "resource/values.h"

namespace apps {
namespace {

using base::Result;
using record::FoundingKey;
using record::MemberSheet;
using record::Record;

std::string_view next_line(std::string_view& text) {
  const std::string_view line = text.substr(0, text.find('\n'));
  text.remove_prefix(std::min(line.size() + 1, text.size()));
  return line;
}

// "lock: A 1d" is the number `lock: A`, "checks: off" is `checks:`.
std::string_view number_name(std::string_view line) {
  const std::size_t colon = line.find(": ");
  if (colon == std::string_view::npos) return {};
  const std::size_t space = line.find(' ', colon + 2);
  return space == std::string_view::npos ? line.substr(0, colon + 1) : line.substr(0, space);
}

std::vector<std::string> default_numbers() {
  std::vector<std::string> lines;
  std::string_view text = resource::default_charter();
  while (!text.empty()) {
    const std::string_view line = next_line(text);
    if (!line.starts_with("charter:") && !line.starts_with("version:")) lines.emplace_back(line);
  }
  return lines;
}

// "create charter: registry" from the default charter's text, with some of its lines replaced.
Result<std::string> charter_paragraph(std::span<const std::string> numbers) {
  std::vector<std::string> lines = default_numbers();
  for (const std::string& number : numbers) {
    const auto line = std::ranges::find_if(lines, [&](const std::string& one) {
      return !number_name(number).empty() && number_name(one) == number_name(number);
    });
    if (line == lines.end() || number.find('\n') != std::string::npos)
      return base::fail(kBadFounding, "\"" + number +
                                          "\" is no number of the charter: NAME: VALUE is expected, as in "
                                          "\"lock: A 2d\" (docs/formats/objects.md)");
    *line = number;
  }
  std::string paragraph = "create charter: registry\n";
  for (const std::string& line : lines) paragraph.append("+ ").append(line).append("\n");
  return paragraph;
}

/// Whoever asks has no signatures yet.
class EverybodySigned final : public charter::SignatureChecker {
 public:
  bool verifies(const Record& /*record*/, std::size_t /*index*/, const crypto::PublicKey& /*key*/) override {
    return true;
  }
};

std::string who(const FoundingKey& key) {
  return key.name + " " + key.role + " " + resource::serialize_key(key.key);
}

Result<void> check_one_registry(std::span<const MemberSheet> sheets) {
  if (sheets.size() < resource::kFoundersMin || sheets.size() > resource::kMembersMax) {
    return base::fail(kBadFounding, "a registry is founded by 3 to " + std::to_string(resource::kMembersMax) +
                                        " members; there are " + std::to_string(sheets.size()) + " sheets");
  }
  std::map<std::string, const FoundingKey*> key_of;
  for (std::size_t i = 0; i < sheets.size(); ++i) {
    if (sheets[i].origin() != sheets[0].origin()) {
      return base::fail(kBadFounding, "the sheet of " + std::string(sheets[i].member()) + " is for " +
                                          sheets[i].origin() + ", that of " +
                                          std::string(sheets[0].member()) + " for " + sheets[0].origin());
    }
    for (std::size_t j = 0; j < i; ++j) {
      if (sheets[i].member() == sheets[j].member())
        return base::fail(kBadFounding, "two sheets are of " + std::string(sheets[i].member()));
      if (sheets[i].organisation() == sheets[j].organisation())
        return base::fail(kBadFounding, std::string(sheets[i].member()) + " and " +
                                            std::string(sheets[j].member()) + " both create " +
                                            std::string(sheets[i].organisation()));
    }
    for (const FoundingKey& key : sheets[i].keys()) {
      const auto [other, is_new] = key_of.emplace(resource::serialize_key(key.key), &key);
      if (!is_new)
        return base::fail(kBadFounding, other->second->name + " " + other->second->role + " and " + key.name +
                                            " " + key.role + " have one key: " + other->first);
    }
  }
  return {};
}

std::string list_of(const std::vector<FoundingKey>& keys) {
  std::string text;
  for (const FoundingKey& key : keys) text.append(text.empty() ? "" : ", ").append(who(key));
  return text;
}

}  // namespace

Result<std::string> make_genesis_body(const GenesisWish& wish) {
  record::Builder builder(record::Kind::kGenesis, wish.origin);
  builder.set("time", wish.time).set("clock", wish.clock);
  builder.set("log-key", resource::serialize_key(wish.log_key));
  ASSIGN_OR_RETURN(const std::string charter, charter_paragraph(wish.numbers));
  builder.add_paragraph(charter);
  for (const std::string& paragraph : wish.paragraphs) builder.add_paragraph(paragraph);
  return builder.body();
}

Result<std::string> draft_genesis(std::span<const MemberSheet> sheets, base::EpochSeconds time,
                                  std::string_view clock, std::span<const std::string> numbers) {
  TRY(check_one_registry(sheets));
  GenesisWish wish{sheets[0].origin(), time, std::string(clock), {}, {}, {numbers.begin(), numbers.end()}};
  std::string_view hub;
  for (const MemberSheet& sheet : sheets) {
    wish.paragraphs.emplace_back(sheet.paragraphs());
    if (!sheet.log_key()) continue;
    if (!hub.empty())
      return base::fail(kBadFounding, std::string(hub) + " and " + std::string(sheet.member()) +
                                          " both bring a key for the log; one of them runs the hub");
    hub = sheet.member();
    wish.log_key = *sheet.log_key();
  }
  if (hub.empty())
    return base::fail(kBadFounding,
                      "no sheet brings the log's key; whoever runs the hub makes its sheet with "
                      "`comity found member --log`");
  ASSIGN_OR_RETURN(std::string body, make_genesis_body(wish));
  TRY(check_genesis_body(body));
  return body;
}

std::vector<std::string> unusual_numbers(std::string_view body) {
  const std::vector<std::string> usual = default_numbers();
  std::vector<std::string> unusual;
  bool is_charter = false;
  while (!body.empty()) {
    const std::string_view line = next_line(body);
    if (line.empty() || line.starts_with("create ")) is_charter = line == "create charter: registry";
    if (is_charter && line.starts_with("+ ") && std::ranges::find(usual, line.substr(2)) == usual.end())
      unusual.emplace_back(line.substr(2));
  }
  return unusual;
}

Result<void> check_genesis_body(std::string_view body) {
  ASSIGN_OR_RETURN(const Record unsigned_record, parse_unsigned(body));
  if (unsigned_record.kind() != record::Kind::kGenesis) return base::fail(kBadFounding, "this is no genesis");
  constexpr std::array<base::Byte, 64> kNoSignature{};
  std::vector<std::string> lines;
  for (const FoundingKey& key : genesis_keys(unsigned_record)) {
    lines.push_back(
        note::serialize_signature_line(key.name, resource::key_id(key.name, key.key), kNoSignature));
  }
  ASSIGN_OR_RETURN(const std::string leaf, record::assemble(body, lines));
  ASSIGN_OR_RETURN(const Record genesis, Record::parse(std::string_view(leaf)));
  EverybodySigned checker;
  std::string block_record;
  TRY(registry::Registry::found(genesis, checker, block_record));
  return {};
}

std::vector<FoundingKey> genesis_keys(const Record& genesis) {
  CHECK(genesis.kind() == record::Kind::kGenesis);
  std::vector<FoundingKey> keys = record::keys_named_by(genesis.changes());
  crypto::PublicKey log_key;
  if (resource::read_key(genesis.value("log-key"), log_key))
    keys.push_back({std::string(genesis.origin()), "log", log_key});
  record::sort_founding_keys(keys);
  return keys;
}

std::string first_difference(std::string_view expected, std::string_view found) {
  for (std::size_t number = 1; !expected.empty() || !found.empty(); ++number) {
    const std::string_view wanted = next_line(expected);
    const std::string_view line = next_line(found);
    if (wanted != line) {
      return "line " + std::to_string(number) + ": `" + std::string(line) + "` instead of `" +
             std::string(wanted) + "`";
    }
  }
  return {};
}

Result<void> check_holds_sheet(std::string_view body, const MemberSheet& sheet) {
  ASSIGN_OR_RETURN(const Record genesis, parse_unsigned(body));
  const std::string member(sheet.member());
  if (genesis.origin() != sheet.origin())
    return base::fail(kAlteredSheet, "the sheet of " + member + " is for " + sheet.origin() +
                                         ", the genesis for " + std::string(genesis.origin()));
  std::string held;
  for (const resource::Change& change : genesis.changes()) {
    if (change.key == sheet.member() || change.key == sheet.organisation())
      held.append("\n").append(resource::serialize_change(change));
  }
  const std::string difference = first_difference(sheet.paragraphs(), held);
  if (!difference.empty())
    return base::fail(kAlteredSheet,
                      "the genesis does not say of " + member + " what its sheet says: " + difference);
  if (sheet.log_key() && resource::serialize_key(*sheet.log_key()) != genesis.value("log-key"))
    return base::fail(kAlteredSheet, "the genesis names another key for the log than the sheet of " + member);
  return {};
}

Result<PartlySigned> read_partly_signed(std::string source, std::string_view text) {
  PartlySigned copy{std::move(source), {}, {}};
  auto body = split_signatures(text, copy.lines);
  if (!body) return std::unexpected(body.error().at(copy.source));
  copy.body = std::move(*body);
  const auto record = parse_unsigned(copy.body);
  if (!record) return std::unexpected(record.error().at(copy.source));
  if (record->kind() != record::Kind::kGenesis)
    return base::fail(kBadFounding, copy.source + ": a genesis is expected, this is another kind of record");
  return copy;
}

std::vector<FoundingKey> missing_signatures(const Record& genesis, std::span<const std::string> lines) {
  std::vector<FoundingKey> missing = genesis_keys(genesis);
  for (const std::string& line : lines) {
    const auto parsed = note::parse_signature_line(std::string_view(line).substr(0, line.size() - 1));
    if (!parsed) continue;
    std::erase_if(missing, [&](const FoundingKey& key) {
      return key.name == parsed->name && resource::key_id(key.name, key.key) == parsed->key_id;
    });
  }
  return missing;
}

Result<std::map<const FoundingKey*, std::string>> gather_signatures(std::span<const PartlySigned> copies,
                                                                    const std::vector<FoundingKey>& keys,
                                                                    std::string_view stranger) {
  std::map<const FoundingKey*, std::string> line_of;
  for (const PartlySigned& copy : copies) {
    for (const std::string& line : copy.lines) {
      const auto parsed = note::parse_signature_line(std::string_view(line).substr(0, line.size() - 1));
      if (!parsed) return std::unexpected(parsed.error().at(copy.source));
      const auto key = std::ranges::find_if(keys, [&](const FoundingKey& named) {
        return named.name == parsed->name && resource::key_id(named.name, named.key) == parsed->key_id;
      });
      if (key == keys.end()) {
        return base::fail(kStrangeSignature, copy.source + ": " + std::string(parsed->name) +
                                                 " signs with a key that " + std::string(stranger));
      }
      if (!crypto::verify_signature(key->key, base::as_bytes(copy.body), parsed->signature)) {
        return base::fail(kStrangeSignature, copy.source + ": the signature of " + who(*key) +
                                                 " does not verify over this text");
      }
      line_of.emplace(&*key, line);
    }
  }
  return line_of;
}

Result<std::string> seal_genesis(std::span<const PartlySigned> copies) {
  if (copies.empty()) return base::fail(kBadFounding, "there is nothing to seal");
  const PartlySigned& first = copies.front();
  for (const PartlySigned& copy : copies) {
    if (const std::string difference = first_difference(first.body, copy.body); !difference.empty())
      return base::fail(kAlteredDraft,
                        copy.source + " is not the text of " + first.source + ": " + difference);
  }
  ASSIGN_OR_RETURN(const Record unsigned_record, parse_unsigned(first.body));
  const std::vector<FoundingKey> keys = genesis_keys(unsigned_record);
  ASSIGN_OR_RETURN(const auto line_of, gather_signatures(copies, keys, "the genesis does not name"));
  std::vector<std::string> lines;
  for (const auto& [key, line] : line_of) lines.push_back(line);
  const std::vector<FoundingKey> missing = missing_signatures(unsigned_record, lines);
  if (!missing.empty()) return base::fail(kMissingSignature, "not signed yet: " + list_of(missing));
  ASSIGN_OR_RETURN(std::string leaf, record::assemble(first.body, lines));
  ASSIGN_OR_RETURN(const Record genesis, Record::parse(std::string_view(leaf)));
  charter::DirectChecker checker;
  std::string block_record;
  TRY(registry::Registry::found(genesis, checker, block_record));
  return leaf;
}

}  // namespace apps
