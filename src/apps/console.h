// What a verb says and how: text for people, JSON for programs, colours on a terminal only. Verbs hand over
// values; nothing else writes to standard output or standard error.
#pragma once

#include <cstdio>
#include <string>
#include <string_view>

#include "base/result.h"

namespace apps {

/// A verb's answer; with errors it decides the exit code: 0 yes, 1 no, 2 the question could not be answered.
enum class Answer : std::uint8_t { kYes, kNo };

enum class Style : std::uint8_t { kPlain, kBold, kDim, kGood, kBad };

/// Threads: one.
class Console {
 public:
  /// Looks at the terminal and at NO_COLOR.
  explicit Console(bool json);
  bool json() const { return json_; }
  bool interactive() const { return interactive_; }

  /// Text without a newline of its own.
  void out(std::string_view text);
  void line(std::string_view text);
  void line(Style style, std::string_view text);
  std::string styled(Style style, std::string_view text) const;
  /// Hands what was said to whoever reads.
  void flush();
  /// To standard error: "comity: text".
  void warn(std::string_view text);
  /// As warn; with --json also {"error": {...}} to standard output.
  void error(const base::Error& error);
  /// One line that replaces itself, on a terminal only. `done()` removes it.
  void progress(std::string_view text);
  void progress_done();

 private:
  bool json_;
  bool colours_;
  bool interactive_;
  bool progress_shown_ = false;
};

/// 1 if the error says no (refused, not found, a proof that fails), 2 if it says that we could not ask (a
/// file that is missing, a folder that holds no registry, input that breaks its format).
int exit_code(const base::Error& error);

}  // namespace apps
