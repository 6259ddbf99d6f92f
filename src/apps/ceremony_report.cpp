#include "apps/ceremony_report.h"

#include <algorithm>
#include <map>
#include <optional>
#include <set>
#include <string_view>
#include <utility>

#include "charter/ceremonies.h"
#include "charter/ceremony_entries.h"
#include "charter/key_rolls.h"
#include "charter/release_entries.h"
#include "charter/rule_texts.h"
#include "codec/base64.h"
#include "codec/decimal.h"
#include "codec/time_text.h"
#include "crypto/edwards.h"
#include "note/key.h"
#include "resource/values.h"
#include "threshold/dealing.h"

namespace apps {
namespace {

using base::Result;
using charter::CeremonyEntry;
using charter::CeremonyPhase;
using nlohmann::ordered_json;

constexpr std::size_t kPublicPartRest = 128;  // docs/formats/threshold.md: beside 32 octets a commitment
constexpr std::string_view kReshare = "reshare ";
constexpr std::string_view kKeyed = "keyed ";

// A ceremony as the log tells it, up to where it was read.
struct Told {
  std::string order;
  std::string attempt;
  std::vector<base::Bytes> deals;
  std::set<std::string> certified;
};

void hear_step(std::map<std::string, Told>& told, const record::Record& record) {
  const auto there = told.find(std::string(record.value("ceremony")));
  if (there == told.end()) return;
  Told& ceremony = there->second;
  const std::string_view step = record.value("step");
  if (step != "deal" && step != "certificate") return;
  if (record.value("attempt") != ceremony.attempt) {
    ceremony.attempt = record.value("attempt");
    ceremony.deals.clear();
    ceremony.certified.clear();
  }
  if (step == "certificate") {
    ceremony.certified.emplace(record.by());
  } else if (auto bytes = codec::parse_base64(record.value("message"))) {
    ceremony.deals.push_back(std::move(*bytes));
  }
}

// The deals were accepted: they parse.
std::optional<Sharing> sharing_of(const std::string& id, const Told& told) {
  Sharing sharing;
  if (told.deals.empty() || told.deals.front().size() <= kPublicPartRest ||
      !resource::read_hash(id, sharing.ceremony))
    return std::nullopt;
  sharing.threshold = (told.deals.front().size() - kPublicPartRest) / crypto::kPointBytes;
  sharing.holders.assign(told.certified.begin(), told.certified.end());
  if (std::string_view(told.order).starts_with(kReshare)) {
    if (!resource::read_key(std::string_view(told.order).substr(kReshare.size()), sharing.key))
      return std::nullopt;
    return sharing;
  }
  crypto::Point sum;
  for (const base::Bytes& deal : told.deals) {
    const auto point = crypto::Point::parse(base::ByteView(deal).first(crypto::kPointBytes));
    if (!point) return std::nullopt;
    sum = sum + *point;
  }
  sharing.key = sum.key();
  return sharing;
}

template <typename Items>
std::vector<std::string> members_of(const Items& items) {
  std::vector<std::string> members;
  for (const auto& one : items) members.push_back(one.member);
  std::ranges::sort(members);
  return members;
}

std::vector<std::string> members_of(const charter::State& state) {
  return members_of(state.cosigners());
}

std::vector<std::string> without(const std::vector<std::string>& all, const std::vector<std::string>& some) {
  std::vector<std::string> rest;
  std::ranges::set_difference(all, some, std::back_inserter(rest));
  return rest;
}

// Whom the present phase waits for.
std::vector<std::string> silent_in(const CeremonyEntry& entry, const charter::State& state) {
  switch (entry.phase) {
    case CeremonyPhase::kAnnouncing:
      return without(members_of(state), members_of(entry.announced));
    case CeremonyPhase::kDealing:
      return without(members_of(charter::participants_of(entry)), members_of(entry.deals));
    case CeremonyPhase::kCertifying:
      return without(members_of(charter::participants_of(entry)), members_of(entry.certificates));
    case CeremonyPhase::kDone:
      return {};
  }
  return {};
}

ordered_json ceremony_json_of(const record::RecordId& id, const CeremonyEntry& entry,
                              const charter::State& state) {
  ordered_json json;
  json["id"] = codec::serialize_base64(id.view());
  json["use"] = charter::use_word(entry.use);
  if (entry.reshared) json["reshares"] = resource::serialize_key(*entry.reshared);
  json["phase"] = charter::phase_word(entry.phase);
  json[entry.phase == CeremonyPhase::kDone ? "since" : "until"] = codec::serialize_time(entry.until);
  if (entry.attempt > 0) {
    json["attempt"] = entry.attempt;
    json["threshold"] = entry.threshold;
  }
  json["announced"] = members_of(entry.announced);
  json["silent"] = silent_in(entry, state);
  json["excluded"] = entry.excluded;
  ordered_json missing = ordered_json::array();
  for (const charter::MissingShare& one : entry.missing) {
    if (!std::ranges::binary_search(entry.answered, one.dealer))
      missing.push_back({{"dealer", one.dealer}, {"asker", one.asker}});
  }
  if (!missing.empty()) json["missing"] = missing;
  return json;
}

// How a sharing of a key stands. Those who left could sign with its shares as soon as together with the faulty members
// that the charter allows for they are enough: then the key has to go.
struct Left {
  const Sharing* sharing = nullptr;
  std::size_t count = 0;
  std::size_t may_leave = 0;  // before a roll is due
  bool is_too_many = false;
};

Left look_at(const Sharing& sharing, const std::vector<std::string>& members) {
  Left left{&sharing, without(sharing.holders, members).size()};
  const std::size_t spare = sharing.holders.size() - std::min(sharing.threshold, sharing.holders.size());
  const std::size_t bad = left.count + spare;
  left.is_too_many = left.count > 0 && bad >= sharing.threshold;
  if (bad + 1 < sharing.threshold) left.may_leave = sharing.threshold - 1 - bad;
  return left;
}

/// Of all sharings of a key the one that comes first to its end; none if nothing is known of its sharings.
std::optional<Left> worst_of(const crypto::PublicKey& key, const std::vector<Sharing>& sharings,
                             const std::vector<std::string>& members) {
  std::optional<Left> worst;
  for (const Sharing& sharing : sharings) {
    if (!(sharing.key == key)) continue;
    const Left left = look_at(sharing, members);
    if (!worst || (left.is_too_many && !worst->is_too_many) ||
        (left.is_too_many == worst->is_too_many && left.may_leave < worst->may_leave))
      worst = left;
  }
  return worst;
}

std::string roll_reason(const Left& left) {
  return std::to_string(left.count) + " of the " + std::to_string(left.sharing->holders.size()) +
         " holders of a sharing of this key are members no more, and " +
         std::to_string(left.sharing->threshold) + " of its shares sign for ever";
}

/// A key that is retiring or revoked is on its way out already.
bool is_in_service(const charter::GroupKeyEntry& entry) {
  return entry.standing == charter::KeyStanding::kActive || entry.standing == charter::KeyStanding::kStandby;
}

void add_duties(ordered_json& json, const crypto::PublicKey& key, const charter::GroupKeyEntry& entry,
                const std::vector<Sharing>& sharings, const std::vector<std::string>& members) {
  const std::int64_t can_lose = json["can_lose"].get<std::int64_t>();
  const auto worst = worst_of(key, sharings, members);
  const bool is_too_many = worst && worst->is_too_many;
  if (worst) json["may_leave"] = worst->may_leave;
  json["roll_due"] = is_in_service(entry) && (is_too_many || can_lose < 0);
  if (json["roll_due"].get<bool>())
    json["why"] = can_lose < 0 ? "fewer holders are left than are needed to sign" : roll_reason(*worst);
  json["reshare_due"] =
      is_in_service(entry) && can_lose >= 0 && (can_lose == 0 || !json["without_share"].empty());
}

/// For a key that stands by: from when on it may become active, or what that waits for.
void add_roll_time(ordered_json& json, const crypto::PublicKey& key, const charter::State& state) {
  const std::vector<std::string> apexes = state.releases();
  std::vector<charter::ReleasedZone> zones;
  for (const std::string& apex : apexes) {
    const resource::Object* const zone = state.find({resource::ObjectClass::kZone, apex});
    zones.push_back({apex, state.release(apex), zone});
  }
  const auto from = charter::roll_from(key, *state.group_key(key), zones);
  if (from) {
    json["roll_from"] = codec::serialize_time(*from);
  } else {
    const std::string& detail = from.error().detail();  // "ATTRIBUTE: REASON", for records
    json["roll_waits"] = detail.substr(detail.find(": ") + 2);
  }
}

ordered_json key_json(const crypto::PublicKey& key, const charter::State& state,
                      const std::vector<Sharing>& sharings) {
  const charter::GroupKeyEntry& entry = *state.group_key(key);
  const std::vector<std::string> members = members_of(state);
  std::vector<std::string> holders = entry.holders;
  std::ranges::sort(holders);
  const std::vector<std::string> left = without(holders, members);
  const std::size_t threshold = entry.commitments.size();
  const std::size_t present = holders.size() - left.size();
  ordered_json json;
  json["key"] = resource::serialize_key(key);
  json["use"] = charter::use_word(entry.use);
  json["standing"] = charter::standing_word(entry.standing);
  if (entry.use == charter::KeyUse::kLog) {
    json["verifier_key"] = note::serialize_verifier_key({state.origin(), note::KeyType::kEd25519, key});
  }
  json["since"] = codec::serialize_time(entry.since);
  json["ceremony"] = codec::serialize_base64(entry.ceremony.view());
  json["threshold"] = threshold;
  json["holders"] = entry.holders;
  json["left"] = left;
  json["without_share"] = without(members, holders);
  json["can_lose"] = present < threshold ? -1 : static_cast<std::int64_t>(present - threshold);
  add_duties(json, key, entry, sharings, members);
  if (entry.standing == charter::KeyStanding::kStandby) add_roll_time(json, key, state);
  return json;
}

std::string joined(const ordered_json& list) {
  std::string text;
  for (const ordered_json& one : list) text.append(text.empty() ? "" : ", ").append(one.get<std::string>());
  return text.empty() ? "nobody" : text;
}

void print_ceremony(const ordered_json& json, Console& console) {
  const bool is_done = json["phase"] == "done";
  console.line(console.styled(Style::kBold, json["use"].get<std::string>()) + "  ceremony " +
               json["id"].get<std::string>());
  console.line("    " + json["phase"].get<std::string>() + (is_done ? " since " : " until ") +
               json[is_done ? "since" : "until"].get<std::string>() +
               (json.contains("attempt")
                    ? ", attempt " + json["attempt"].dump() + ", threshold " + json["threshold"].dump()
                    : ""));
  if (!is_done)
    console.line("    waits for " + joined(json["silent"]) + "; left out: " + joined(json["excluded"]));
  if (json.contains("missing")) {
    for (const ordered_json& one : json["missing"])
      console.line("    " + one["asker"].get<std::string>() + " did not get what " +
                   one["dealer"].get<std::string>() + " dealt");
  }
}

void print_duties(const ordered_json& json, Console& console) {
  const bool is_active = json["standing"] == "active";
  if (json["roll_due"].get<bool>()) {
    console.line(Style::kBad, "    a roll is due: " + json["why"].get<std::string>());
  } else if (json.contains("may_leave") && json["may_leave"] == 0 && !json["left"].empty()) {
    console.line("    if one more of its holders leaves a roll is due");
  }
  if (json["reshare_due"].get<bool>()) {
    console.line(Style::kBad, "    new shares are due: comity ceremony open DIR reshare " +
                                  json[is_active ? "use" : "key"].get<std::string>());
  }
}

void print_key(const ordered_json& json, Console& console) {
  console.line(console.styled(Style::kBold, json["use"].get<std::string>()) + "  key " +
               json["key"].get<std::string>() + ", " + json["standing"].get<std::string>() + " since " +
               json["since"].get<std::string>());
  console.line("    " + json["threshold"].dump() + " of " + joined(json["holders"]));
  if (json.contains("verifier_key"))
    console.line("    for clients: " + json["verifier_key"].get<std::string>());
  if (!json["without_share"].empty()) console.line("    without a share: " + joined(json["without_share"]));
  if (!json["left"].empty()) console.line("    members no more: " + joined(json["left"]));
  if (json.contains("roll_from"))
    console.line("    may become active from " + json["roll_from"].get<std::string>() + " on");
  if (json.contains("roll_waits")) console.line("    " + json["roll_waits"].get<std::string>());
  print_duties(json, console);
}

}  // namespace

Result<std::vector<Sharing>> sharings_on(const storage::LogFolder& log) {
  std::map<std::string, Told> told;
  std::vector<Sharing> sharings;
  const auto hear = [&](base::LeafIndex, base::ByteView leaf) -> Result<void> {
    const std::string_view text = base::as_text(leaf);
    // Nearly all leaves are about other things; and no ceremony is there before it was proposed.
    if (!text.contains("\nceremony: ") && (told.empty() || !text.contains(kKeyed))) return {};
    const auto record = record::Record::parse(text);
    if (!record) return {};
    if (record->kind() == record::Kind::kProposal && !record->value("ceremony").empty()) {
      told[codec::serialize_base64(record->id().view())].order = record->value("ceremony");
    } else if (record->kind() == record::Kind::kCeremony) {
      hear_step(told, *record);
    } else if (record->kind() == record::Kind::kBlock) {
      for (const record::Attribute& line : record->attributes()) {
        if (line.name != "effect" || !line.value.starts_with(kKeyed)) continue;
        const std::string id(line.value.substr(kKeyed.size()));
        const auto there = told.find(id);
        if (there == told.end()) continue;
        if (auto sharing = sharing_of(id, there->second)) sharings.push_back(std::move(*sharing));
        told.erase(there);
      }
    }
    return {};
  };
  TRY(log.read_leaves(base::LeafIndex(0), base::LeafIndex(log.size().value()), hear));
  return sharings;
}

ordered_json ceremony_json(const charter::State& state, const std::vector<Sharing>& sharings) {
  ordered_json json;
  json["ceremonies"] = ordered_json::array();
  for (const record::RecordId& id : state.ceremonies()) {
    const CeremonyEntry& entry = *state.ceremony(id);
    json["ceremonies"].push_back(ceremony_json_of(id, entry, state));
  }
  json["keys"] = ordered_json::array();
  for (const crypto::PublicKey& key : state.group_keys())
    json["keys"].push_back(key_json(key, state, sharings));
  json["left_out"] = ordered_json::array();
  for (const std::string& member : state.left_out()) {
    const charter::LeftOutEntry& entry = *state.left_out(member);
    json["left_out"].push_back({{"member", member},
                                {"until", codec::serialize_time(entry.until)},
                                {"evidence", codec::serialize_base64(entry.evidence.view())}});
  }
  return json;
}

void print_ceremonies(const ordered_json& json, Console& console) {
  for (const ordered_json& one : json["ceremonies"]) print_ceremony(one, console);
  for (const ordered_json& one : json["keys"]) print_key(one, console);
  for (const ordered_json& one : json["left_out"])
    console.line(Style::kBad, one["member"].get<std::string>() + " signs nothing until " +
                                  one["until"].get<std::string>() + ": it gave a wrong share, as record " +
                                  one["evidence"].get<std::string>() + " shows");
  if (json["ceremonies"].empty() && json["keys"].empty()) console.line("no ceremony, no group key");
}

}  // namespace apps
