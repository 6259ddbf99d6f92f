// The witnesses that a hub's configuration names: asked after every checkpoint, never waited for.
// Format: docs/operations/witness.md
#pragma once

#include <memory>
#include <vector>

#include "api/measures.h"
#include "apps/config.h"
#include "apps/registry_folder.h"
#include "apps/watch_over.h"
#include "base/files.h"
#include "base/result.h"
#include "engine/embedded/embedded_engine.h"
#include "witness/asker.h"

namespace apps {

/// Null if the configuration names none. Asks about the published checkpoint at once, later when woken.
/// Lifetime: refers to all of its arguments; end it before the engine.
/// Errors: those of the policy file.
base::Result<std::unique_ptr<witness::Askers>> ask_outside_witnesses(base::Files& files,
                                                                     const RegistryFolder& folder,
                                                                     const Config& config,
                                                                     engine::EmbeddedEngine& engine,
                                                                     Reporter& reporter);

/// What asking would need of the policy file; nothing is asked.   Errors: those of the policy file.
base::Result<void> check_outside_witnesses(const base::Files& files, const HubConfig& config);

/// For /metrics: how many there are, and how the attempts went.
std::vector<api::Measure> measures_of(const std::vector<witness::AskerStatus>& askers);

}  // namespace apps
