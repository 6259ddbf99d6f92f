#include "publish/dns/zone_text.h"

#include <algorithm>
#include <chrono>
#include <vector>

#include "publish/dns/zone_sets.h"

namespace publish {
namespace {

constexpr std::size_t kLineBytesTypical = 64;

/// YYYYMMDD00 of a moment, UTC. Years beyond 4294 wrap as serials do; time stops at the end of 9999.
std::uint32_t date_serial(base::EpochSeconds time) {
  constexpr std::uint64_t kLastDay = 2'932'896;
  const auto days = static_cast<int>(std::min(time.value() / 86'400, kLastDay));
  const std::chrono::year_month_day date{std::chrono::sys_days{std::chrono::days{days}}};
  const auto year = static_cast<std::uint32_t>(static_cast<int>(date.year()));
  return year * 1'000'000 + unsigned{date.month()} * 10'000 + unsigned{date.day()} * 100;
}

}  // namespace

std::string record_lines(std::span<const RecordSet* const> sets) {
  std::string text;
  text.reserve(sets.size() * 2 * kLineBytesTypical);
  for (const bool is_soa : {true, false}) {
    for (const RecordSet* const set : sets) {
      if ((set->type == kTypeSoa) != is_soa) continue;
      for (const base::Bytes& data : set->data)
        append_record_line(text, set->owner, set->type, set->ttl_seconds, data);
    }
  }
  return text;
}

base::Result<std::string> zone_text(const resource::ObjectSource& objects, std::string_view apex,
                                    std::uint32_t serial) {
  ASSIGN_OR_RETURN(const ZoneSets zone, zone_sets(objects, apex, serial));
  std::vector<const RecordSet*> sets;
  for (const RecordSet& set : zone.sets) sets.push_back(&set);
  return record_lines(sets);
}

std::uint32_t serial_for(std::optional<std::uint32_t> previous, base::EpochSeconds time) {
  const std::uint32_t dated = date_serial(time);
  if (!previous) return dated;
  // RFC 1982 section 3.2: `dated` is later if it lies less than half the circle ahead; at exactly half,
  // neither is.
  const std::uint32_t ahead = dated - *previous;
  return ahead != 0 && ahead < 0x8000'0000U ? dated : *previous + 1;
}

}  // namespace publish
