#include "record/draft.h"

#include "base/limits.h"
#include "record/builder.h"

namespace record {
namespace {

/// Comments may be longer than the record; not without end.
constexpr std::size_t kDraftBytesMax = 4 * base::kRecordBytesMax;

template <typename Visit>
void for_each_line(std::string_view text, Visit visit) {
  while (!text.empty()) {
    const auto end = text.find('\n');
    visit(text.substr(0, end));
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
  }
}

}  // namespace

base::Result<std::string> parse_draft(std::string_view draft) {
  if (draft.size() > kDraftBytesMax) return base::fail(kBadRecord, "the draft is larger than 262140 bytes");
  std::string body;
  for_each_line(draft, [&](std::string_view line) {
    line = line.substr(0, line.find_last_not_of(" \t\r") + 1);  // what editors leave behind
    if (!line.starts_with('#')) body.append(line).append("\n");
  });
  return canonical_body(body);
}

std::string serialize_draft(std::string_view body, std::string_view remarks) {
  std::string draft;
  for_each_line(remarks, [&](std::string_view line) {
    draft.append(line.empty() ? "#" : "# ").append(line).append("\n");
  });
  return draft.append(body);
}

}  // namespace record
