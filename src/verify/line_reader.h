// Takes a foreign text apart line by line and keeps the number of the line, so that each refusal names its
// place. Knows no format.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.h"

namespace verify {

/// Threads: one owner.   Lifetime: views point into the text given.
class LineReader {
 public:
  /// `kind` is the kind of every refusal.
  LineReader(std::string_view text, const base::ErrorKind& kind) : rest_(text), kind_(&kind) {}

  /// The next line without its LF.
  base::Result<std::string_view> take_line();
  /// The value of the next line, which is "NAME: VALUE" with a value that is not empty.
  base::Result<std::string_view> take_value(std::string_view name);
  /// The same with a decimal number up to `largest`.
  base::Result<std::uint64_t> take_number(std::string_view name, std::uint64_t largest = UINT64_MAX);
  base::Result<void> take_empty_line();
  /// Lines up to the next empty line, each with its LF, at least one. The empty line is taken too.
  base::Result<std::string_view> take_paragraph();
  /// Everything before `mark`, which stays; at least one byte.
  base::Result<std::string_view> take_until(std::string_view mark);

  /// Exactly so many bytes, whatever they are, and the LF behind them.
  base::Result<std::string_view> take_bytes(std::size_t count);

  bool is_next(std::string_view start) const { return rest_.starts_with(start); }
  std::string_view rest() const { return rest_; }
  /// A refusal at the line that was taken last.
  std::unexpected<base::Error> refuse(std::string_view why) const;

 private:
  void take(std::size_t bytes);

  std::string_view rest_;
  const base::ErrorKind* kind_;
  std::size_t lines_ = 0;
};

}  // namespace verify
