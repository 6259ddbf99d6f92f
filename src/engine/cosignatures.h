// Which cosignatures go onto a checkpoint. A published checkpoint holds at most 16 signature lines, one of
// them the log's, so at most 15 cosignatures: those that make it count come first, whoever was faster. Pure:
// lines in, lines out. What the limit means for large registries: docs/adr/0010. Format: docs/formats/log.md
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "base/limits.h"
#include "base/result.h"
#include "registry/ordering.h"

namespace engine {

/// Beside the log's own line.
inline constexpr std::size_t kCosignaturesMax = base::kCheckpointSignaturesMax - 1;

/// A cosignature line that was verified, and the quorums (by position) in which it counts.
struct Cosignature {
  std::string line;
  std::vector<bool> counts_in;
  std::string signer{};       ///< name of its key
  note::KeyId key_id = 0;     ///< a member that changes its key may sign with both
  base::EpochSeconds time{};  ///< for which it speaks; 0 if it counts nowhere and was not verified
  bool counts() const;        ///< in any quorum
};

/// Verifies `line` over the checkpoint `body` under the keys of `quorums`. A line of a key in none of them
/// counts nowhere. Errors: kBadSignature and others of note/.   Cost: about 50 us.
base::Result<Cosignature> verify_line(std::string_view body, std::string line,
                                      std::span<const registry::CosignerQuorum> quorums);

/// What of `added` is new or later goes into `lines`; one line a key stays.
void merge_newer(std::vector<Cosignature>& lines, const std::vector<Cosignature>& added);

/// Do these lines meet every quorum?   Errors: kNotCounted.
base::Result<void> check_quorums(std::span<const Cosignature> lines,
                                 std::span<const registry::CosignerQuorum> quorums);

/// At most kCosignaturesMax lines that meet all `quorums`, and as many more as fit. Lines that count nowhere
/// are left out.
/// Errors: kNotCounted (detail: how many of how many there are).
base::Result<std::vector<std::string>> choose_cosignatures(const std::vector<Cosignature>& offered,
                                                           std::span<const registry::CosignerQuorum> quorums);

inline constexpr base::ErrorKind kNotCounted{"not-counted", base::Category::kUnavailable,
                                             "docs/formats/log.md"};

}  // namespace engine
