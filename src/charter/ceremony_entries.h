// What the rules state remembers of ceremonies and of the keys they gave, as values and canonical texts. An entry
// is its text: parse(serialize(x)) == x. Points and messages are kept as the bytes that stood in the records,
// which threshold/ has judged; nothing here decides anything. Format: docs/formats/ceremonies.md
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.h"
#include "base/strong.h"
#include "crypto/ed25519.h"
#include "record/record.h"

namespace charter {

/// What a group key signs.
enum class KeyUse : std::uint8_t { kLog, kZsk, kKsk };
std::string_view use_word(KeyUse use);
std::optional<KeyUse> use_from_word(std::string_view word);

enum class CeremonyPhase : std::uint8_t { kAnnouncing, kDealing, kCertifying, kDone };
std::string_view phase_word(CeremonyPhase phase);

/// A member's key for this ceremony's shares.
struct Announcement {
  std::string member;
  crypto::PublicKey key;
};
/// What a member put on the log in an attempt: the public part of its dealing, or its certificate.
struct CeremonyMessage {
  std::string member;
  base::Bytes bytes;
};
/// `asker` did not get what `dealer` encrypted for it.
struct MissingShare {
  std::string dealer;
  std::string asker;
  friend auto operator<=>(const MissingShare&, const MissingShare&) = default;
};

struct CeremonyEntry {
  KeyUse use = KeyUse::kLog;
  std::string origin;  ///< of the log on which it was done, if that is a predecessor's; else empty
  std::optional<crypto::PublicKey> reshared;  ///< the group key that gets new shares; none: a new key
  CeremonyPhase phase = CeremonyPhase::kAnnouncing;
  base::EpochSeconds until;                   ///< the phase's deadline; done: when it was done
  std::uint64_t attempt = 0;                  ///< from 1; 0 while announcing
  std::uint64_t threshold = 0;                ///< of the key to be; 0 while announcing
  std::vector<Announcement> announced;        ///< sorted by member
  std::vector<std::string> excluded;          ///< sorted
  std::vector<CeremonyMessage> deals;         ///< in the order of the log
  std::vector<MissingShare> missing;          ///< sorted
  std::vector<std::string> answered;          ///< dealers whose ciphertexts stand on the log; sorted
  std::vector<CeremonyMessage> certificates;  ///< in the order of the log
  // Of a resharing that is done: the sharing it replaced. Its dealers are known by that alone, and who lost its new
  // share needs them.
  std::vector<std::array<base::Byte, 32>> old_commitments;
  std::vector<std::string> old_holders;
};

enum class KeyStanding : std::uint8_t { kActive, kStandby, kRetiring, kRevoked };
std::string_view standing_word(KeyStanding standing);

/// A key that no member holds, and who has shares of it.
struct GroupKeyEntry {
  KeyUse use = KeyUse::kLog;
  KeyStanding standing = KeyStanding::kActive;
  base::EpochSeconds since;   ///< of this standing
  record::RecordId ceremony;  ///< whose shares are the present ones
  std::vector<std::array<base::Byte, 32>>
      commitments;                   ///< as many as shares are needed; the first is the key
  std::vector<std::string> holders;  ///< the i-th has the identifier i + 1
};

std::string serialize_entry(const CeremonyEntry& entry);
std::string serialize_entry(const GroupKeyEntry& entry);
/// False unless `body` is what serialize_entry would give.
[[nodiscard]] bool read_entry(std::string_view body, CeremonyEntry& entry);
[[nodiscard]] bool read_entry(std::string_view body, GroupKeyEntry& entry);

}  // namespace charter
