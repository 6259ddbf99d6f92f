// The published zones as files for name servers: the signed zone, and the trust anchors for resolvers. Each is written
// whole or not at all, the zone last and only after it passed the check, so whatever goes wrong the last good zone
// stays. Whoever stands at a counted checkpoint calls it; serving is left to Knot, NSD or BIND.
// Format: docs/formats/zones.md, "In files"
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "apps/zone_guard.h"
#include "base/bytes.h"
#include "base/files.h"
#include "base/result.h"
#include "registry/registry.h"

namespace apps {

/// The three files of a zone, whole.
struct ZoneFiles {
  std::string zone;
  std::string anchor_keys;
  std::string anchor_ds;
};
/// Names of a zone's files in their folder: "root.zone", "trust-anchor.key"; below the root "example.zone",
/// "example-trust-anchor.key".
std::string zone_file_name(std::string_view apex);
std::string anchor_file_name(std::string_view apex, std::string_view ending);

/// What `registry` has published of a zone; nothing if it never published it.   Cost: 15 ms for the root.
std::optional<ZoneFiles> published_files(const registry::Registry& registry, std::string_view apex);

/// Threads: one.   Lifetime: keeps a reference to the Files.
class ZoneOutput {
 public:
  ZoneOutput(base::Files& files, std::string folder) : files_(&files), folder_(std::move(folder)) {}

  /// Brings the folder to what `registry` has published. Zones that lie there already cost a comparison of hashes, at
  /// the first call after a start the reading of a file. A zone that fails does not keep the others; it is tried again
  /// at the next call.
  /// Errors: of the first zone that failed: publish::kBadZone, kZoneNotCanonical and kUnexplained (it would replace a
  ///         good one: nothing was written), those of Files.
  /// Cost: 50 ms for the root and two syncs a file; 50 us more for each signature that nobody in this process verified.
  base::Result<void> write(const registry::Registry& registry);

 private:
  base::Result<void> write_zone(const registry::Registry& registry, const std::string& apex);
  void note(const registry::Registry& registry, const std::string& apex, const base::Hash& hash);
  base::Result<bool> lie_there(const std::string& apex, const ZoneFiles& texts) const;

  base::Files* files_;
  std::string folder_;
  std::map<std::string, base::Hash> written_;  ///< by apex: SHA-256 of the zone that lies there
  std::map<std::string, ZoneGuard> guards_;
};

/// The zone differs from the one before where nothing was written.
inline constexpr base::ErrorKind kUnexplained{"unexplained-change", base::Category::kCorrupt,
                                              "docs/formats/zones.md#bounds"};

}  // namespace apps
