#include "apps/zone_judge.h"

#include <algorithm>
#include <utility>

#include "apps/policies.h"
#include "base/limits.h"
#include "charter/release_entries.h"
#include "codec/base64.h"
#include "codec/decimal.h"
#include "codec/hex.h"
#include "codec/time_text.h"
#include "crypto/hash.h"
#include "publish/dns/record_set.h"
#include "publish/dns/zone_check.h"
#include "publish/dns/zone_difference.h"
#include "record/record.h"
#include "registry/replay.h"
#include "storage/log_folder.h"
#include "verify/receipt.h"
#include "verify/walk.h"

namespace apps {
namespace {

using base::Result;
using publish::SignedZone;

constexpr std::size_t kDifferencesMax = 10;
/// The log is searched backwards in steps of this many leaves.
constexpr std::uint64_t kSearchStep = 4'096;

std::string name_of(std::string_view apex, std::uint32_t serial) {
  return "zone " + std::string(apex) + " serial " + codec::serialize_decimal(serial);
}

Result<SignedZone> check(std::string_view text, std::string_view apex, base::EpochSeconds time) {
  publish::VerifiedSignatures known(2);
  return publish::check_zone(text, apex, time, {}, known);
}

bool says(const record::Record& block, std::string_view effect) {
  return std::ranges::any_of(block.attributes(), [&](const record::Attribute& attribute) {
    return attribute.name == "effect" && attribute.value == effect;
  });
}

/// What the file's own ZONEMD line claims, before anything of it was checked: serial and digest in base64.
struct Claimed {
  std::uint32_t serial = 0;
  std::string digest;
};
std::optional<Claimed> claimed_digest(std::string_view text, std::string_view apex) {
  while (!text.empty()) {
    const std::string_view line = text.substr(0, text.find('\n'));
    text.remove_prefix(std::min(text.size(), line.size() + 1));
    const std::size_t type = line.find(" IN ZONEMD ");
    if (type == std::string_view::npos || !line.starts_with(std::string(apex) + " ")) continue;
    std::string_view data = line.substr(type + std::string_view(" IN ZONEMD ").size());
    std::uint64_t serial = 0;
    if (!codec::read_decimal(data.substr(0, data.find(' ')), serial) || serial > 0xFFFF'FFFF)
      return std::nullopt;
    data.remove_prefix(data.rfind(' ') + 1);
    std::string lower(data);
    std::ranges::transform(lower, lower.begin(), [](char c) {
      return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
    });
    const auto digest = codec::parse_hex(lower);
    if (!digest) return std::nullopt;
    return Claimed{static_cast<std::uint32_t>(serial), codec::serialize_base64(*digest)};
  }
  return std::nullopt;
}

std::string word_of(publish::SetChangeKind kind) {
  switch (kind) {
    case publish::SetChangeKind::kAdded:
      return " is in the present zone only";
    case publish::SetChangeKind::kRemoved:
      return " is in the file only";
    case publish::SetChangeKind::kChanged:
      return " is another";
  }
  return {};
}

void add_differences(ZoneJudgement& judged, const SignedZone& file, const SignedZone& present) {
  const publish::ZoneDifference difference = publish::difference(file, present);
  for (const publish::SetChange& change : difference.changes) {
    if (judged.details.size() == kDifferencesMax) {
      judged.details.push_back("and " + std::to_string(difference.changes.size() - kDifferencesMax) +
                               " more");
      return;
    }
    judged.details.push_back(change.owner + " " + publish::type_name(change.type) + word_of(change.kind));
  }
}

/// The file is not the zone published last: what is it then?
Result<ZoneJudgement> judge_other(const Reading& reading, const registry::Registry& registry,
                                  std::string_view text, std::string_view apex) {
  const charter::CompleteZone& present = *registry.charter().release(apex)->published;
  const std::string published = "the log's is serial " + codec::serialize_decimal(present.serial);
  ZoneJudgement judged;
  const auto claimed = claimed_digest(text, apex);
  std::optional<Publication> publication;
  if (claimed) {
    judged.serial = claimed->serial;
    ASSIGN_OR_RETURN(publication, find_publication(reading, apex, claimed->serial, claimed->digest));
  }
  const auto zone = check(text, apex, publication ? publication->time : registry.time());
  if (!zone) {
    judged.claim = "it is not sound: " + zone.error().message() + "; " + published;
    return judged;
  }
  // The digest does not speak of the signature on itself: with the present one's, it is no older zone for all that.
  const bool is_older =
      publication && (claimed->serial != present.serial || claimed->digest != present.digest);
  judged.claim =
      is_older ? "an older zone, published " + codec::serialize_time(publication->time) + "; " + published
               : "the log never published it; " + published;
  add_differences(judged, *zone, *registry.releases().published(apex));
  return judged;
}

}  // namespace

ZoneJudgement judge_alone(std::string_view text, std::string_view apex, base::EpochSeconds now) {
  const auto zone = check(text, apex, now);
  if (!zone) return {false, zone.error().message(), std::nullopt, {}};
  return {true,
          name_of(apex, zone->serial()) +
              " is sound by itself; name a registry or a receipt to hear whether it is the log's",
          zone->serial(),
          {}};
}

Result<ZoneJudgement> judge_by_log(const Reading& reading, const registry::Registry& registry,
                                   std::string_view text, std::string_view apex) {
  const charter::ReleaseEntry* const entry = registry.charter().release(apex);
  if (entry == nullptr || !entry->published)
    return ZoneJudgement{false, "the log has published no zone " + std::string(apex), std::nullopt, {}};
  if (crypto::sha256(base::as_bytes(text)) != entry->published->text)
    return judge_other(reading, registry, text, apex);
  const std::string name = name_of(apex, entry->published->serial);
  if (const auto zone = check(text, apex, registry.time()); !zone)
    return ZoneJudgement{false,
                         "the log's " + name + ", but it is not good any more: " + zone.error().message(),
                         entry->published->serial,
                         {}};
  return ZoneJudgement{
      true,
      "exactly the log's " + name + ", released " + codec::serialize_time(entry->published->time),
      entry->published->serial,
      {}};
}

Result<ZoneJudgement> judge_by_receipt(const base::Files& files, const ZoneOptions& options,
                                       std::string_view text, std::string_view apex, base::EpochSeconds now) {
  ASSIGN_OR_RETURN(const verify::Walk walk, load_policy(files, options.access.policy, options.steps));
  verify::Freshness freshness{now, std::nullopt};
  if (!options.max_age.empty()) {
    ASSIGN_OR_RETURN(freshness.age_max, codec::parse_duration(options.max_age));
  }
  ASSIGN_OR_RETURN(const base::Bytes receipt, files.read(options.receipt, base::kReceiptBytesMax));
  const auto verdict = verify::verify_receipt(base::as_text(receipt), walk, freshness);
  if (!verdict) return ZoneJudgement{false, "the receipt: " + verdict.error().message(), std::nullopt, {}};
  const auto zone = check(text, apex, now);
  if (!zone) return ZoneJudgement{false, zone.error().message(), std::nullopt, {}};
  const auto block = record::Record::parse(verdict->receipt.leaf);
  const std::string effect =
      charter::published_effect(apex, zone->serial(), codec::serialize_base64(zone->digest()));
  const bool is_it = verdict->receipt.found == verify::Found::kRecord && block &&
                     block->kind() == record::Kind::kBlock && says(*block, effect);
  if (!is_it) return ZoneJudgement{false, "the receipt is of no block that published it", zone->serial(), {}};
  const auto& as_of = verdict->checkpoint.as_of;
  return ZoneJudgement{true,
                       "exactly the " + name_of(apex, zone->serial()) +
                           " that the log published in the block of " + std::string(block->value("time")) +
                           ", as of " + (as_of ? codec::serialize_time(*as_of) : "an unknown time"),
                       zone->serial(),
                       {}};
}

Result<std::optional<Publication>> find_publication(const Reading& reading, std::string_view apex,
                                                    std::uint32_t serial, std::string_view digest) {
  const std::string effect = charter::published_effect(apex, serial, digest);
  const storage::LogFolder log = reading.log();
  std::optional<Publication> found;
  for (std::uint64_t end = log.size().value(); end > 0 && !found;) {
    const std::uint64_t begin = end - std::min(end, kSearchStep);
    TRY(log.read_leaves(base::LeafIndex(begin), base::LeafIndex(end),
                        [&](base::LeafIndex index, base::ByteView leaf) -> Result<void> {
                          const std::string_view text = base::as_text(leaf);
                          if (!registry::is_block_record(text) || !text.contains(effect)) return {};
                          ASSIGN_OR_RETURN(const record::Record block, record::Record::parse(text));
                          if (!says(block, effect)) return {};
                          ASSIGN_OR_RETURN(const base::EpochSeconds time,
                                           codec::parse_time(block.value("time")));
                          found = Publication{index, time};
                          return {};
                        }));
    end = begin;
  }
  return found;
}

}  // namespace apps
