// comity follow: makes the folder of a mirror or a member out of a hub's genesis and a policy that its reader
// trusts, and runs it. From then on the folder knows its hub, and `comity serve` runs it as well.
#include <memory>
#include <string>

#include "apps/policies.h"
#include "apps/registry_folder.h"
#include "apps/verbs.h"
#include "base/limits.h"
#include "codec/base64.h"
#include "net/client.h"
#include "note/policy.h"
#include "os/posix_files.h"
#include "record/record.h"

namespace apps {
namespace {

using base::Result;

inline constexpr base::ErrorKind kBadFollow{"bad-follow", base::Category::kInvalid, "comity follow --help"};

// The hub is not believed: the policy names the genesis by its record id.
Result<std::string> fetch_genesis(const std::string& hub, const note::Policy& policy) {
  ASSIGN_OR_RETURN(const std::unique_ptr<net::Client> client, net::Client::create(hub, {}));
  net::CallLimits limits;
  limits.body_bytes_max = base::kRecordBytesMax;
  ASSIGN_OR_RETURN(const net::Response answer, client->get("/genesis", limits));
  if (answer.status != 200)
    return base::fail(kBadFollow, hub + "/genesis: status " + std::to_string(answer.status));
  std::string leaf(answer.text());
  const auto genesis = record::Record::parse(std::string_view(leaf));
  if (!genesis) return std::unexpected(genesis.error().at(hub + "/genesis"));
  if (genesis->id() != policy.header->genesis || genesis->origin() != policy.header->origin) {
    return base::fail(kBadFollow, hub + " is a hub of " + std::string(genesis->origin()) +
                                      " with another genesis than the policy's, " +
                                      codec::serialize_base64(policy.header->genesis.view()));
  }
  return leaf;
}

Result<void> make_following_folder(base::Files& files, const FollowOptions& options, Console& console) {
  if (options.policy.empty())
    return base::fail(kBadFollow,
                      "--policy FILE says whom to believe; take it from a member, not from the hub");
  ASSIGN_OR_RETURN(const std::string policy_text, read_policy(files, options.policy));
  auto policy = note::parse_policy(policy_text);
  if (!policy) return std::unexpected(policy.error().at(options.policy));
  if (!policy->header)
    return base::fail(kBadFollow, options.policy + " lacks the lines that name origin, epoch and genesis");
  FoundOpenOptions open;
  open.dir = options.dir;
  open.genesis = options.hub + "/genesis";
  open.keys = options.keys;
  open.hub = options.hub;
  ASSIGN_OR_RETURN(const std::string genesis, fetch_genesis(options.hub, *policy));
  TRY(open_founded_folder(files, open, genesis, console));
  // It may be newer than the genesis's, and is the one that the reader trusts.
  return base::replace_file(files, FolderLayout{options.dir}.policy_file(), base::as_bytes(policy_text),
                            base::FileMode::kPublic);
}

}  // namespace

Result<Answer> run_follow(const FollowOptions& given, Console& console) {
  os::PosixFiles files;
  FollowOptions options = given;
  while (options.hub.size() > 1 && options.hub.ends_with('/')) options.hub.pop_back();
  std::string dir = options.dir;
  if (!is_hub_url(options.hub)) {
    if (!dir.empty())
      return base::fail(kBadFollow, options.hub + ": http://HOST or https://HOST is expected");
    dir = options.hub;
  } else {
    if (dir.empty()) return base::fail(kBadFollow, "--dir FOLDER is where the copy of the log goes");
    ASSIGN_OR_RETURN(const bool exists, files.exists(FolderLayout{dir}.registry_file()));
    if (!exists) TRY(make_following_folder(files, options, console));
  }
  ASSIGN_OR_RETURN(const RegistryFolder folder, RegistryFolder::open(files, dir));
  if (folder.settings.hub.empty())
    return base::fail(kBadFollow, dir + " follows nobody; `comity serve " + dir + "` runs it");
  if (is_hub_url(options.hub) && folder.settings.hub != options.hub)
    return base::fail(kBadFollow, dir + " follows " + folder.settings.hub + ", not " + options.hub +
                                      "; its file `registry` says so");
  return run_serve({dir, options.listen}, console);
}

}  // namespace apps
