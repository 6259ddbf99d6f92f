// Every loop, queue, message and file has a limit, and the limit stands here with its reason.
#pragma once

#include <cstddef>
#include <cstdint>

namespace base {

/// tlog-tiles bundles carry 16-bit lengths.
inline constexpr std::size_t kRecordBytesMax = 65'535;
/// A genesis of 31 members signs with every key it names (about five each).
inline constexpr std::size_t kRecordSignaturesMax = 256;
inline constexpr std::size_t kRecordParagraphsMax = 4'096;
inline constexpr std::size_t kAttributeValueBytesMax = 1'024;
/// signed-note asks verifiers to accept 16; FORMATS.md allows no more on a checkpoint.
inline constexpr std::size_t kCheckpointSignaturesMax = 16;
inline constexpr std::size_t kCheckpointBytesMax = 16'384;
inline constexpr std::size_t kMembersMax = 31;
inline constexpr std::size_t kBlockEffectsMax = 500;
/// A block is held in memory while it is executed: at most 4,096 records, 16 MiB of them.
inline constexpr std::size_t kBlockRecordsMax = 4'096;
inline constexpr std::size_t kBlockBytesMax = std::size_t{16} << 20;
/// Keeps the JSON and the C++ sides inside int64 and the proofs at 63 hashes.
inline constexpr std::uint64_t kTreeSizeMax = (std::uint64_t{1} << 62);
inline constexpr std::size_t kTileWidth = 256;
inline constexpr std::size_t kTileBytes = kTileWidth * 32;
inline constexpr std::size_t kBundleBytesMax = kTileWidth * (2 + kRecordBytesMax);
inline constexpr std::size_t kPolicyBytesMax = 65'536;
inline constexpr std::size_t kReceiptBytesMax = 1 << 20;
inline constexpr std::size_t kAnnexBytesMax = 65'536;
inline constexpr std::size_t kKeyFileBytesMax = 4'096;
inline constexpr std::size_t kZoneFileBytesMax = std::size_t{1} << 30;
/// Two million texts of about a kilobyte.
inline constexpr std::size_t kSnapshotBytesMax = std::size_t{1} << 31;
/// One state text: a proposal of 4,096 paragraphs, or an organisation with all its keys.
inline constexpr std::size_t kStateTextBytesMax = 1 << 20;
inline constexpr std::size_t kTrieDepthMax = 256;
/// One signing session: all RRSIGs of a root zone five times today's (2,793). A message of commitments has a megabyte.
inline constexpr std::size_t kSessionSignaturesMax = 16'384;

}  // namespace base
