#include "apps/evidence_check.h"

#include <nlohmann/json.hpp>

#include "apps/reading.h"
#include "audit/evidence.h"
#include "base/check.h"
#include "codec/time_text.h"
#include "os/system_clock.h"

namespace apps {

using base::Result;
using nlohmann::ordered_json;
using verify::EvidenceVerdict;
using verify::Standing;

Result<EvidenceVerdict> check_evidence(base::Files& files, std::string_view text, const note::Policy& policy,
                                       const std::string& dir) {
  ASSIGN_OR_RETURN(EvidenceVerdict verdict, verify::verify_evidence(text, policy, os::SystemClock().now()));
  if (dir.empty() || verdict.standing != Standing::kNeedsLog) return verdict;
  ASSIGN_OR_RETURN(const Reading reading, Reading::open(files, dir));
  return audit::confirm_evidence(std::move(verdict), reading.log());
}

bool is_confirmed(const Result<EvidenceVerdict>& verdict) {
  return verdict && verdict->standing != Standing::kNeedsLog;
}

ordered_json evidence_json(const std::string& path, const Result<EvidenceVerdict>& verdict) {
  ordered_json json{{"evidence", path}, {"valid", is_confirmed(verdict)}};
  if (!verdict) {
    json["rule"] = std::string(verdict.error().kind().name);
    json["reason"] = verdict.error().detail();
    return json;
  }
  json["kind"] = std::string(verify::evidence_kind_name(verdict->evidence.kind));
  json["standing"] = std::string(verify::standing_name(verdict->standing));
  json["claim"] = verdict->claim;
  json["origin"] = verdict->evidence.origin;
  json["observed"] = codec::serialize_time(verdict->evidence.observed);
  json["said"] = verdict->evidence.reason;
  return json;
}

void print_evidence(const std::string& path, const Result<EvidenceVerdict>& verdict, Console& console) {
  if (!verdict) {
    console.line(console.styled(Style::kBad, "not valid ") + path + ": " + verdict.error().message());
    return;
  }
  switch (verdict->standing) {
    case Standing::kProven:
      console.line(console.styled(Style::kGood, "proven ") + path + ": " + verdict->claim);
      return;
    case Standing::kNeedsLog:
      console.line(console.styled(Style::kBad, "unproven ") + path + ": " + verdict->claim +
                   "; the signatures are right, and --log DIR replays a log to see whether it is true");
      return;
    case Standing::kWitnessed:
      console.line(console.styled(Style::kGood, "witnessed ") + path + ": " + verdict->claim +
                   "; that, and when it was seen, is the word of whoever wrote the file");
      return;
  }
  CHECK(false);
}

}  // namespace apps
