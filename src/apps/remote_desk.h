// Handing records in at a server. What it answers is not believed: a record counts as accepted once it stands
// on the log that enough members cosigned, at the place the server named. Format: docs/operations/remote.md
#pragma once

#include <memory>
#include <string>

#include "apps/desk.h"

namespace apps {

/// Errors: those of Place::open and Reading::load.
base::Result<std::unique_ptr<Desk>> open_remote_desk(const std::string& url, const AccessOptions& access,
                                                     Console& console);

/// Asks for one record to be put on the log. The place it names has not been looked up yet.
/// Errors: kRefused (by a rule), kNotCountedYet, those of the door.
struct Handed {
  std::optional<registry::Submission> place;
  Fate refusal;  ///< only without a place
};
Handed hand_in(HubDoor& door, const std::string& leaf, const std::string& annex_file);

/// The time from which a record's end is counted: this machine's, unless the last block is far from it.
base::EpochSeconds time_for_records(base::EpochSeconds block, base::EpochSeconds now);

/// The detail names the rule, and its place in the specification as the server said it.
inline constexpr base::ErrorKind kRefused{"refused-by-hub", base::Category::kDenied, ""};
inline constexpr base::ErrorKind kNotCountedYet{"not-counted-yet", base::Category::kUnavailable,
                                                "docs/operations/remote.md"};

}  // namespace apps
