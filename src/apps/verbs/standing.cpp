// comity status, pending, advance: where the registry stands, what waits, and letting time pass.
#include <algorithm>
#include <string>
#include <thread>
#include <vector>

#include <nlohmann/json.hpp>

#include "api/shapes.h"
#include "apps/member_standing.h"
#include "apps/place.h"
#include "apps/policies.h"
#include "apps/reading.h"
#include "apps/rounds_in_folder.h"
#include "apps/session.h"
#include "apps/verbs.h"
#include "charter/pending.h"
#include "charter/release_entries.h"
#include "codec/base64.h"
#include "codec/time_text.h"
#include "note/policy.h"
#include "os/posix_files.h"
#include "storage/cosign_memory.h"
#include "storage/succession_memory.h"

namespace apps {
namespace {

using api::pending_json;
using base::Result;
using nlohmann::ordered_json;

ordered_json standing_json(const MemberStanding& standing) {
  ordered_json entry{{"member", standing.member}};
  if (standing.cosigned_size) entry["cosigned_size"] = *standing.cosigned_size;
  entry["state"] = standing.state;
  return entry;
}

Result<storage::Cosigned> read_memory(const base::Files& files, const FolderLayout& layout,
                                      const std::string& member) {
  ASSIGN_OR_RETURN(const base::Bytes bytes, files.read(layout.member_folder(member) + "/cosigned", 4'096));
  return storage::parse_cosigned(base::as_text(bytes));
}

// The memories of all members lie in a demo registry's folder, its own one in a machine's, none far away.
ordered_json replicas_json(const Place& place, const Reading& reading, const charter::State& state,
                           const Result<note::CheckedCheckpoint>& checked) {
  const RegistryFolder& folder = reading.folder();
  const bool all_here = place.mirror() == nullptr && folder.settings.is_shared();
  ordered_json list = ordered_json::array();
  for (const charter::CosignerKey& cosigner : state.cosigners()) {
    const bool is_here = all_here || (place.mirror() == nullptr && cosigner.member == folder.settings.self);
    list.push_back(
        standing_json(is_here ? standing_by_memory(cosigner.member,
                                                   read_memory(place.files(), folder.layout, cosigner.member),
                                                   reading.checkpoint())
                              : standing_by_line(cosigner.member, checked, reading.checkpoint())));
  }
  return list;
}

// Where this log has ended: the one in which its registry goes on.
Result<std::string> successor_of(const Place& place, const RegistryFolder& folder) {
  if (place.mirror() != nullptr) return std::string();
  const std::string path = folder.layout.succeeded_file();
  const auto bytes = place.files().read(path, 65'536);
  if (!bytes && bytes.error().kind() == base::kFileMissing) return std::string();
  if (!bytes) return std::unexpected(bytes.error());
  const auto all = storage::parse_succeeded(base::as_text(*bytes));
  if (!all) return std::unexpected(all.error().at(path));
  for (const storage::Succeeded& one : *all) {
    if (one.origin == folder.settings.origin) return one.successor;
  }
  return std::string();
}

ordered_json zones_json(const registry::Registry& registry) {
  ordered_json list = ordered_json::array();
  for (const std::string& apex : registry.charter().releases()) {
    const charter::ReleaseEntry& entry = *registry.charter().release(apex);
    ordered_json zone{{"apex", apex}};
    if (entry.published) {
      zone["serial"] = entry.published->serial;
      zone["released"] = codec::serialize_time(entry.published->time);
      zone["ages"] = codec::serialize_time(publish::ages_at(*registry.releases().published(apex)));
    }
    if (entry.under_way) zone["under_way"] = entry.under_way->positions;
    if (entry.held) zone["held"] = codec::serialize_base64(entry.held->batch.view());
    list.push_back(std::move(zone));
  }
  return list;
}

void print_zone(const ordered_json& zone, Console& console) {
  std::string text = "zone        " + zone["apex"].get<std::string>() + ": ";
  text += zone.contains("serial")
              ? "serial " + zone["serial"].dump() + ", ages " + zone["ages"].get<std::string>()
              : std::string("not published yet");
  if (zone.contains("under_way")) text += "; a release waits for " + zone["under_way"].dump() + " signatures";
  if (zone.contains("held")) text += "; the next one is held: comity propose --publish";
  console.line(text);
}

void print_status(const ordered_json& json, Console& console) {
  const auto text = [&](const char* name) {
    return json[name].is_string() ? json[name].get<std::string>() : json[name].dump();
  };
  console.line(Style::kBold, text("origin"));
  console.line("block       " + text("height") + " at " + text("time") + ", epoch " + text("epoch"));
  console.line("checkpoint  " + text("size") + " leaves, root " + text("root"));
  console.line("state       " + text("state"));
  console.line("objects     " + text("zones") + " zones, " + text("domains") + " domains (" +
               text("claimed") + " claimed), " + text("hosts") + " hosts, " + text("organisations") +
               " organisations, " + text("tombstones") + " tombstones");
  console.line("pending     " + text("pending") + " proposals");
  for (const ordered_json& zone : json["released"]) print_zone(zone, console);
  for (const ordered_json& replica : json["replicas"]) {
    const std::string state = replica["state"].get<std::string>();
    console.line("member      " + replica["member"].get<std::string>() + ": " +
                 console.styled(state == "in step" ? Style::kGood : Style::kBad, state));
  }
}

void print_pending(const ordered_json& json, Console& console) {
  console.line(console.styled(Style::kBold, json["id"].get<std::string>()) + "  class " +
               json["class"].get<std::string>() + " by " + json["by"].get<std::string>() + ", " +
               json["state"].get<std::string>() + " until " + json["until"].get<std::string>());
  if (json.contains("changes")) {
    constexpr std::size_t kShownMax = 5;
    for (std::size_t i = 0; i < std::min(json["changes"].size(), kShownMax); ++i) {
      console.line("    " + json["changes"][i].get<std::string>());
    }
    if (json["changes"].size() > kShownMax)
      console.line("    and " + std::to_string(json["changes"].size() - kShownMax) + " more");
  }
  for (const char* name : {"ballots", "acceptances", "objections"}) {
    if (json.contains(name)) console.line("    " + std::string(name) + ": " + json[name].dump());
  }
}

}  // namespace

Result<Answer> run_status(const ReadOptions& options, Console& console) {
  ASSIGN_OR_RETURN(const Place place, Place::open(options.dir, options.access, console));
  ASSIGN_OR_RETURN(const Reading reading, Reading::open(place.files(), place.dir()));
  std::vector<std::string> warnings;
  ASSIGN_OR_RETURN(const registry::Registry registry, reading.load(warnings));
  ordered_json json = api::status_json(reading.checkpoint(), registry);
  json["released"] = zones_json(registry);
  ASSIGN_OR_RETURN(const std::string policy_text,
                   read_policy(place.files(), reading.folder().layout.policy_file()));
  ASSIGN_OR_RETURN(const note::Policy policy, note::parse_policy(policy_text));
  const auto counted = note::check_checkpoint(policy, reading.checkpoint_text());
  json["replicas"] = replicas_json(place, reading, registry.charter(), counted);
  ASSIGN_OR_RETURN(const std::string successor, successor_of(place, reading.folder()));
  if (!successor.empty()) json["goes_on_as"] = successor;
  json["counted"] = counted.has_value();
  if (!warnings.empty()) json["warnings"] = warnings;
  if (console.json()) {
    console.line(json.dump(2));
  } else {
    print_status(json, console);
    console.line(
        counted ? console.styled(Style::kGood, "The checkpoint counts: enough members cosigned it.")
                : console.styled(Style::kBad, "The checkpoint does not count: " + counted.error().message()));
    if (!successor.empty())
      console.line("The log has ended here; the registry goes on as " + successor + ".");
    for (const std::string& warning : warnings) console.warn("passed over " + warning);
  }
  return counted ? Answer::kYes : Answer::kNo;
}

Result<Answer> run_pending(const ReadOptions& options, Console& console) {
  ASSIGN_OR_RETURN(const Place place, Place::open(options.dir, options.access, console));
  ASSIGN_OR_RETURN(const Reading reading, Reading::open(place.files(), place.dir()));
  std::vector<std::string> warnings;
  ASSIGN_OR_RETURN(const registry::Registry registry, reading.load(warnings));
  ordered_json list = ordered_json::array();
  for (const charter::PendingProposal& pending : charter::list_pending(registry.charter()))
    list.push_back(pending_json(pending));
  if (console.json()) {
    console.line(list.dump(2));
    return Answer::kYes;
  }
  if (list.empty()) console.line("Nothing is open or locked.");
  for (const ordered_json& pending : list) print_pending(pending, console);
  return Answer::kYes;
}

Result<Answer> run_advance(const AdvanceOptions& options, Console& console) {
  os::PosixFiles files;
  ASSIGN_OR_RETURN(const base::Seconds duration, codec::parse_duration(options.duration));
  const unsigned threads = std::max(1U, std::thread::hardware_concurrency());
  SessionOptions session_options{.threads = threads};
  session_options.settled = [&console](Session& settled) {
    for (const std::string& remark : play_rounds(settled)) console.warn(remark);
  };
  ASSIGN_OR_RETURN(const auto session, Session::open(files, options.dir, std::move(session_options)));
  for (const std::string& warning : session->warnings()) console.warn(warning);
  const std::uint64_t from = session->sequencer().info().size.value();
  TRY(session->advance(duration));
  ordered_json effects = ordered_json::array();
  TRY(session->sequencer().log().read_leaves(
      base::LeafIndex(from), base::LeafIndex(session->sequencer().info().size.value()),
      [&](base::LeafIndex, base::ByteView leaf) -> Result<void> {
        ASSIGN_OR_RETURN(const record::Record record, record::Record::parse(base::as_text(leaf)));
        for (const record::Attribute& attribute : record.attributes()) {
          if (attribute.name == "effect") {
            effects.push_back(
                {{"time", std::string(record.value("time"))}, {"effect", std::string(attribute.value)}});
          }
        }
        return {};
      }));
  const std::string now = codec::serialize_time(session->clock().now());
  TRY(session->close());
  if (console.json()) {
    console.line(ordered_json{{"time", now}, {"effects", effects}}.dump(2));
    return Answer::kYes;
  }
  for (const ordered_json& effect : effects) {
    console.line(effect["time"].get<std::string>() + "  " + effect["effect"].get<std::string>());
  }
  console.line("It is now " + now + ".");
  return Answer::kYes;
}

}  // namespace apps
