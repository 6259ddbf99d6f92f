// comity key new, comity key show.
#include <algorithm>
#include <array>
#include <string>
#include <string_view>

#include <nlohmann/json.hpp>

#include "apps/key_files.h"
#include "apps/verbs.h"
#include "os/posix_files.h"
#include "os/system_random.h"
#include "resource/values.h"

namespace apps {
namespace {

using base::Result;

inline constexpr base::ErrorKind kBadKeyWish{"bad-key-name", base::Category::kInvalid,
                                             "comity key new --help"};
constexpr unsigned kKeysOfOneRoleMax = 64;

void print_key(const note::Signer& signer, const std::string& path, Console& console) {
  const std::string value = resource::serialize_key(signer.verifier_key().key);
  const std::string vkey = note::serialize_verifier_key(signer.verifier_key());
  if (console.json()) {
    console.line(
        nlohmann::ordered_json{{"name", signer.name()}, {"key", value}, {"vkey", vkey}, {"file", path}}.dump(
            2));
    return;
  }
  console.line("name:  " + signer.name());
  console.line("key:   " + value);
  console.line("vkey:  " + vkey);
  console.line("file:  " + path);
}

// HANDLE.ROLE.key, or HANDLE.ROLE.2.key and so on for further keys of the role.
Result<std::string> free_path(const base::Files& files, const KeyOptions& options) {
  const FolderLayout layout{options.dir};
  std::string path = layout.key_file(options.name, options.role);
  for (unsigned number = 2; number <= kKeysOfOneRoleMax; ++number) {
    ASSIGN_OR_RETURN(const bool exists, files.exists(path));
    if (!exists) return path;
    path = layout.key_file(options.name, options.role + "." + std::to_string(number));
  }
  return base::fail(kBadKeyWish, "there are too many keys of this role already");
}

Result<void> check_wish(const KeyOptions& options) {
  constexpr std::array<std::string_view, 5> kScopes{"admin", "dns", "ds", "lock", "rpki"};
  constexpr std::array<std::string_view, 4> kMemberRoles{"governance", "operator", "registrar", "engine"};
  const auto is_one_of = [&](const auto& words) { return std::ranges::count(words, options.role) > 0; };
  if (resource::is_organisation_handle(options.name)) {
    if (is_one_of(kScopes)) return {};
    return base::fail(kBadKeyWish, "an organisation's role is admin, dns, ds, lock or rpki");
  }
  if (resource::is_member_handle(options.name)) {
    if (is_one_of(kMemberRoles)) return {};
    return base::fail(kBadKeyWish, "a member's role is governance, operator, registrar or engine");
  }
  return base::fail(kBadKeyWish,
                    "\"" + options.name + "\": ORG- or MEMBER- and up to 28 of A-Z 0-9 - is expected");
}

}  // namespace

Result<Answer> run_key_new(const KeyOptions& options, Console& console) {
  os::PosixFiles files;
  TRY(check_wish(options));
  if (options.file.empty() == options.dir.empty()) {
    return base::fail(kBadKeyWish,
                      "say where the key goes: --file FILE, or --dir DIR for a registry's keys/");
  }
  std::string path = options.file;
  if (path.empty()) {
    ASSIGN_OR_RETURN(path, free_path(files, options));
  }
  os::SystemRandom random;
  const note::Signer signer = note::Signer::generate(options.name, note::KeyType::kEd25519, random);
  TRY(store_key(files, path, signer));
  print_key(signer, path, console);
  return Answer::kYes;
}

Result<Answer> run_key_show(const KeyOptions& options, Console& console) {
  os::PosixFiles files;
  ASSIGN_OR_RETURN(const note::Signer signer, load_key(files, options.file));
  print_key(signer, options.file, console);
  return Answer::kYes;
}

}  // namespace apps
