#include "registry/releases.h"

#include <algorithm>
#include <set>
#include <utility>

#include "base/check.h"
#include "base/zone_limits.h"
#include "codec/base64.h"
#include "codec/decimal.h"
#include "crypto/hash.h"
#include "publish/dns/zone_check.h"
#include "publish/dns/zone_difference.h"
#include "publish/dns/zone_text.h"
#include "registry/state_objects.h"
#include "registry/zone_content.h"
#include "registry/zone_keys.h"

namespace registry {
namespace {

using base::Result;
using charter::ReleaseEntry;
using charter::ReleasePhase;
using charter::ReleaseUnderWay;
using publish::SignedZone;
using publish::ZoneDraft;
using resource::ObjectClass;

/// A release that nobody could sign for so long is begun anew: its signatures would age as soon as they are there.
constexpr base::Seconds kUnderWayMax = publish::kRefreshBefore;

base::Hash hash_of(std::string_view text) {
  return crypto::sha256(base::as_bytes(text));
}

/// RFC 1982 section 3.2.
bool is_later(std::uint32_t serial, std::uint32_t than) {
  return serial != than && serial - than < 0x8000'0000U;
}

charter::CompleteZone describe(const SignedZone& zone, base::EpochSeconds time,
                               std::vector<std::string> keys) {
  return {zone.serial(), time, codec::serialize_base64(zone.digest()), hash_of(zone.text()), std::move(keys)};
}

std::optional<base::EpochSeconds> earlier(std::optional<base::EpochSeconds> left,
                                          std::optional<base::EpochSeconds> right) {
  if (!left || !right) return left ? left : right;
  return std::min(*left, *right);
}

/// All signatures of the batch, once every piece stands on the log.
std::optional<std::vector<crypto::Signature>> gather(const charter::State& state, std::string_view apex,
                                                     ReleasePhase phase, std::uint64_t positions) {
  std::vector<crypto::Signature> signatures;
  for (std::uint64_t first = 0; first < positions; first += base::kBatchPieceMax) {
    const charter::PieceEntry* piece = state.piece(charter::piece_key(apex, phase, first));
    if (piece == nullptr) return std::nullopt;
    signatures.insert(signatures.end(), piece->signatures.begin(), piece->signatures.end());
  }
  return signatures;
}

}  // namespace

/// One zone at the end of one block.
struct Releases::Turn {
  charter::State& state;
  const std::string& apex;
  Zone& zone;
  ReleaseEntry entry;
  std::size_t lines_max;
  std::vector<std::string>& lines;
  bool is_changed = false;  ///< the entry, so it has to be judged and written

  bool has_room() const { return lines.size() < lines_max; }
  void give_up() {
    state.erase_pieces(apex);
    entry.under_way.reset();
    zone.draft.reset();
    zone.content.clear();
    is_changed = true;
  }
  void publish(charter::CompleteZone described, std::shared_ptr<const SignedZone> made) {
    lines.push_back(charter::published_effect(apex, described.serial, described.digest));
    const auto keys = keys_of_lines(described.keys);
    CHECK(keys.has_value());
    entry.shown = shown_keys(entry.shown, *keys, *made, state.time());
    entry.published = std::move(described);
    zone.published = std::move(made);
    is_changed = true;
  }
};

void Releases::set_threads(unsigned threads) {
  known_->set_threads(threads);
}

void Releases::share(std::shared_ptr<publish::VerifiedSignatures> known) {
  CHECK(known != nullptr);
  known_ = std::move(known);
}

std::vector<std::string> Releases::end_block(charter::State& state, std::size_t lines_max) {
  std::vector<std::string> lines;
  const std::vector<std::string> begun = state.releases();
  if (begun.empty() && state.group_keys().empty()) return lines;
  std::set<std::string> apexes(begun.begin(), begun.end());
  state.for_each_object(ObjectClass::kZone,
                        [&](const resource::Object& zone) { apexes.emplace(zone.key()); });
  for (const std::string& apex : apexes) {
    const ReleaseEntry* entry = state.release(apex);
    const resource::Object* object = state.find({ObjectClass::kZone, apex});
    if (object == nullptr || object->is_tombstone()) {
      zones_.erase(apex);
      state.erase_pieces(apex);
      if (entry != nullptr) state.put_release(apex, std::nullopt);
      continue;
    }
    Turn turn{state, apex, zones_[apex], entry == nullptr ? ReleaseEntry{} : *entry, lines_max, lines, false};
    CHECK(turn.entry.published.has_value() ==
          (turn.zone.published != nullptr));  // else: restore() was left out
    CHECK(turn.entry.held.has_value() == (turn.zone.held != nullptr));
    CHECK(turn.entry.under_way.has_value() == turn.zone.draft.has_value());
    step(turn);
    if (turn.is_changed) state.put_release(apex, std::move(turn.entry));
  }
  return lines;
}

void Releases::step(Turn& turn) {
  if (turn.entry.held && turn.entry.held->is_approved) publish_held(turn);
  if (turn.entry.under_way) {
    if (is_given_up(turn)) {
      turn.give_up();
    } else {
      drive(turn);
    }
  }
  if (!turn.entry.under_way) {
    const bool is_judged = turn.zone.judged_at == turn.state.zone_writes() &&
                           !(turn.zone.due && *turn.zone.due <= turn.state.time());
    const bool is_let_go = turn.entry.held && turn.entry.held->is_approved;
    if (turn.is_changed || is_let_go || !is_judged) decide(turn);
  }
}

/// While a zone was held its signatures may have aged, and the zone before it may have been renewed: then it has to
/// be signed anew, under a later serial.
bool Releases::is_fresh(const Turn& turn) const {
  return is_later(turn.entry.held->zone.serial, turn.entry.published->serial) &&
         publish::ages_at(*turn.zone.held) > turn.state.time();
}

void Releases::publish_held(Turn& turn) {
  charter::CompleteZone held = turn.entry.held->zone;
  if (!is_fresh(turn) || !turn.has_room()) return;
  if (turn.entry.under_way && turn.entry.under_way->is_renewal) turn.give_up();
  turn.publish(std::move(held), std::exchange(turn.zone.held, nullptr));
  turn.entry.held.reset();
}

bool Releases::is_given_up(const Turn& turn) const {
  const ReleaseUnderWay& release = *turn.entry.under_way;
  if (turn.state.time() >= release.time + kUnderWayMax) return true;
  if (release.is_renewal) return false;
  return key_lines(zone_keys(turn.state, turn.apex, turn.entry)) != release.keys;
}

void Releases::drive(Turn& turn) {
  ReleaseUnderWay& release = *turn.entry.under_way;
  const auto signatures = gather(turn.state, turn.apex, release.phase, release.positions);
  if (!signatures || (release.phase == ReleasePhase::kZonemd && !turn.has_room())) return;
  CHECK(turn.zone.draft->take(*signatures, *known_).has_value());  // each piece was verified as it came
  turn.is_changed = true;
  if (release.phase == ReleasePhase::kZonemd) {
    conclude(turn);
    return;
  }
  release.phase = ReleasePhase::kZonemd;
  release.batch = turn.zone.draft->batch().hash;
  release.positions = turn.zone.draft->batch().items.size();
}

void Releases::conclude(Turn& turn) {
  const ReleaseUnderWay release = *turn.entry.under_way;
  auto made = std::make_shared<const SignedZone>(std::move(*turn.zone.draft).finish());
  charter::CompleteZone described = describe(*made, release.time, release.keys);
  turn.give_up();
  const bool is_free = release.is_renewal || release.is_approved || turn.zone.published == nullptr ||
                       publish::why_ballot(publish::difference(*turn.zone.published, *made)).empty();
  if (!is_free) {
    turn.entry.held = charter::HeldZone{std::move(described), release.batch, false};
    turn.zone.held = std::move(made);
    return;
  }
  if (!release.is_renewal) {
    turn.entry.held.reset();
    turn.zone.held.reset();
  }
  turn.publish(std::move(described), std::move(made));
}

void Releases::decide(Turn& turn) {
  Zone& zone = turn.zone;
  const StateObjects objects(turn.state);
  const base::EpochSeconds now = turn.state.time();
  zone.judged_at = turn.state.zone_writes();
  zone.due = keys_change_at(turn.state, turn.apex, turn.entry);
  publish::Release release{turn.apex,
                           publish::serial_for(std::nullopt, now),
                           now,
                           zone_keys(turn.state, turn.apex, turn.entry),
                           {}};
  if (turn.entry.serial != 0) release.serial = publish::serial_for(turn.entry.serial, now);
  if (!can_sign(release.keys)) return;
  auto laid_out = publish::lay_out(objects, release);
  if (!laid_out) {
    zone.judged_at
        .reset();  // keys that do not go together: every block looks again, as one after a restart does
    return;
  }
  // What is held does not age: it would lose its votes with every release. It is compared as of its own time.
  publish::Release asked = release;
  if (turn.entry.held) asked.time = turn.entry.held->zone.time;
  ReleaseUnderWay under_way;
  under_way.time = now;
  if (publish::is_release_due(*laid_out, asked, zone.latest().get())) {
    if (turn.entry.held) turn.entry.held->is_approved = false;  // it spoke of another content
    begin(turn, std::move(*laid_out), release, std::move(under_way));
    return;
  }
  if (turn.entry.held && turn.entry.held->is_approved && !is_fresh(turn)) {
    under_way.is_approved = true;
    begin(turn, std::move(*laid_out), release, std::move(under_way));
    return;
  }
  if (zone.held && publish::ages_at(*zone.published) <= now) {
    const auto content = ZoneContent::parse(zone.published->text(), turn.apex);
    auto keys = keys_of_lines(turn.entry.published->keys);
    CHECK(content.has_value() && keys.has_value());
    release.keys = std::move(*keys);
    under_way.is_renewal = true;
    if (auto renewed = publish::lay_out(*content, release)) {
      begin(turn, std::move(*renewed), release, std::move(under_way));
    } else {
      zone.judged_at.reset();
    }
    return;
  }
  if (zone.published) zone.due = earlier(zone.due, publish::ages_at(*zone.published));
}

void Releases::begin(Turn& turn, publish::UnsignedZone zone, const publish::Release& release,
                     ReleaseUnderWay under_way) {
  const SignedZone* previous = under_way.is_renewal ? turn.zone.published.get() : turn.zone.latest().get();
  std::string content = content_text(zone, release);
  auto draft = ZoneDraft::begin(std::move(zone), release, previous);
  if (!draft || draft->batch().items.size() > base::kBatchPositionsMax) {
    turn.zone.judged_at.reset();
    return;
  }
  under_way.batch = draft->batch().hash;
  under_way.positions = draft->batch().items.size();
  under_way.content = hash_of(content);
  under_way.keys = key_lines(release.keys);
  turn.entry.serial = release.serial;
  turn.entry.under_way = std::move(under_way);
  turn.zone.draft.emplace(std::move(*draft));
  turn.zone.content = std::move(content);
  turn.zone.due = earlier(release.time + kUnderWayMax, keys_change_at(turn.state, turn.apex, turn.entry));
  turn.is_changed = true;
}

std::optional<base::EpochSeconds> Releases::next_due() const {
  std::optional<base::EpochSeconds> next;
  for (const auto& [apex, zone] : zones_) next = earlier(next, zone.due);
  return next;
}

Result<void> Releases::verify_piece(std::string_view apex, std::size_t first,
                                    std::span<const crypto::Signature> signatures) const {
  const publish::Batch* to_sign = batch(apex);
  CHECK(to_sign != nullptr && first + signatures.size() <= to_sign->items.size());
  std::vector<publish::SignatureClaim> claims;
  for (std::size_t i = 0; i < signatures.size(); ++i) {
    const publish::BatchItem& item = to_sign->items[first + i];
    claims.push_back({&item.key, item.bytes, &signatures[i]});
  }
  // The first alone: whoever sends rubbish shall not cost the work of a whole piece.
  auto bad = known_->first_bad(std::span(claims).first(1));
  if (!bad) bad = known_->first_bad(claims);
  if (!bad) return {};
  const publish::BatchItem& item = to_sign->items[first + *bad];
  return base::fail(kBadZoneSignature, "signature: position " + codec::serialize_decimal(first + *bad) +
                                           " (" + item.owner + " " + publish::type_name(item.type) +
                                           ") does not verify");
}

std::shared_ptr<const SignedZone> Releases::published(std::string_view apex) const {
  const auto zone = zones_.find(apex);
  return zone == zones_.end() ? nullptr : zone->second.published;
}

std::shared_ptr<const SignedZone> Releases::held(std::string_view apex) const {
  const auto zone = zones_.find(apex);
  return zone == zones_.end() ? nullptr : zone->second.held;
}

const publish::Batch* Releases::batch(std::string_view apex) const {
  const auto zone = zones_.find(apex);
  if (zone == zones_.end() || !zone->second.draft) return nullptr;
  return &zone->second.draft->batch();
}

std::vector<std::string> Releases::texts() const {
  std::map<base::Hash, std::string> texts;
  const auto add = [&](std::string text) {
    const base::Hash hash = hash_of(text);
    texts.emplace(hash, std::move(text));
  };
  for (const auto& [apex, zone] : zones_) {
    if (zone.published) add(zone.published->text());
    if (zone.held) add(zone.held->text());
    if (zone.draft) add(zone.content);
  }
  std::vector<std::string> sorted;
  for (auto& [hash, text] : texts) sorted.push_back(std::move(text));
  return sorted;
}

Result<void> Releases::restore(const charter::State& state, std::span<const std::string_view> texts) {
  std::map<base::Hash, std::string_view> by_hash;
  for (const std::string_view text : texts) by_hash.emplace(hash_of(text), text);
  std::set<base::Hash> named;
  for (const std::string& apex : state.releases()) {
    const ReleaseEntry& entry = *state.release(apex);
    if (entry.published) named.insert(entry.published->text);
    if (entry.held) named.insert(entry.held->zone.text);
    if (entry.under_way) named.insert(entry.under_way->content);
    for (const base::Hash& hash : named) {
      if (!by_hash.contains(hash))
        return base::fail(charter::kBadState, "release: " + apex + ": the text of its zone is missing");
    }
    TRY(restore_zone(state, apex, by_hash));
  }
  if (named.size() != texts.size())
    return base::fail(charter::kBadState, "a zone's text that no release names, or one that stands twice");
  return {};
}

Result<void> Releases::restore_zone(const charter::State& state, const std::string& apex,
                                    const std::map<base::Hash, std::string_view>& texts) {
  const ReleaseEntry& entry = *state.release(apex);
  Zone zone;
  const auto read = [&](const charter::CompleteZone& from) -> Result<std::shared_ptr<const SignedZone>> {
    ASSIGN_OR_RETURN(SignedZone made, publish::read_zone(texts.at(from.text), apex, from.time));
    return std::make_shared<const SignedZone>(std::move(made));
  };
  if (entry.published) {
    ASSIGN_OR_RETURN(zone.published, read(*entry.published));
    zone.due = publish::ages_at(*zone.published);
  }
  if (entry.held) {
    ASSIGN_OR_RETURN(zone.held, read(entry.held->zone));
  }
  if (entry.under_way) {
    const ReleaseUnderWay& release = *entry.under_way;
    const auto keys = keys_of_lines(release.keys);
    if (!keys) return base::fail(charter::kBadState, "release: " + apex + ": its keys are none");
    zone.content = texts.at(release.content);
    ASSIGN_OR_RETURN(const ZoneContent content, ZoneContent::parse(zone.content, apex));
    const SignedZone* previous = release.is_renewal ? zone.published.get() : zone.latest().get();
    const publish::Release begun{apex, entry.serial, release.time, *keys, {}};
    ASSIGN_OR_RETURN(publish::UnsignedZone laid_out, publish::lay_out(content, begun));
    ASSIGN_OR_RETURN(ZoneDraft draft, ZoneDraft::begin(std::move(laid_out), begun, previous));
    if (release.phase == ReleasePhase::kZonemd) {
      const auto first = gather(state, apex, ReleasePhase::kZone, draft.batch().items.size());
      if (!first) return base::fail(charter::kBadState, "release: " + apex + ": signatures are missing");
      TRY(draft.take(*first, *known_));
    }
    if (draft.batch().hash != release.batch)
      return base::fail(charter::kBadState, "release: " + apex + ": its content gives another batch");
    zone.draft.emplace(std::move(draft));
    zone.due = release.time + kUnderWayMax;
  }
  zone.due = earlier(zone.due, keys_change_at(state, apex, entry));
  zones_.insert_or_assign(apex, std::move(zone));
  return {};
}

}  // namespace registry
