#include "api/shapes.h"

#include <algorithm>
#include <cctype>
#include <utility>

#include <nlohmann/json.hpp>

#include "codec/base64.h"
#include "codec/time_text.h"
#include "record/kind_table.h"
#include "resource/values.h"

namespace api {

using base::Result;
using record::Record;

namespace {

std::string plural_of(std::string_view name) {
  return std::string(name) + (name.ends_with("sh") ? "es" : "s");
}

std::string vote_word(charter::Vote vote) {
  switch (vote) {
    case charter::Vote::kYes:
      return "yes";
    case charter::Vote::kNo:
      return "no";
    case charter::Vote::kAbstain:
      return "abstain";
  }
  return "";
}

}  // namespace

Result<resource::ObjectId> parse_object(std::string_view object_class, std::string_view key) {
  const auto known = resource::class_from_name(object_class);
  if (!known) {
    return base::fail(kUnknownClass, "\"" + std::string(object_class) +
                                         "\": one of charter, member, organisation, zone, domain, host");
  }
  resource::ObjectId id{*known, std::string(key)};
  switch (id.object_class) {
    case resource::ObjectClass::kZone:
    case resource::ObjectClass::kDomain:
    case resource::ObjectClass::kHost:
      std::ranges::transform(id.key, id.key.begin(),
                             [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
      if (!id.key.ends_with('.')) id.key += '.';
      break;
    case resource::ObjectClass::kCharter:
    case resource::ObjectClass::kMember:
    case resource::ObjectClass::kOrganisation:
      break;
  }
  return id;
}

// "attribute": "value", or a list where there are several.
ordered_json object_json(const resource::Object& object) {
  ordered_json json;
  std::string_view text = object.text();
  while (!text.empty()) {
    const std::string_view line = text.substr(0, text.find('\n'));
    text.remove_prefix(line.size() + 1);
    const auto colon = line.find(": ");
    const std::string name(line.substr(0, colon));
    const std::string value(line.substr(colon + 2));
    if (!json.contains(name)) {
      json[name] = value;
    } else {
      if (!json[name].is_array()) json[name] = ordered_json::array({json[name]});
      json[name].push_back(value);
    }
  }
  return json;
}

// What the record's annex says, line by line; lines that could trouble a terminal are left out.
std::vector<std::string> reasons_of(const Record& record, const storage::AnnexStore& annexes) {
  const auto commitment = codec::parse_base64_hash(record.value("annex"));
  if (!commitment) return {};
  const auto annex = annexes.get(*commitment);
  if (!annex)
    return {annex.error().kind() == base::kFileMissing ? "(erased, or not kept here)" : "(altered)"};
  std::vector<std::string> lines;
  std::string_view text = annex->text;
  while (!text.empty()) {
    const std::string_view line = text.substr(0, text.find('\n'));
    text.remove_prefix(std::min(line.size() + 1, text.size()));
    if (!line.empty())
      lines.emplace_back(resource::is_legal_name(line) ? line : "(a line that is no plain text)");
  }
  return lines;
}

ordered_json record_json(const Record& record, base::LeafIndex index, const storage::AnnexStore& annexes) {
  ordered_json json;
  json["leaf"] = index.value();
  json["id"] = codec::serialize_base64(record.id().view());
  json["kind"] = std::string(record::kind_name(record.kind()));
  const auto& attributes = record.attributes();
  const bool is_decided = attributes.size() > record::kDecidingAttribute;
  const auto forms = record::attribute_forms(
      record.kind(), is_decided ? attributes[record::kDecidingAttribute] : record::Attribute{});
  for (const record::Attribute& attribute : attributes) {
    const auto form = std::ranges::find(forms, attribute.name, &record::AttributeForm::name);
    if (form != forms.end() && form->count_max > 1) {
      json[plural_of(attribute.name)].push_back(std::string(attribute.value));
    } else {
      json[std::string(attribute.name)] = std::string(attribute.value);
    }
  }
  for (const resource::Change& change : record.changes()) {
    json["changes"].push_back(std::string(resource::action_name(change.action)) + " " +
                              std::string(resource::class_name(change.object_class)) + " " +
                              std::string(change.key));
  }
  if (const auto reasons = reasons_of(record, annexes); !reasons.empty()) json["reasons"] = reasons;
  return json;
}

ordered_json pending_json(const charter::PendingProposal& pending) {
  ordered_json json;
  json["id"] = codec::serialize_base64(pending.id.view());
  json["by"] = std::string(pending.entry.record->by());
  json["class"] = std::string(pending.entry.record->value("class"));
  json["state"] = pending.progress.locked ? "locked" : "open";
  json["until"] = codec::serialize_time(pending.progress.due);
  for (const resource::Change& change : pending.entry.record->changes()) {
    json["changes"].push_back(std::string(resource::action_name(change.action)) + " " +
                              std::string(resource::class_name(change.object_class)) + " " +
                              std::string(change.key));
  }
  for (const charter::Ballot& ballot : pending.progress.ballots)
    json["ballots"][ballot.member] = vote_word(ballot.vote);
  for (const std::string& party : pending.progress.acceptances) json["acceptances"].push_back(party);
  for (const std::string& party : pending.progress.objections) json["objections"].push_back(party);
  return json;
}

ordered_json status_json(const note::Checkpoint& checkpoint, const registry::Registry& registry) {
  const charter::State& state = registry.charter();
  const charter::ObjectCounts organisations = state.counts(resource::ObjectClass::kOrganisation);
  const charter::ObjectCounts zones = state.counts(resource::ObjectClass::kZone);
  const charter::ObjectCounts domains = state.counts(resource::ObjectClass::kDomain);
  const charter::ObjectCounts hosts = state.counts(resource::ObjectClass::kHost);
  ordered_json json;
  json["origin"] = state.origin();
  json["height"] = registry.height().value();
  json["time"] = codec::serialize_time(registry.time());
  json["epoch"] = state.epoch().value();
  json["size"] = checkpoint.size.value();
  json["root"] = codec::serialize_base64(checkpoint.root.view());
  json["state"] = codec::serialize_base64(registry.state().view());
  json["members"] = state.cosigners().size();
  json["organisations"] = organisations.live;
  json["zones"] = zones.live;
  json["domains"] = domains.live;
  json["claimed"] = domains.claimed;
  json["hosts"] = hosts.live;
  json["tombstones"] = organisations.tombstones + zones.tombstones + domains.tombstones + hosts.tombstones;
  json["pending"] = charter::list_pending(state).size();
  return json;
}

}  // namespace api
