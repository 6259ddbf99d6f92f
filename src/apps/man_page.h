// The man page, written by the verbs themselves so that it cannot fall behind `--help`. docs/man/comity.1 is
// its output, kept for readers and packagers; a test compares the two.
#pragma once

#include <string>
#include <string_view>

namespace CLI {
class App;
}

namespace apps {

/// Shapes: man(7) macros, as `man` and groff read them.
std::string man_page(const CLI::App& app, std::string_view version);

}  // namespace apps
