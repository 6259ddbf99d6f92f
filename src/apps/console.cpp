#include "apps/console.h"

#include <cstdlib>

#include <nlohmann/json.hpp>
#include <unistd.h>

#include "apps/key_files.h"
#include "apps/registry_folder.h"
#include "base/files.h"

namespace apps {
namespace {

std::string_view escape(Style style) {
  switch (style) {
    case Style::kPlain:
      return "";
    case Style::kBold:
      return "\x1b[1m";
    case Style::kDim:
      return "\x1b[2m";
    case Style::kGood:
      return "\x1b[32m";
    case Style::kBad:
      return "\x1b[31m";
  }
  return "";
}

bool wants_colours() {
  const char* const no_color = std::getenv("NO_COLOR");
  if (no_color != nullptr && *no_color != '\0') return false;
  const char* const terminal = std::getenv("TERM");
  return isatty(STDOUT_FILENO) == 1 && terminal != nullptr && std::string_view(terminal) != "dumb";
}

void write_all(std::FILE* stream, std::string_view text) {
  std::fwrite(text.data(), 1, text.size(), stream);
}

}  // namespace

Console::Console(bool json)
    : json_(json), colours_(!json && wants_colours()), interactive_(isatty(STDERR_FILENO) == 1) {}

void Console::out(std::string_view text) {
  write_all(stdout, text);
}

void Console::line(std::string_view text) {
  out(text);
  out("\n");
}

void Console::line(Style style, std::string_view text) {
  line(styled(style, text));
}

std::string Console::styled(Style style, std::string_view text) const {
  if (!colours_ || style == Style::kPlain) return std::string(text);
  return std::string(escape(style)) + std::string(text) + "\x1b[0m";
}

void Console::flush() {
  std::fflush(stdout);
}

void Console::warn(std::string_view text) {
  progress_done();
  std::fflush(stdout);
  write_all(stderr, "comity: ");
  write_all(stderr, text);
  write_all(stderr, "\n");
}

void Console::error(const base::Error& error) {
  warn(error.message());
  if (!json_) return;
  line(nlohmann::ordered_json{{"error",
                               {{"rule", std::string(error.kind().name)},
                                {"reason", error.detail()},
                                {"spec", std::string(error.kind().spec)}}}}
           .dump(2, ' ', false, nlohmann::ordered_json::error_handler_t::replace));
}

void Console::progress(std::string_view text) {
  if (!interactive_ || json_) return;
  write_all(stderr, "\r\x1b[K");
  write_all(stderr, text);
  std::fflush(stderr);
  progress_shown_ = true;
}

void Console::progress_done() {
  if (!progress_shown_) return;
  write_all(stderr, "\r\x1b[K");
  progress_shown_ = false;
}

namespace {

/// What kept the question from being asked, whatever its category says to other callers.
bool could_not_ask(const base::ErrorKind& kind) {
  return kind == base::kFileMissing || kind == base::kFileExposed || kind == kNoRegistry ||
         kind == kKeyExists;
}

}  // namespace

int exit_code(const base::Error& error) {
  if (could_not_ask(error.kind())) return 2;
  switch (error.kind().category) {
    case base::Category::kDenied:
    case base::Category::kNotFound:
    case base::Category::kConflict:
    case base::Category::kCorrupt:
      return 1;
    case base::Category::kInvalid:
    case base::Category::kUnavailable:
      return 2;
  }
  return 2;
}

}  // namespace apps
