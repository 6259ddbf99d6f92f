// comity succeed open, learn: the folder of one machine in the new log, out of the sealed genesis and a copy of the old
// one; and the old folder learns that its log has ended: it cosigns no more and shows its readers the way.
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "apps/place.h"
#include "apps/succession.h"
#include "apps/verbs.h"
#include "base/limits.h"
#include "os/posix_files.h"
#include "registry/succession.h"
#include "replica/http_hub_source.h"
#include "replica/policy_keeper.h"
#include "verify/successor_step.h"
#include "verify/walk.h"

namespace apps {
namespace {

using base::Result;
using record::Record;

inline constexpr base::ErrorKind kBadSucceed{"bad-succeed", base::Category::kInvalid,
                                             "comity succeed --help"};

Result<replica::PolicyKeeper> open_policy(base::Files& files, const RegistryFolder& folder) {
  const FolderLayout& layout = folder.layout;
  return replica::PolicyKeeper::open(
      files, {layout.policy_file(), layout.policies_folder(), layout.succeeded_file()},
      folder.settings.origin);
}

/// What PolicyKeeper answers where a log has ended is the wish here.
Result<void> expect_end(const Result<void>& walked, std::string& said) {
  if (walked) return {};
  if (walked.error().kind() != replica::kSucceeded) return std::unexpected(walked.error());
  said = walked.error().detail();
  return {};
}

Result<std::string> read_step(const base::Files& files, const std::string& path) {
  ASSIGN_OR_RETURN(const base::Bytes bytes, files.read(path, base::kReceiptBytesMax));
  return std::string(base::as_text(bytes));
}

// Whoever holds an older policy still walks from there.
Result<void> copy_steps(base::Files& files, const FolderLayout& from, const FolderLayout& to,
                        std::uint64_t last) {
  TRY(files.make_folders(to.policies_folder()));
  for (std::uint64_t epoch = 2; epoch <= last; ++epoch) {
    const auto bytes = files.read(from.step_file(base::Epoch(epoch)), base::kReceiptBytesMax);
    if (!bytes && bytes.error().kind() == base::kFileMissing) continue;
    if (!bytes) return std::unexpected(bytes.error());
    TRY(base::replace_file(files, to.step_file(base::Epoch(epoch)), *bytes, base::FileMode::kPublic));
  }
  return {};
}

Result<void> check_step(const Predecessor& old, const SucceedOpenOptions& options, const std::string& step,
                        const Record& genesis) {
  verify::Walk walk{old.policy, {}};
  if (const auto taken = verify::take_step(walk, step); !taken)
    return std::unexpected(taken.error().at(options.step));
  if (walk.present.header->genesis == genesis.id()) return {};
  return base::fail(kBadSucceed, options.step + " leads to another genesis than " + options.open.genesis);
}

}  // namespace

Result<Answer> run_succeed_open(const SucceedOpenOptions& options, Console& console) {
  os::PosixFiles files;
  ASSIGN_OR_RETURN(const base::Bytes bytes, files.read(options.open.genesis, base::kRecordBytesMax));
  const std::string leaf(base::as_text(bytes));
  ASSIGN_OR_RETURN(const Predecessor old, Predecessor::open(files, options.from));
  const FolderLayout& from = old.reading.folder().layout;
  ASSIGN_OR_RETURN(const auto lock, files.lock(from.lock_file()));
  ASSIGN_OR_RETURN(const Record genesis, Record::parse(std::string_view(leaf)));
  if (!registry::is_successor(genesis))
    return base::fail(kBadSucceed, options.open.genesis + " is no successor's genesis");
  TRY(check_successor_body(old, genesis.body()));
  if ((genesis.value("consent") == "quorum") == options.step.empty()) {
    return base::fail(kBadSucceed, options.step.empty()
                                       ? "--step FILE: the step that `comity succeed seal` wrote is missing"
                                       : "founded by hand: there is no step, leave --step out");
  }
  std::string step;
  if (!options.step.empty()) {
    ASSIGN_OR_RETURN(step, read_step(files, options.step));
    TRY(check_step(old, options, step, genesis));
    // The old folder first: from here on it cosigns nothing, whatever comes of the new one.
    ASSIGN_OR_RETURN(replica::PolicyKeeper keeper, open_policy(files, old.reading.folder()));
    std::string said;
    TRY(expect_end(keeper.walk(step), said));
  }
  ASSIGN_OR_RETURN(const std::vector<std::string> carried,
                   registry::carry_state(old.state(), genesis.origin()));
  TRY(open_founded_folder(files, options.open, leaf, console, carried));
  const std::uint64_t last = old.state().policy_epoch().value() + (step.empty() ? 0 : 1);
  TRY(copy_steps(files, from, FolderLayout{options.open.dir}, last));
  return Answer::kYes;
}

Result<Answer> run_succeed_learn(const SucceedLearnOptions& options, Console& console) {
  os::PosixFiles files;
  ASSIGN_OR_RETURN(const RegistryFolder folder, RegistryFolder::open(files, options.dir));
  ASSIGN_OR_RETURN(const auto lock, files.lock(folder.layout.lock_file()));
  ASSIGN_OR_RETURN(replica::PolicyKeeper keeper, open_policy(files, folder));
  std::string said;
  for (const std::string& where : options.steps) {
    Result<void> walked;
    if (is_url(where)) {
      ASSIGN_OR_RETURN(const auto source, replica::HttpHubSource::create(where, {}));
      walked = keeper.walk_on(*source);
    } else {
      ASSIGN_OR_RETURN(const std::string step, read_step(files, where));
      walked = keeper.walk(step);
    }
    if (const auto taken = expect_end(walked, said); !taken) return std::unexpected(taken.error().at(where));
    if (!said.empty()) break;
  }
  if (said.empty())
    return base::fail(kBadSucceed, "no step to a successor of " + folder.settings.origin + " is there");
  if (console.json()) {
    console.line(nlohmann::ordered_json{{"ended", folder.settings.origin}, {"said", said}}.dump(2));
    return Answer::kYes;
  }
  console.line(said + ". " + options.dir + " serves its readers the step. Next: comity follow URL --policy " +
               folder.layout.policy_file() + " --dir NEW-FOLDER");
  return Answer::kYes;
}

}  // namespace apps
