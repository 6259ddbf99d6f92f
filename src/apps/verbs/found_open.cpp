// comity found open: the folder of one machine, the hub's, a member's or a mirror's, out of the sealed genesis. Only
// the keys that the machine needs come along: the operator's, and on the hub the log's. `registry` is written
// last: a folder without it is no registry, and can be removed.
#include <algorithm>
#include <optional>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "apps/founding.h"
#include "apps/key_files.h"
#include "apps/policies.h"
#include "apps/registry_folder.h"
#include "apps/verbs.h"
#include "base/limits.h"
#include "charter/signature_checker.h"
#include "codec/time_text.h"
#include "note/policy.h"
#include "os/posix_files.h"
#include "registry/registry.h"
#include "replica/replica.h"
#include "resource/values.h"

namespace apps {
namespace {

using base::Result;
using note::Signer;
using record::FoundingKey;
using record::Record;

inline constexpr base::ErrorKind kBadOpen{"bad-open", base::Category::kInvalid, "comity found open --help"};
inline constexpr base::ErrorKind kOpenedBefore{"opened-before", base::Category::kConflict,
                                               "docs/operations/founding.md#one-folder-a-key"};

/// What the machine gets.
struct Seat {
  FolderSettings settings;
  std::optional<KeyFile> operator_file;
  std::optional<Signer> operator_key, log_key;
};

Result<void> write_text(base::Files& files, const std::string& path, std::string_view text) {
  return base::replace_file(files, path, base::as_bytes(text), base::FileMode::kPublic);
}

// Which member this machine is: the one named, or the only one whose operator key is at hand.
Result<std::string> choose_self(const FoundOpenOptions& options, const std::vector<KeyFile>& files) {
  if (!options.self.empty()) {
    if (!resource::is_member_handle(options.self))
      return base::fail(kBadOpen, "--self \"" + options.self + "\": MEMBER-... is expected");
    return options.self;
  }
  std::string self;
  for (const KeyFile& file : files) {
    if (file.role != "operator" || file.name == self) continue;
    if (!self.empty())
      return base::fail(kBadOpen,
                        "there are operator keys of " + self + " and " + file.name + "; say --self");
    self = file.name;
  }
  if (self.empty() && !files.empty())
    return base::fail(kBadOpen,
                      "no operator key lies in the folders of --keys; leave --keys out for a mirror");
  return self;
}

// A key that the genesis knows in another role would cosign nothing that counts.
Result<void> check_operator_key(const KeyFile& file, const Signer& signer,
                                const std::vector<FoundingKey>& named, Console& console) {
  const auto key = std::ranges::find_if(
      named, [&](const FoundingKey& one) { return one.key == signer.verifier_key().key; });
  if (signer.name() != file.name)
    return base::fail(kBadOpen, file.path + " holds a key of " + signer.name() + ", not of " + file.name);
  if (key != named.end() && (key->name != file.name || key->role != "operator")) {
    return base::fail(kBadOpen, file.path + " holds what the genesis calls the " + key->role + " key of " +
                                    key->name + "; the operator key is expected");
  }
  const auto is_his = [&](const FoundingKey& one) { return one.name == file.name; };
  if (key == named.end() && std::ranges::any_of(named, is_his)) {
    console.warn(file.path +
                 " is not the operator key that the genesis names; it cosigns only if it was "
                 "registered since (docs/operations/rotation.md)");
  }
  return {};
}

Result<std::vector<KeyFile>> list_all_keys(const base::Files& files,
                                           const std::vector<std::string>& folders) {
  std::vector<KeyFile> all;
  for (const std::string& folder : folders) {
    ASSIGN_OR_RETURN(std::vector<KeyFile> keys, list_keys(files, folder));
    std::ranges::move(keys, std::back_inserter(all));
  }
  return all;
}

// Of several operator keys (after a rotation) nothing here says which is in force: whoever opens the folder knows.
Result<void> take_keys(const base::Files& files, const std::vector<KeyFile>& key_files,
                       const std::vector<FoundingKey>& named, Seat& seat, Console& console) {
  for (const KeyFile& file : key_files) {
    if (file.role == "operator" && file.name == seat.settings.self) {
      ASSIGN_OR_RETURN(Signer signer, load_key(files, file.path));
      TRY(check_operator_key(file, signer, named, console));
      if (seat.operator_key)
        return base::fail(kBadOpen, "there are several operator keys of " + file.name + ": " +
                                        seat.operator_file->path + ", " + file.path +
                                        "; leave the one to use");
      seat.operator_key.emplace(std::move(signer));
      seat.operator_file = file;
    } else if (file.role == "log" && seat.settings.hub.empty()) {
      ASSIGN_OR_RETURN(Signer signer, load_key(files, file.path));
      const auto is_log = [&](const FoundingKey& one) {
        return one.role == "log" && one.key == signer.verifier_key().key;
      };
      if (std::ranges::none_of(named, is_log))
        return base::fail(kBadOpen, file.path + " is not the key that the genesis names for the log");
      seat.log_key.emplace(std::move(signer));
    }
  }
  return {};
}

Result<Seat> choose_seat(const base::Files& files, const FoundOpenOptions& options, const Record& genesis,
                         Console& console) {
  Seat seat;
  seat.settings.origin = genesis.origin();
  seat.settings.clock = genesis.value("clock") == "real" ? ClockKind::kReal : ClockKind::kVirtual;
  seat.settings.hub = options.hub;
  while (seat.settings.hub.ends_with('/')) seat.settings.hub.pop_back();
  if (!seat.settings.hub.empty() && !is_hub_url(seat.settings.hub))
    return base::fail(kBadOpen, "--hub \"" + options.hub + "\": http://HOST or https://HOST is expected");
  ASSIGN_OR_RETURN(const std::vector<KeyFile> key_files, list_all_keys(files, options.keys));
  ASSIGN_OR_RETURN(seat.settings.self, choose_self(options, key_files));
  TRY(take_keys(files, key_files, genesis_keys(genesis), seat, console));
  FolderSettings& settings = seat.settings;
  if (!settings.self.empty() && !seat.operator_key)
    return base::fail(kBadOpen, "no operator key of " + settings.self + " lies in the folders of --keys");
  settings.sequencer = options.sequencer;
  if (settings.sequencer.empty()) settings.sequencer = settings.hub.empty() ? settings.self : "-";
  if (settings.hub.empty()) {
    if (!seat.log_key)
      return base::fail(kBadOpen,
                        "the hub needs the log's key (log.log.key); a member's folder needs --hub URL");
    if (settings.self != settings.sequencer)
      return base::fail(kBadOpen,
                        "without --hub this folder is the hub's, so --sequencer is " + settings.self);
  } else if (!options.sequencer.empty() &&
             (!resource::is_member_handle(settings.sequencer) || settings.self == settings.sequencer)) {
    return base::fail(kBadOpen, "--sequencer: the handle of the member that runs the hub is expected");
  }
  return seat;
}

// A key that was given up, or whose member a successor leaves out, cosigns nothing any more.
Result<void> check_not_retired(const Seat& seat, const charter::State& state) {
  if (!seat.operator_key) return {};
  const std::string entry = "key:" + resource::serialize_key(seat.operator_key->verifier_key().key);
  const auto text = state.text(charter::Tree::kRules, entry);
  if (!text || text->find("\nstate: retired\n") == std::string_view::npos) return {};
  return base::fail(kBadOpen, seat.operator_file->path + " is retired in " + seat.settings.origin +
                                  " and cosigns nothing there; without --keys this folder is a mirror's");
}

// A second folder begun with one key would not know what the first has cosigned, and could help a second history
// along. The mark lies beside the key at home, where a lost machine does not take it.
std::string opened_mark(const KeyFile& key) {
  return key.path.substr(0, key.path.size() - std::string_view(".key").size()) + ".opened";
}

// One line for each log whose folder the key has: what was cosigned on one log says nothing of another.
std::string opened_start(std::string_view origin) {
  return "of " + std::string(origin) + ": ";
}

/// The lines that stand in the mark; none if there is no mark.
Result<std::string> read_opened(const base::Files& files, const std::string& mark) {
  const auto text = files.read(mark, base::kKeyFileBytesMax);
  if (text) return std::string(base::as_text(*text));
  if (text.error().kind() == base::kFileMissing) return std::string();
  return std::unexpected(text.error());
}

Result<void> check_not_opened(const base::Files& files, const Seat& seat) {
  if (!seat.operator_file) return {};
  const std::string mark = opened_mark(*seat.operator_file);
  ASSIGN_OR_RETURN(const std::string text, read_opened(files, mark));
  for (std::string_view rest = text; !rest.empty();) {
    const std::string_view line = rest.substr(0, rest.find('\n'));
    rest.remove_prefix(std::min(rest.size(), line.size() + 1));
    // A line of another form is from before logs had successors, and of whatever log this is.
    if (line.starts_with("of ") && !line.starts_with(opened_start(seat.settings.origin))) continue;
    return base::fail(kOpenedBefore, mark + " says that this key has a folder already (" + std::string(line) +
                                         "). If that one is lost, the key must not be used again: rotate it. "
                                         "Remove the mark only if that folder never ran");
  }
  return {};
}

Result<void> make_folder(base::Files& files, const RegistryFolder& folder, const Seat& seat,
                         const std::string& genesis_leaf, std::span<const std::string> carried) {
  const FolderLayout& layout = folder.layout;
  TRY(files.make_folders(layout.key_folder()));
  if (seat.operator_key)
    TRY(store_key(files, layout.key_file(seat.settings.self, "operator"), *seat.operator_key));
  if (seat.log_key) TRY(store_key(files, layout.key_file("log", "log"), *seat.log_key));
  TRY(write_text(files, layout.genesis_file(), genesis_leaf));
  ASSIGN_OR_RETURN(const Record genesis, Record::parse(std::string_view(genesis_leaf)));
  ASSIGN_OR_RETURN(const base::EpochSeconds time, codec::parse_time(genesis.value("time")));
  FolderClock clock(time);
  replica::ReplicaOptions options;
  options.files = &files;
  options.clock = &clock;
  options.log_folder = layout.log_folder();
  options.own_folder = folder.own_folder();
  options.snapshot_folder = layout.snapshot_folder();
  options.live = false;  // the genesis may be older than a block may be
  ASSIGN_OR_RETURN(const auto replica, replica::Replica::create(options, genesis_leaf, carried));
  crypto::PublicKey log_key;
  if (!resource::read_key(genesis.value("log-key"), log_key))
    return base::fail(kBadOpen, "log-key: is no key");
  const note::VerifierKey log{std::string(genesis.origin()), note::KeyType::kEd25519, log_key};
  TRY(write_text(files, layout.policy_file(),
                 note::serialize_policy(policy_of(replica->registry().charter(), log))));
  if (seat.settings.clock == ClockKind::kVirtual)
    TRY(write_text(files, layout.clock_file(), codec::serialize_time(time) + "\n"));
  if (seat.operator_file) {
    const std::string mark = opened_mark(*seat.operator_file);
    ASSIGN_OR_RETURN(const std::string before, read_opened(files, mark));
    TRY(write_text(files, mark, before + opened_start(seat.settings.origin) + layout.dir + "\n"));
  }
  return write_text(files, layout.registry_file(), serialize_settings(seat.settings));
}

void report(const FoundOpenOptions& options, const Seat& seat, Console& console) {
  const FolderSettings& settings = seat.settings;
  const std::string_view role = settings.is_hub() ? "hub" : settings.is_mirror() ? "mirror" : "member";
  if (console.json()) {
    console.line(nlohmann::ordered_json{{"origin", settings.origin},
                                        {"role", role},
                                        {"self", settings.self},
                                        {"sequencer", settings.sequencer},
                                        {"hub", settings.hub}}
                     .dump(2));
    return;
  }
  console.line("Made " + options.dir + ", the folder of " +
               (settings.is_mirror() ? std::string("a mirror") : settings.self) + " in " +
               console.styled(Style::kBold, settings.origin) + ".");
  if (settings.is_hub()) {
    console.line(
        "It holds the operator key and the log's key. Governance keys stayed where they are. "
        "Next: comity serve " +
        options.dir);
  } else {
    console.line("It follows " + settings.hub +
                 (settings.is_mirror() ? "" : " and holds the operator key alone") +
                 ". Next: comity follow " + options.dir);
  }
}

}  // namespace

Result<void> open_founded_folder(base::Files& files, const FoundOpenOptions& options, const std::string& leaf,
                                 Console& console, std::span<const std::string> carried) {
  ASSIGN_OR_RETURN(const bool exists, files.exists(options.dir));
  if (exists) {
    ASSIGN_OR_RETURN(const std::vector<std::string> names, files.list(options.dir));
    if (!names.empty())
      return base::fail(kBadOpen, options.dir + " is not empty; name a folder that is not there yet");
  }
  auto genesis = Record::parse(std::string_view(leaf));
  if (!genesis) return std::unexpected(genesis.error().at(options.genesis));
  if (genesis->kind() != record::Kind::kGenesis)
    return base::fail(kBadOpen, options.genesis + " is no genesis; `comity found seal` makes one");
  std::vector<Record> parts;
  for (const std::string& part : carried) {
    ASSIGN_OR_RETURN(Record record, Record::parse(std::string_view(part)));
    parts.push_back(std::move(record));
  }
  charter::DirectChecker checker;
  std::string block_record;
  const auto founded = registry::Registry::found(*genesis, checker, block_record, parts);
  if (!founded) return std::unexpected(founded.error().at(options.genesis));
  ASSIGN_OR_RETURN(const Seat seat, choose_seat(files, options, *genesis, console));
  TRY(check_not_retired(seat, founded->charter()));
  TRY(check_not_opened(files, seat));
  RegistryFolder folder;
  folder.layout.dir = options.dir;
  folder.settings = seat.settings;
  TRY(files.make_folders(options.dir));
  TRY(make_folder(files, folder, seat, leaf, carried));
  report(options, seat, console);
  return {};
}

Result<Answer> run_found_open(const FoundOpenOptions& options, Console& console) {
  os::PosixFiles files;
  ASSIGN_OR_RETURN(const base::Bytes bytes, files.read(options.genesis, base::kRecordBytesMax));
  TRY(open_founded_folder(files, options, std::string(base::as_text(bytes)), console));
  return Answer::kYes;
}

}  // namespace apps
