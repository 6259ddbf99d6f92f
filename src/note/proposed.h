// What a hub shows its members: the checkpoint that it asks them to cosign, and how far the log counts. Text
// only: whether the checkpoint is worth a cosignature is the member's replica's to find out. Format:
// docs/formats/hub.md#proposed
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.h"
#include "base/strong.h"
#include "note/checkpoint.h"

namespace note {

using Round = base::Strong<struct RoundTag>;  ///< number of a state of the desk; changes with anything below
using Offer = base::Strong<struct OfferTag>;  ///< changes whenever cosignatures are asked for (again)

struct Proposed {
  std::string origin;
  Round round;
  Offer offer;
  base::TreeSize counted;  ///< size of the published checkpoint; 0 if there is none
  std::string checkpoint;  ///< signed note: the log's line, and the hub's own cosignatures
  friend bool operator==(const Proposed&, const Proposed&) = default;
};

/// Canonical: serialize_proposed gives the text back. The checkpoint is bounded and of the same origin; no
/// signature is verified.
/// Errors: kBadProposed (detail: what was expected).
base::Result<Proposed> parse_proposed(std::string_view text);
std::string serialize_proposed(const Proposed& proposed);

/// The checkpoint and a few lines before it.
inline constexpr std::size_t kProposedBytesMax = base::kCheckpointBytesMax + 1'024;

inline constexpr base::ErrorKind kBadProposed{"bad-proposed", base::Category::kInvalid,
                                              "docs/formats/hub.md#proposed"};

}  // namespace note
