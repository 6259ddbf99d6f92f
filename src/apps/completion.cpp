#include "apps/completion.h"

#include <CLI/CLI.hpp>

namespace apps {
namespace {

void describe(const CLI::App& app, const std::string& prefix, std::vector<VerbDescription>& verbs) {
  for (const CLI::App* const verb : app.get_subcommands([](const CLI::App*) { return true; })) {
    if (verb->get_group().empty()) continue;  // hidden
    const std::string name = prefix + verb->get_name();
    if (!verb->get_subcommands([](const CLI::App*) { return true; }).empty()) {
      describe(*verb, name + " ", verbs);
      if (verb->get_options().size() <= 1) continue;  // a group with options beside --help is a verb itself
    }
    VerbDescription description{name, verb->get_description(), {}};
    for (const CLI::Option* const option : verb->get_options()) {
      for (const std::string& flag : option->get_lnames()) description.flags.push_back("--" + flag);
    }
    verbs.push_back(std::move(description));
  }
}

std::string joined(const std::vector<std::string>& words) {
  std::string text;
  for (const std::string& word : words) text.append(text.empty() ? "" : " ").append(word);
  return text;
}

std::string bash_script(const std::vector<VerbDescription>& verbs) {
  std::string cases;
  std::vector<std::string> names;
  std::string seconds;  // "key new" and the like: words after the first
  for (const VerbDescription& verb : verbs) {
    const auto space = verb.name.find(' ');
    const std::string first = verb.name.substr(0, space);
    if (names.empty() || names.back() != first) names.push_back(first);
    if (space != std::string::npos)
      seconds += "    '2 " + first + "') words+=' " + verb.name.substr(space + 1) + "' ;;&\n";
    cases += "    '" + verb.name + "'*) flags='" + joined(verb.flags) + " --json' ;;\n";
  }
  return "_comity() {\n"
         "  local word=${COMP_WORDS[COMP_CWORD]} line=\"${COMP_WORDS[*]:1}\" flags=''\n"
         "  if [ \"$COMP_CWORD\" -eq 1 ]; then COMPREPLY=($(compgen -W '" +
         joined(names) +
         "' -- \"$word\")); return; fi\n"
         "  local words=''\n"
         "  case \"$COMP_CWORD ${COMP_WORDS[1]}\" in\n" +
         seconds +
         "  esac\n"
         "  if [ -n \"$words\" ]; then COMPREPLY=($(compgen -W \"$words\" -- \"$word\")); return; fi\n"
         "  case \"$line\" in\n" +
         cases +
         "  esac\n"
         "  case \"$word\" in\n"
         "    -*) COMPREPLY=($(compgen -W \"$flags\" -- \"$word\")) ;;\n"
         "    *) COMPREPLY=($(compgen -f -- \"$word\")) ;;\n"
         "  esac\n"
         "}\n"
         "complete -o filenames -F _comity comity\n";
}

std::string zsh_script(const std::vector<VerbDescription>& verbs) {
  return "autoload -U +X bashcompinit && bashcompinit\n" + bash_script(verbs);
}

std::string fish_script(const std::vector<VerbDescription>& verbs) {
  std::string text;
  for (const VerbDescription& verb : verbs) {
    const std::string first = verb.name.substr(0, verb.name.find(' '));
    std::string help;
    for (const char letter : verb.help) help += letter == '\'' ? ' ' : letter;
    text += "complete -c comity -n __fish_use_subcommand -a " + first + " -d '" + help + "'\n";
    for (const std::string& flag : verb.flags) {
      text += "complete -c comity -n '__fish_seen_subcommand_from " + first + "' -l " + flag.substr(2) + "\n";
    }
  }
  return text;
}

}  // namespace

std::vector<VerbDescription> describe_verbs(const CLI::App& app) {
  std::vector<VerbDescription> verbs;
  describe(app, "", verbs);
  return verbs;
}

std::string completion_script(std::string_view shell, const std::vector<VerbDescription>& verbs) {
  if (shell == "zsh") return zsh_script(verbs);
  if (shell == "fish") return fish_script(verbs);
  return bash_script(verbs);
}

}  // namespace apps
