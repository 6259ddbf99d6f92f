// comity config check: what a process that serves would take from its configuration, before it is started.
#include "apps/config.h"

#include <nlohmann/json.hpp>

#include "apps/outside_witnesses.h"
#include "apps/server_settings.h"
#include "apps/verbs.h"
#include "net/server.h"
#include "os/posix_files.h"

namespace apps {

using base::Result;

namespace {

// What the configuration names on this machine has to be there when the process starts: better said now.
Result<void> check_named_files(const base::Files& files, const Config& config) {
  ASSIGN_OR_RETURN(const auto identity, load_tls(files, config.tls));
  if (identity) {
    TRY(net::check_tls_identity(*identity));
  }
  return check_outside_witnesses(files, config.hub);
}

}  // namespace

Result<Answer> run_config_check(const ConfigOptions& options, Console& console) {
  os::PosixFiles files;
  const bool is_file = options.path.ends_with(".toml");
  Result<Config> config = Config{};
  if (is_file) {
    config = load_config_file(files, options.path);
  } else {
    ASSIGN_OR_RETURN(const bool exists, files.exists(options.path));
    if (!exists) return base::fail(base::kFileMissing, options.path);
    config = load_config(files, options.path);
  }
  if (!config) return std::unexpected(config.error());
  TRY(check_named_files(files, *config));
  const std::string text = serialize_config(*config);
  console.out(console.json() ? nlohmann::ordered_json{{"valid", true}, {"config", text}}.dump(2) + "\n"
                             : text);
  return Answer::kYes;
}

}  // namespace apps
