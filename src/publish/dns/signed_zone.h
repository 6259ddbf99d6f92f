// The signed zone, made in steps from objects, a release and signatures that somebody else makes: what has to
// be signed is handed out in batches with fixed positions, what comes back is verified before it is used. The
// same objects, release, previous zone and signatures give the same bytes everywhere. Signing itself and the
// log are not here. Format: docs/formats/zones.md
//
//   draft := lay_out begin (signatures for batch 1 = take) (signatures for batch 2 = take) finish
//
//   ASSIGN_OR_RETURN(UnsignedZone zone, lay_out(objects, release));
//   ASSIGN_OR_RETURN(ZoneDraft draft, ZoneDraft::begin(std::move(zone), release, previous));
//   TRY(draft.take(sign(draft.batch()), known));   // batch 1: whatever changed or ages
//   TRY(draft.take(sign(draft.batch()), known));   // batch 2: the ZONEMD set's
//   const SignedZone zone = std::move(draft).finish();
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.h"
#include "base/result.h"
#include "base/strong.h"
#include "crypto/ed25519.h"
#include "publish/dns/release.h"
#include "publish/dns/signed_set.h"
#include "publish/dns/verified_signatures.h"
#include "resource/object_source.h"

namespace publish {

/// A whole signed zone. Made by ZoneDraft or check_zone only, so its signatures have been verified.
/// Threads: const calls from any.
class SignedZone {
 public:
  const std::string& apex() const { return apex_; }
  std::uint32_t serial() const;
  ZoneDigest digest() const;
  /// By owner in canonical order, then by type number; RRSIG are with their sets.
  const std::vector<SignedSet>& sets() const { return sets_; }
  const SignedSet* find(std::string_view owner, std::uint16_t type) const;
  /// The file, byte for byte.   Cost: about 15 ms for the root.
  std::string text() const;

 private:
  friend class ZoneDraft;
  friend class ZoneReader;
  SignedZone(std::string apex, std::vector<SignedSet> sets)
      : apex_(std::move(apex)), sets_(std::move(sets)) {}
  std::string apex_;
  std::vector<SignedSet> sets_;
};

/// The sets of a zone before anybody signs: those of the objects, NSEC, the release's DNSKEY, and a ZONEMD that is
/// still zeros.   Shapes: as SignedZone::sets, without signatures.
struct UnsignedZone {
  std::vector<SignedSet> sets;
};
/// Errors: kNoSuchZone, kBadRelease.   Cost: about 15 ms for the root.
base::Result<UnsignedZone> lay_out(const resource::ObjectSource& objects, const Release& release);

struct BatchItem {
  crypto::PublicKey key;  ///< who has to sign
  std::string owner;
  std::uint16_t type = 0;
  base::Bytes bytes;  ///< what is to be signed (RFC 4034 section 3.1.8.1)
};

/// Positions are those of `items`: by owner in canonical order, then type number, then key tag.
struct Batch {
  std::uint8_t number = 1;  ///< 1, or 2 for ZONEMD
  std::vector<BatchItem> items;
  /// Names apex, serial, number, every key and every byte to sign; docs/formats/zones.md, "Batches".
  base::Hash hash;
};

/// Threads: one at a time.   Lifetime: keeps no reference to its arguments.
class ZoneDraft {
 public:
  /// Finds what needs a new signature; every other set keeps that of `previous` (null for the first release of a
  /// zone). Shapes: `zone` was laid out for `release`.
  /// Errors: kBadRelease (`previous` is of another zone).   Cost: about 10 ms for the root.
  static base::Result<ZoneDraft> begin(UnsignedZone zone, const Release& release, const SignedZone* previous);

  /// What is to be signed next. Not after the second take().
  const Batch& batch() const { return batch_; }

  /// Puts one signature for each position of batch() into the zone, then lays out the next batch.
  /// Errors: kWrongSignature (detail: how many for how many, or the position, owner and type of the first
  ///         that does not verify); the draft is unchanged then and another list may be tried.
  base::Result<void> take(std::span<const crypto::Signature> signatures, VerifiedSignatures& known);

  /// What stands so far: sets without their signatures among them.
  const std::vector<SignedSet>& sets() const { return sets_; }

  /// Only after both batches were taken.
  SignedZone finish() &&;

 private:
  ZoneDraft(const Release& release, std::vector<SignedSet> sets);
  void keep_signatures(const Release& release, const SignedZone* previous);
  void ask_for(std::size_t set, const ZoneKey& key, const SignatureTimes& times);
  void lay_out_digest();

  struct Place {
    std::size_t set;
    SignatureTimes times;
    std::uint16_t key_tag;
  };
  std::string apex_;
  std::uint32_t serial_;
  base::EpochSeconds time_;
  ZoneKey zone_signer_;
  std::vector<SignedSet> sets_;
  Batch batch_;
  std::vector<Place> places_;  ///< where each position's signature goes
};

/// Is a release due at `release.time`? There is none yet, its content or its keys differ (the serial apart),
/// or one of its signatures ages.   Shapes: `zone` was laid out for `release`, at whatever time.
bool is_release_due(const UnsignedZone& zone, const Release& release, const SignedZone* previous);

/// When the first signature of `zone` ages.
base::EpochSeconds ages_at(const SignedZone& zone);

/// What a KSK signs ahead of time: the DNSKEY set of `release.keys` for the week of each moment in `weeks`.
/// Only keys with kSignsKeys are asked. A signature goes into Release::prepared with key_set_times(moment).
/// Errors: kNoSuchZone, kBadRelease.
base::Result<std::vector<BatchItem>> key_sets_ahead(const resource::ObjectSource& objects,
                                                    const Release& release,
                                                    std::span<const base::EpochSeconds> weeks);

inline constexpr base::ErrorKind kWrongSignature{"wrong-signature", base::Category::kInvalid,
                                                 "docs/formats/zones.md#batches"};

}  // namespace publish
