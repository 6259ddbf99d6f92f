#include "verify/line_reader.h"

#include <algorithm>

#include "codec/decimal.h"

namespace verify {

void LineReader::take(std::size_t bytes) {
  lines_ += static_cast<std::size_t>(std::ranges::count(rest_.substr(0, bytes), '\n'));
  rest_.remove_prefix(bytes);
}

std::unexpected<base::Error> LineReader::refuse(std::string_view why) const {
  return base::fail(*kind_, "line " + std::to_string(lines_) + ": " + std::string(why));
}

base::Result<std::string_view> LineReader::take_line() {
  const auto end = rest_.find('\n');
  if (end == std::string_view::npos) {
    ++lines_;
    return refuse("a line that ends with a line feed expected");
  }
  const std::string_view line = rest_.substr(0, end);
  take(end + 1);
  return line;
}

base::Result<std::string_view> LineReader::take_value(std::string_view name) {
  ASSIGN_OR_RETURN(const std::string_view line, take_line());
  const std::string start = std::string(name) + ": ";
  if (!line.starts_with(start) || line.size() == start.size())
    return refuse("'" + start + "' and a value expected");
  return line.substr(start.size());
}

base::Result<std::uint64_t> LineReader::take_number(std::string_view name, std::uint64_t largest) {
  ASSIGN_OR_RETURN(const std::string_view value, take_value(name));
  const auto number = codec::parse_decimal(value, largest);
  if (!number) return refuse(number.error().message());
  return *number;
}

base::Result<void> LineReader::take_empty_line() {
  ASSIGN_OR_RETURN(const std::string_view line, take_line());
  if (!line.empty()) return refuse("an empty line expected");
  return {};
}

base::Result<std::string_view> LineReader::take_paragraph() {
  const auto gap = rest_.find("\n\n");
  if (gap == std::string_view::npos || rest_.starts_with('\n')) {
    ++lines_;
    return refuse("lines and then an empty line expected");
  }
  const std::string_view paragraph = rest_.substr(0, gap + 1);
  take(gap + 2);
  return paragraph;
}

base::Result<std::string_view> LineReader::take_until(std::string_view mark) {
  const auto found = rest_.find(mark);
  if (found == std::string_view::npos || found == 0) {
    ++lines_;
    return refuse("'" + std::string(mark) + "' expected somewhere below");
  }
  const std::string_view before = rest_.substr(0, found);
  take(found);
  return before;
}

base::Result<std::string_view> LineReader::take_bytes(std::size_t count) {
  if (count >= rest_.size() || rest_[count] != '\n') {
    ++lines_;
    return refuse(std::to_string(count) + " bytes and a line feed expected");
  }
  const std::string_view bytes = rest_.substr(0, count);
  take(count + 1);
  return bytes;
}

}  // namespace verify
