// Records that were handed in at a member's machine and that the hub owes the log: each is kept in a file of
// its own until it stands on the log or is valid no more. Here is the keeping; who is held to what is the
// follower's. Format: docs/formats/hub.md#pledge
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/files.h"
#include "base/result.h"
#include "base/strong.h"
#include "record/record.h"

namespace replica {

struct Pledge {
  std::string origin;
  base::EpochSeconds since;  ///< when it was handed in, by this machine's clock
  std::string leaf;
  std::optional<std::string> annex;  ///< the annex's file, for handing it on again
  std::string checkpoint;            ///< the signed checkpoint that counted here then
  friend bool operator==(const Pledge&, const Pledge&) = default;
};
std::string serialize_pledge(const Pledge& pledge);
/// Errors: kBadPledge.
base::Result<Pledge> parse_pledge(std::string_view text);

/// Threads: one owner.   Lifetime: keeps a reference to the Files.
class PledgeBook {
 public:
  /// Reads what is there; a file that cannot be read is an error, never passed over.
  static base::Result<PledgeBook> open(base::Files& files, std::string folder);

  /// Durable when it returns. The same record again changes nothing.
  /// Errors: kTooManyPledges, those of Files.
  base::Result<void> add(const record::RecordId& id, Pledge pledge);
  /// A missing one is no error. Forgotten for good when it returns.
  base::Result<void> remove(const record::RecordId& id);
  const std::map<record::RecordId, Pledge>& pledges() const { return pledges_; }

  static constexpr std::size_t kPledgesMax = 1'024;

 private:
  PledgeBook(base::Files& files, std::string folder) : files_(&files), folder_(std::move(folder)) {}
  std::string path_of(const record::RecordId& id) const;

  base::Files* files_;
  std::string folder_;
  std::map<record::RecordId, Pledge> pledges_;
};

inline constexpr base::ErrorKind kBadPledge{"bad-pledge", base::Category::kCorrupt,
                                            "docs/formats/hub.md#pledge"};
inline constexpr base::ErrorKind kTooManyPledges{"too-many-pledges", base::Category::kUnavailable,
                                                 "docs/formats/hub.md#pledge"};

}  // namespace replica
