// comity import root-zone: proposes what a newer zone file says (class U), and in this kind of registry,
// where all members' keys lie in one folder, casts their votes too.
#include <algorithm>
#include <map>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "apps/reading.h"
#include "apps/submitting.h"
#include "apps/unpack.h"
#include "apps/verbs.h"
#include "base/limits.h"
#include "charter/pending.h"
#include "codec/base64.h"
#include "codec/time_text.h"
#include "crypto/hash.h"
#include "import/difference.h"
#include "import/zone_file.h"
#include "os/posix_files.h"

namespace apps {
namespace {

using base::Result;
using nlohmann::ordered_json;

constexpr base::Seconds kExpiresIn(604'800);  // seven days
inline constexpr base::ErrorKind kImportStopped{"import-stopped", base::Category::kDenied,
                                                "docs/formats/rules.md"};

struct Plan {
  import::ParsedZone zone;
  import::Difference difference;
  std::vector<import::Batch> batches;
  std::string upstream;  ///< value of the proposals' `upstream` attribute
};

/// What the rules hold fast, as the import is told.
import::Restraints restraints_of(const charter::State& state) {
  import::Restraints restraints;
  for (const charter::HeldObject& held : state.held_objects()) {
    const std::string until = codec::serialize_time(held.until);
    restraints.push_back({held.id, !held.by_class.empty(),
                          held.by_class.empty()
                              ? "disputed until " + until
                              : "named by a proposal of class " + held.by_class + ", locked until " + until});
  }
  return restraints;
}

Result<Plan> make_plan(base::Files& files, const ImportOptions& options, const charter::State& state) {
  ASSIGN_OR_RETURN(const base::Bytes text, read_packed(files, options.file, base::kZoneFileBytesMax));
  Plan plan;
  auto zone = import::parse_zone(text, options.apex);
  if (!zone) return std::unexpected(zone.error().at(options.file));
  plan.zone = std::move(*zone);
  plan.upstream =
      codec::serialize_base64(crypto::sha256(text).view()) + " " + std::to_string(plan.zone.soa.serial);
  ASSIGN_OR_RETURN(plan.difference, import::difference(plan.zone, StateObjects(state), restraints_of(state)));
  ASSIGN_OR_RETURN(plan.batches, import::make_batches(plan.difference.changes));
  return plan;
}

std::map<std::string, std::size_t> count_changes(const import::Difference& difference) {
  std::map<std::string, std::size_t> counts;
  for (const import::PlannedChange& change : difference.changes) {
    ++counts[std::string(resource::action_name(change.action)) + " " +
             std::string(resource::class_name(change.id.object_class))];
  }
  return counts;
}

void report_plan(const Plan& plan, Console& console, ordered_json& json) {
  const auto counts = count_changes(plan.difference);
  json["serial"] = plan.zone.soa.serial;
  json["delegations"] = plan.zone.delegations.size();
  json["hosts"] = plan.zone.hosts.size();
  json["changes"] = counts;
  json["batches"] = plan.batches.size();
  for (const auto& [type, number] : plan.zone.skipped) json["skipped"][type] = number;
  for (const import::LeftOut& left : plan.zone.left_out) {
    json["left_out"].push_back(
        {{"line", left.line}, {"owner", left.owner}, {"type", left.type}, {"reason", left.reason}});
  }
  json["divergences"] = ordered_json::array();
  for (const import::Divergence& one : plan.difference.divergences) {
    json["divergences"].push_back({{"object", one.id.trie_name()},
                                   {"attribute", one.attribute},
                                   {"ours", one.ours},
                                   {"upstream", one.upstream},
                                   {"reason", one.reason}});
  }
  if (console.json()) return;
  console.line("Zone " + plan.zone.apex + " serial " + std::to_string(plan.zone.soa.serial) + ": " +
               std::to_string(plan.zone.delegations.size()) + " delegations, " +
               std::to_string(plan.zone.hosts.size()) + " hosts.");
  for (const auto& [what, number] : counts) console.line("  " + std::to_string(number) + " x " + what);
  for (const auto& [type, number] : plan.zone.skipped) {
    console.line("  " + std::to_string(number) + " " + type +
                 " records are made anew by whoever signs, and left out");
  }
  for (const import::LeftOut& left : plan.zone.left_out) {
    console.line("  left out, line " + std::to_string(left.line) + ": " + left.owner + " " + left.type +
                 ": " + left.reason);
  }
  for (const import::Divergence& one : plan.difference.divergences) {
    console.line("  diverges: " + one.id.trie_name() + (one.attribute.empty() ? "" : " " + one.attribute) +
                 ": ours " + one.ours + ", upstream " + one.upstream + " (" + one.reason + ")");
  }
  if (const std::size_t count = plan.difference.divergences.size(); count > 0) {
    console.line("  " + std::to_string(count) + (count == 1 ? " divergence was" : " divergences were") +
                 " left as they are; a later import follows what no longer stands in its way");
  }
}

// One refused record stops the import: what follows may depend on it.
Result<void> submit_all(Desk& desk, std::vector<std::string> leaves) {
  for (const Fate& fate : desk.submit(std::move(leaves))) {
    if (!fate.accepted) return std::unexpected(*fate.error);
  }
  return {};
}

// Who can propose and attest here: whose registrar key is at hand (a ballot that nobody will see is signed to find
// out), and a member whose keys are being recovered cannot.
Result<std::vector<std::string>> members_with_keys(const Desk& desk) {
  const RecordMaker maker = desk.maker();
  std::vector<std::string> members;
  for (const charter::CosignerKey& member : desk.registry().charter().cosigners()) {
    if (desk.registry().charter().is_recovering(member.member)) continue;
    record::Builder trial = maker.begin(record::Kind::kBallot, member.member, kExpiresIn);
    trial.set("proposal", base::Hash{}).set("vote", "attest");
    ASSIGN_OR_RETURN(const std::string body, trial.body());
    const auto made = maker.sign(body);
    if (made) members.push_back(member.member);
    if (!made && made.error().kind() != kNoKeys) return std::unexpected(made.error());
  }
  if (members.empty())
    return base::fail(kNoKeys,
                      "no member's registrar key is at hand; --keys FOLDER and --key FILE name them");
  return members;
}

// Proposals take turns, so that no member has too many open at once; the ballots of a batch go in together.
// True if the members whose keys are at hand were enough; else the others' attestations are waited for.
Result<bool> bring_in(Desk& desk, const Plan& plan, Console& console) {
  if (plan.batches.empty()) return true;
  ASSIGN_OR_RETURN(const std::vector<std::string> members, members_with_keys(desk));
  const std::uint64_t needed = desk.registry().charter().attests_needed();
  for (std::size_t i = 0; i < plan.batches.size(); ++i) {
    console.progress("batch " + std::to_string(i + 1) + " of " + std::to_string(plan.batches.size()));
    const RecordMaker maker = desk.maker();
    record::Builder builder = maker.begin(record::Kind::kProposal, members[i % members.size()], kExpiresIn);
    builder.set("class", "U").set("upstream", plan.upstream);
    for (const std::string& paragraph : plan.batches[i].paragraphs) builder.add_paragraph(paragraph);
    ASSIGN_OR_RETURN(const std::string body, builder.body());
    ASSIGN_OR_RETURN(std::string leaf, maker.sign(body));
    const record::RecordId id = record::record_id(body);
    std::vector<std::string> leaves{std::move(leaf)};
    for (std::size_t voter = 0; voter < std::min<std::size_t>(needed, members.size()); ++voter) {
      record::Builder ballot = maker.begin(record::Kind::kBallot, members[voter], kExpiresIn);
      ballot.set("proposal", id).set("vote", "attest");
      ASSIGN_OR_RETURN(const std::string ballot_body, ballot.body());
      ASSIGN_OR_RETURN(std::string ballot_leaf, maker.sign(ballot_body));
      leaves.push_back(std::move(ballot_leaf));
    }
    TRY(submit_all(desk, std::move(leaves)));
    if (members.size() >= needed && charter::find_pending(desk.registry().charter(), id)) {
      return base::fail(kImportStopped,
                        "batch " + std::to_string(i + 1) + " is still pending; `comity pending` shows why");
    }
  }
  console.progress_done();
  return members.size() >= needed;
}

std::string told(const Plan& plan, bool is_in, base::TreeSize size) {
  if (plan.batches.empty()) return "Nothing to change.";
  const std::string proposals = std::to_string(plan.batches.size()) + " proposals";
  const std::string leaves = "; the log has " + std::to_string(size.value()) + " leaves.";
  if (is_in) return "Brought in by " + proposals + " and the members' attestations" + leaves;
  return "Asked for by " + proposals + ", which wait for other members' ballots `attest` (comity pending)" +
         leaves;
}

}  // namespace

Result<Answer> run_import_root_zone(const ImportOptions& options, Console& console) {
  os::PosixFiles files;
  ASSIGN_OR_RETURN(const resource::ObjectId apex, parse_object("zone", options.apex));
  ImportOptions canonical = options;
  canonical.apex = apex.key;
  ordered_json json;
  if (options.dry_run) {
    ASSIGN_OR_RETURN(const Place place, Place::open(options.dir, options.access, console));
    ASSIGN_OR_RETURN(const Reading reading, Reading::open(place.files(), place.dir()));
    std::vector<std::string> warnings;
    ASSIGN_OR_RETURN(const registry::Registry registry, reading.load(warnings));
    ASSIGN_OR_RETURN(const Plan plan, make_plan(files, canonical, registry.charter()));
    report_plan(plan, console, json);
  } else {
    ASSIGN_OR_RETURN(const auto desk, Desk::open(options.dir, options.access, console));
    ASSIGN_OR_RETURN(const Plan plan, make_plan(files, canonical, desk->registry().charter()));
    report_plan(plan, console, json);
    ASSIGN_OR_RETURN(const bool is_in, bring_in(*desk, plan, console));
    json["size"] = desk->size().value();
    if (!console.json()) console.line(told(plan, is_in, desk->size()));
    TRY(desk->close());
  }
  if (console.json()) console.line(json.dump(2));
  return Answer::kYes;
}

}  // namespace apps
