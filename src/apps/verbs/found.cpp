// comity found member, draft, sign, seal: a genesis that members make together, each with keys of its own that
// never leave its hands. `found open` is found_open.cpp.
#include <algorithm>
#include <optional>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "apps/founding.h"
#include "apps/key_files.h"
#include "apps/record_maker.h"
#include "apps/submitting.h"
#include "apps/verbs.h"
#include "base/limits.h"
#include "codec/base64.h"
#include "codec/time_text.h"
#include "os/posix_files.h"
#include "os/system_clock.h"
#include "os/system_random.h"
#include "record/builder.h"
#include "record/draft.h"
#include "record/kind_table.h"
#include "record/member_sheet.h"
#include "resource/charter_numbers.h"
#include "resource/values.h"

namespace apps {
namespace {

using base::Result;
using nlohmann::ordered_json;
using note::KeyType;
using note::Signer;
using record::FoundingKey;
using record::MemberSheet;

constexpr unsigned kGovernanceKeysMax = 16;  // docs/formats/objects.md

inline constexpr base::ErrorKind kBadFound{"bad-found", base::Category::kInvalid, "comity found --help"};

Result<void> write_text(base::Files& files, const std::string& path, std::string_view text) {
  return base::replace_file(files, path, base::as_bytes(text), base::FileMode::kPublic);
}

std::string key_value(const Signer& signer) {
  return resource::serialize_key(signer.verifier_key().key);
}

// --- member

struct NamedSigner {
  std::string role;  ///< as in the key file's name
  Signer signer;
};

Result<void> check_member_wish(const FoundMemberOptions& options) {
  if (!resource::is_member_handle(options.handle))
    return base::fail(kBadFound, "\"" + options.handle + "\": MEMBER- and up to 28 of A-Z 0-9 - is expected");
  if (!resource::is_organisation_handle(options.organisation))
    return base::fail(kBadFound, "--organisation \"" + options.organisation + "\": ORG-... is expected");
  if (!record::is_origin(options.origin))
    return base::fail(kBadFound, "--origin \"" + options.origin +
                                     "\": 1 to 255 of a-z 0-9 . / _ -, as in registry.example/root");
  if (!resource::is_legal_name(options.org_name))
    return base::fail(kBadFound, "--org-name: the organisation's legal name is expected");
  if (options.governance < 1 || options.governance > kGovernanceKeysMax)
    return base::fail(kBadFound, "--governance: 1 to 16 keys");
  if (options.governance_threshold < 1 || options.governance_threshold > options.governance)
    return base::fail(kBadFound, "--governance-threshold: between 1 and the number of governance keys");
  return {};
}

std::vector<NamedSigner> make_founder_keys(const FoundMemberOptions& options) {
  os::SystemRandom random;
  std::vector<NamedSigner> keys;
  const auto add = [&](const std::string& name, std::string role) {
    keys.push_back({std::move(role), Signer::generate(name, KeyType::kEd25519, random)});
  };
  for (unsigned i = 1; i <= options.governance; ++i)
    add(options.handle, i == 1 ? "governance" : "governance." + std::to_string(i));
  add(options.handle, "operator");
  add(options.handle, "registrar");
  add(options.organisation, "admin");
  if (options.log) add(options.origin, "log");
  return keys;
}

record::SheetWish sheet_wish(const FoundMemberOptions& options, const std::vector<NamedSigner>& keys) {
  record::SheetWish wish{options.origin, std::nullopt, options.handle, {}, options.organisation, {}};
  wish.member_lines = {"organisation: " + options.organisation,
                       "governance-threshold: " + std::to_string(options.governance_threshold)};
  if (!options.url.empty()) wish.member_lines.push_back("url: " + options.url);
  wish.organisation_lines = {"org-name: " + options.org_name};
  if (!options.country.empty()) wish.organisation_lines.push_back("country: " + options.country);
  for (const NamedSigner& key : keys) {
    if (key.role == "log") {
      wish.log_key = key.signer.verifier_key().key;
    } else if (key.role == "admin") {
      wish.organisation_lines.push_back("auth: admin " + key_value(key.signer));
    } else {
      wish.member_lines.push_back(key.role.substr(0, key.role.find('.')) + ": " + key_value(key.signer));
    }
  }
  return wish;
}

std::string founder_key_path(const std::string& folder, const NamedSigner& key) {
  return folder + "/" + (key.role == "log" ? std::string("log") : key.signer.name()) + "." + key.role +
         ".key";
}

// --- draft

std::string numbers_of(std::string_view body) {
  const std::vector<std::string> unusual = unusual_numbers(body);
  if (unusual.empty()) return "The charter has the default numbers.\n";
  std::string text = "The charter has the default numbers but for\n";
  for (const std::string& line : unusual) text.append("  ").append(line).append("\n");
  return text;
}

// What whoever gets the draft should look at before signing it.
std::string draft_remarks(std::string_view body, const std::vector<MemberSheet>& sheets) {
  const std::size_t n = sheets.size();
  const std::size_t f = (n - 1) / 3;
  std::string text = "The genesis of " + sheets[0].origin() +
                     ". Compare its id with the others, by voice: it is\n" +
                     codec::serialize_base64(record::record_id(body).view()) + "\n\n" + std::to_string(n) +
                     " members; " + std::to_string(f) + " of them may fail or lie, " + std::to_string(n - f) +
                     " make a checkpoint count.\n";
  if (n == 3) text += "Three members are a pilot: none of them may fail or lie.\n";
  for (const MemberSheet& sheet : sheets) {
    text.append(sheet.member()).append(", ").append(sheet.organisation());
    text += sheet.log_key() ? ": runs the hub\n" : "\n";
  }
  return text + numbers_of(body) + "\nThen: comity found sign THIS-FILE --keys YOUR-FOLDER -o SIGNED\n";
}

Result<std::vector<MemberSheet>> load_sheets(const base::Files& files,
                                             const std::vector<std::string>& paths) {
  std::vector<MemberSheet> sheets;
  for (const std::string& path : paths) {
    ASSIGN_OR_RETURN(std::string text, read_input(files, path));
    auto sheet = MemberSheet::parse(std::move(text));
    if (!sheet) return std::unexpected(sheet.error().at(path));
    sheets.push_back(std::move(*sheet));
  }
  return sheets;
}

// --- sign

/// The keys of one member's folders, matched with what the genesis says of them.
struct FoundKeys {
  std::vector<Signer> signers;
  std::vector<std::string> signed_as;  ///< "MEMBER-A operator"
  std::vector<std::string> passed_over;
};

Result<void> match_keys(const base::Files& files, const std::string& folder,
                        const std::vector<FoundingKey>& named, FoundKeys& found) {
  ASSIGN_OR_RETURN(const std::vector<KeyFile> key_files, list_keys(files, folder));
  for (const KeyFile& file : key_files) {
    ASSIGN_OR_RETURN(Signer signer, load_key(files, file.path));
    const auto same_key = [&](const FoundingKey& key) { return key.key == signer.verifier_key().key; };
    const auto key = std::ranges::find_if(named, same_key);
    if (key == named.end() || key->name != signer.name()) {
      found.passed_over.push_back(file.path);
      continue;
    }
    if (key->role != file.role) {
      return base::fail(kBadFounding, file.path + " holds what the genesis calls the " + key->role +
                                          " key of " + key->name + "; one key has one role");
    }
    found.signed_as.push_back(key->name + " " + key->role);
    found.signers.push_back(std::move(signer));
  }
  return {};
}

// The sheet says what its member agreed to be; a draft that says anything else of it is not signed.
Result<std::size_t> check_sheets(const base::Files& files, const std::string& folder, std::string_view body) {
  ASSIGN_OR_RETURN(const std::vector<std::string> names, files.list(folder));
  std::size_t count = 0;
  for (const std::string& name : names) {
    if (!name.ends_with(".sheet")) continue;
    ASSIGN_OR_RETURN(const std::vector<MemberSheet> sheets, load_sheets(files, {folder + "/" + name}));
    TRY(check_holds_sheet(body, sheets.front()));
    ++count;
  }
  return count;
}

// Whose signatures are missing, each party once.
std::string describe(const std::vector<FoundingKey>& keys) {
  std::string text;
  std::string_view last;
  for (const FoundingKey& key : keys) {
    if (key.name != last) text.append(text.empty() ? "" : ", ").append(key.name);
    last = key.name;
  }
  return text.empty() ? "nobody" : text;
}

}  // namespace

Result<Answer> run_found_member(const FoundMemberOptions& options, Console& console) {
  os::PosixFiles files;
  TRY(check_member_wish(options));
  const std::vector<NamedSigner> keys = make_founder_keys(options);
  std::vector<const Signer*> signers;
  signers.reserve(keys.size());
  for (const NamedSigner& key : keys) signers.push_back(&key.signer);
  ASSIGN_OR_RETURN(const MemberSheet sheet, record::make_member_sheet(sheet_wish(options, keys), signers));
  const std::string path = options.keys + "/" + options.handle + ".sheet";
  // Keys that stand already stay: another sheet would orphan them.
  ASSIGN_OR_RETURN(const bool exists, files.exists(path));
  if (exists) return base::fail(kKeyExists, path + " is there already; choose another folder");
  TRY(files.make_folders(options.keys));
  for (const NamedSigner& key : keys) TRY(store_key(files, founder_key_path(options.keys, key), key.signer));
  TRY(write_text(files, path, sheet.text()));
  if (console.json()) {
    ordered_json list = ordered_json::array();
    for (const NamedSigner& key : keys)
      list.push_back({{"name", key.signer.name()}, {"role", key.role}, {"key", key_value(key.signer)}});
    console.line(ordered_json{{"member", options.handle}, {"sheet", path}, {"keys", list}}.dump(2));
    return Answer::kYes;
  }
  console.line("Made " + std::to_string(keys.size()) + " secret keys of " +
               console.styled(Style::kBold, options.handle) + " in " + options.keys +
               ", readable by you alone.");
  console.line("Send " + path + " to whoever drafts the genesis. Nothing in it is secret; never send a key.");
  return Answer::kYes;
}

Result<Answer> run_found_draft(const FoundDraftOptions& options, Console& console) {
  os::PosixFiles files;
  ASSIGN_OR_RETURN(const std::vector<MemberSheet> sheets, load_sheets(files, options.sheets));
  base::EpochSeconds time = os::SystemClock().now();
  if (!options.time.empty()) {
    ASSIGN_OR_RETURN(time, codec::parse_time(options.time));
  }
  ASSIGN_OR_RETURN(const std::string body, draft_genesis(sheets, time, options.clock, options.numbers));
  const std::string draft = record::serialize_draft(body, draft_remarks(body, sheets));
  if (options.output.empty() || options.output == "-") {
    console.out(draft);
    return Answer::kYes;
  }
  TRY(write_text(files, options.output, draft));
  const std::string id = codec::serialize_base64(record::record_id(body).view());
  if (console.json()) {
    console.line(ordered_json{{"id", id}, {"members", sheets.size()}, {"file", options.output}}.dump(2));
    return Answer::kYes;
  }
  console.line("Drafted the genesis of " + console.styled(Style::kBold, sheets[0].origin()) + " in " +
               options.output + ": " + std::to_string(sheets.size()) + " members, id " + id);
  if (sheets.size() == 3)
    console.line("Three members are a pilot: with n = 3 none of them may fail or lie (f = 0).");
  return Answer::kYes;
}

Result<Answer> run_found_sign(const FoundSignOptions& options, Console& console) {
  os::PosixFiles files;
  ASSIGN_OR_RETURN(const std::string text, read_input(files, options.draft));
  ASSIGN_OR_RETURN(PartlySigned copy, read_partly_signed(options.draft, text));
  TRY(check_genesis_body(copy.body));
  ASSIGN_OR_RETURN(const record::Record genesis, parse_unsigned(copy.body));
  FoundKeys found;
  std::size_t sheets = 0;
  for (const std::string& folder : options.keys) {
    ASSIGN_OR_RETURN(const std::size_t count, check_sheets(files, folder, copy.body));
    sheets += count;
    TRY(match_keys(files, folder, genesis_keys(genesis), found));
  }
  for (const std::string& path : found.passed_over)
    console.warn(path + " is not in this genesis and did not sign");
  if (sheets == 0)
    console.warn("no sheet lies beside the keys, so what the draft says of you was not compared");
  if (found.signers.empty())
    return base::fail(kNoKeys, "none of the keys is in this genesis; nothing was signed");
  for (const Signer& signer : found.signers) copy.lines.push_back(record::sign_line(copy.body, signer));
  std::ranges::sort(copy.lines);
  copy.lines.erase(std::ranges::unique(copy.lines).begin(), copy.lines.end());
  ASSIGN_OR_RETURN(const std::string leaf, record::assemble(copy.body, copy.lines));
  const std::vector<FoundingKey> missing = missing_signatures(genesis, copy.lines);
  if (options.output.empty() || options.output == "-") {
    console.out(leaf);
    return Answer::kYes;
  }
  TRY(write_text(files, options.output, leaf));
  const std::string id = codec::serialize_base64(genesis.id().view());
  if (console.json()) {
    console.line(ordered_json{{"id", id}, {"signed", found.signed_as}, {"missing", missing.size()}}.dump(2));
    return Answer::kYes;
  }
  console.line("Signed " + id + " with " + std::to_string(found.signers.size()) +
               " keys. Compare this id by voice.");
  std::string numbers = numbers_of(copy.body);
  numbers.pop_back();
  console.line(numbers);
  console.line("Still missing: " + describe(missing));
  return Answer::kYes;
}

Result<Answer> run_found_seal(const FoundSealOptions& options, Console& console) {
  os::PosixFiles files;
  std::vector<PartlySigned> copies;
  for (const std::string& path : options.copies) {
    ASSIGN_OR_RETURN(const std::string text, read_input(files, path));
    ASSIGN_OR_RETURN(PartlySigned copy, read_partly_signed(path, text));
    copies.push_back(std::move(copy));
  }
  ASSIGN_OR_RETURN(const std::string leaf, seal_genesis(copies));
  if (options.output.empty() || options.output == "-") {
    console.out(leaf);
    return Answer::kYes;
  }
  TRY(write_text(files, options.output, leaf));
  ASSIGN_OR_RETURN(const record::Record genesis, record::Record::parse(std::string_view(leaf)));
  const std::string id = codec::serialize_base64(genesis.id().view());
  const auto is_member = [](const resource::Change& change) {
    return change.object_class == resource::ObjectClass::kMember;
  };
  const auto members = std::ranges::count_if(genesis.changes(), is_member);
  if (console.json()) {
    console.line(ordered_json{{"id", id}, {"members", members}, {"file", options.output}}.dump(2));
    return Answer::kYes;
  }
  console.line("Sealed the genesis of " + console.styled(Style::kBold, std::string(genesis.origin())) +
               ": id " + id);
  if (members == 3)
    console.line("Three members are a pilot: with n = 3 none of them may fail or lie (f = 0).");
  console.line("Give " + options.output + " to every member; `comity found open` makes a folder from it.");
  return Answer::kYes;
}

}  // namespace apps
