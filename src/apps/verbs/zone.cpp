// comity zone, zone verify, zone watch: the zone that a registry makes, as bytes; whether a file is that zone; and
// each one as it is published. What is judged and how is apps/zone_judge.h.
#include <chrono>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "apps/place.h"
#include "apps/reading.h"
#include "apps/verbs.h"
#include "apps/zone_judge.h"
#include "apps/zone_output.h"
#include "base/check.h"
#include "base/zone_limits.h"
#include "charter/release_entries.h"
#include "codec/base64.h"
#include "codec/dns_name.h"
#include "codec/time_text.h"
#include "os/posix_files.h"
#include "os/stop_signal.h"
#include "os/system_clock.h"
#include "publish/dns/zone_text.h"

namespace apps {
namespace {

using base::Result;
using nlohmann::ordered_json;

Result<std::string> unsigned_text(const registry::Registry& registry, std::string_view apex) {
  const charter::State& state = registry.charter();
  return publish::zone_text(StateObjects(state), apex, publish::serial_for(std::nullopt, state.time()));
}

Result<std::string> wanted_text(const ZoneOptions& options, const registry::Registry& registry,
                                const std::string& apex) {
  if (options.is_held) {
    const auto held = registry.releases().held(apex);
    if (!held) return base::fail(kNothingReleased, apex + ": no zone is held");
    return held->text();
  }
  if (!options.is_signed && options.anchor.empty()) return unsigned_text(registry, apex);
  auto files = published_files(registry, apex);
  if (!files) return base::fail(kNothingReleased, apex + ": no signed zone was published");
  if (options.anchor.empty()) return std::move(files->zone);
  return options.anchor == "ds" ? std::move(files->anchor_ds) : std::move(files->anchor_keys);
}

Result<std::string> receipt_text(const Reading& reading, const registry::Registry& registry,
                                 const std::string& apex) {
  const charter::ReleaseEntry* const entry = registry.charter().release(apex);
  if (entry == nullptr || !entry->published)
    return base::fail(kNothingReleased, apex + ": no signed zone was published");
  ASSIGN_OR_RETURN(const auto publication,
                   find_publication(reading, apex, entry->published->serial, entry->published->digest));
  CHECK(publication.has_value());  // the entry says so
  return reading.record_receipt(publication->block_record);
}

Result<registry::Registry> load(const Reading& reading, const std::string& at, Console& console) {
  std::vector<std::string> warnings;
  ASSIGN_OR_RETURN(registry::Registry registry, reading.load_at(at, warnings));
  for (const std::string& warning : warnings) console.warn("passed over " + warning);
  return registry;
}

/// What a person or program is told of one publication.
void say_published(const charter::CompleteZone& zone, const std::string& apex, base::EpochSeconds ages,
                   Console& console) {
  if (console.json()) {
    console.line(ordered_json{{"apex", apex},
                              {"serial", zone.serial},
                              {"time", codec::serialize_time(zone.time)},
                              {"zonemd", zone.digest},
                              {"sha256", codec::serialize_base64(zone.text.view())},
                              {"ages", codec::serialize_time(ages)}}
                     .dump());
  } else {
    console.line("zone " + apex + " serial " + std::to_string(zone.serial) + ", released " +
                 codec::serialize_time(zone.time) + ", ages " + codec::serialize_time(ages));
  }
  console.flush();
}

/// Looks again and again for a zone that is another than the last one.
class ZoneWatcher {
 public:
  ZoneWatcher(const ZoneOptions& options, std::string apex, Console& console)
      : options_(&options), apex_(std::move(apex)), console_(&console) {}

  /// True if there was another one.
  Result<bool> look() {
    ASSIGN_OR_RETURN(const Place place, Place::open(options_->dir, options_->access, *console_));
    ASSIGN_OR_RETURN(const Reading reading, Reading::open(place.files(), place.dir()));
    if (seen_size_ == reading.checkpoint().size) return false;
    ASSIGN_OR_RETURN(const registry::Registry registry, load(reading, {}, *console_));
    seen_size_ = reading.checkpoint().size;
    const charter::ReleaseEntry* const entry = registry.charter().release(apex_);
    if (entry == nullptr || !entry->published || entry->published->text == seen_) return false;
    if (!options_->output.empty()) TRY(output(registry));
    seen_ = entry->published->text;
    say_published(*entry->published, apex_, publish::ages_at(*registry.releases().published(apex_)),
                  *console_);
    return true;
  }

 private:
  // The folder of the output is the caller's own, even where the registry is a server's.
  Result<void> output(const registry::Registry& registry) {
    if (!output_) output_.emplace(disk_, options_->output);
    return output_->write(registry);
  }

  const ZoneOptions* options_;
  std::string apex_;
  Console* console_;
  os::PosixFiles disk_;
  std::optional<ZoneOutput> output_;
  std::optional<base::TreeSize> seen_size_;
  std::optional<base::Hash> seen_;
};

void say_judgement(const std::string& path, const ZoneJudgement& judged, Console& console) {
  if (console.json()) {
    ordered_json json{{"zone", path}, {"valid", judged.holds}, {"claim", judged.claim}};
    if (judged.serial) json["serial"] = *judged.serial;
    if (!judged.details.empty()) json["details"] = judged.details;
    console.line(json.dump(2));
    return;
  }
  console.line(
      console.styled(judged.holds ? Style::kGood : Style::kBad, judged.holds ? "valid " : "not valid ") +
      path + ": " + judged.claim);
  for (const std::string& detail : judged.details) console.line("  " + detail);
}

// What is no name can never be a zone: `watch` would wait for it for ever.
Result<std::string> apex_of(const ZoneOptions& options) {
  ASSIGN_OR_RETURN(resource::ObjectId id, parse_object("zone", options.apex));
  if (!codec::is_dns_name(id.key)) return base::fail(codec::kBadDnsName, "--apex \"" + options.apex + "\"");
  return std::move(id.key);
}

}  // namespace

Result<Answer> run_zone(const ZoneOptions& options, Console& console) {
  if (options.dir.empty()) return base::fail(kNeedsPlace, "DIR: the folder of a registry, or a server's URL");
  ASSIGN_OR_RETURN(const std::string apex, apex_of(options));
  ASSIGN_OR_RETURN(const Place place, Place::open(options.dir, options.access, console));
  ASSIGN_OR_RETURN(const Reading reading, Reading::open(place.files(), place.dir()));
  ASSIGN_OR_RETURN(const registry::Registry registry, load(reading, options.at, console));
  ASSIGN_OR_RETURN(const std::string text, options.is_receipt ? receipt_text(reading, registry, apex)
                                                              : wanted_text(options, registry, apex));
  if (options.output.empty() || options.output == "-") {
    console.out(text);
    return Answer::kYes;
  }
  TRY(base::replace_file(place.files(), options.output, base::as_bytes(text), base::FileMode::kPublic));
  return Answer::kYes;
}

Result<Answer> run_zone_verify(const ZoneOptions& options, Console& console) {
  ASSIGN_OR_RETURN(const std::string apex, apex_of(options));
  os::PosixFiles disk;
  ASSIGN_OR_RETURN(const base::Bytes file, disk.read(options.file, base::kZoneTextBytesMax));
  base::EpochSeconds now = os::SystemClock().now();
  if (!options.at.empty()) {
    ASSIGN_OR_RETURN(now, codec::parse_time(options.at));
  }
  const std::string_view text = base::as_text(file);
  ZoneJudgement judged;
  if (!options.receipt.empty()) {
    ASSIGN_OR_RETURN(judged, judge_by_receipt(disk, options, text, apex, now));
  } else if (!options.dir.empty()) {
    ASSIGN_OR_RETURN(const Place place, Place::open(options.dir, options.access, console));
    ASSIGN_OR_RETURN(const Reading reading, Reading::open(place.files(), place.dir()));
    ASSIGN_OR_RETURN(const registry::Registry registry, load(reading, {}, console));
    ASSIGN_OR_RETURN(judged, judge_by_log(reading, registry, text, apex));
  } else {
    judged = judge_alone(text, apex, now);
  }
  say_judgement(options.file, judged, console);
  return judged.holds ? Answer::kYes : Answer::kNo;
}

Result<Answer> run_zone_watch(const ZoneOptions& options, Console& console) {
  ASSIGN_OR_RETURN(const std::string apex, apex_of(options));
  ASSIGN_OR_RETURN(const base::Seconds pause, codec::parse_duration(options.every));
  os::StopSignal stop;
  ZoneWatcher watcher(options, apex, console);
  for (std::uint64_t seen = 0; options.count == 0 || seen < options.count;) {
    const auto looked = watcher.look();
    // A server may be gone for a while, a disk be full for a while; what does not prove is never passed over.
    if (!looked) {
      if (looked.error().kind().category != base::Category::kUnavailable)
        return std::unexpected(looked.error());
      console.warn(looked.error().message());
    }
    seen += looked && *looked ? 1 : 0;
    if (options.count != 0 && seen >= options.count) break;
    if (stop.wait_for(std::chrono::seconds(pause.value()))) break;
  }
  return Answer::kYes;
}

}  // namespace apps
