// Completion scripts for shells, made from the verbs themselves so that they cannot fall behind.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace CLI {
class App;
}

namespace apps {

struct VerbDescription {
  std::string name;  ///< "show", "import root-zone"
  std::string help;
  std::vector<std::string> flags;
};
std::vector<VerbDescription> describe_verbs(const CLI::App& app);

/// `shell` is bash, zsh or fish.
std::string completion_script(std::string_view shell, const std::vector<VerbDescription>& verbs);

}  // namespace apps
