// comity config check: what a process that serves would take from its configuration, before it is started.
#include "apps/config.h"

#include <nlohmann/json.hpp>

#include "apps/verbs.h"
#include "os/posix_files.h"

namespace apps {

using base::Result;

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
  const std::string text = serialize_config(*config);
  console.out(console.json() ? nlohmann::ordered_json{{"valid", true}, {"config", text}}.dump(2) + "\n"
                             : text);
  return Answer::kYes;
}

}  // namespace apps
