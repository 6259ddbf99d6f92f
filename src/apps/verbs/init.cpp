// comity init: a registry whose members all live in one folder, for trials, teaching and tests. Each member
// gets its own keys, replica and log all the same.
#include <string>
#include <vector>

#include "apps/founding.h"
#include "apps/key_files.h"
#include "apps/policies.h"
#include "apps/registry_folder.h"
#include "apps/session.h"
#include "apps/verbs.h"
#include "codec/time_text.h"
#include "os/posix_files.h"
#include "os/system_clock.h"
#include "os/system_random.h"
#include "record/builder.h"
#include "record/kind_table.h"
#include "replica/replica.h"
#include "resource/seats.h"
#include "resource/values.h"

namespace apps {
namespace {

using base::Result;
using note::KeyType;
using note::Signer;

inline constexpr base::ErrorKind kBadInit{"bad-init", base::Category::kInvalid, "comity init --help"};

/// 0 -> "A", 25 -> "Z", 26 -> "AA".
std::string letters(unsigned number) {
  std::string text;
  for (unsigned left = number + 1; left > 0; left = (left - 1) / 26) {
    text.insert(text.begin(), static_cast<char>('A' + (left - 1) % 26));
  }
  return text;
}

struct NewMember {
  std::string handle;
  std::string organisation;
  Signer governance, operator_key, registrar, admin;
};

NewMember make_member(unsigned number, base::Random& random) {
  const std::string name = letters(number);
  const std::string handle = "MEMBER-" + name;
  const std::string organisation = "ORG-" + name;
  return {handle,
          organisation,
          Signer::generate(handle, KeyType::kEd25519, random),
          Signer::generate(handle, KeyType::kEd25519, random),
          Signer::generate(handle, KeyType::kEd25519, random),
          Signer::generate(organisation, KeyType::kEd25519, random)};
}

std::string key_value(const Signer& signer) {
  return resource::serialize_key(signer.verifier_key().key);
}

void add_paragraphs(const NewMember& member, std::vector<std::string>& paragraphs) {
  paragraphs.push_back("create member: " + member.handle + "\n+ governance-threshold: 1\n+ governance: " +
                       key_value(member.governance) + "\n+ operator: " + key_value(member.operator_key) +
                       "\n+ organisation: " + member.organisation +
                       "\n+ registrar: " + key_value(member.registrar) + "\n");
  paragraphs.push_back("create organisation: " + member.organisation + "\n+ auth: admin " +
                       key_value(member.admin) + "\n+ org-name: Member organisation " +
                       member.organisation.substr(4) + "\n");
}

Result<std::string> make_genesis(const InitOptions& options, base::EpochSeconds time,
                                 const std::vector<NewMember>& members, const Signer& log_key) {
  GenesisWish wish{options.origin, time, options.clock, log_key.verifier_key().key, {}};
  std::vector<const Signer*> signers{&log_key};
  for (const NewMember& member : members) {
    add_paragraphs(member, wish.paragraphs);
    for (const Signer* key : {&member.governance, &member.operator_key, &member.registrar, &member.admin}) {
      signers.push_back(key);
    }
  }
  ASSIGN_OR_RETURN(const std::string body, make_genesis_body(wish));
  return record::sign(body, signers);
}

Result<void> store_keys(base::Files& files, const FolderLayout& layout, const std::vector<NewMember>& members,
                        const Signer& log_key) {
  TRY(files.make_folders(layout.key_folder()));
  TRY(store_key(files, layout.key_file("log", "log"), log_key));
  for (const NewMember& member : members) {
    TRY(store_key(files, layout.key_file(member.handle, "governance"), member.governance));
    TRY(store_key(files, layout.key_file(member.handle, "operator"), member.operator_key));
    TRY(store_key(files, layout.key_file(member.handle, "registrar"), member.registrar));
    TRY(store_key(files, layout.key_file(member.organisation, "admin"), member.admin));
  }
  return {};
}

Result<void> write_text(base::Files& files, const std::string& path, std::string_view text) {
  return base::replace_file(files, path, base::as_bytes(text), base::FileMode::kPublic);
}

// `registry` is written last: a folder without it is no registry, and can be removed.
Result<void> found_folder(base::Files& files, const InitOptions& options, const FolderLayout& layout,
                          base::EpochSeconds time) {
  os::SystemRandom random;
  const Signer log_key = Signer::generate(options.origin, KeyType::kEd25519, random);
  std::vector<NewMember> members;
  for (unsigned i = 0; i < options.members; ++i) members.push_back(make_member(i, random));
  ASSIGN_OR_RETURN(const std::string genesis, make_genesis(options, time, members, log_key));
  TRY(store_keys(files, layout, members, log_key));
  TRY(write_text(files, layout.genesis_file(), genesis));
  TRY(write_text(files, layout.clock_file(), codec::serialize_time(time) + "\n"));

  FolderClock clock(time);
  const FolderSettings settings{options.origin,
                                options.clock == "real" ? ClockKind::kReal : ClockKind::kVirtual,
                                members.front().handle};
  const replica::ReplicaOptions sequencer{
      &files, &clock, layout.log_folder(), layout.member_folder(settings.sequencer), layout.snapshot_folder(),
      false,  1};
  ASSIGN_OR_RETURN(const auto replica, replica::Replica::create(sequencer, genesis));
  TRY(write_text(files, layout.registry_file(), serialize_settings(settings)));
  return {};
}

Result<base::EpochSeconds> founding_time(const InitOptions& options) {
  if (options.time.empty()) return os::SystemClock().now();
  return codec::parse_time(options.time);
}

}  // namespace

Result<Answer> run_init(const InitOptions& options, Console& console) {
  if (options.members < resource::kFoundersMin || options.members > resource::kMembersMax) {
    return base::fail(kBadInit, "a registry has 3 to " + std::to_string(resource::kMembersMax) + " members");
  }
  if (!record::is_origin(options.origin)) {
    return base::fail(kBadInit, "--origin \"" + options.origin +
                                    "\": 1 to 255 of a-z 0-9 . / _ -, as in registry.example/root");
  }
  os::PosixFiles files;
  const FolderLayout layout{options.dir};
  ASSIGN_OR_RETURN(const bool exists, files.exists(options.dir));
  if (exists) {
    ASSIGN_OR_RETURN(const std::vector<std::string> names, files.list(options.dir));
    if (!names.empty())
      return base::fail(kBadInit,
                        options.dir + " is not empty; name a folder that is not there yet, or remove it");
  }
  TRY(files.make_folders(options.dir));
  ASSIGN_OR_RETURN(const base::EpochSeconds time, founding_time(options));
  TRY(found_folder(files, options, layout, time));
  // Opening it publishes the genesis checkpoint, cosigned by all, and writes the policy.
  ASSIGN_OR_RETURN(const auto session, Session::open(files, options.dir, {}));
  TRY(session->close());
  if (console.json()) {
    console.line("{\"origin\": \"" + options.origin + "\", \"members\": " + std::to_string(options.members) +
                 "}");
    return Answer::kYes;
  }
  console.line("Founded " + console.styled(Style::kBold, options.origin) + " in " + options.dir + ": " +
               std::to_string(options.members) +
               " members, each with its own keys and its own copy of the log.");
  if (options.members == 3) {
    console.line("Three members are a pilot: with n = 3 none of them may fail or lie (f = 0).");
  }
  console.line("log/ can be served as static files; policy is all that a verifier needs.");
  return Answer::kYes;
}

}  // namespace apps
