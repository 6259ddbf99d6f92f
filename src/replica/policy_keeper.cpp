#include "replica/policy_keeper.h"

#include <utility>

#include "base/limits.h"
#include "verify/policy_chain.h"
#include "verify/successor_step.h"

namespace replica {
namespace {

using base::Result;

/// Steps that one call walks: more changes of cosigners than a registry sees in its life.
constexpr std::size_t kStepsMax = 10'000;

}  // namespace

Result<PolicyKeeper> PolicyKeeper::open(base::Files& files, std::string policy_file,
                                        std::string policies_folder, const std::string& origin) {
  PolicyKeeper keeper(files, std::move(policy_file), std::move(policies_folder));
  ASSIGN_OR_RETURN(const base::Bytes bytes, files.read(keeper.policy_file_, base::kPolicyBytesMax));
  auto policy = note::parse_policy(base::as_text(bytes));
  if (!policy) return std::unexpected(policy.error().at(keeper.policy_file_));
  if (!policy->header || policy->header->origin != origin) {
    return base::fail(note::kBadPolicy, keeper.policy_file_ + ": not a policy of " + origin);
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

Result<bool> PolicyKeeper::take_step(HubSource& source) {
  const base::Epoch next(policy_.header->epoch.next());
  const auto step =
      source.fetch("policies/" + std::to_string(next.value()) + ".step", base::kReceiptBytesMax);
  if (!step) {
    if (step.error().kind() == base::kFileMissing) return false;
    return std::unexpected(step.error());
  }
  ASSIGN_OR_RETURN(note::Policy policy, verify::verify_policy_step(base::as_text(*step), policy_));
  if (policy.header->origin != policy_.header->origin) {
    return base::fail(verify::kNoSuccessor,
                      "the hub serves the successor " + policy.header->origin +
                          "; `comity succeed open` or `comity follow` makes a folder for it");
  }
  TRY(store_step(policy.header->epoch, base::as_text(*step), policy));
  policy_ = std::move(policy);
  return true;
}

Result<void> PolicyKeeper::store_step(base::Epoch epoch, std::string_view step, const note::Policy& next) {
  TRY(files_->make_folders(policies_folder_));
  TRY(base::replace_file(*files_, policies_folder_ + "/" + std::to_string(epoch.value()) + ".step",
                         base::as_bytes(step), base::FileMode::kPublic));
  return base::replace_file(*files_, policy_file_, base::as_bytes(note::serialize_policy(next)),
                            base::FileMode::kPublic);
}

}  // namespace replica
