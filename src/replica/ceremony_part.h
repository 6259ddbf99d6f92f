// One member's part in key ceremonies: looks at the state after each block and says which steps to put on the log and
// what to send to whom. It deals once for each attempt and repeats that dealing after a restart; it keeps every dealer's
// private part for the others; it certifies only what it can use. What is derived from a secret leaves only when the
// secret is on disk. Announcing takes governance keys, which are elsewhere: the key to announce is made by
// CeremonyFolder::make_key. Format: docs/formats/ceremonies.md
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/files.h"
#include "base/random.h"
#include "base/result.h"
#include "charter/ceremony_entries.h"
#include "charter/state.h"
#include "note/key.h"
#include "replica/ceremony_folder.h"
#include "replica/parcel.h"
#include "replica/round_message.h"

namespace replica {

/// What a member has to do now.
struct Duties {
  std::vector<std::string> leaves;  ///< signed records for the log
  std::vector<Parcel> parcels;
  std::vector<base::Hash> wanted;  ///< private parts that it lacks: they may stand on the log
  std::vector<base::Error> troubles;
  void append(Duties more);
};

struct CeremonyPartOptions {
  base::Files* files = nullptr;
  std::string folder;  ///< this member's, for its secrets
  std::string member;
  base::Random* random = nullptr;
  base::Seconds repeat{10};  ///< what got no answer is sent again
  /// How long a private part is waited for before the log is told: at most a quarter of the phase.
  base::Seconds missing_after{21'600};
};

/// Threads: one.   Order: step after each block and now and then; take for each message.
class CeremonyPart {
 public:
  explicit CeremonyPart(CeremonyPartOptions options);

  /// `state` is under a counted checkpoint. Steps are signed by `signer`, the member's operator key (type 0x01).
  /// Troubles with one ceremony (a damaged file) do not keep it from the others.
  Duties step(const charter::State& state, base::EpochSeconds now, const note::Signer& signer);

  /// A message of another member, verified. What is no answer to anything is passed over.
  /// Errors: threshold::kOtherPrivatePart, kNotHeard (nothing that takes part here is asked for); those of Files.
  base::Result<std::vector<Parcel>> take(const charter::State& state, const RoundMessage& message,
                                         base::EpochSeconds now);
  /// A private part that stood on the log.   Errors: as take.
  base::Result<void> take_part(const charter::State& state, base::ByteView part);

  /// This member's present share of a group key, checked against the state; nothing if it has none.
  base::Result<std::optional<threshold::StoredShare>> share(const charter::State& state,
                                                            const crypto::PublicKey& key) const;

 private:
  struct Work;  // one ceremony in one step
  base::Result<void> step_one(Work& work);
  base::Result<void> deal(Work& work);
  base::Result<void> certify(Work& work);
  base::Result<void> recover(Work& work);
  base::Result<void> answer_missing(Work& work);
  base::Result<void> push_own_part(Work& work);
  void ask_for(Work& work, const base::Hash& hash);
  /// True if `what` was not done within the last `every`.
  bool is_due(const std::string& what, base::EpochSeconds now, base::Seconds every);
  void add_leaf(Work& work, const std::string& word,
                const std::vector<std::pair<std::string, std::string>>& attributes);

  CeremonyPartOptions options_;
  CeremonyFolder folder_;
  std::map<std::string, base::EpochSeconds> done_;                           // when what was done last
  std::map<record::RecordId, std::pair<std::uint64_t, std::size_t>> tried_;  // attempt, and parts there were
};

/// The private part that a record of a `private-part` step holds; whether it is the one dealt says take_part.
std::optional<base::Bytes> private_part_in(const record::Record& record);

}  // namespace replica
