#include "apps/man_page.h"

#include <vector>

#include <CLI/CLI.hpp>

namespace apps {
namespace {

constexpr std::string_view kDescription =
    "comity keeps a registry of critical Internet resources that several organisations run together. Every\n"
    "request, vote, objection and effect is a signed record in a transparency log; what the registry says "
    "can be\n"
    "checked offline with one policy file.\n"
    ".PP\n"
    "DIR is the folder of a registry. Names of domains and hosts may be written without their final dot. A "
    "proposal\n"
    "is named by its id, or by the beginning of it.\n";

constexpr std::string_view kEnding =
    ".SH EXIT STATUS\n"
    "0: yes, or done. 1: a negative answer: refused, not found, not valid. 2: the question could not be "
    "asked.\n"
    ".SH ENVIRONMENT\n"
    ".TP\n"
    "NO_COLOR\n"
    "no colours, even on a terminal.\n"
    ".SH FILES\n"
    ".TP\n"
    "DIR/policy\n"
    "whose cosignatures count: all that a verifier needs.\n"
    ".TP\n"
    "DIR/log\n"
    "the log, servable as static files (C2SP tlog\\-tiles).\n"
    ".TP\n"
    "DIR/keys\n"
    "secret keys, mode 0600: HANDLE.ROLE.key.\n";

/// Text that roff takes for what it says.
std::string escaped(std::string_view text) {
  std::string out;
  bool line_begins = true;
  for (const char letter : text) {
    if (line_begins && (letter == '.' || letter == '\'')) out += "\\&";
    if (letter == '\\') {
      out += "\\e";
    } else if (letter == '-') {
      out += "\\-";
    } else {
      out += letter;
    }
    line_begins = letter == '\n';
  }
  return out;
}

bool is_flag(const CLI::Option& option) {
  return option.get_expected_max() == 0;
}

std::vector<const CLI::Option*> options_of(const CLI::App& verb, bool positional) {
  std::vector<const CLI::Option*> options;
  for (const CLI::Option* const option : verb.get_options()) {
    if (option->get_positional() == positional &&
        option->get_name(false, true).find("--help") == std::string::npos) {
      options.push_back(option);
    }
  }
  return options;
}

std::string positionals_of(const CLI::App& verb) {
  std::string text;
  for (const CLI::Option* const option : options_of(verb, true)) {
    const std::string name = option->get_name(true);
    text += option->get_required() ? " " + name : " [" + name + "]";
    if (option->get_expected_max() > 1) text += "...";
  }
  return text;
}

void add_option_text(std::string& page, const CLI::Option& option) {
  page += ".TP\n";
  page += escaped(option.get_name(option.get_positional(), true));
  if (!option.get_positional() && !is_flag(option)) page += " VALUE";
  page += "\n" + escaped(option.get_description());
  if (!option.get_default_str().empty()) page += " (default: " + escaped(option.get_default_str()) + ")";
  if (option.get_required() && !option.get_positional()) page += " (required)";
  page += "\n";
}

void add_verb(std::string& page, const CLI::App& verb, const std::string& name) {
  page += ".SS \"comity " + escaped(name + positionals_of(verb)) + "\"\n";
  page += escaped(verb.get_description()) + ".\n";
  for (const bool positional : {true, false}) {
    for (const CLI::Option* const option : options_of(verb, positional)) add_option_text(page, *option);
  }
  if (!verb.get_footer().empty()) page += ".PP\n.nf\n" + escaped(verb.get_footer()) + "\n.fi\n";
}

void add_verbs(std::string& page, const CLI::App& app, const std::string& prefix) {
  for (const CLI::App* const verb : app.get_subcommands([](const CLI::App*) { return true; })) {
    if (verb->get_group().empty()) continue;  // hidden
    const std::string name = prefix + verb->get_name();
    const bool is_group = !verb->get_subcommands([](const CLI::App*) { return true; }).empty();
    // A group with options beside --help is a verb itself.
    if (!is_group || verb->get_options().size() > 1) add_verb(page, *verb, name);
    if (is_group) add_verbs(page, *verb, name + " ");
  }
}

}  // namespace

std::string man_page(const CLI::App& app, std::string_view version) {
  std::string page = ".TH COMITY 1 \"\" \"comity ";
  page.append(escaped(version)).append("\" \"User commands\"\n");
  page += ".SH NAME\ncomity \\- " + escaped("a registry that several organisations run together") + "\n";
  page += ".SH SYNOPSIS\n.B comity\n[\\-\\-json] VERB ...\n.SH DESCRIPTION\n";
  page += kDescription;
  page += ".SH OPTIONS\n";
  for (const CLI::Option* const option : options_of(app, false)) add_option_text(page, *option);
  page += ".SH VERBS\n";
  add_verbs(page, app, "");
  page += kEnding;
  return page;
}

}  // namespace apps
