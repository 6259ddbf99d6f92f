// Releases of signed zones: when one begins, what it holds, when it is done. At the end of each block every zone with
// an active ZSK and KSK takes at most one step; what has to be remembered between blocks stands in the rules state,
// zones themselves stay here and are named there by their hashes. What members sign comes through the charter, which
// asks here whether it verifies. The zone's bytes are publish/dns's affair. Format: docs/formats/zones.md, "On the log"
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "charter/batch_checker.h"
#include "charter/release_entries.h"
#include "charter/state.h"
#include "publish/dns/signed_zone.h"
#include "publish/dns/verified_signatures.h"

namespace registry {

/// Order: ( restore )? ( end_block )*.   Threads: one writer; const calls from any while nobody writes.
class Releases final : public charter::BatchChecker {
 public:
  Releases() = default;
  /// For the verification of signatures.
  void set_threads(unsigned threads);
  /// From here on it remembers what verified together with others of the process that were given the same.
  void share(std::shared_ptr<publish::VerifiedSignatures> known);
  /// What verified so far: whoever read or signed the zone itself asks here, and says so here.   Threads: any.
  publish::VerifiedSignatures& verified() const { return *known_; }

  /// Takes the zones of a snapshot in: those that `state`, which the caller has compared with a trusted root, names.
  /// Errors: charter::kBadState (detail: the zone whose text is missing, or a text that nothing names).
  base::Result<void> restore(const charter::State& state, std::span<const std::string_view> texts);
  /// What `restore` needs, in order of its hash.
  std::vector<std::string> texts() const;

  /// The step of every zone. Returns the block record's lines behind `effect: `, at most `lines_max`.
  /// Cost: nothing without group keys; 15 ms for the root if the block touched its objects; 30 ms where a release
  /// begins.
  std::vector<std::string> end_block(charter::State& state, std::size_t lines_max);
  /// The earliest moment at which a block has something to do here by time alone, if any.
  std::optional<base::EpochSeconds> next_due() const;

  base::Result<void> verify_piece(std::string_view apex, std::size_t first,
                                  std::span<const crypto::Signature> signatures) const override;

  /// The zone published last; null if there is none.
  std::shared_ptr<const publish::SignedZone> published(std::string_view apex) const;
  /// The one that waits for a `publish` proposal; null if none does.
  std::shared_ptr<const publish::SignedZone> held(std::string_view apex) const;
  /// What has to be signed for the release under way; null if none is. Lifetime: until the next block ends.
  const publish::Batch* batch(std::string_view apex) const;

 private:
  struct Zone {
    std::shared_ptr<const publish::SignedZone> published;
    std::shared_ptr<const publish::SignedZone> held;
    std::optional<publish::ZoneDraft> draft;
    std::string content;                     ///< what the draft was made of
    std::optional<std::uint64_t> judged_at;  ///< State::zone_writes when it was last found not due
    std::optional<base::EpochSeconds> due;   ///< when time alone may change that
    const std::shared_ptr<const publish::SignedZone>& latest() const { return held ? held : published; }
  };
  struct Turn;

  void step(Turn& turn);
  bool is_given_up(const Turn& turn) const;
  void drive(Turn& turn);
  void conclude(Turn& turn);
  bool is_fresh(const Turn& turn) const;
  void publish_held(Turn& turn);
  void decide(Turn& turn);
  void begin(Turn& turn, publish::UnsignedZone zone, const publish::Release& release,
             charter::ReleaseUnderWay under_way);
  base::Result<void> restore_zone(const charter::State& state, const std::string& apex,
                                  const std::map<base::Hash, std::string_view>& texts);

  std::map<std::string, Zone, std::less<>> zones_;
  std::shared_ptr<publish::VerifiedSignatures> known_ = std::make_shared<publish::VerifiedSignatures>();
};

/// A signature of a `signatures` record does not verify at its position.
inline constexpr base::ErrorKind kBadZoneSignature{"bad-zone-signature", base::Category::kDenied,
                                                   "docs/formats/zones.md#on-the-log"};

}  // namespace registry
