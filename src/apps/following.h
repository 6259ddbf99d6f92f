// The half of a serving process that follows a hub: a member that replays and cosigns, or a mirror. The rules of
// following are replica/follower.h's; here are its folder, its keys, its thread and its server.
#pragma once

#include "apps/serving.h"
#include "apps/verbs.h"
#include "apps/watch_over.h"
#include "base/result.h"
#include "os/stop_signal.h"

namespace apps {

/// Runs until told to stop.   Errors: base::kFileLocked (another process runs this folder); those of the
/// follower, the view and the server at start. What fails later is reported and tried again.
base::Result<Answer> serve_following(const ServedFolder& served, os::StopSignal& stop, Reporter& reporter);

}  // namespace apps
