// Ceremonies and signing rounds where all members live in one folder and one process: after a verb has brought records
// to the log, the members do what they would do on machines of their own, with mail handed from hand to hand, until
// nobody has anything left to do. Format: docs/formats/rounds.md
#pragma once

#include <string>
#include <vector>

#include "apps/session.h"
#include "base/result.h"

namespace apps {

/// What could not be done, for a person to read; the registry is well all the same.
/// Cost: nothing where no ceremony is under way and nothing is to be signed.
std::vector<std::string> play_rounds(Session& session);

}  // namespace apps
