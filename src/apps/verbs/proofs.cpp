// comity prove, verify, fsck: what can be checked without trusting whoever serves it.
#include <algorithm>
#include <chrono>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include <nlohmann/json.hpp>

#include "apps/evidence_check.h"
#include "apps/place.h"
#include "apps/policies.h"
#include "apps/reading.h"
#include "apps/verbs.h"
#include "audit/fsck.h"
#include "base/limits.h"
#include "codec/base64.h"
#include "codec/decimal.h"
#include "codec/time_text.h"
#include "os/posix_files.h"
#include "os/system_clock.h"
#include "resource/values.h"
#include "storage/annex_store.h"
#include "verify/evidence.h"
#include "verify/policy_chain.h"
#include "verify/receipt.h"
#include "verify/walk.h"

namespace apps {
namespace {

using base::Result;
using nlohmann::ordered_json;

Result<std::string> record_receipt(const Reading& reading, std::string_view key) {
  const auto number = codec::parse_decimal(key);
  if (!number) return std::unexpected(number.error().at("record " + std::string(key)));
  return reading.record_receipt(base::LeafIndex(*number));
}

Result<std::string> object_receipt(const Reading& reading, const ReadOptions& options, Console& console) {
  ASSIGN_OR_RETURN(const resource::ObjectId id, parse_object(options.object_class, options.key));
  std::vector<std::string> warnings;
  ASSIGN_OR_RETURN(const registry::Registry registry, reading.load(warnings));
  for (const std::string& warning : warnings) console.warn("passed over " + warning);
  const base::LeafIndex last(reading.checkpoint().size.value() - 1);
  ASSIGN_OR_RETURN(const base::Bytes block, reading.log().read_leaf(last));
  ASSIGN_OR_RETURN(note::TlogProof proof, reading.prove_leaf(last));
  std::optional<std::string> text;
  if (const resource::Object* const object = registry.charter().find(id)) text = std::string(object->text());
  return verify::serialize_receipt(verify::make_object_receipt(
      reading.folder().settings.origin, id, text, {registry.prove_object(id), registry.roots()},
      std::string(base::as_text(block)), std::move(proof)));
}

std::string claim_of(const verify::Verdict& verdict) {
  const verify::Receipt& receipt = verdict.receipt;
  std::string name = receipt.object.trie_name();
  switch (receipt.found) {
    case verify::Found::kValue:
      return name + " has this value";
    case verify::Found::kTombstone:
      return name + " is deleted";
    case verify::Found::kNothing:
      return name + " does not exist";
    case verify::Found::kRecord:
      return "record " + codec::serialize_base64(verdict.record_id.view()) + " is leaf " +
             std::to_string(receipt.log_proof.index.value());
  }
  return name;
}

/// The origin that goes on where this one has ended; empty if it has not.
std::string successor_of(const verify::Walk& walk, std::string_view origin) {
  if (&verify::policy_for(walk, origin) == &walk.present) return {};
  return walk.present.header->origin;
}

// Of a log that has ended its last policy judges.
const note::Policy& policy_of_evidence(const verify::Walk& walk, std::string_view text) {
  const auto evidence = verify::parse_evidence(text);
  return evidence ? verify::policy_for(walk, evidence->origin) : walk.present;
}

ordered_json verdict_json(const std::string& path, const Result<verify::Verdict>& verdict,
                          const verify::Walk& walk) {
  ordered_json json{{"receipt", path}, {"valid", verdict.has_value()}};
  if (!verdict) {
    json["rule"] = std::string(verdict.error().kind().name);
    json["reason"] = verdict.error().detail();
    return json;
  }
  json["found"] = std::string(verify::found_name(verdict->receipt.found));
  json["claim"] = claim_of(*verdict);
  json["origin"] = verdict->checkpoint.checkpoint.origin;
  json["size"] = verdict->checkpoint.checkpoint.size.value();
  if (verdict->checkpoint.as_of) json["as_of"] = codec::serialize_time(*verdict->checkpoint.as_of);
  for (const note::Cosigner& cosigner : verdict->checkpoint.cosigners)
    json["cosigners"].push_back(cosigner.name);
  if (!verdict->receipt.object_text.empty()) json["text"] = verdict->receipt.object_text;
  if (std::string next = successor_of(walk, verdict->checkpoint.checkpoint.origin); !next.empty())
    json["goes_on_as"] = std::move(next);
  return json;
}

void print_verdict(const std::string& path, const Result<verify::Verdict>& verdict, const verify::Walk& walk,
                   Console& console) {
  if (!verdict) {
    console.line(console.styled(Style::kBad, "not valid ") + path + ": " + verdict.error().message());
    return;
  }
  const auto& as_of = verdict->checkpoint.as_of;
  console.line(console.styled(Style::kGood, "valid ") + path + ": " + claim_of(*verdict) + ", as of " +
               (as_of ? codec::serialize_time(*as_of) : "an unknown time") + " (checkpoint of " +
               std::to_string(verdict->checkpoint.checkpoint.size.value()) + " leaves, " +
               std::to_string(verdict->checkpoint.cosigners.size()) + " cosignatures)");
  if (!verdict->receipt.object_text.empty()) console.out(verdict->receipt.object_text);
  const std::string& origin = verdict->checkpoint.checkpoint.origin;
  if (const std::string next = successor_of(walk, origin); !next.empty())
    console.line(origin + " has ended; what holds now is on the log of " + next);
}

struct Fscked {
  audit::FsckReport report;
  double seconds = 0;
};

Result<Fscked> check_records(const Reading& reading, const ReadOptions& options, Console& console) {
  audit::FsckOptions audit_options;
  audit_options.trust = options.trust_checkpoint ? audit::Trust::kCheckpoint : audit::Trust::kNothing;
  audit_options.threads =
      options.threads != 0 ? options.threads : std::max(1U, std::thread::hardware_concurrency());
  const auto begin = std::chrono::steady_clock::now();
  const auto seconds_since = [&] {
    return std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
  };
  audit_options.progress = [&](const audit::FsckProgress& done) {
    const auto rate =
        static_cast<std::uint64_t>(static_cast<double>(done.leaves) / std::max(seconds_since(), 0.001));
    console.progress("checked " + std::to_string(done.leaves) + " of " + std::to_string(done.total) +
                     " leaves, " + std::to_string(rate) + "/s");
  };
  ASSIGN_OR_RETURN(audit::FsckReport report,
                   audit::check_log(reading.log(), reading.checkpoint(), audit_options));
  console.progress_done();
  return Fscked{std::move(report), seconds_since()};
}

// The policy must be the one that the audited log leads to, down to the log's key in its first record:
// otherwise someone changed who counts.
Result<void> compare_policy(const note::Policy& policy, const Reading& reading,
                            const registry::Registry& registry) {
  ASSIGN_OR_RETURN(const base::Bytes leaf, reading.log().read_leaf(base::LeafIndex(0)));
  ASSIGN_OR_RETURN(const record::Record genesis, record::Record::parse(base::as_text(leaf)));
  crypto::PublicKey log_key;
  if (!resource::read_key(genesis.value("log-key"), log_key))
    return base::fail(verify::kWrongStep, "the first leaf is no genesis record");
  const note::VerifierKey log{std::string(genesis.origin()), note::KeyType::kEd25519, log_key};
  if (policy == policy_of(registry.charter(), log)) return {};
  return base::fail(verify::kWrongStep, "the policy is not the one that the audited log leads to");
}

// Annexes are no part of the audit; one that is there must match its commitment all the same.
Result<std::uint64_t> check_annexes(base::Files& files, const FolderLayout& layout) {
  const storage::AnnexStore store(files, layout.annex_folder());
  auto names = files.list(layout.annex_folder());
  if (!names) {
    if (names.error().kind() == base::kFileMissing) return std::uint64_t{0};
    return std::unexpected(names.error());
  }
  std::uint64_t sound = 0;
  for (const std::string& name : *names) {
    if (storage::AnnexStore::is_passing(name)) continue;
    const std::string path = layout.annex_folder() + "/" + name;
    ASSIGN_OR_RETURN(const base::Bytes bytes, files.read(path, 2 * base::kAnnexBytesMax));
    auto annex = storage::parse_annex(base::as_text(bytes));
    if (!annex) return std::unexpected(annex.error().at(path));
    if (store.path_of(storage::annex_commitment(*annex)) != path) {
      return base::fail(storage::kBadAnnex, path + ": altered: it does not match its commitment");
    }
    ++sound;
  }
  return sound;
}

}  // namespace

Result<Answer> run_prove(const ReadOptions& options, Console& console) {
  ASSIGN_OR_RETURN(const Place place, Place::open(options.dir, options.access, console));
  base::Files& files = place.files();
  ASSIGN_OR_RETURN(const Reading reading, Reading::open(files, place.dir()));
  ASSIGN_OR_RETURN(const std::string receipt, options.object_class == "record"
                                                  ? record_receipt(reading, options.key)
                                                  : object_receipt(reading, options, console));
  if (options.output.empty() || options.output == "-") {
    console.out(receipt);
    return Answer::kYes;
  }
  TRY(base::replace_file(files, options.output, base::as_bytes(receipt), base::FileMode::kPublic));
  console.line("wrote " + options.output + " (" + std::to_string(receipt.size()) + " bytes)");
  return Answer::kYes;
}

Result<Answer> run_verify(const VerifyOptions& options, Console& console) {
  os::PosixFiles files;
  ASSIGN_OR_RETURN(const verify::Walk walk, load_policy(files, options.policy, options.steps));
  verify::Freshness freshness{os::SystemClock().now(), std::nullopt};
  if (!options.max_age.empty()) {
    ASSIGN_OR_RETURN(freshness.age_max, codec::parse_duration(options.max_age));
  }
  // The log that evidence is replayed on may lie at a server: it is believed by the same policy.
  std::optional<Place> place;
  if (is_url(options.log)) {
    AccessOptions access;
    access.policy = options.policy;
    ASSIGN_OR_RETURN(place, Place::open(options.log, access, console));
  }
  ordered_json list = ordered_json::array();
  bool all = true;
  for (const std::string& path : options.receipts) {
    ASSIGN_OR_RETURN(const base::Bytes bytes, files.read(path, verify::kEvidenceBytesMax));
    if (verify::is_evidence(base::as_text(bytes))) {
      const auto evidence =
          check_evidence(place ? place->files() : files, base::as_text(bytes),
                         policy_of_evidence(walk, base::as_text(bytes)), place ? place->dir() : options.log);
      all = all && is_confirmed(evidence);
      if (console.json()) {
        list.push_back(evidence_json(path, evidence));
      } else {
        print_evidence(path, evidence, console);
      }
      continue;
    }
    const Result<verify::Verdict> verdict = verify::verify_receipt(base::as_text(bytes), walk, freshness);
    all = all && verdict.has_value();
    if (console.json()) {
      list.push_back(verdict_json(path, verdict, walk));
    } else {
      print_verdict(path, verdict, walk, console);
    }
  }
  if (console.json()) console.line(list.dump(2));
  return all ? Answer::kYes : Answer::kNo;
}

Result<Answer> run_fsck(const ReadOptions& options, Console& console) {
  ASSIGN_OR_RETURN(const Place place, Place::open(options.dir, options.access, console));
  base::Files& files = place.files();
  ASSIGN_OR_RETURN(const Reading reading, Reading::open(files, place.dir()));
  const std::string policy_path = place.policy_file(options.access);
  ASSIGN_OR_RETURN(const std::string policy_text, read_policy(files, policy_path));
  ASSIGN_OR_RETURN(const note::Policy policy, note::parse_policy(policy_text));
  const auto counted = note::check_checkpoint(policy, reading.checkpoint_text());
  if (!counted) return std::unexpected(counted.error().at("log/checkpoint by the policy " + policy_path));
  ASSIGN_OR_RETURN(const Fscked done, check_records(reading, options, console));
  TRY(compare_policy(policy, reading, done.report.registry));
  ASSIGN_OR_RETURN(const std::uint64_t annexes, check_annexes(files, reading.folder().layout));
  if (console.json()) {
    console.line(ordered_json{{"valid", true},
                              {"leaves", done.report.leaves},
                              {"blocks", done.report.blocks},
                              {"signatures", done.report.signatures},
                              {"cosignatures", counted->cosigners.size()},
                              {"annexes", annexes},
                              {"state", codec::serialize_base64(done.report.registry.state().view())},
                              {"seconds", done.seconds}}
                     .dump(2));
    return Answer::kYes;
  }
  console.line(console.styled(Style::kGood, "sound: ") + std::to_string(done.report.leaves) + " leaves in " +
               std::to_string(done.report.blocks) + " blocks, " + std::to_string(done.report.signatures) +
               " signatures verified, " + std::to_string(counted->cosigners.size()) +
               " cosignatures on the checkpoint");
  console.line("state " + codec::serialize_base64(done.report.registry.state().view()));
  return Answer::kYes;
}

}  // namespace apps
