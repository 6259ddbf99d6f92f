// The files that a member keeps of key ceremonies, one set for each ceremony: its encryption key, its own dealings, the
// private parts that everybody dealt, and the share that came of it. All are 0600 and durable when a call returns, so
// that what is derived from them may leave. When to write and to erase them is ceremony_part.h's affair.
// Format: docs/formats/ceremonies.md, "What members keep and erase"
#pragma once

#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <utility>

#include "base/files.h"
#include "base/random.h"
#include "base/result.h"
#include "base/strong.h"
#include "record/record.h"
#include "threshold/dealing.h"
#include "threshold/encryption_key.h"
#include "threshold/secret_files.h"

namespace replica {

/// Threads: one.   Lifetime: keeps a reference to the Files.
/// Errors of all calls: those of Files; kBadCeremonyFile and those of threshold/secret_files.h (detail: the path).
class CeremonyFolder {
 public:
  CeremonyFolder(base::Files& files, std::string folder) : files_(&files), folder_(std::move(folder)) {}

  base::Result<std::optional<threshold::EncryptionKey>> key(const record::RecordId& ceremony) const;
  /// The key that lies here, or a new one.
  base::Result<threshold::EncryptionKey> make_key(const record::RecordId& ceremony, base::Random& random);

  /// A key that was kept elsewhere, as its file.
  base::Result<void> store_key(const record::RecordId& ceremony, const base::SecretBytes& file);

  /// This member's own dealing of an attempt, public part first, as bytes.
  struct OwnDealing {
    base::Bytes public_part;
    base::Bytes private_part;
  };
  base::Result<std::optional<OwnDealing>> dealing(const record::RecordId& ceremony,
                                                  std::uint64_t attempt) const;
  /// Shapes: `threshold` commitments in the public part.
  base::Result<void> store_dealing(const record::RecordId& ceremony, std::uint64_t attempt,
                                   const OwnDealing& dealing);

  /// A dealer's private part by its hash. What lies here under another hash than its own is as if missing.
  base::Result<std::optional<base::Bytes>> part(const record::RecordId& ceremony,
                                                const base::Hash& hash) const;
  base::Result<void> store_part(const record::RecordId& ceremony, base::ByteView part);

  base::Result<std::optional<threshold::StoredShare>> share(const record::RecordId& ceremony) const;
  base::Result<void> store_share(const record::RecordId& ceremony, const base::SecretBytes& file);

  /// Notes that the ceremony stood in the state of block time `at`, once: when it does not stand in a later one any more,
  /// its files may go.
  base::Result<void> mark_known(const record::RecordId& ceremony, base::EpochSeconds at);
  /// Erases all files of marked ceremonies but of those that `stand` at block time `now`, and of those that were marked
  /// later than that: a state from before a ceremony says nothing about it, and shares cannot be had again.
  base::Result<void> erase_all_but(const std::set<record::RecordId>& stand, base::EpochSeconds now);

 private:
  std::string path(const record::RecordId& ceremony, std::string_view suffix) const;
  base::Result<std::optional<base::SecretBytes>> read(const std::string& path) const;
  base::Result<void> write(const std::string& path, base::ByteView content);
  base::Result<base::EpochSeconds> known_since(const record::RecordId& ceremony) const;

  base::Files* files_;
  std::string folder_;
  std::set<record::RecordId> marked_;
};

inline constexpr base::ErrorKind kBadCeremonyFile{"bad-ceremony-file", base::Category::kCorrupt,
                                                  "docs/formats/ceremonies.md"};

}  // namespace replica
