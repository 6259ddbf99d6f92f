// comity witness: a witness of transparency logs, ours and others', as a process of its own. It needs no registry.
#include "witness/witness.h"

#include <chrono>
#include <memory>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "apps/policies.h"
#include "apps/server_settings.h"
#include "apps/verbs.h"
#include "base/limits.h"
#include "codec/time_text.h"
#include "net/server.h"
#include "note/policy.h"
#include "os/posix_files.h"
#include "os/stop_signal.h"
#include "os/system_clock.h"
#include "os/system_random.h"
#include "witness/service.h"

namespace apps {
namespace {

using base::Result;
using nlohmann::ordered_json;

/// Answers under way have this long when the process is told to stop.
constexpr base::Seconds kStopGrace(10);

inline constexpr base::ErrorKind kBadWitnessWish{"bad-witness", base::Category::kInvalid,
                                                 "comity witness --help"};

// Verifier keys, one by one or out of a policy; the keys of one origin are one log.
Result<std::vector<std::vector<note::VerifierKey>>> wanted_logs(const base::Files& files,
                                                                const WitnessOptions& options) {
  std::vector<note::VerifierKey> keys;
  for (const std::string& text : options.keys) {
    ASSIGN_OR_RETURN(note::VerifierKey key, note::parse_verifier_key(text));
    keys.push_back(std::move(key));
  }
  if (!options.policy.empty()) {
    ASSIGN_OR_RETURN(const std::string text, read_policy(files, options.policy));
    auto policy = note::parse_policy(text);
    if (!policy) return std::unexpected(policy.error().at(options.policy));
    for (const note::PolicyLog& log : policy->logs) keys.push_back(log.key);
  }
  if (keys.empty()) return base::fail(kBadWitnessWish, "name a log: its verifier key, or --policy FILE");
  std::vector<std::vector<note::VerifierKey>> logs;
  for (note::VerifierKey& key : keys) {
    const auto same = [&](const auto& log) { return log.front().name == key.name; };
    const auto log = std::ranges::find_if(logs, same);
    if (log == logs.end()) {
      logs.push_back({std::move(key)});
    } else {
      log->push_back(std::move(key));
    }
  }
  return logs;
}

void print_witness(const witness::Witness& one, Console& console) {
  const std::string key = note::serialize_verifier_key(one.key());
  if (console.json()) {
    ordered_json logs = ordered_json::array();
    for (const witness::LogStanding& log : one.logs()) {
      logs.push_back(
          {{"origin", log.origin}, {"size", log.size.value()}, {"time", codec::serialize_time(log.time)}});
    }
    console.line(ordered_json{{"name", one.key().name}, {"vkey", key}, {"logs", logs}}.dump(2));
    return;
  }
  console.line("vkey:  " + key);
  for (const witness::LogStanding& log : one.logs())
    console.line("log:   " + log.origin + ", size " + std::to_string(log.size.value()) + ", " +
                 codec::serialize_time(log.time));
}

}  // namespace

Result<Answer> run_witness_init(const WitnessOptions& options, Console& console) {
  os::PosixFiles files;
  TRY(note::check_key_name(options.name));
  os::SystemRandom random;
  const note::Signer key = note::Signer::generate(options.name, note::KeyType::kCosignature, random);
  TRY(files.make_folders(options.dir));
  TRY(witness::create_witness(files, options.dir, key));
  os::SystemClock clock;
  ASSIGN_OR_RETURN(const auto made, witness::Witness::open(files, options.dir, clock));
  print_witness(*made, console);
  return Answer::kYes;
}

Result<Answer> run_witness_add(const WitnessOptions& options, Console& console) {
  os::PosixFiles files;
  os::SystemClock clock;
  ASSIGN_OR_RETURN(const auto logs, wanted_logs(files, options));
  TRY(witness::Witness::open(files, options.dir, clock));  // is it a witness, and whole?
  // While the witness serves it holds this lock, because it reads its logs when it starts.
  ASSIGN_OR_RETURN(const auto lock, files.lock(witness::lock_path(options.dir)));
  for (const auto& keys : logs) TRY(witness::add_log(files, options.dir, keys, clock.now()));
  ASSIGN_OR_RETURN(const auto opened, witness::Witness::open(files, options.dir, clock));
  print_witness(*opened, console);
  return Answer::kYes;
}

Result<Answer> run_witness_show(const WitnessOptions& options, Console& console) {
  os::PosixFiles files;
  os::SystemClock clock;
  ASSIGN_OR_RETURN(const auto opened, witness::Witness::open(files, options.dir, clock));
  print_witness(*opened, console);
  return Answer::kYes;
}

Result<Answer> run_witness_serve(const WitnessOptions& options, Console& console) {
  os::StopSignal stop;  // before any thread
  os::PosixFiles files;
  os::SystemClock clock;
  ASSIGN_OR_RETURN(const auto one, witness::Witness::open(files, options.dir, clock));
  ASSIGN_OR_RETURN(const auto lock, files.lock(witness::lock_path(options.dir)));
  witness::Service service(*one);
  ASSIGN_OR_RETURN(const Config config, load_config(files, options.dir));
  net::ServerOptions server_options;
  server_options.listen = options.listen;
  server_options.limits = server_limits(config.limits);
  server_options.limits.body_bytes_max = note::kWitnessRequestBytesMax;
  server_options.threads = 1;
  ASSIGN_OR_RETURN(server_options.tls, load_tls(files, config.tls));
  const std::string scheme = server_options.tls ? "https://" : "http://";
  CertificateWatch certificate(files, config.tls, server_options.tls);
  ASSIGN_OR_RETURN(const auto server, net::Server::start(std::move(server_options), service.handler()));
  for (const std::string& address : server->addresses())
    console.line("Witnessing " + std::to_string(one->logs().size()) + " logs at " + scheme + address +
                 "/add-checkpoint");
  console.flush();
  while (!stop.wait_for(CertificateWatch::kEvery)) {
    if (const auto renewed = certificate.look(*server, CertificateWatch::Clock::now()); !renewed)
      console.warn(renewed.error().at("certificate").message());
  }
  server->stop(kStopGrace);
  return Answer::kYes;
}

}  // namespace apps
