// Where a member stands beside the checkpoint that counts, as far as it is seen from here: by its replica's memory where
// that lies here (a demo registry's members, a machine's own one), else by its line on the checkpoint.
// Format: docs/operations/demo-registry.md, docs/operations/successor.md
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "base/result.h"
#include "note/checkpoint.h"
#include "note/policy.h"
#include "storage/cosign_memory.h"

namespace apps {

struct MemberStanding {
  std::string member;
  std::optional<std::uint64_t> cosigned_size;
  std::string state;  ///< "in step", or what is amiss
};

/// `memory`: what its replica remembers, or why that cannot be read. More than what counts is said so: before a log is given
/// up somebody has to ask for receipts of the rest.
MemberStanding standing_by_memory(std::string member, const base::Result<storage::Cosigned>& memory,
                                  const note::Checkpoint& counted);

/// `checked`: `counted` by the policy of these members, or why it does not count.
MemberStanding standing_by_line(std::string member, const base::Result<note::CheckedCheckpoint>& checked,
                                const note::Checkpoint& counted);

}  // namespace apps
