#include "replica/policy_keeper.h"

#include <utility>

#include "base/limits.h"
#include "storage/succession_memory.h"
#include "verify/walk.h"

namespace replica {
namespace {

using base::Result;

/// Steps that one call walks: more changes of cosigners than a registry sees in its life.
constexpr std::size_t kStepsMax = 10'000;

}  // namespace

Result<PolicyKeeper> PolicyKeeper::open(base::Files& files, Places places, const std::string& origin) {
  PolicyKeeper keeper(files, std::move(places));
  const std::string& path = keeper.places_.policy_file;
  ASSIGN_OR_RETURN(const base::Bytes bytes, files.read(path, base::kPolicyBytesMax));
  auto policy = note::parse_policy(base::as_text(bytes));
  if (!policy) return std::unexpected(policy.error().at(path));
  if (!policy->header || policy->header->origin != origin) {
    return base::fail(note::kBadPolicy, path + ": not a policy of " + origin);
  }
  keeper.policy_ = std::move(*policy);
  return keeper;
}

Result<note::CheckedCheckpoint> PolicyKeeper::check(std::string_view checkpoint, HubSource& source) {
  for (std::size_t walked = 0;; ++walked) {
    auto counted = note::check_checkpoint(policy_, checkpoint);
    if (counted || walked == kStepsMax) return counted;
    ASSIGN_OR_RETURN(const bool stepped, take_step(source));
    // No further step: then it does not count, for the reason that the policy gave.
    if (!stepped) return counted;
  }
}

Result<void> PolicyKeeper::walk_to(base::Epoch epoch, HubSource& source) {
  while (policy_.header->epoch < epoch) {
    ASSIGN_OR_RETURN(const bool stepped, take_step(source));
    if (!stepped) return {};
  }
  return {};
}

Result<void> PolicyKeeper::walk_on(HubSource& source) {
  for (std::size_t walked = 0; walked < kStepsMax; ++walked) {
    ASSIGN_OR_RETURN(const bool stepped, take_step(source));
    if (!stepped) return {};
  }
  return {};
}

Result<bool> PolicyKeeper::take_step(HubSource& source) {
  const base::Epoch next(policy_.header->epoch.next());
  const auto step =
      source.fetch("policies/" + std::to_string(next.value()) + ".step", base::kReceiptBytesMax);
  if (!step) {
    if (step.error().kind() == base::kFileMissing) return false;
    return std::unexpected(step.error());
  }
  TRY(walk(base::as_text(*step)));
  return true;
}

Result<void> PolicyKeeper::walk(std::string_view step) {
  verify::Walk walk{policy_, {}};
  TRY(verify::take_step(walk, step));
  const note::PolicyHeader& next = *walk.present.header;
  if (!walk.ended.empty()) {
    const std::string& origin = policy_.header->origin;
    ASSIGN_OR_RETURN(storage::SuccessionMemory memory,
                     storage::SuccessionMemory::open(*files_, places_.succeeded_file));
    TRY(memory.check({origin, next.origin, next.genesis}));
    TRY(store_step(next.epoch, step));  // before the mark: readers here go on by it
    TRY(memory.store({origin, next.origin, next.genesis}));
    return base::fail(kSucceeded, origin + " ended at " + std::to_string(walk.ended.back().end.size.value()) +
                                      " leaves and goes on as " + next.origin +
                                      "; nothing is cosigned here any more");
  }
  TRY(store_step(next.epoch, step));
  TRY(base::replace_file(*files_, places_.policy_file, base::as_bytes(note::serialize_policy(walk.present)),
                         base::FileMode::kPublic));
  policy_ = std::move(walk.present);
  return {};
}

Result<void> PolicyKeeper::store_step(base::Epoch epoch, std::string_view step) {
  TRY(files_->make_folders(places_.policies_folder));
  return base::replace_file(*files_, places_.policies_folder + "/" + std::to_string(epoch.value()) + ".step",
                            base::as_bytes(step), base::FileMode::kPublic);
}

}  // namespace replica
