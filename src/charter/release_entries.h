// What the rules state remembers of a zone's releases, as values and canonical texts. An entry is its text:
// parse(serialize(x)) == x. Keys and digests are kept as the words that the registry wrote; what a release holds, and
// when one is due, is registry/releases.h. Format: docs/formats/zones.md, "On the log"
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.h"
#include "base/strong.h"
#include "crypto/ed25519.h"

namespace charter {

/// A key as whoever asks for the published zone finds it: what a roll waits for is that it was there long enough.
struct ShownKey {
  crypto::PublicKey key;
  std::uint16_t flags = 0;
  bool signs = false;        ///< signatures of it stand in the zone
  base::EpochSeconds since;  ///< the key was there in every published zone with these flags, signing or not
};

/// A signed zone that is complete.
struct CompleteZone {
  std::uint32_t serial = 0;
  base::EpochSeconds time;        ///< of its release
  std::string digest;             ///< of ZONEMD, base64
  base::Hash text;                ///< SHA-256 of the zone as a file
  std::vector<std::string> keys;  ///< "FLAGS DUTY KEY", sorted
};

/// One that goes over the bounds, and what a proposal has to name for it to be published.
struct HeldZone {
  CompleteZone zone;
  base::Hash batch;          ///< of its second batch: names every octet that is signed
  bool is_approved = false;  ///< a `publish` proposal was executed
};

enum class ReleasePhase : std::uint8_t { kZone, kZonemd };

struct ReleaseUnderWay {
  ReleasePhase phase = ReleasePhase::kZone;
  bool is_renewal = false;   ///< of the last published content, while another is held
  bool is_approved = false;  ///< the same content was approved under an older serial
  base::EpochSeconds time;
  base::Hash content;           ///< SHA-256 of what is being signed
  base::Hash batch;             ///< what is to be signed now
  std::uint64_t positions = 0;  ///< of that batch
  std::vector<std::string> keys;
};

struct ReleaseEntry {
  std::uint32_t serial = 0;     ///< the last one given out
  std::vector<ShownKey> shown;  ///< of the zone published last, a predecessor's too; sorted by key
  std::optional<CompleteZone> published;
  std::optional<HeldZone> held;
  std::optional<ReleaseUnderWay> under_way;
};

/// The signatures of one piece of a batch, in order of position.
struct PieceEntry {
  std::vector<crypto::Signature> signatures;
};

/// Key of a piece: "APEX/1/000500".
std::string piece_key(std::string_view apex, ReleasePhase phase, std::uint64_t first);
/// How many positions the piece has that begins at `first`; 0 if no piece of the batch does.
std::uint64_t piece_size(std::uint64_t positions, std::uint64_t first);

/// What a block record says behind `effect: ` of a zone that it publishes; `digest` is ZONEMD's, in base64.
std::string published_effect(std::string_view apex, std::uint32_t serial, std::string_view digest);

std::string serialize_entry(const ReleaseEntry& entry);
std::string serialize_entry(const PieceEntry& entry);
/// False unless `body` is what serialize_entry would give.
[[nodiscard]] bool read_entry(std::string_view body, ReleaseEntry& entry);
[[nodiscard]] bool read_entry(std::string_view body, PieceEntry& entry);

}  // namespace charter
