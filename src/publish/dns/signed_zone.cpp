#include "publish/dns/signed_zone.h"

#include <algorithm>
#include <unordered_map>
#include <utility>

#include "base/check.h"
#include "crypto/hash.h"
#include "publish/dns/nsec_chain.h"
#include "publish/dns/signature_records.h"
#include "publish/dns/zone_sets.h"

namespace publish {
namespace {

/// Of an SOA: the serial lies before four more numbers.
constexpr std::size_t kSerialFromEnd = 20;

std::uint32_t soa_serial(const RecordSet& soa) {
  CHECK(soa.data.size() == 1 && soa.data[0].size() > kSerialFromEnd);
  const base::Byte* at = soa.data[0].data() + soa.data[0].size() - kSerialFromEnd;
  return std::uint32_t{at[0]} << 24 | std::uint32_t{at[1]} << 16 | std::uint32_t{at[2]} << 8 | at[3];
}

void set_soa_serial(RecordSet& soa, std::uint32_t serial) {
  CHECK(soa.data.size() == 1 && soa.data[0].size() > kSerialFromEnd);
  base::Byte* at = soa.data[0].data() + soa.data[0].size() - kSerialFromEnd;
  for (unsigned shift = 32; shift > 0; shift -= 8) *at++ = static_cast<base::Byte>(serial >> (shift - 8));
}

/// The same set but for the zone's serial and digest.
bool has_same_content(const RecordSet& left, const RecordSet& right) {
  if (left.type == kTypeZonemd && right.type == kTypeZonemd) return left.owner == right.owner;
  if (left.type != kTypeSoa || right.type != kTypeSoa) return left == right;
  RecordSet with_serial = left;
  set_soa_serial(with_serial, soa_serial(right));
  return with_serial == right;
}

/// Finds the sets of the previous release.
class PreviousSets {
 public:
  explicit PreviousSets(const SignedZone* zone) {
    if (zone == nullptr) return;
    sets_.reserve(zone->sets().size());
    for (const SignedSet& set : zone->sets()) sets_.emplace(Key{set.records.owner, set.records.type}, &set);
  }
  const SignedSet* find(const RecordSet& set) const {
    const auto at = sets_.find(Key{set.owner, set.type});
    return at == sets_.end() ? nullptr : at->second;
  }

 private:
  struct Key {
    std::string_view owner;
    std::uint16_t type;
    friend bool operator==(const Key&, const Key&) = default;
  };
  struct HashKey {
    std::size_t operator()(const Key& key) const {
      return std::hash<std::string_view>()(key.owner) * 31 + key.type;
    }
  };
  std::unordered_map<Key, const SignedSet*, HashKey> sets_;
};

/// Is it good at `time`, and for more than a week?
bool is_fresh(const SignatureTimes& times, base::EpochSeconds time) {
  return times.inception <= time && !is_aging(times, time);
}

/// The keys whose signature of a set of this type the release accepts, the one that makes new ones first.
std::vector<ZoneKey> accepted_keys(const Release& release, KeyDuty signs) {
  std::vector<ZoneKey> keys;
  for (const ZoneKey& key : release.keys) {
    if (key.duty == signs || (signs == KeyDuty::kSignsZone && key.duty == KeyDuty::kLeaving))
      keys.push_back(key);
  }
  std::ranges::sort(keys, {},
                    [signs](const ZoneKey& key) { return std::pair(key.duty != signs, key_tag(key)); });
  return keys;
}

/// Those of `keys` that the previous release had too: a tag alone does not name a key.
std::vector<ZoneKey> known_before(std::vector<ZoneKey> keys, const SignedZone* previous) {
  const SignedSet* before = previous == nullptr ? nullptr : previous->find(previous->apex(), kTypeDnskey);
  std::erase_if(keys, [&](const ZoneKey& key) {
    return before == nullptr ||
           std::ranges::find(before->records.data, dnskey_data(key)) == before->records.data.end();
  });
  return keys;
}

const SetSignature* kept_signature(const SignedSet& before, std::span<const ZoneKey> keys,
                                   base::EpochSeconds time) {
  for (const ZoneKey& key : keys) {
    for (const SetSignature& signature : before.signatures) {
      if (signature.key_tag == key_tag(key) && is_fresh(signature.times, time)) return &signature;
    }
  }
  return nullptr;
}

/// Of those that fit, the one that lasts longest.
std::optional<SetSignature> prepared_signature(const Release& release, const RecordSet& keys,
                                               const ZoneKey& key) {
  std::optional<SetSignature> best;
  for (const PreparedSignature& one : release.prepared) {
    if (one.key != key.public_key || !is_fresh(one.times, release.time)) continue;
    if (best && best->times.expiration >= one.times.expiration) continue;
    const base::Bytes bytes = bytes_to_sign(keys, release.apex, one.times, key_tag(key));
    if (!crypto::verify_signature(key.public_key, bytes, one.signature)) continue;
    best = SetSignature{one.times, key_tag(key), one.signature};
  }
  return best;
}

base::Hash batch_hash(const std::string& apex, std::uint32_t serial, const Batch& batch) {
  const std::string head = "comity/1 zone-batch " + apex + " " + std::to_string(serial) + " " +
                           std::to_string(batch.number) + " " + std::to_string(batch.items.size()) + "\n";
  base::Bytes text(head.begin(), head.end());
  for (const BatchItem& item : batch.items) {
    text.insert(text.end(), item.key.bytes.begin(), item.key.bytes.end());
    const base::Hash bytes = crypto::sha256(item.bytes);
    text.insert(text.end(), bytes.bytes.begin(), bytes.bytes.end());
  }
  return crypto::sha256(text);
}

}  // namespace

base::Result<UnsignedZone> lay_out(const resource::ObjectSource& objects, const Release& release) {
  TRY(check_release(release));
  ASSIGN_OR_RETURN(ZoneSets zone, zone_sets(objects, release.apex, release.serial));
  const auto behind_apex =
      std::ranges::find_if(zone.sets, [&](const RecordSet& set) { return set.owner != release.apex; });
  const auto soa = std::ranges::find(zone.sets, kTypeSoa, &RecordSet::type);
  CHECK(soa < behind_apex);
  RecordSet keys{release.apex, kTypeDnskey, zone.delegation_ttl_seconds, {}};
  for (const ZoneKey& key : release.keys) keys.data.push_back(dnskey_data(key));
  std::ranges::sort(keys.data);
  RecordSet digest{release.apex, kTypeZonemd, soa->ttl_seconds, {zonemd_data(release.serial, {})}};
  zone.sets.insert(behind_apex, {std::move(keys), std::move(digest)});
  return UnsignedZone{with_nsec_chain(std::move(zone.sets), release.apex)};
}

std::uint32_t SignedZone::serial() const {
  const SignedSet* soa = find(apex_, kTypeSoa);
  CHECK(soa != nullptr);
  return soa_serial(soa->records);
}

ZoneDigest SignedZone::digest() const {
  const SignedSet* zonemd = find(apex_, kTypeZonemd);
  ZoneDigest digest{};
  CHECK(zonemd != nullptr && zonemd->records.data.at(0).size() == 6 + digest.size());
  std::copy_n(zonemd->records.data[0].begin() + 6, digest.size(), digest.begin());
  return digest;
}

const SignedSet* SignedZone::find(std::string_view owner, std::uint16_t type) const {
  const auto at = std::ranges::find_if(
      sets_, [&](const SignedSet& set) { return set.records.type == type && set.records.owner == owner; });
  return at == sets_.end() ? nullptr : &*at;
}

std::string SignedZone::text() const {
  return signed_zone_text(sets_, apex_);
}

ZoneDraft::ZoneDraft(const Release& release, std::vector<SignedSet> sets)
    : apex_(release.apex),
      serial_(release.serial),
      time_(release.time),
      zone_signer_(*std::ranges::find(release.keys, KeyDuty::kSignsZone, &ZoneKey::duty)),
      sets_(std::move(sets)) {}

void ZoneDraft::ask_for(std::size_t set, const ZoneKey& key, const SignatureTimes& times) {
  const RecordSet& records = sets_[set].records;
  const std::uint16_t tag = key_tag(key);
  batch_.items.push_back(
      {key.public_key, records.owner, records.type, bytes_to_sign(records, apex_, times, tag)});
  places_.push_back({set, times, tag});
}

void ZoneDraft::keep_signatures(const Release& release, const SignedZone* previous) {
  const PreviousSets before(previous);
  const std::vector<ZoneKey> zone_keys = known_before(accepted_keys(release, KeyDuty::kSignsZone), previous);
  const std::vector<ZoneKey> key_signers = accepted_keys(release, KeyDuty::kSignsKeys);
  for (std::size_t i = 0; i < sets_.size(); ++i) {
    SignedSet& set = sets_[i];
    if (!set.is_authoritative || set.records.type == kTypeZonemd) continue;
    const SignedSet* old = before.find(set.records);
    if (old != nullptr && old->records != set.records) old = nullptr;
    if (set.records.type != kTypeDnskey) {
      const SetSignature* kept = old == nullptr ? nullptr : kept_signature(*old, zone_keys, time_);
      if (kept != nullptr) {
        set.signatures.push_back(*kept);
      } else {
        ask_for(i, zone_signer_, signature_times(set.records.owner, set.records.type, time_));
      }
      continue;
    }
    for (const ZoneKey& key : key_signers) {  // an equal set has equal keys: no need for known_before
      const SetSignature* kept = old == nullptr ? nullptr : kept_signature(*old, {&key, 1}, time_);
      if (kept != nullptr) {
        set.signatures.push_back(*kept);
      } else if (const auto prepared = prepared_signature(release, set.records, key)) {
        set.signatures.push_back(*prepared);
      } else {
        ask_for(i, key, key_set_times(time_));
      }
    }
    sort_signatures(set.records, apex_, set.signatures);
  }
}

base::Result<ZoneDraft> ZoneDraft::begin(UnsignedZone zone, const Release& release,
                                         const SignedZone* previous) {
  if (previous != nullptr && previous->apex() != release.apex) {
    return base::fail(kBadRelease, "the previous zone is " + previous->apex());
  }
  ZoneDraft draft(release, std::move(zone.sets));
  draft.keep_signatures(release, previous);
  draft.batch_.hash = batch_hash(draft.apex_, draft.serial_, draft.batch_);
  return draft;
}

base::Result<void> ZoneDraft::take(std::span<const crypto::Signature> signatures, VerifiedSignatures& known) {
  CHECK(batch_.number <= 2);
  if (signatures.size() != batch_.items.size()) {
    return base::fail(kWrongSignature, std::to_string(signatures.size()) + " signatures for " +
                                           std::to_string(batch_.items.size()) + " positions");
  }
  std::vector<SignatureClaim> claims;
  claims.reserve(signatures.size());
  for (std::size_t i = 0; i < signatures.size(); ++i)
    claims.push_back({&batch_.items[i].key, batch_.items[i].bytes, &signatures[i]});
  if (const auto bad = known.first_bad(claims)) {
    const BatchItem& item = batch_.items[*bad];
    return base::fail(kWrongSignature,
                      "position " + std::to_string(*bad) + ": " + item.owner + " " + type_name(item.type));
  }
  for (std::size_t i = 0; i < signatures.size(); ++i) {
    SignedSet& set = sets_[places_[i].set];
    set.signatures.push_back({places_[i].times, places_[i].key_tag, signatures[i]});
    sort_signatures(set.records, apex_, set.signatures);
  }
  const bool was_first = batch_.number == 1;
  batch_ = Batch{.number = static_cast<std::uint8_t>(batch_.number + 1), .items = {}, .hash = {}};
  places_.clear();
  if (was_first) lay_out_digest();
  return {};
}

void ZoneDraft::lay_out_digest() {
  const auto zonemd =
      std::ranges::find_if(sets_, [&](const SignedSet& set) { return set.records.type == kTypeZonemd; });
  CHECK(zonemd != sets_.end() && zonemd->records.owner == apex_);
  zonemd->records.data = {zonemd_data(serial_, zone_digest(sets_, apex_))};
  ask_for(static_cast<std::size_t>(zonemd - sets_.begin()), zone_signer_,
          signature_times(apex_, kTypeZonemd, time_));
  batch_.hash = batch_hash(apex_, serial_, batch_);
}

SignedZone ZoneDraft::finish() && {
  CHECK(batch_.number == 3);
  return {std::move(apex_), std::move(sets_)};
}

bool is_release_due(const UnsignedZone& zone, const Release& release, const SignedZone* previous) {
  if (previous == nullptr || zone.sets.size() != previous->sets().size()) return true;
  const std::vector<ZoneKey> zone_keys = known_before(accepted_keys(release, KeyDuty::kSignsZone), previous);
  const std::vector<ZoneKey> key_signers = accepted_keys(release, KeyDuty::kSignsKeys);
  for (std::size_t i = 0; i < zone.sets.size(); ++i) {
    const RecordSet& records = zone.sets[i].records;
    const SignedSet& before = previous->sets()[i];
    if (!has_same_content(records, before.records)) return true;
    if (!zone.sets[i].is_authoritative) continue;
    if (records.type != kTypeDnskey) {
      if (kept_signature(before, zone_keys, release.time) == nullptr) return true;
      continue;
    }
    for (const ZoneKey& key : key_signers) {
      if (kept_signature(before, {&key, 1}, release.time) == nullptr &&
          !prepared_signature(release, records, key))
        return true;
    }
  }
  return false;
}

base::EpochSeconds ages_at(const SignedZone& zone) {
  std::uint64_t first = ~std::uint64_t{0};
  for (const SignedSet& set : zone.sets()) {
    for (const SetSignature& signature : set.signatures)
      first = std::min(first, signature.times.expiration.value());
  }
  CHECK(first >= kRefreshBefore.value());
  return base::EpochSeconds(first - kRefreshBefore.value());
}

base::Result<std::vector<BatchItem>> key_sets_ahead(const resource::ObjectSource& objects,
                                                    const Release& release,
                                                    std::span<const base::EpochSeconds> weeks) {
  ASSIGN_OR_RETURN(const UnsignedZone zone, lay_out(objects, release));
  const auto keys =
      std::ranges::find_if(zone.sets, [](const SignedSet& set) { return set.records.type == kTypeDnskey; });
  CHECK(keys != zone.sets.end());
  std::vector<BatchItem> items;
  for (const base::EpochSeconds week : weeks) {
    for (const ZoneKey& key : accepted_keys(release, KeyDuty::kSignsKeys)) {
      items.push_back({key.public_key, release.apex, kTypeDnskey,
                       bytes_to_sign(keys->records, release.apex, key_set_times(week), key_tag(key))});
    }
  }
  return items;
}

}  // namespace publish
