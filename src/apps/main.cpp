#include <cstdio>
#include <exception>

#include "apps/command_line.h"

int main(int argc, char** argv) {
  // Nothing of ours throws. Libraries do: no memory left, or JSON of bytes that are not UTF-8 (a file's
  // name).
  try {
    return apps::run_command_line(argc, argv);
  } catch (const std::exception& error) {
    std::fprintf(stderr, "comity: %s\n", error.what());
    return 2;
  }
}
