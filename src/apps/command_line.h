// The command line of `comity`: verbs, flags, help. Fills the options of apps/verbs.h and calls the verb.
#pragma once

namespace apps {

/// Exit code: 0 yes, 1 a negative answer, 2 an error.
int run_command_line(int argc, char** argv);

}  // namespace apps
