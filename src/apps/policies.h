// The policy file of a registry's folder and the steps from one policy to the next: written when the
// cosigners change, from the checkpoint of the very block that changed them. Format: docs/formats/receipts.md
// "Policy", "Policy chain"
#pragma once

#include <optional>
#include <span>
#include <string>

#include "apps/registry_folder.h"
#include "base/files.h"
#include "base/result.h"
#include "charter/state.h"
#include "note/policy.h"
#include "replica/replica.h"
#include "verify/walk.h"

namespace apps {

base::Result<std::string> read_policy(const base::Files& files, const std::string& path);
/// The policy of a file, walked on by policy steps.   Errors: those of reading, parsing and verify::walk_steps.
base::Result<verify::Walk> load_policy(const base::Files& files, const std::string& path,
                                       std::span<const std::string> step_paths);
/// Nothing if there is no policy file yet.
base::Result<std::optional<base::Epoch>> load_policy_epoch(const base::Files& files, const std::string& path);
/// The size of the published checkpoint; nothing if there is none.
base::Result<std::optional<base::TreeSize>> published_size(const base::Files& files,
                                                           const std::string& log_folder);

/// The policy that a state asks for.
note::Policy policy_of(const charter::State& state, const note::VerifierKey& log_key);

/// Writes the policy of the replica's present state, and, unless it is the first, the step that leads to it
/// from the policy on disk. `checkpoint` is the signed checkpoint of the replica's last block.
base::Result<void> write_policy(base::Files& files, const RegistryFolder& folder,
                                const replica::Replica& replica, const note::VerifierKey& log_key,
                                const std::string& checkpoint);

}  // namespace apps
