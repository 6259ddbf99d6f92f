// Is this file exactly the zone that the log published? Judged by the log itself, or by a receipt of the block that
// published it and a policy, or, by nothing but itself, only whether it is sound. Format: docs/formats/zones.md
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "apps/reading.h"
#include "apps/verbs.h"
#include "base/files.h"
#include "base/result.h"
#include "base/strong.h"
#include "registry/registry.h"

namespace apps {

struct ZoneJudgement {
  bool holds = false;
  std::string claim;                    ///< one line for people
  std::optional<std::uint32_t> serial;  ///< the file's, if it is a zone at all
  std::vector<std::string> details;     ///< where it differs
};

/// The file's own soundness: form, signatures, chain and digest, at `now`.   Cost: 50 us a signature.
ZoneJudgement judge_alone(std::string_view text, std::string_view apex, base::EpochSeconds now);

/// `registry` stands at the checkpoint of `reading`. The file must be the zone published last, and good at the
/// registry's time.
/// Errors: those of reading the log, which is searched backwards for a zone that is another.
base::Result<ZoneJudgement> judge_by_log(const Reading& reading, const registry::Registry& registry,
                                         std::string_view text, std::string_view apex);

/// By the receipt of a block record that says `published`, and the policy that the options name.
/// Errors: those of reading the files.
base::Result<ZoneJudgement> judge_by_receipt(const base::Files& files, const ZoneOptions& options,
                                             std::string_view text, std::string_view apex,
                                             base::EpochSeconds now);

/// Where the log says that a zone was published.
struct Publication {
  base::LeafIndex block_record;
  base::EpochSeconds time;
};
/// The last one with this serial and digest (base64); nothing if there is none.   Cost: reads the log backwards to it.
base::Result<std::optional<Publication>> find_publication(const Reading& reading, std::string_view apex,
                                                          std::uint32_t serial, std::string_view digest);

inline constexpr base::ErrorKind kNothingReleased{"nothing-released", base::Category::kNotFound,
                                                  "docs/formats/zones.md#on-the-log"};
inline constexpr base::ErrorKind kNeedsPlace{"needs-place", base::Category::kInvalid, "comity zone --help"};

}  // namespace apps
