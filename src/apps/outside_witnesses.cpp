#include "apps/outside_witnesses.h"

#include <string>
#include <utility>

#include "apps/policies.h"
#include "note/policy.h"
#include "storage/checkpoint_file.h"
#include "storage/log_folder.h"

namespace apps {

namespace {

base::Result<std::vector<std::unique_ptr<witness::Asker>>> askers_of(const base::Files& files,
                                                                     const std::string& path) {
  ASSIGN_OR_RETURN(const std::string text, read_policy(files, path));
  const auto policy = note::parse_policy(text);
  if (!policy) return std::unexpected(policy.error().at(path));
  auto askers = witness::make_askers(*policy);
  if (!askers) return std::unexpected(askers.error().at(path));
  return askers;
}

}  // namespace

base::Result<void> check_outside_witnesses(const base::Files& files, const HubConfig& config) {
  if (config.witness_policy.empty()) return {};
  TRY(askers_of(files, config.witness_policy));
  return {};
}

base::Result<std::unique_ptr<witness::Askers>> ask_outside_witnesses(base::Files& files,
                                                                     const RegistryFolder& folder,
                                                                     const Config& config,
                                                                     engine::EmbeddedEngine& engine,
                                                                     Reporter& reporter) {
  const std::string& path = config.hub.witness_policy;
  if (path.empty()) return nullptr;
  ASSIGN_OR_RETURN(auto askers, askers_of(files, path));
  witness::AskersOptions options;
  const std::string log_folder = folder.layout.log_folder();
  options.checkpoint = [&files, log_folder]() -> base::Result<std::string> {
    ASSIGN_OR_RETURN(const base::Bytes bytes, storage::load_checkpoint(files, log_folder));
    return std::string(base::as_text(bytes));
  };
  options.tiles = [&files, log_folder](base::TreeSize size) {
    return std::make_unique<storage::LogFolder>(files, log_folder, size);
  };
  options.take = [&engine](std::string_view body, const std::vector<std::string>& lines) {
    return engine.add_outside_lines(body, lines);
  };
  options.report = [&reporter](const std::string& name, const base::Error& error) {
    reporter.trouble(name, error);
  };
  auto asked = std::make_unique<witness::Askers>(std::move(options), std::move(askers));
  asked->wake();
  return asked;
}

std::vector<api::Measure> measures_of(const std::vector<witness::AskerStatus>& askers) {
  using enum api::Measure::Kind;
  std::uint64_t silent = 0;
  std::uint64_t cosigned = 0;
  std::uint64_t failed = 0;
  for (const witness::AskerStatus& asker : askers) {
    if (!asker.trouble.empty() || !asker.size) ++silent;
    cosigned += asker.cosigned;
    failed += asker.failed;
  }
  return {
      {"comity_witnesses", "Outside witnesses that are asked.", kGauge, static_cast<double>(askers.size())},
      {"comity_witnesses_silent", "Those that have not cosigned yet, or failed when last asked.", kGauge,
       static_cast<double>(silent)},
      {"comity_witness_cosignatures_total", "Cosignatures that outside witnesses gave.", kCounter,
       static_cast<double>(cosigned)},
      {"comity_witness_failures_total", "Attempts that brought none.", kCounter,
       static_cast<double>(failed)}};
}

}  // namespace apps
