#include "apps/place.h"

#include <algorithm>
#include <cctype>
#include <cstdlib>
#include <utility>

#include "apps/http_door.h"
#include "apps/policies.h"
#include "codec/hex.h"
#include "crypto/hash.h"
#include "net/url.h"
#include "note/policy.h"
#include "os/private_folder.h"

namespace apps {

using base::Result;

namespace {

// An absolute path from the environment, or nothing (XDG: relative ones are to be ignored).
std::string folder_from(const char* variable) {
  const char* const value = std::getenv(variable);
  return value != nullptr && *value == '/' ? value : "";
}

std::string without_slash(std::string_view url) {
  while (url.ends_with('/')) url.remove_suffix(1);
  return std::string(url);
}

}  // namespace

// With any scheme: one that nobody speaks is refused as a URL (net::parse_base_url) and never looked for on the disk.
bool is_url(std::string_view where) {
  const std::string_view scheme = where.substr(0, where.find("://"));
  return scheme.size() < where.size() && !scheme.empty() &&
         std::ranges::all_of(
             scheme, [](unsigned char c) { return std::isalnum(c) != 0 || c == '+' || c == '-'; });
}

Result<void> refuse_url(std::string_view where, std::string_view verb) {
  if (!is_url(where)) return {};
  return base::fail(kNeedsFolder,
                    std::string(verb) + " works on a folder of this machine, not on " + std::string(where));
}

Result<std::string> cache_folder(std::string_view url, const std::optional<base::Hash>& genesis) {
  constexpr std::size_t kNameCharsMax = 40;
  constexpr std::size_t kHashBytes = 8;
  std::string root = folder_from("XDG_CACHE_HOME");
  if (root.empty()) {
    root = folder_from("HOME");
    if (root.empty()) return base::fail(kNoCache, "neither XDG_CACHE_HOME nor HOME names a folder");
    root += "/.cache";
  }
  const std::string canonical = without_slash(url);
  std::string name = canonical.substr(canonical.find("//") + 2, kNameCharsMax);
  std::ranges::replace_if(
      name, [](unsigned char c) { return std::isalnum(c) == 0 && c != '.' && c != '-'; }, '_');
  const std::string registry = genesis ? " " + codec::serialize_hex(genesis->view()) : "";
  const base::Hash hash = crypto::sha256(base::as_bytes(canonical + registry));
  name += "-" + codec::serialize_hex(hash.view().first(kHashBytes));
  os::PosixFiles disk;
  TRY(disk.make_folders(root));
  TRY(os::make_private_folder(root + "/comity"));
  return root + "/comity/" + name;
}

Result<Place> Place::open(const std::string& where, const AccessOptions& options, Console& console) {
  Place place;
  place.disk_ = std::make_unique<os::PosixFiles>();
  if (!is_url(where)) {
    place.dir_ = where;
    return place;
  }
  ASSIGN_OR_RETURN(const net::BaseUrl base_url, net::parse_base_url(where));
  const std::string url = base_url.text();  // one cache, however it is written
  std::optional<std::string> policy;
  std::optional<base::Hash> genesis;
  if (!options.policy.empty()) {
    ASSIGN_OR_RETURN(policy, read_policy(*place.disk_, options.policy));
    auto parsed = note::parse_policy(*policy);
    if (!parsed) return std::unexpected(parsed.error().at(options.policy));
    if (parsed->header) genesis = parsed->header->genesis;
  }
  ASSIGN_OR_RETURN(place.dir_, cache_folder(url, genesis));
  ASSIGN_OR_RETURN(place.door_, HttpDoor::create(url));
  std::vector<std::string> remarks;
  console.progress("asking " + url);
  auto mirror = Mirror::open(*place.disk_, *place.door_, place.dir_, std::move(policy), remarks);
  console.progress_done();
  for (const std::string& remark : remarks) console.warn(remark);
  if (!mirror) return std::unexpected(mirror.error());
  place.mirror_ = std::move(*mirror);
  place.mirror_->files().on_warning(
      [&console](const std::string& warning) { console.warn("passed over " + warning); });
  return place;
}

base::Files& Place::files() const {
  if (mirror_) return mirror_->files();
  return *disk_;
}

std::string Place::policy_file(const AccessOptions& options) const {
  if (mirror_ || options.policy.empty()) return FolderLayout{dir_}.policy_file();
  return options.policy;
}

std::string Place::key_folder(const AccessOptions& options) const {
  if (!options.keys.empty()) return options.keys;
  return mirror_ ? std::string() : FolderLayout{dir_}.key_folder();
}

}  // namespace apps
