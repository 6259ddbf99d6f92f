// comity follow: makes the folder of a mirror or a member out of a hub's genesis and a policy that its reader
// trusts, and runs it. From then on the folder knows its hub, and `comity serve` runs it as well.
#include <memory>
#include <string>

#include "apps/policies.h"
#include "apps/registry_folder.h"
#include "apps/verbs.h"
#include "base/limits.h"
#include "codec/base64.h"
#include "note/policy.h"
#include "os/posix_files.h"
#include "record/record.h"
#include "registry/succession.h"
#include "replica/http_hub_source.h"
#include "replica/hub_log.h"
#include "verify/walk.h"

namespace apps {
namespace {

using base::Result;

inline constexpr base::ErrorKind kBadFollow{"bad-follow", base::Category::kInvalid, "comity follow --help"};

/// What the hub has of the beginning, and the policy by which its log counts.
struct Beginning {
  std::vector<std::string> leaves;  ///< the genesis, and the carry records of a successor
  verify::Walk walk;
  std::vector<std::pair<base::Epoch, std::string>> steps;  ///< that were walked
};

// A step that the hub has beyond this policy; a registry's successor goes on in the numbers of its steps.
Result<bool> take_step(replica::HubSource& source, Beginning& beginning) {
  const base::Epoch next(beginning.walk.present.header->epoch.next());
  const auto step =
      source.fetch("policies/" + std::to_string(next.value()) + ".step", base::kReceiptBytesMax);
  if (!step) {
    if (step.error().kind() == base::kFileMissing) return false;
    return std::unexpected(step.error());
  }
  TRY(verify::take_step(beginning.walk, base::as_text(*step)));
  beginning.steps.emplace_back(beginning.walk.present.header->epoch, base::as_text(*step));
  return true;
}

// The hub is not believed: the policy names the genesis by its record id, or a step from it does.
Result<Beginning> fetch_beginning(const std::string& hub, note::Policy policy) {
  ASSIGN_OR_RETURN(const std::unique_ptr<replica::HttpHubSource> source,
                   replica::HttpHubSource::create(hub, {}));
  ASSIGN_OR_RETURN(const base::Bytes leaf, source->fetch("genesis", base::kRecordBytesMax));
  const auto genesis = record::Record::parse(base::as_text(leaf));
  if (!genesis) return std::unexpected(genesis.error().at(hub + "/genesis"));
  Beginning beginning{{std::string(base::as_text(leaf))}, {std::move(policy), {}}, {}};
  const auto is_named = [&] {
    const note::PolicyHeader& header = *beginning.walk.present.header;
    return genesis->id() == header.genesis && genesis->origin() == header.origin;
  };
  for (bool stepped = registry::is_successor(*genesis); stepped && !is_named();) {
    ASSIGN_OR_RETURN(stepped, take_step(*source, beginning));
  }
  if (!is_named()) {
    return base::fail(kBadFollow, hub + " is a hub of " + std::string(genesis->origin()) +
                                      " with another genesis than the policy's, " +
                                      codec::serialize_base64(beginning.walk.present.header->genesis.view()) +
                                      (registry::is_successor(*genesis) ? ", and no step leads there" : ""));
  }
  if (!registry::is_successor(*genesis)) return beginning;
  ASSIGN_OR_RETURN(const base::Bytes checkpoint, source->fetch("checkpoint", base::kCheckpointBytesMax));
  auto counted = note::check_checkpoint(beginning.walk.present, base::as_text(checkpoint));
  for (bool stepped = true; stepped && !counted;) {
    ASSIGN_OR_RETURN(stepped, take_step(*source, beginning));
    if (stepped) counted = note::check_checkpoint(beginning.walk.present, base::as_text(checkpoint));
  }
  if (!counted) return std::unexpected(counted.error().at(hub + "/checkpoint"));
  ASSIGN_OR_RETURN(beginning.leaves, replica::HubLog(*source, counted->checkpoint).read_founding());
  return beginning;
}

Result<void> make_following_folder(base::Files& files, const FollowOptions& options, Console& console) {
  if (options.policy.empty())
    return base::fail(kBadFollow,
                      "--policy FILE says whom to believe; take it from a member, not from the hub");
  ASSIGN_OR_RETURN(std::string policy_text, read_policy(files, options.policy));
  auto policy = note::parse_policy(policy_text);
  if (!policy) return std::unexpected(policy.error().at(options.policy));
  if (!policy->header)
    return base::fail(kBadFollow, options.policy + " lacks the lines that name origin, epoch and genesis");
  FoundOpenOptions open;
  open.dir = options.dir;
  open.genesis = options.hub + "/genesis";
  open.keys = options.keys;
  open.hub = options.hub;
  ASSIGN_OR_RETURN(const Beginning beginning, fetch_beginning(options.hub, std::move(*policy)));
  const std::span<const std::string> carried = std::span(beginning.leaves).subspan(1);
  TRY(open_founded_folder(files, open, beginning.leaves.front(), console, carried));
  const FolderLayout layout{options.dir};
  if (!beginning.steps.empty()) policy_text = note::serialize_policy(beginning.walk.present);
  for (const auto& [epoch, step] : beginning.steps) {
    TRY(files.make_folders(layout.policies_folder()));
    TRY(base::replace_file(files, layout.step_file(epoch), base::as_bytes(step), base::FileMode::kPublic));
  }
  for (const verify::EndedLog& log : beginning.walk.ended) {
    console.warn(log.end.origin + " ended at " + std::to_string(log.end.size.value()) +
                 " leaves; the new folder follows its successor " + beginning.walk.present.header->origin);
  }
  // It may be newer than the genesis's, and is the one that the reader trusts.
  return base::replace_file(files, layout.policy_file(), base::as_bytes(policy_text),
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
