// How many members a registry may have. Why: docs/adr/0010-fifteen-cosignatures.md. What joins and leaves is charter/.
#pragma once

namespace resource {

/// The quorum of more, S(23) = 16, does not fit beside the log's own line on a checkpoint.
inline constexpr unsigned kMembersMax = 22;
/// Of fewer the founding period would be one member's say.
inline constexpr unsigned kFoundersMin = 3;

}  // namespace resource
