// What the parts of the command line share: how a verb is added, and the options that many verbs have. The verbs
// themselves are declared in verbs.h; nothing here does anything but describe.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include <CLI/CLI.hpp>

#include "apps/console.h"
#include "apps/place.h"
#include "apps/verbs.h"
#include "base/result.h"

namespace apps {

using Action = std::function<base::Result<Answer>(Console&)>;

/// Collects what the chosen verb shall do; parsing only sets it.
struct CommandLine {
  CLI::App app{"A registry of critical Internet resources that several organisations run together.",
               "comity"};
  bool json = false;
  Action action;
};

// What the verb works on lies on this machine alone if it has a folder, and no way to ask a server.
template <typename Options>
base::Result<void> refuse_url_of(const Options& options, const std::string& verb) {
  if constexpr (requires { options.open.dir; }) return refuse_url(options.open.dir, verb);
  if constexpr (requires { options.dir; } && !requires { options.access; }) {
    return refuse_url(options.dir, verb);
  }
  return {};
}

// One verb: its own options object lives as long as the command line. No verb takes a URL for a folder's name.
template <typename Options>
CLI::App* add_verb(CommandLine& line, CLI::App& parent, const std::string& name, const std::string& help,
                   const std::shared_ptr<Options>& options,
                   base::Result<Answer> (*run)(const Options&, Console&), const std::string& examples) {
  CLI::App* const verb = parent.add_subcommand(name, help);
  verb->fallthrough();
  verb->footer("Examples:\n" + examples);
  const std::string full_name = &parent == &line.app ? name : parent.get_name() + " " + name;
  verb->callback([&line, options, run, full_name] {
    line.action = [options, run, full_name](Console& out) -> base::Result<Answer> {
      TRY(refuse_url_of(*options, full_name));
      return run(*options, out);
    };
  });
  return verb;
}

inline void add_dir(CLI::App* verb, std::string& dir) {
  verb->add_option("DIR", dir, "folder of the registry")->required();
}

// A registry's folder, or the URL of a server.
inline void add_place(CLI::App* verb, std::string& dir, AccessOptions& access) {
  verb->add_option("DIR", dir, "folder of the registry, or URL of a server")->required();
  verb->add_option("--policy", access.policy,
                   "for a URL: whose cosignatures count; default: the policy first seen there");
}

// One value each time it stands there, so that what follows is not taken for another.
inline void add_repeated(CLI::App* verb, const std::string& name, std::vector<std::string>& values,
                         const std::string& help) {
  verb->add_option(name, values, help)->allow_extra_args(false);
}

// A place to hand records in.
inline void add_desk(CLI::App* verb, std::string& dir, AccessOptions& access) {
  add_place(verb, dir, access);
  verb->add_option("--keys", access.keys, "folder of secret keys; default: keys/ of the folder DIR");
  add_repeated(verb, "--key", access.key_files, "further secret key file to sign with; may be repeated");
}

/// comity ceremony ...
void add_ceremony_verbs(CommandLine& line);
/// comity zone ...
void add_zone_verbs(CommandLine& line);

}  // namespace apps
