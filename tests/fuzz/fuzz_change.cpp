// Aim: no bytes crash the change parser or the application of a change; what is accepted is canonical.
// Method: the input is an object's text and, after an empty line, paragraphs. Parse, serialize, compare;
// apply each paragraph to the object if it speaks of it; the result must parse to itself, and the difference
// must lead there again.
#include <cstdint>
#include <string>
#include <string_view>

#include "base/check.h"
#include "resource/change.h"

namespace {

void check_application(const resource::Object* before, const resource::Change& change) {
  const auto after = resource::apply_change(before, change);
  if (!after) return;
  const auto again = resource::Object::parse(std::string(after->text()));
  CHECK(again.has_value() && again->text() == after->text());
  const std::string difference = "\n" + resource::serialize_difference(before, *after);
  if (difference == "\n") return;
  const auto changes = resource::parse_changes(difference);
  CHECK(changes.has_value() && changes->size() == 1);
  const auto same = resource::apply_change(before, changes->front());
  CHECK(same.has_value() && same->text() == after->text());
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto gap = text.find("\n\n");
  const std::string_view paragraphs = gap == std::string_view::npos ? text : text.substr(gap + 1);
  const auto changes = resource::parse_changes(paragraphs);
  if (!changes) return 0;
  std::string again;
  for (const auto& change : *changes) again.append("\n").append(resource::serialize_change(change));
  CHECK(again == paragraphs);
  const auto object =
      resource::Object::parse(std::string(text.substr(0, gap == std::string_view::npos ? 0 : gap + 1)));
  for (const auto& change : *changes) {
    check_application(nullptr, change);
    if (object && object->id() == change.id()) check_application(&*object, change);
  }
  return 0;
}
